"""A table for `str.translate` that is filled as characters are met."""

from collections.abc import Callable

_MOST_CHARS = 8192


class Translation(dict[int, str]):
    """Characters and what becomes of them; asking a function each time costs ten times more."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_CHARS:
            self.clear()
        self[code] = formed = self._form(chr(code))
        return formed
