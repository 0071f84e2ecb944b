"""A short-lived connection of a command to a running pipeline."""

import asyncio
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from ishowtts_bus import BrokerSettings, Bus, BusTimeoutError, Received, connect
from ishowtts_cli.errors import CliError
from ishowtts_schemas import CommandReply
from ishowtts_schemas.topics import REPLY, Reply

T = TypeVar("T")

CONNECT_TIMEOUT_S = 3.0
BARRIER_TIMEOUT_S = 3.0


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; Ctrl-C and SIGTERM cancel it, so that it can say goodbye.

    Raises:
        KeyboardInterrupt: It was cancelled by one of them.
    """
    try:
        return asyncio.run(_with_signals(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _with_signals(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


@asynccontextmanager
async def connected(settings: BrokerSettings) -> AsyncIterator[Bus]:
    """A bus that has reached the broker.

    Raises:
        CliError: There is no broker, or it does not answer as one.
        BusRefusedError: It refuses us.
    """
    await _probe(settings)
    bus = connect(settings, f"ishowtts-cli-{secrets.token_hex(4)}")
    await bus.start()
    try:
        await bus.wait_connected(CONNECT_TIMEOUT_S)
        yield bus
    except BusTimeoutError as error:
        raise CliError(f"{error} (broker {settings.host}:{settings.port})") from None
    finally:
        await bus.close()


async def _probe(settings: BrokerSettings) -> None:
    """Fail at once where nothing listens: the bus itself would go on trying."""
    where = f"{settings.host}:{settings.port}"
    try:
        attempt = asyncio.open_connection(settings.host, settings.port)
        _, writer = await asyncio.wait_for(attempt, CONNECT_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise CliError(f"no answer from a broker at {where}") from None
    except OSError:
        raise CliError(f"no broker at {where}; start the pipeline with: ishowtts run-all") from None
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def barrier(bus: Bus) -> None:
    """Wait until what the broker had retained for our subscriptions has arrived.

    A broker answers in order, so a message to ourselves comes behind all of it.

    Raises:
        CliError: The broker does not send it back.
    """
    came_back = asyncio.Event()

    def on_reply(received: Received[Reply]) -> None:
        if isinstance(received.message, CommandReply):
            came_back.set()

    bus.subscribe(REPLY, on_reply, client=bus.reply_id)
    await bus.publish(REPLY, CommandReply(ok=True), client=bus.reply_id)
    try:
        await asyncio.wait_for(came_back.wait(), BARRIER_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise CliError("the broker does not deliver messages") from None
    finally:
        bus.unsubscribe(REPLY, client=bus.reply_id)
