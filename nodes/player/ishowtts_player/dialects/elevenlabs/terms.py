"""What a socket was opened for: ElevenLabs' meaning of it, or XTTS's."""

from dataclasses import dataclass

from ishowtts_player.audio.encoder import check_format
from ishowtts_player.audio.formats import OutputFormat, elevenlabs_format
from ishowtts_player.audio.pacer import DEFAULT_LEAD_MS, SHARD_MS
from ishowtts_player.dialects.elevenlabs.messages import ClientMessage
from ishowtts_player.dialects.elevenlabs.packets import MAX_PACKET_MS
from ishowtts_player.dialects.elevenlabs.query import DEFAULT_FORMAT, StreamQuery
from ishowtts_player.dialects.elevenlabs.schedule import DEFAULT_SCHEDULE
from ishowtts_player.errors import InputError

XTTS_FORMAT = "pcm_24000"


@dataclass(frozen=True)
class Terms:
    """Settled with the first message.

    Attributes:
        xtts: XTTS's meaning of the socket.
        output: What its audio is.
        schedule: Characters that text waits for; of ElevenLabs' the last one repeats.
        by_sentence: Speak each sentence at its end instead.
        alignment: Whether packets carry characters.
        lead_ms: Paced, with so much in the client's hands; None sends audio as it is made.
        inactivity_s: Closed after so long without text and without work.
    """

    xtts: bool
    output: OutputFormat
    schedule: tuple[int, ...]
    by_sentence: bool
    alignment: bool
    lead_ms: float | None
    inactivity_s: float

    @property
    def max_packet_ms(self) -> int:
        """Paced audio goes in small shards."""
        return MAX_PACKET_MS if self.lead_ms is None else SHARD_MS


def elevenlabs_terms(query: StreamQuery) -> Terms:
    """ElevenLabs' meaning.

    Raises:
        InputError: The format cannot be sent over a socket.
        ApiError: 501, what the format needs.
    """
    output = query.output or elevenlabs_format(DEFAULT_FORMAT)
    if output.codec == "wav":
        raise _no_format("a socket sends no WAV files; take pcm")
    check_format(output)
    return Terms(
        xtts=False,
        output=output,
        schedule=DEFAULT_SCHEDULE,
        by_sentence=query.auto_mode,
        alignment=True,
        lead_ms=query.lead_ms,
        inactivity_s=query.inactivity_s,
    )


def xtts_terms(query: StreamQuery, first: ClientMessage) -> Terms:
    """XTTS's meaning; what the first message says goes before the address.

    Raises:
        InputError: The format is none of XTTS's.
    """
    named = first.audio_format or first.upper_audio_format
    output = elevenlabs_format(named) if named else query.output or elevenlabs_format(XTTS_FORMAT)
    if output.codec != "pcm":
        raise _no_format("this interface sends pcm_8000 to pcm_48000")
    lead_ms = query.lead_ms if first.target_lead_ms is None else first.target_lead_ms
    return Terms(
        xtts=True,
        output=output,
        schedule=(),
        by_sentence=False,
        alignment=query.sync_alignment,
        lead_ms=DEFAULT_LEAD_MS if lead_ms is None else lead_ms,
        inactivity_s=query.inactivity_s,
    )


def _no_format(text: str) -> InputError:
    return InputError(text, "UNKNOWN_FORMAT", field="output_format")
