"""An engine that keeps failing is left alone for a while. Pure policy; times from the caller."""

from msgspec import Struct


class _Engine(Struct):
    failures: int = 0
    open_until: float | None = None
    trial: str | None = None


class Circuit:
    """One circuit breaker per engine.

    After `threshold` failures in a row an engine gets no work for `pause_s`; then one
    utterance is tried, and its outcome closes or opens the circuit again.
    """

    def __init__(self, threshold: int, pause_s: float) -> None:
        self._threshold = threshold
        self._pause_s = pause_s
        self._engines: dict[str, _Engine] = {}

    def allows(self, engine: str, now: float) -> bool:
        """Whether the engine may be given work."""
        state = self._engines.get(engine)
        if state is None or state.open_until is None:
            return True
        return now >= state.open_until and state.trial is None

    def on_asked(self, engine: str, utterance_id: str) -> None:
        """The engine was given work: where its circuit is open, this is the trial."""
        state = self._engines.get(engine)
        if state is not None and state.open_until is not None:
            state.trial = utterance_id

    def on_failed(self, engine: str, now: float) -> bool:
        """The engine failed; whether that opened its circuit."""
        state = self._engines.setdefault(engine, _Engine())
        state.failures += 1
        was_open = state.open_until is not None
        if state.failures < self._threshold:
            return False
        state.open_until, state.trial = now + self._pause_s, None
        return not was_open

    def on_released(self, engine: str, utterance_id: str) -> None:
        """What the engine had was called off: if it was the trial, that has proved nothing."""
        state = self._engines.get(engine)
        if state is not None and state.trial == utterance_id:
            state.trial = None

    def on_worked(self, engine: str) -> None:
        """The engine spoke."""
        self._engines.pop(engine, None)

    def open_engines(self) -> tuple[str, ...]:
        """Engines that get no more than a trial, for `status`."""
        return tuple(name for name, one in self._engines.items() if one.open_until is not None)
