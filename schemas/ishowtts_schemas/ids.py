"""Identifiers that may stand in a topic, and how free text becomes one."""

import re
import unicodedata
from typing import Annotated

from msgspec import Meta

_SLUG_TEXT = r"[a-z0-9][a-z0-9_-]{0,63}"
_SLUG = re.compile(_SLUG_TEXT)
SLUG_PATTERN = f"^{_SLUG_TEXT}$"

Slug = Annotated[str, Meta(pattern=SLUG_PATTERN)]
"""One topic level: lower-case ASCII letters, digits, `_`, `-`; 1 to 64 characters."""

OptionalSlug = Annotated[str, Meta(pattern=f"^({_SLUG_TEXT})?$")]
"""A slug, or empty for none: a setting that leaves the choice to others."""

Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
"""An opaque id (a platform's message id, an utterance id); never part of a topic."""


def is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def slugify(text: str, fallback: str = "unknown") -> str:
    """Turn free text into a topic level: `"Miao Jun!"` -> `"miao-jun"`.

    Text with nothing left after folding (Chinese names, for instance) becomes
    `fallback`; a caller that needs distinct ids passes the platform's numeric id instead.
    """
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "-", folded).strip("-_")[:64]
    return slug or fallback
