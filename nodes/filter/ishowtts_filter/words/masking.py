"""Takes keywords out of a text."""

from collections.abc import Iterable

from ishowtts_filter.words.folding import Span
from ishowtts_filter.words.matcher import Matcher
from ishowtts_filter.words.scripts import continues_word

# What is left on both sides of a masked keyword may be one again; then it was meant.
_ROUNDS = 3


def mask(text: str, matcher: Matcher, instead: str) -> str | None:
    """The text with `instead` for each keyword; None where new ones keep turning up."""
    for _ in range(_ROUNDS):
        spans = merged(matcher.spans(text))
        if not spans:
            return text
        text = _replaced(text, spans, instead)
    return text if next(matcher.spans(text), None) is None else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """Places in order, those that overlap as one."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start < result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def _replaced(text: str, spans: Iterable[Span], instead: str) -> str:
    result, done = "", 0
    for span in spans:
        result = _joined(_joined(result, text[done : span.start]), instead)
        done = span.end
    return " ".join(_joined(result, text[done:]).split())


def _joined(left: str, right: str) -> str:
    """Both, with a space where words would run together."""
    return (
        f"{left} {right}" if left and right and continues_word(left[-1], right[0]) else left + right
    )
