"""The voices that travel: what the store says, what the engine makes of it, what is announced."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from ishowtts_bus import Bus, Cleared, Counters, Received
from ishowtts_schemas import REFERENCE_VOICE, RefusedVoice, VoiceInfo, VoiceReference
from ishowtts_schemas.topics import VOICE
from ishowtts_synth.engine_voices import VoiceAnswer

_LOG = logging.getLogger("ishowtts.synth")

MAX_VOICES = 256
"""Each is up to 1.5 MB."""
FORGET_S = 30.0
"""After a connect the broker sends every voice that there is; this much later, others are gone."""


class VoiceTaker(Protocol):
    """Who has the engine; `EngineVoices` is one."""

    def put_voice(self, reference: VoiceReference, answer: VoiceAnswer) -> None: ...

    def drop_voice(self, voice_id: str) -> None: ...


class TravellingVoices:
    """Hands references to the engine and keeps its answers.

    Args:
        engine: Its key: references may be for others only.
        taker: Brings them to the engine.
        counters: The node's.
        changed: Called when there is something new to announce.
    """

    def __init__(
        self, engine: str, taker: VoiceTaker, counters: Counters, changed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._taker = taker
        self._counters = counters
        self._changed = changed
        self._asked: dict[str, str] = {}
        self._lives: dict[str, object] = {}
        self._infos: dict[str, VoiceInfo] = {}
        self._spoken: dict[str, VoiceInfo] = {}
        self._refused: dict[str, RefusedVoice] = {}
        self._confirmed: set[str] = set()
        self._unanswered: set[str] = set()
        self._all_answered = asyncio.Event()
        self._all_answered.set()
        self._forgetting: asyncio.TimerHandle | None = None

    @property
    def spoken(self) -> list[VoiceInfo]:
        """Voices that the engine speaks."""
        return list(self._spoken.values())

    @property
    def refused(self) -> tuple[RefusedVoice, ...]:
        """References that the engine cannot use."""
        return tuple(self._refused.values())

    def start(self, bus: Bus) -> None:
        """Hear the store."""
        bus.subscribe(VOICE, self._on_reference, on_cleared=self._on_cleared)

    def expects(self, voice_id: str) -> bool:
        """Whether the engine has been given a clip for it, answered or not."""
        return voice_id in self._asked

    async def answered(self) -> None:
        """Return when the engine has looked at every clip that came."""
        await self._all_answered.wait()

    def connected(self) -> None:
        """The broker was reached: what it does not send again was taken back meanwhile."""
        self._confirmed.clear()
        self.close()
        loop = asyncio.get_running_loop()
        self._forgetting = loop.call_later(FORGET_S, self.forget_unconfirmed)

    def close(self) -> None:
        """Let go of the timer."""
        if self._forgetting is not None:
            self._forgetting.cancel()

    def forget_unconfirmed(self) -> None:
        """Drop what the broker has not sent since the last connect."""
        for voice_id in set(self._asked) - self._confirmed:
            self._forget(voice_id)

    def _on_reference(self, received: Received[VoiceReference]) -> None:
        reference = received.message
        voice_id = reference.voice
        if voice_id == REFERENCE_VOICE or voice_id != received.ids["voice"]:
            self._counters.add("voice_references_refused_total", reason="name")
        elif reference.engines and self._engine not in reference.engines:
            self._forget(voice_id)
        elif voice_id in self._asked or len(self._asked) < MAX_VOICES:
            self._take(reference)
        elif len(self._refused) < MAX_VOICES:
            self._refuse(_info(reference), f"{MAX_VOICES} voices are the most")

    def _take(self, reference: VoiceReference) -> None:
        voice_id = reference.voice
        self._confirmed.add(voice_id)
        self._infos[voice_id] = info = _info(reference)
        if self._asked.get(voice_id) == reference.version:
            self._describe(voice_id, info)
            return
        self._asked[voice_id] = reference.version
        life = self._lives.setdefault(voice_id, object())
        self._counters.add("voice_references_total")
        self._unanswered.add(voice_id)
        self._all_answered.clear()
        self._taker.put_voice(reference, partial(self._on_answer, info, life))

    def _on_cleared(self, cleared: Cleared) -> None:
        self._forget(cleared.ids["voice"])

    def _on_answer(self, info: VoiceInfo, life: object, problem: str | None) -> None:
        if self._lives.get(info.id) is not life:
            return  # taken back meanwhile
        latest = self._asked[info.id] == info.version
        if latest:
            self._settle(info.id)
        if problem is None:
            # An older clip, too: it is what is spoken with should the latest be refused.
            self._spoken[info.id] = self._infos[info.id] if latest else info
            self._refused.pop(info.id, None)
            self._publish()
        elif latest:
            self._refuse(info, problem)

    def _settle(self, voice_id: str) -> None:
        self._unanswered.discard(voice_id)
        if not self._unanswered:
            self._all_answered.set()

    def _describe(self, voice_id: str, info: VoiceInfo) -> None:
        """The same clip and text; its label may be another."""
        if voice_id in self._spoken and self._spoken[voice_id].version == info.version:
            self._spoken[voice_id] = info
            self._publish()

    def _refuse(self, info: VoiceInfo, reason: str) -> None:
        _LOG.warning("voice %s does not speak with its new clip: %s", info.id, reason)
        self._counters.add("voice_references_refused_total", reason="engine")
        self._refused[info.id] = RefusedVoice(id=info.id, version=info.version, reason=reason)
        self._publish()

    def _forget(self, voice_id: str) -> None:
        self._settle(voice_id)
        self._confirmed.discard(voice_id)
        self._infos.pop(voice_id, None)
        self._lives.pop(voice_id, None)
        known = self._asked.pop(voice_id, None)
        if known is None and voice_id not in self._refused:
            return
        self._taker.drop_voice(voice_id)
        self._spoken.pop(voice_id, None)
        self._refused.pop(voice_id, None)
        self._publish()

    def _publish(self) -> None:
        self._counters.set("voices_travelling", len(self._spoken))
        self._counters.set("voices_refused", len(self._refused))
        self._changed()


def _info(reference: VoiceReference) -> VoiceInfo:
    return VoiceInfo(
        id=reference.voice,
        label=reference.label or reference.voice,
        language=reference.language,
        transcript=reference.transcript,
        licence=reference.licence,
        engine_label=reference.engine_label,
        version=reference.version,
    )
