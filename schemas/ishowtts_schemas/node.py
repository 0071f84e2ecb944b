"""Presence and capability of nodes, and commands to one of them."""

from typing import Any, Literal

from ishowtts_schemas.ids import Slug
from ishowtts_schemas.message import Message, Nanoseconds, Part

NodeKind = Literal["ingest", "filter", "synth", "player"]
Health = Literal["starting", "ready", "stopping", "offline"]


class NodeState(Message, frozen=True, kw_only=True, tag="node_state"):
    """Retained presence. The last will is this message with `health="offline"`."""

    node: Slug
    instance: Slug
    incarnation: int
    """Start time in nanoseconds: a late will of a dead process has a smaller one and is ignored."""
    health: Health
    pid: int
    detail: str = ""
    """Why it is not ready, in one sentence."""


class VoiceInfo(Part, frozen=True, kw_only=True):
    id: Slug
    label: str
    engine_label: str = ""
    """How its engine is called for people; empty for the engine's own label."""
    language: str | None = None
    """BCP 47; None for a voice that follows the text."""
    transcript: str | None = None
    licence: str = ""
    version: str = ""
    """Of the `VoiceReference` that it speaks with; empty for the engine's own voices."""


class RefusedVoice(Part, frozen=True, kw_only=True):
    """A `VoiceReference` that the engine cannot use; what it had for the voice goes on."""

    id: Slug
    version: str
    reason: str
    """One sentence for a person."""


class ProfileInfo(Part, frozen=True, kw_only=True):
    """A manner of speaking that an engine can be asked for, as `profile`."""

    id: Slug
    label: str
    approximate: bool = False
    """Quicker than the engine's model is meant to be run, and not as exact."""


class NodeInfo(Message, frozen=True, kw_only=True, tag="node_info"):
    """Retained facts that hold for one incarnation. Empty fields do not apply to the node."""

    node: Slug
    instance: Slug
    incarnation: int
    version: str
    engine: Slug | None = None
    engine_label: str = ""
    default_voice: Slug | None = None
    voices: tuple[VoiceInfo, ...] = ()
    profiles: tuple[ProfileInfo, ...] = ()
    """The first one holds where nobody asks."""
    slots: int = 0
    """Utterances that a synth takes at once."""
    clones: bool = False
    """Whether the engine speaks with reference clips, of voices and of single requests."""
    sample_rate_hz: int | None = None
    device: str = ""
    address: str = ""
    """Where a person reaches it: the bridge's URL."""
    listeners: tuple[str, ...] = ()
    """Where else, and who is meant to call there: `Chatterbox: http://127.0.0.1:8081`."""
    sources: tuple[str, ...] = ()
    refused_voices: tuple[RefusedVoice, ...] = ()


class Sample(Part, frozen=True, kw_only=True):
    """One reading, in Prometheus' terms."""

    name: str
    value: float
    kind: Literal["counter", "gauge"] = "counter"
    labels: dict[str, str] = {}


class NodeStats(Message, frozen=True, kw_only=True, tag="node_stats"):
    node: Slug
    instance: Slug
    incarnation: int
    at_ns: Nanoseconds
    samples: tuple[Sample, ...]


class Command(Message, frozen=True, kw_only=True, tag="command"):
    name: Slug
    args: dict[str, Any] = {}


CommandErrorCode = Literal["bad_request", "not_found", "conflict", "unavailable", "failed"]
"""`conflict`: it is so already. `unavailable`: not installed or not configured here."""


class CommandReply(Message, frozen=True, kw_only=True, tag="command_reply"):
    ok: bool
    result: Any = None
    error: str = ""
    code: CommandErrorCode | None = None
    """Why not, for programs; None where all went well."""
