from collections.abc import Iterator

import pytest

from tests.e2e.pipeline import FAST_QUEUE, EventStream, Pipeline


@pytest.fixture(scope="package")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """One pipeline for all tests that leave it as they found it."""
    home = {"ISHOWTTS__PLAYER__HOME_ASSISTANT__ENABLED": "true"}
    pipeline = Pipeline(tmp_path_factory.mktemp("pipeline"), **FAST_QUEUE, **home)
    pipeline.start()
    yield pipeline
    pipeline.stop()


@pytest.fixture
def stream(pipeline: Pipeline) -> Iterator[EventStream]:
    stream = pipeline.listen()
    yield stream
    stream.close()
