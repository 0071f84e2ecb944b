"""What a person is told of a voice: the store's side and the synths'. Pure."""

from collections.abc import Iterable, Iterator

from ishowtts_player.directory import Voice
from ishowtts_player.errors import InputError
from ishowtts_player.voices.records import VoiceRecord, Voices
from ishowtts_schemas import NodeInfo, VoiceDetails


def engines_own(voice_id: str, voices: Iterable[Voice]) -> VoiceRecord | None:
    """A voice that a synth brings along, as something that a clip can be laid over.

    Raises:
        InputError: Its engine does not speak with clips.
    """
    named = [voice for voice in voices if voice.id == voice_id]
    for voice in named:
        if voice.clones:
            return VoiceRecord(
                id=voice_id,
                origin="engine",
                transcript=voice.info.transcript or "",
                label=voice.info.label,
                language=voice.info.language,
                engines=(voice.engine,),
                licence=voice.info.licence,
                engine_label=voice.info.engine_label,
            )
    if named:
        text = f"voice {voice_id!r} is {named[0].engine}'s, which does not speak with clips"
        raise InputError(text, "CANNOT_CLONE")
    return None


def describe(base: VoiceRecord, voices: Voices, synths: Iterable[NodeInfo]) -> VoiceDetails:
    """One voice.

    Args:
        base: Without what was laid over it.
        voices: The store's.
        synths: Those that clone, and are ready.
    """
    override, effective = voices.overrides.get(base.id), voices.effective(base.id)
    version = effective.version if effective else ""
    theirs = list(synths)
    return VoiceDetails(
        id=base.id,
        origin=base.origin,
        label=base.label,
        language=base.language,
        engines=base.engines,
        licence=base.licence,
        engine_label=base.engine_label,
        transcript=effective.transcript if effective else base.transcript,
        seconds=effective.clip.seconds if effective else None,
        version=version,
        baseline_text=base.transcript or None,
        baseline_seconds=base.clip.seconds if base.clip else None,
        override_text=override.transcript if override else None,
        override_seconds=override.clip.seconds if override and override.clip else None,
        override_updated_at_ns=override.updated_at_ns if override else None,
        spoken_by=tuple(one.instance for one in theirs if _speaks(one, base.id, version)),
        refused=tuple(_refusals(theirs, base.id, version)),
    )


def all_answered(voice: VoiceDetails, synths: Iterable[NodeInfo]) -> bool:
    """Whether every synth that the voice is for speaks with this version, or has refused it."""
    for synth in synths:
        asked = not voice.engines or synth.engine in voice.engines
        refused = any(_refusals([synth], voice.id, voice.version))
        if asked and not refused and not _speaks(synth, voice.id, voice.version):
            return False
    return True


def _speaks(synth: NodeInfo, voice_id: str, version: str) -> bool:
    return any(one.id == voice_id and one.version == version for one in synth.voices)


def _refusals(synths: Iterable[NodeInfo], voice_id: str, version: str) -> Iterator[str]:
    for synth in synths:
        for one in synth.refused_voices:
            if (one.id, one.version) == (voice_id, version):
                yield f"{synth.instance}: {one.reason}"
