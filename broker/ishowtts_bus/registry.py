"""Plug-ins by name: each a class in the module of its name, imported when it is asked for."""

import difflib
import importlib
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class UnknownNameError(LookupError):
    """No plug-in has this name; the text lists those there are."""


class LazyRegistry(Generic[T]):
    """Names, and where their classes are.

    Args:
        what: What a person calls a plug-in: `engine`.
        package: Package that holds the modules.
        classes: Name of the plug-in and its module, to the class in it.
    """

    def __init__(self, what: str, package: str, classes: Mapping[str, str]) -> None:
        self.names = tuple(classes)
        self._what = what
        self._package = package
        self._classes = dict(classes)

    def load(self, name: str) -> type[T]:
        """Import one.

        Raises:
            UnknownNameError: There is none of that name.
        """
        if name not in self._classes:
            close = difflib.get_close_matches(name, self.names, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            known = ", ".join(self.names)
            raise UnknownNameError(f"no {self._what} {name!r}, there are {known}{hint}")
        module: Any = importlib.import_module(f"{self._package}.{name}")
        return getattr(module, self._classes[name])
