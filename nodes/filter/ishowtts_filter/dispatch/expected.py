"""Utterances whose row is being written: not accepted yet, and already to be called off."""

from collections.abc import Callable

from ishowtts_filter.utterance import Utterance


class Expected:
    """What will be submitted soon, and what must not be spoken when it is."""

    def __init__(self) -> None:
        self._coming: dict[str, Utterance] = {}
        self._called_off: dict[str, str] = {}

    def add(self, utterance: Utterance) -> None:
        """It will be submitted."""
        self._coming[utterance.id] = utterance

    def call_off(self, chosen: Callable[[Utterance], bool], reason: str) -> None:
        """What is chosen is to end as soon as it is accepted."""
        doomed = (one.id for one in self._coming.values() if chosen(one))
        self._called_off.update(dict.fromkeys(doomed, reason))

    def take(self, utterance: Utterance) -> str | None:
        """It is submitted now; why it was called off, if it was."""
        self._coming.pop(utterance.id, None)
        return self._called_off.pop(utterance.id, None)
