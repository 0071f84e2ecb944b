"""Settings of what is said around a message, and by which voice."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.chat import Role
from ishowtts_schemas.ids import Slug

TemplateName = Literal[
    "chat", "action", "cheer", "gift", "super_chat", "subscription", "raid", "redemption"
]
NameMode = Literal["always", "on_change", "never"]
TemplateText = Annotated[str, Meta(max_length=200)]
Language = Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
"""BCP 47: en, zh, zh-Hant, pt-BR."""
PersonName = Annotated[str, Meta(min_length=1, max_length=128)]


class TemplatesSettings(Settings, frozen=True, kw_only=True):
    """What is said. Fields: {author} {text} {name} {count} {amount} {recipient} {channel}."""

    chat: Annotated[
        TemplateText, Meta(description="A message; where it has no author, only its text is said.")
    ] = "{author} says: {text}"
    action: Annotated[TemplateText, Meta(description="What somebody does, with /me.")] = (
        "{author} {text}"
    )
    cheer: Annotated[
        TemplateText,
        Meta(description="Bits. A part in [ ] is left out where a field in it is empty."),
    ] = "{author} cheers with {amount}[: {text}]"
    gift: Annotated[
        TemplateText, Meta(description="A gift; in [ ] a count of 1 is empty. Empty: not said.")
    ] = "{author} gives[ {recipient}] {name}[ times {count}][: {text}]"
    super_chat: Annotated[TemplateText, Meta(description="A paid message, or a donation.")] = (
        "{author} sends[ {amount}][ for {name}][: {text}]"
    )
    subscription: Annotated[
        TemplateText, Meta(description="A subscription or membership; count is its months.")
    ] = "{author} subscribed[ with {name}][ for {count} months][: {text}]"
    raid: Annotated[TemplateText, Meta(description="A raid; count is its viewers.")] = (
        "{author} raids the channel[ with {count} viewers]"
    )
    redemption: Annotated[TemplateText, Meta(description="A reward for channel points.")] = (
        "{author} redeemed[ {name}][: {text}]"
    )
    nobody: Annotated[
        str, Meta(max_length=40, description="Who did it, where the name cannot be said.")
    ] = "someone"
    names: Annotated[
        NameMode,
        Meta(description="When chat is said with its author: always, on_change of them, never."),
    ] = "always"
    name_again_s: Annotated[
        float, Meta(gt=0, le=86_400, description="With on_change, the name is said so often.")
    ] = 120.0
    languages: Annotated[
        dict[Language, dict[TemplateName, TemplateText]],
        Meta(
            max_length=32,
            description="For text in a language: [filter.templates.languages.zh] chat = ...",
        ),
    ] = {}


class GiftsSettings(Settings, frozen=True, kw_only=True):
    """The same gift from the same author, again and again, is said once with its count."""

    window_s: Annotated[
        float, Meta(ge=0, le=60, description="How long another one is waited for; 0: not at all.")
    ] = 3.0
    longest_s: Annotated[
        float, Meta(ge=0, le=60, description="How long the first one is held back at most.")
    ] = 10.0


class VoicesSettings(Settings, frozen=True, kw_only=True):
    """Who is spoken by which voice. The first of these that applies and exists is used."""

    authors: Annotated[
        dict[PersonName, Slug],
        Meta(
            max_length=5000,
            description='By name, login or id: { ann = "espeak-en-us" }. `!voice` goes first.',
        ),
    ] = {}
    events: Annotated[
        dict[TemplateName, Slug],
        Meta(description='By what happened, as templates are: { super_chat = "espeak-en-gb" }.'),
    ] = {}
    roles: Annotated[
        dict[Role, Slug],
        Meta(description="By the author's role: broadcaster, moderator, vip, subscriber, bot."),
    ] = {}
    languages: Annotated[
        dict[Language, Slug],
        Meta(max_length=32, description='By the language of the text: { zh = "espeak-cmn" }.'),
    ] = {}
    sticky: Annotated[
        tuple[Slug, ...],
        Meta(max_length=1000, description="Each author has one of these, always the same."),
    ] = ()
    choosable: Annotated[
        tuple[Slug, ...],
        Meta(max_length=1000, description="Voices that `!voice` may choose; empty: any there is."),
    ] = ()
