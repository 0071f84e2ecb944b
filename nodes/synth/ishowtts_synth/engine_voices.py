"""The clips that an engine was given, brought to it between two steps, and again after a reload."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from ishowtts_schemas import VoiceReference
from ishowtts_synth.engines.base import Engine
from ishowtts_synth.errors import EngineError
from ishowtts_synth.jobs import describe
from ishowtts_synth.shared_jobs import SharedJobs

_LOG = logging.getLogger("ishowtts.synth")

VoiceAnswer = Callable[[str | None], None]
"""Called on the event loop: None where the engine speaks with a clip, else why not."""


class EngineVoices:
    """The loop's way to `Engine.put_voice` and `drop_voice`.

    Args:
        engine: Only its own thread calls it.
        jobs: Has things done in that thread.
        post: Has things done on the event loop.
    """

    def __init__(self, engine: Engine[Any], jobs: SharedJobs, post: Callable[..., None]) -> None:
        self._engine = engine
        self._jobs = jobs
        self._post = post
        self._given: dict[str, tuple[VoiceReference, VoiceAnswer]] = {}

    @property
    def first(self) -> str | None:
        """Engine: one of the voices that it was given."""
        return next(iter(self._given), None)

    def put_voice(self, reference: VoiceReference, answer: VoiceAnswer) -> None:
        """Loop: have the engine speak with a clip, from the next job on."""
        self._jobs.call(partial(self._put, reference, answer))

    def drop_voice(self, voice_id: str) -> None:
        """Loop: have the engine forget a clip."""
        self._jobs.call(partial(self._drop, voice_id))

    def bring_again(self) -> None:
        """Engine: it was loaded anew."""
        for reference, answer in list(self._given.values()):
            self._put(reference, answer)

    def _put(self, reference: VoiceReference, answer: VoiceAnswer) -> None:
        try:
            self._engine.put_voice(reference)
        except Exception as error:  # noqa: BLE001 - the boundary: a clip must not end the engine
            if not isinstance(error, EngineError):
                _LOG.warning("%s failed at a clip", self._engine.label, exc_info=True)
            self._post(answer, describe(error))
        else:
            self._given[reference.voice] = (reference, answer)
            self._post(answer, None)

    def _drop(self, voice_id: str) -> None:
        if self._given.pop(voice_id, None) is not None:
            self._engine.drop_voice(voice_id)
