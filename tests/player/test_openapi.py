"""The OpenAPI document as a promise: whatever a client sends, the answer stands there."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup

from ishowtts_schemas import ChannelStopped
from tests.player.conftest import Site
from tests.player.fake_ingest import FakeFilter, FakeIngest, channel

TIMEOUT_S = 10
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDLESS = r"^/api/(danmaku/stream|next)$"
"""They answer as long as the client listens."""


class Served:
    """A bridge with all the nodes that it asks, on a loop of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._site: Site | None = None

    def start(self) -> str:
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(TIMEOUT_S)

    async def _start(self) -> str:
        self._site = site = Site()
        await site.bus.start()
        node = await site.bridge(max_requests=100)
        await site.synth("en", "mia")
        ingest = FakeIngest(site)
        ingest.answer("list", [channel()])
        ingest.answer("start", channel())
        ingest.answer("stop", ChannelStopped(status="stopped", channel="ann"))
        await ingest.start()
        await FakeFilter(site).start()
        return node.url

    def stop(self) -> None:
        if self._site is not None:
            asyncio.run_coroutine_threadsafe(self._site.close(), self._loop).result(TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT_S)
        self._loop.close()


@pytest.fixture(scope="module")
def document() -> Iterator[schemathesis.BaseSchema]:
    served = Served()
    try:
        url = served.start()
        yield schemathesis.openapi.from_url(f"{url}/schema/openapi.json")
    finally:
        served.stop()


EXAMPLES = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)


def test_every_answer_stands_in_the_document(document):
    broken: list[str] = []
    for found in document.exclude(path_regex=ENDLESS).get_all_operations():
        operation = found.ok()

        @EXAMPLES
        @given(case=operation.as_strategy())
        def ask(case: Case) -> None:
            case.call_and_validate(checks=CHECKS, timeout=TIMEOUT_S)

        try:
            ask()
        except FailureGroup as group:
            broken.append(f"{operation.label}: {group}")
    assert not broken, "\n\n".join(broken)
