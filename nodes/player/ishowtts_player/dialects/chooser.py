"""Which interface a request on a shared path is meant for. Pure.

`POST /api/tts` is both iShowTTS's and Chatterbox's. What the client or its port says comes first,
then the keys of the body, which the two do not share, then what the client wants to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath  # knows both separators
from typing import Any

from ishowtts_player.dialects.accept import Accept
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.registry import CHATTERBOX, ISHOWTTS
from ishowtts_player.errors import InputError

ISHOWTTS_TUNING = (
    "target_rms",
    "cross_fade_duration",
    "sway_sampling_coef",
    "cfg_strength",
    "nfe_step",
    "fix_duration",
    "remove_silence",
    "seed",
    "profile",
)
"""What of its keys goes to the engine as it is."""
ISHOWTTS_KEYS = frozenset({"voice_id", "engine", "shimmy_model", "speed", *ISHOWTTS_TUNING})
CHATTERBOX_KEYS = frozenset({"model", "language_id", "voice", "audio"})
_SPEAKERS = (ISHOWTTS, CHATTERBOX)


@dataclass(frozen=True)
class Signs:
    """What there is to go by, beside the body.

    Attributes:
        asked: Whom the client named, by header, query or path.
        listener: Whom the port stands for, or the configured default.
        accept: What the client reads.
    """

    asked: Dialect | None
    listener: Dialect | None
    accept: Accept


def choose_speech(signs: Signs, body: Any) -> Dialect:
    """Whether iShowTTS or Chatterbox is meant.

    Args:
        signs: What stands beside the body.
        body: As decoded; None for one that is not JSON.

    Raises:
        InputError: The keys of both are mixed, or somebody else is named.
    """
    if signs.asked is not None:
        return _one_of(signs.asked)
    keys = set(body) if isinstance(body, dict) else set()
    theirs, ours = sorted(keys & CHATTERBOX_KEYS), sorted(keys & ISHOWTTS_KEYS)
    if isinstance(body, dict) and isinstance(body.get("voice"), str):
        text = 'voice is an object in Chatterbox; a voice of iShowTTS is named by "voice_id"'
        raise InputError(text, "VOICE_IS_TEXT", field="voice")
    if ours and theirs:
        raise InputError(
            f"keys of iShowTTS ({', '.join(ours)}) and of Chatterbox ({', '.join(theirs)}) are "
            "mixed; say which with X-TTS-Dialect",
            "MIXED_DIALECTS",
        )
    if ours or theirs:
        return CHATTERBOX if theirs else ISHOWTTS
    if signs.listener in _SPEAKERS:
        return signs.listener
    return CHATTERBOX if signs.accept.audio else ISHOWTTS


def choose_voices(signs: Signs) -> Dialect:
    """Whose list of voices; what the client reads does not tell, for both are JSON."""
    if signs.asked is not None:
        return _one_of(signs.asked)
    return CHATTERBOX if signs.listener is CHATTERBOX else ISHOWTTS


def wants_page(signs: Signs, f5: Dialect) -> bool:
    """Whether `GET /` is for a person, or for a client of the F5 service."""
    if signs.asked is not None:
        return signs.asked is not f5
    if signs.accept.html:
        return True
    return signs.listener is not f5 and not signs.accept.only_json


def translated(dialect: Dialect, body: Mapping[str, Any]) -> dict[str, Any]:
    """A body in the words of the interface that the client named, where it used the other's.

    Guidance has a scale of its own in each and is never carried over.
    """
    return _to_chatterbox(body) if dialect is CHATTERBOX else _to_ishowtts(body)


def _to_ishowtts(body: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(body)
    voice = body.get("voice")
    if isinstance(voice, str):
        told.setdefault("voice_id", voice)
    elif isinstance(voice, dict) and isinstance(voice.get("audio_prompt_path"), str):
        told.setdefault("voice_id", PureWindowsPath(voice["audio_prompt_path"]).stem)
    if body.get("language_id") is not None:
        told.setdefault("language", body["language_id"])
    return told


def _to_chatterbox(body: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(body)
    voice = body.get("voice")
    if isinstance(voice, str):
        told["voice"] = {"audio_prompt_path": voice}
    elif voice is None and body.get("voice_id") is not None:
        told["voice"] = {"audio_prompt_path": body["voice_id"]}
    elif isinstance(voice, dict) and body.get("voice_id") is not None:
        told["voice"] = {"audio_prompt_path": body["voice_id"], **voice}
    if body.get("language") is not None:
        told.setdefault("language_id", body["language"])
    return told


def _one_of(asked: Dialect) -> Dialect:
    if asked in _SPEAKERS:
        return asked
    text = f"{asked.label} has no such path; here are ishowtts and chatterbox"
    raise InputError(text, "WRONG_DIALECT")
