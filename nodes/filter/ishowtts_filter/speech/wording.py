"""Puts into words what happened: a message, a gift, a raid."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import asdict, replace

from ishowtts_bus.errors import SettingsError
from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.rules.base import Rule
from ishowtts_filter.rules.registry import build_rule
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.speech import TemplatesSettings
from ishowtts_filter.speech.template import ONE, Template
from ishowtts_filter.text.cleaning import cut
from ishowtts_filter.text.names import spoken_name
from ishowtts_filter.utterance import PLAIN_KINDS, Utterance
from ishowtts_schemas import ChatEvent
from ishowtts_schemas.chat import ChatKind

Detect = Callable[[str], str]

MAX_NAME_CHARS = 64
MAX_AMOUNT = 1e12
_NAME_RULES = ("clean", "links", "banned_keywords", "replacements", "numbers")
"""What happens to text happens to names of gifts and rewards too."""
_CURRENCY_CHARS = 10


def template_name(kind: ChatKind, event: ChatEvent | None) -> str:
    """Which template a message is said with."""
    if kind in PLAIN_KINDS and event is not None and event.amount:
        return "cheer"
    return kind


class Saying(NamedTuple):
    """A template, and whether it is known to be English; None where nothing is to be said."""

    template: Template | None
    english: bool


Sayings = Mapping[str, Saying]


class Words(NamedTuple):
    """Wordings of one message; empty where there is none."""

    spoken: str
    shown: str = ""
    nameless: str = ""


class Wording:
    """Templates, in each language, and what names must pass before they are said."""

    def __init__(
        self,
        settings: TemplatesSettings,
        sayings: Mapping[str, Sayings],
        name_rules: Sequence[Rule],
        numbers: "Numbers",
        detect: Detect,
    ) -> None:
        self._settings = settings
        self._sayings = sayings
        self._name_rules = name_rules
        self._numbers = numbers
        self._detect = detect

    @classmethod
    def build(cls, settings: FilterSettings) -> "Wording":
        """The wording that the settings describe.

        Raises:
            SettingsError: A template that makes no sense.
        """
        templates = settings.templates
        usual = _parse("filter.templates", _sources(templates))
        by_language = {
            language: usual | _parse(f"filter.templates.languages.{language}", sources, language)
            for language, sources in templates.languages.items()
        }
        return cls(
            templates,
            {"": usual, **by_language},
            [build_rule(name, settings) for name in _NAME_RULES if name in settings.rules],
            Numbers.build(settings),
            detector(tuple(by_language)),
        )

    def event(self, event: ChatEvent | None) -> ChatEvent | None:
        """An event with its names as they are said; a name that may not be said is empty."""
        if event is None:
            return None
        return replace(
            event,
            name=self._name(event.name),
            recipient=spoken_name(self._name(event.recipient), MAX_NAME_CHARS),
        )

    def word(self, utterance: Utterance) -> Utterance:
        """The utterance with its wordings; `spoken` is empty where there is nothing to say."""
        words = self._words(utterance)
        return replace(utterance, **words._asdict())

    def merge(self, gifts: Sequence[Utterance]) -> Utterance:
        """The first of some gifts, worded as all of them: counts and amounts are added."""
        first = gifts[0]
        events = [one.event for one in gifts if one.event is not None]
        amounts = [event.amount for event in events if event.amount is not None]
        event = replace(
            events[0],
            count=sum(max(1, event.count) for event in events),
            amount=sum(amounts) if amounts else None,
        )
        last = next((one for one in reversed(gifts) if one.text), first)
        merged = tuple(one.id for one in gifts[1:])
        whole = replace(first, event=event, text=last.text, written=last.written, merged=merged)
        return self.word(whole)

    def _words(self, utterance: Utterance) -> Words:
        name = template_name(utterance.kind, utterance.event)
        template, english = self._saying(name, utterance.text)
        if template is None:
            return Words("")
        fields, text = self._fields(utterance), utterance.text
        shown = utterance.written or text
        if name not in PLAIN_KINDS:
            said = self._numbers.render(template, fields, english=english)
            return Words(said, template.render(fields | {"text": shown}))
        if not utterance.author or self._settings.names == "never":
            return Words(text, shown)
        nameless = text if self._settings.names == "on_change" else ""
        return Words(template.render(fields), shown, nameless)

    def _saying(self, name: str, text: str) -> Saying:
        language = self._detect(text) if text else ""
        sayings = self._sayings.get(language) or self._sayings[""]
        return sayings[name]

    def _fields(self, utterance: Utterance) -> dict[str, str]:
        event = utterance.event or ChatEvent()
        return {
            "author": utterance.author or self._settings.nobody,
            "text": utterance.text,
            "name": event.name,
            "count": str(event.count),
            "amount": _amount(event),
            "recipient": event.recipient,
            "channel": spoken_name(utterance.channel, MAX_NAME_CHARS),
        }

    def _name(self, name: str) -> str:
        """A name as the rules for text leave it; empty where one rejects it."""
        if not name:
            return ""
        draft = Draft(text=name)
        for rule in self._name_rules:
            answer = rule.apply(draft)
            if isinstance(answer, Rejection):
                return ""
            draft = answer
        return cut(draft.text, MAX_NAME_CHARS)


class Numbers:
    """Says counts and amounts in words, where a rule sees to that in text.

    A number is read as the words around it are. Two words of a sentence and a name are too few
    to tell: where the language is known, numbers are read for themselves.
    """

    def __init__(self, rule: Rule | None, english: Rule | None) -> None:
        self._rule = rule
        self._english = english

    @classmethod
    def build(cls, settings: FilterSettings) -> "Numbers":
        """As the settings say."""
        if "numbers" not in settings.rules:
            return cls(None, None)
        english = replace(settings, numbers=replace(settings.numbers, language="en"))
        return cls(build_rule("numbers", settings), build_rule("numbers", english))

    def render(self, template: Template, fields: dict[str, str], *, english: bool) -> str:
        """The sentence."""
        if not english:
            return template.render(fields, lambda words: _applied(self._rule, words))
        read = {name: _applied(self._english, fields[name]) for name in ("count", "amount")}
        # A count of 1 is left out, and must be known as such.
        read = {name: fields[name] if fields[name] in ONE else said for name, said in read.items()}
        return template.render(fields | read)


def _applied(rule: Rule | None, text: str) -> str:
    answer = rule.apply(Draft(text=text)) if rule is not None and text else None
    return answer.text if isinstance(answer, Draft) else text


def _amount(event: ChatEvent) -> str:
    """`30 CNY`, `4.50 USD`, `100 bits`; empty for what is no amount."""
    amount = event.amount
    if amount is None or not math.isfinite(amount) or not 0 < amount < MAX_AMOUNT:
        return ""
    number = str(round(amount)) if amount == round(amount) else f"{amount:.2f}"
    currency = "".join(filter(str.isalpha, event.currency))[:_CURRENCY_CHARS]
    if currency == "bits" and number == "1":
        currency = "bit"
    return f"{number} {currency}".strip()


def _sources(settings: TemplatesSettings) -> dict[str, str]:
    others = {"nobody", "names", "name_again_s", "languages"}
    return {name: value for name, value in asdict(settings).items() if name not in others}


def _parse(section: str, sources: Mapping[Any, str], language: str = "") -> dict[str, Saying]:
    """Sayings by name.

    Raises:
        SettingsError: One that makes no sense.
    """
    shipped = _sources(TemplatesSettings())
    sayings: dict[str, Saying] = {}
    for name, source in sources.items():
        plain, key = name in PLAIN_KINDS, f"{section}.{name}"
        if plain and not source:
            raise SettingsError(f"{key}: {{text}} must stand in it once")
        template = Template.parse(source, key, needs_text=plain) if source else None
        sayings[name] = Saying(template, language == "en" or source == shipped[name])
    return sayings


def detector(languages: tuple[str, ...]) -> Detect:
    """Tells which of some languages a text is in; without any there is nothing to tell."""
    if not languages:
        return lambda _text: ""
    from ishowtts_filter.text.language import detect

    return lambda text: detect(text, languages) or ""
