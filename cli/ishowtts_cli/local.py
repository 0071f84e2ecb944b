"""`ishowtts say --local`: the synth's engines in this process, no broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec.structs import replace

from ishowtts_cli.errors import CliError
from ishowtts_cli.sections import Configuration
from ishowtts_cli.sinks import AudioSink
from ishowtts_cli.wish import Wish
from ishowtts_synth.errors import EngineError
from ishowtts_synth.local import speak_locally

T = TypeVar("T")


async def say_locally(wish: Wish, configuration: Configuration, sink: AudioSink) -> None:
    """Speak into the sink.

    Raises:
        CliError: The engine cannot.
    """
    settings = configuration["synth"]
    if wish.engine is not None:
        settings = replace(settings, engine=wish.engine)
    speech = speak_locally(
        wish.text,
        voice=wish.voice,
        speed=wish.speed,
        settings=settings,
        sections=configuration.loaded.values,
    )
    try:
        await sink.start(settings.sample_rate_hz)
        async for chunk in _in_one_thread(speech):
            await sink.write(chunk)
        await sink.finish()
    except BaseException:
        await sink.abort()
        raise


async def _in_one_thread(speech: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Engines block, and some of them belong to the thread that loaded them."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "engine") as thread:
        while True:
            chunk = await loop.run_in_executor(thread, _guarded, lambda: next(speech, None))
            if chunk is None:
                return
            yield chunk


def _guarded(step: Callable[[], T]) -> T:
    try:
        return step()
    except EngineError as error:
        raise CliError(str(error)) from None
