"""Whose commands in chat are obeyed, and what they do. Pure policy."""

from collections.abc import Callable
from typing import NamedTuple

from ishowtts_bus.presence import unknown_name
from ishowtts_filter.commands.playing import Playing
from ishowtts_filter.commands.reader import COMMANDS, Command
from ishowtts_filter.draft import Draft
from ishowtts_filter.preferences import Preference, Preferences
from ishowtts_filter.settings.people import Commander, CommandsSettings
from ishowtts_filter.window import AgedWindow
from ishowtts_schemas import ControlAction
from ishowtts_schemas.ids import slugify

COOLDOWN_CAPACITY = 4096
LATE_S = 15.0
"""Who waited longer for a `!skip` meant something else."""
_SHOWN_CHARS = 40
_TTS_ACTIONS: dict[str, ControlAction] = {"pause": "pause", "resume": "resume", "clear": "clear"}
_TTS_WORDS = "on, off, pause, resume or clear"
_TRUSTED = ("broadcaster", "moderator")


class RoomOrder(NamedTuple):
    """A control to be published for a room."""

    room: str
    action: ControlAction
    utterance_id: str | None = None


class Silence(NamedTuple):
    """Of what waits in a room, nothing that was not paid for is to be spoken."""

    room: str


Effect = Preference | RoomOrder | Silence


class Answer(NamedTuple):
    """What became of a command, for a person, and what is to be done."""

    reason: str
    effects: tuple[Effect, ...] = ()


class ChatCommands:
    """Decides on commands. What they choose is in the preferences at once.

    Args:
        settings: As configured.
        choosable: Voices that `!voice` may choose; empty for any that exists.
        unknown: Why a voice does not exist; None where it does.
        preferences: What was chosen so far.
        playing: Whose message is heard.
    """

    def __init__(
        self,
        settings: CommandsSettings,
        choosable: tuple[str, ...],
        unknown: Callable[[str], str | None],
        preferences: Preferences,
        playing: Playing,
    ) -> None:
        self._settings = settings
        self._choosable = choosable
        self._unknown = unknown
        self._preferences = preferences
        self._playing = playing
        self._obeyed: AgedWindow[str, float] = AgedWindow(COOLDOWN_CAPACITY, settings.cooldown_s)

    def answer(self, command: Command, draft: Draft, now: float, age_s: float) -> Answer:
        """Obey a command, or say why not.

        Args:
            command: As read from the draft.
            draft: The message.
            now: Monotonic seconds.
            age_s: How long ago it was written.
        """
        if command.name not in COMMANDS:
            return Answer("a command")
        wait_s = self._wait_s(draft)
        if wait_s > 0:
            return Answer(f"not obeyed: the author's next command may come in {wait_s:.0f} s")
        answer = self._obey(command.name, _Order(command.argument, draft, now, age_s))
        if answer.effects:
            self._obeyed.put(
                draft.author_key, draft.received_at_ns / 1e9, draft.received_at_ns / 1e9
            )
        return answer

    def _obey(self, name: str, order: "_Order") -> Answer:
        if name == "voice":
            return self._voice(order)
        return self._skip(order) if name == "skip" else self._tts(order)

    def _voice(self, order: "_Order") -> Answer:
        if not _may(order.draft, self._settings.voice):
            return _forbidden("voice", self._settings.voice)
        key = order.draft.author_key
        if not order.argument:
            return self._choose(Preference("voice", key, ""), "obeyed: the usual voice")
        voice = slugify(order.argument, fallback="")
        shown = voice or order.argument[:_SHOWN_CHARS]
        unknown = self._not_choosable(shown)
        if unknown is not None or not voice:
            return Answer(f"not obeyed: {unknown or f'no voice {shown!r}'}")
        return self._choose(Preference("voice", key, voice), f"obeyed: voice {voice}")

    def _skip(self, order: "_Order") -> Answer:
        if order.late:
            return _too_late()
        draft = order.draft
        if _may(draft, self._settings.skip):
            return Answer("obeyed: skip", (RoomOrder(draft.room, "skip"),))
        if not self._settings.skip_own:
            return _forbidden("skip", self._settings.skip)
        playing = self._playing.of(draft.room, draft.author_key, order.now)
        if playing is None:
            return Answer("not obeyed: nothing that the author wrote is being spoken")
        return Answer("obeyed: skip", (RoomOrder(draft.room, "skip", playing),))

    def _tts(self, order: "_Order") -> Answer:
        room, word = order.draft.room, order.argument.casefold().partition(" ")[0]
        if not _may(order.draft, self._settings.tts):
            return _forbidden("tts", self._settings.tts)
        if word in ("on", "off"):
            return self._switch(room, off=word == "off")
        if word not in _TTS_ACTIONS:
            return Answer(f"not obeyed: after tts comes {_TTS_WORDS}")
        if order.late:
            return _too_late()
        return Answer(f"obeyed: {word}", (RoomOrder(room, _TTS_ACTIONS[word]),))

    def _switch(self, room: str, *, off: bool) -> Answer:
        answer = self._choose(
            Preference("off", room, "off" if off else ""),
            "obeyed: chat is not spoken from now on" if off else "obeyed: chat is spoken again",
        )
        return Answer(answer.reason, (*answer.effects, Silence(room))) if off else answer

    def _not_choosable(self, voice: str) -> str | None:
        """Why an author cannot have a voice."""
        if self._choosable and voice not in self._choosable:
            return unknown_name("voice", voice, self._choosable)
        return self._unknown(voice)

    def _choose(self, preference: Preference, reason: str) -> Answer:
        return Answer(reason, tuple(self._preferences.put(preference)))

    def _wait_s(self, draft: Draft) -> float:
        """How long an author has to wait; streamers and moderators never have to."""
        if not self._settings.cooldown_s or not set(_TRUSTED).isdisjoint(draft.roles):
            return 0.0
        now_s = draft.received_at_ns / 1e9
        since_s = self._obeyed.get(draft.author_key, now_s)
        return 0.0 if since_s is None else self._settings.cooldown_s - (now_s - since_s)


class _Order(NamedTuple):
    argument: str
    draft: Draft
    now: float
    age_s: float

    @property
    def late(self) -> bool:
        return self.age_s > LATE_S


def _may(draft: Draft, commanders: tuple[Commander, ...]) -> bool:
    if "everyone" in commanders or "broadcaster" in draft.roles:
        return True
    return not set(commanders).isdisjoint(draft.roles)


def _forbidden(name: str, commanders: tuple[Commander, ...]) -> Answer:
    who = " and ".join((*commanders, "broadcaster"))
    return Answer(f"not obeyed: {name} is for {who}")


def _too_late() -> Answer:
    return Answer("not obeyed: it came too late")
