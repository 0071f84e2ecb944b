"""Requests that wait for their answer."""

import asyncio
import uuid
from collections.abc import Generator
from contextlib import contextmanager

from ishowtts_bus.subscription import Event, Received
from ishowtts_schemas import CommandReply


class OpenRequests:
    """Answers find their request by its correlation."""

    def __init__(self) -> None:
        self._answers: dict[bytes, asyncio.Future[CommandReply]] = {}

    @contextmanager
    def open(self) -> Generator[tuple[bytes, "asyncio.Future[CommandReply]"], None, None]:
        """A correlation of its own, and the answer to it."""
        correlation = uuid.uuid4().bytes
        answer: asyncio.Future[CommandReply] = asyncio.get_running_loop().create_future()
        self._answers[correlation] = answer
        try:
            yield correlation, answer
        finally:
            del self._answers[correlation]

    def take(self, event: Event) -> None:
        """Whatever was received: it may be an answer."""
        if not isinstance(event, Received) or event.correlation is None:
            return
        answer = self._answers.get(event.correlation)
        if answer and not answer.done() and isinstance(event.message, CommandReply):
            answer.set_result(event.message)
