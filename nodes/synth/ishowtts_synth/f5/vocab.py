"""Text to token ids: letters as they are, Chinese as pinyin with tones.

Gives stock's `convert_char_to_pinyin` and `list_str_to_idx`, one text at a time.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import rjieba
import torch
from pypinyin import Style, lazy_pinyin
from torch import Tensor

from ishowtts_synth.errors import EngineUnavailableError

UNKNOWN = 0  # shared with the space, as in training
_ASCII_SIGNS = str.maketrans({";": ",", "“": '"', "”": '"', "‘": "'", "’": "'"})
_NO_SPACE_AFTER = " :'\""
_LATIN_1_END = 256
_READINGS_KEPT = 8192


@dataclass(frozen=True)
class Vocabulary:
    """The checkpoint's tokens."""

    ids: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.ids)

    def encode(self, text: str) -> Tensor:
        """[T] int64 token ids; what the vocabulary lacks becomes a space."""
        return torch.tensor([self.ids.get(token, UNKNOWN) for token in tokenize(text)]).long()


def load_vocabulary(path: Path) -> Vocabulary:
    """Read vocab.txt: a token a line, its number is the line's.

    Raises:
        EngineUnavailableError: The file is missing, not UTF-8, or repeats a token.
    """
    ids: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                # A token may be white space: only the line's end is cut, as stock cuts it.
                if ids.setdefault(line[:-1], number) != number:
                    raise EngineUnavailableError(
                        f"{path} has {line[:-1]!r} on line {number + 1} a second time"
                    )
    except (OSError, UnicodeDecodeError) as error:
        raise EngineUnavailableError(f"the vocabulary {path} is not readable: {error}") from None
    if not ids:
        raise EngineUnavailableError(f"the vocabulary {path} is empty")
    return Vocabulary(ids)


def tokenize(text: str) -> list[str]:
    """Tokens of a text: characters, and a space and pinyin for each Chinese one."""
    tokens: list[str] = []
    for word in rjieba.cut(_without_surrogates(text).translate(_ASCII_SIGNS)):
        utf8_length = len(word.encode())
        if utf8_length == len(word):
            if tokens and len(word) > 1 and tokens[-1] not in _NO_SPACE_AFTER:
                tokens.append(" ")
            tokens.extend(word)
        elif utf8_length == 3 * len(word):
            tokens.extend(_three_byte_word(word))
        else:
            for char in word:
                tokens.extend(_character(char))
    return tokens


def _three_byte_word(word: str) -> list[str]:
    """Read as a word, so that its neighbours choose a character's reading."""
    readings = _readings(word)
    if len(readings) < len(word):  # signs come back joined, and stock fails
        readings = [reading for char in word for reading in _readings(char)]
    tokens: list[str] = []
    for char, reading in zip(word, readings, strict=False):
        tokens.extend([" ", reading] if _is_chinese(char) else [reading])
    return tokens


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _character(char: str) -> list[str]:
    if ord(char) >= _LATIN_1_END and _is_chinese(char):
        return [" ", *_readings(char)]
    return [char]


@functools.lru_cache(_READINGS_KEPT)  # 150 us a character, and each clause has its clip's words
def _readings(word: str) -> Sequence[str]:
    return lazy_pinyin(word, style=Style.TONE3, tone_sandhi=True)


def _is_chinese(char: str) -> bool:
    """Stock's range: Bopomofo to the end of the unified ideographs, signs between included."""
    return "\u3100" <= char <= "\u9fff"
