"""`ishowtts filter explain`: what each rule makes of a text, by the code that the filter runs."""

import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.intake import Intake, Refusal
from ishowtts_filter.rules.pipeline import Step
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.utterance import Utterance
from ishowtts_ingest.source import Channel
from ishowtts_ingest.twitch.events import Options, read_event
from ishowtts_ingest.twitch.irc import Line, parse_line
from ishowtts_schemas import Author, ChatEvent, ChatMessage
from ishowtts_schemas.chat import ChatKind
from ishowtts_schemas.ids import is_slug

_ME = "/me "
_WORDLESS: tuple[ChatKind, ...] = ("chat", "action", "system")
# A plain message may carry them; any other `msg-id` names a notice.
_OF_MESSAGES = frozenset(
    {
        *("highlighted-message", "skip-subs-mode-message", "user-intro"),
        *("gigantified-emote-message", "animated-message"),
    }
)
_RULE_WIDTH = 16
_VERDICT_WIDTH = 9


class Explanation(msgspec.Struct, frozen=True):
    """What became of a text.

    Attributes:
        spoken: What the engine gets; None where it is not spoken.
        rule: Who rejected it; None where it is spoken.
        steps: What each rule did, in order.
    """

    accepted: bool
    spoken: str | None
    rule: str | None
    steps: list[Step]


@dataclass(frozen=True)
class Circumstances:
    """Who wrote it, where, and as what.

    Attributes:
        author: Name; empty for a chatter without one, of whom only the text is said.
        platform: Empty for `twitch` where there are tags, else `mqtt`.
        tags: Raw IRC tags of Twitch: `emotes=25:0-4;badges=moderator/1`.
        kind: None for what the text and the tags say.
    """

    author: str = ""
    platform: str = ""
    tags: str = ""
    kind: ChatKind | None = None
    room: str = "main"


class Explainer:
    """Reads one text after the other, as one filter would."""

    def __init__(self, intake: Intake, circumstances: Circumstances, *, bare: bool) -> None:
        self._intake = intake
        self._circumstances = circumstances
        self._bare = bare
        self._texts = 0

    @classmethod
    def build(
        cls, settings: FilterSettings, circumstances: Circumstances, *, bare: bool = False
    ) -> "Explainer":
        """The explainer for what is configured. Every voice counts as one that exists.

        Raises:
            SettingsError: An unknown rule, a template or a list that makes no sense.
            CliError: A platform or a room that is no name.
        """
        for what, name in (("platform", circumstances.platform), ("room", circumstances.room)):
            if name and not is_slug(name):
                text = f"{what} {name!r} may hold a-z, 0-9, _ and - only"
                raise CliError(text, ExitCode.USAGE)
        synths = SynthTable(settings.default_engine, settings.default_voice)
        return cls(Intake.build(settings, synths), circumstances, bare=bare)

    def explain(self, text: str) -> Explanation:
        """What each rule makes of it."""
        now_ns = time.time_ns()
        self._texts += 1
        message = _message(text, self._circumstances, f"viewer{self._texts}", now_ns)
        if message is None:
            refused = Step("twitch_irc", "rejected", text, "not passed on: no message of this chat")
            return Explanation(accepted=False, spoken=None, rule=refused.rule, steps=[refused])
        steps: list[Step] = []
        decision = self._intake.read(message, time.monotonic(), now_ns, steps)
        if isinstance(decision, Utterance):
            spoken = decision.text if self._bare else decision.spoken
            return Explanation(accepted=True, spoken=spoken, rule=None, steps=steps)
        if not isinstance(decision, Refusal):
            decision = Refusal("duplicate", "it was read before")
        before = steps[-1].text if steps else text
        if steps and steps[-1].rule == decision.rule:
            steps.pop()  # of a command the intake knows more: whether it is obeyed
        steps.append(Step(decision.rule, "rejected", before, decision.reason))
        return Explanation(accepted=False, spoken=None, rule=decision.rule, steps=steps)


def explain(
    text: str, circumstances: Circumstances, config: Path | None, *, bare: bool, as_json: bool
) -> None:
    """Print what becomes of a text, or of each line of the standard input.

    Raises:
        SettingsError: The configuration is wrong.
        CliError: A platform or a room that is no name.
    """
    explainer = Explainer.build(load_settings(config)["filter"], circumstances, bare=bare)
    if text == "-":
        for line in _lines():
            _print(_json(explainer.explain(line)))
            sys.stdout.flush()
    elif as_json:
        _print(_json(explainer.explain(text)))
    else:
        _print(_table(explainer.explain(text)))


def _message(
    text: str, circumstances: Circumstances, login: str, now_ns: int
) -> ChatMessage | None:
    platform = circumstances.platform or ("twitch" if circumstances.tags else "mqtt")
    if circumstances.tags:
        message = _twitch_message(text, circumstances, login, now_ns)
    else:
        message = _plain_message(text, circumstances, login, now_ns)
    if message is None:
        return None
    message = replace(message, platform=platform, id=uuid.uuid4().hex)
    kind = circumstances.kind
    if kind is None or kind == message.kind:
        return message
    event = message.event or (None if kind in _WORDLESS else ChatEvent())
    return replace(message, kind=kind, event=event)


def _plain_message(text: str, circumstances: Circumstances, login: str, now_ns: int) -> ChatMessage:
    """As somebody types it, `/me` included."""
    action = text.startswith(_ME)
    return ChatMessage(
        id=login,
        platform="mqtt",
        room=circumstances.room,
        author=Author(name=circumstances.author, login=circumstances.author or login),
        text=text[len(_ME) :] if action else text,
        received_at_ns=now_ns,
        kind="action" if action else "chat",
    )


def _twitch_message(
    text: str, circumstances: Circumstances, login: str, now_ns: int
) -> ChatMessage | None:
    """By ingest's own reader."""
    tags = parse_line(f"@{circumstances.tags.strip().lstrip('@')} :x PRIVMSG").tags
    if circumstances.author:
        tags = {**tags, "display-name": circumstances.author}
    notice = tags.get("msg-id", "") not in {"", *_OF_MESSAGES}
    said = f"\x01ACTION {text[len(_ME) :]}\x01" if text.startswith(_ME) else text
    line = Line(tags, login, "USERNOTICE" if notice else "PRIVMSG", ("#channel", said))
    channel = Channel(name="channel", room=circumstances.room)
    event = read_event(line, channel, now_ns, Options()).event
    return event if isinstance(event, ChatMessage) else None


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _json(explanation: Explanation) -> str:
    return msgspec.json.encode(_sendable(explanation)).decode()


def _sendable(explanation: Explanation) -> Explanation:
    """Without lone surrogates, which stand in the text until a rule removes them."""
    steps = [replace(step, text=_shown(step.text)) for step in explanation.steps]
    spoken = None if explanation.spoken is None else _shown(explanation.spoken)
    return replace(explanation, spoken=spoken, steps=steps)


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _table(explanation: Explanation) -> str:
    lines = [
        f"{step.rule:<{_RULE_WIDTH}} {step.verdict:<{_VERDICT_WIDTH}} {_remark(step)}".rstrip()
        for step in _sendable(explanation).steps
    ]
    end = f"not spoken: {explanation.rule}" if not explanation.accepted else ""
    return "\n".join([*lines, "", end or f"spoken: {explanation.spoken}"])


def _remark(step: Step) -> str:
    if step.verdict == "rejected":
        return step.reason
    if step.verdict == "pass":
        return ""
    return f"{step.text} ({step.reason})" if step.reason else step.text


def _print(text: str) -> None:
    """Also where the terminal cannot show every character."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
