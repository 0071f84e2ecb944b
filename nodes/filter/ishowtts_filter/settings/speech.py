"""Settings of what is said around a message, and by which voice."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings

TemplateText = Annotated[str, Meta(max_length=200)]


class TemplatesSettings(Settings, frozen=True, kw_only=True):
    """What is said, for each kind of event. Fields: {author} {text} {name} {count} {amount}."""


class VoicesSettings(Settings, frozen=True, kw_only=True):
    """Who is spoken by which voice."""
