"""Whatever synths, listeners and the broker do: one end for every utterance, slots respected."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ishowtts_filter.actions import Action, Ask, Cancel
from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.utterance import PRIORITIES, Ended
from ishowtts_schemas import FailureCode, Priority, SpeechDone, SpeechFailed, SpeechTaken
from tests.filter.fakes import synth_info, synth_state, utterance

CODES: tuple[FailureCode, ...] = ("engine_error", "overloaded", "expired", "bad_request")
SLOTS = 2
FAR_S = 1000.0


class DispatchMachine(RuleBasedStateMachine):
    """Random events in any order, also answers to requests that were long given up."""

    @initialize(lead_s=st.sampled_from([0.0, 1.0]), rate=st.sampled_from([0.0, 2.0]))
    def begin(self, lead_s: float, rate: float) -> None:
        queue = QueueSettings(capacity=6, lead_s=lead_s, rate_limit_per_sec=rate)
        self.dispatcher = Dispatcher(queue, SynthTable())
        self.now = 1.0
        self.online = True
        self.incarnation = 1
        self.entered: dict[str, float] = {}
        self.asks: list[Ask] = []
        self.ends: list[str] = []
        self.called_off: set[tuple[str, int]] = set()
        self.synth_lives(True)

    def poll(self) -> None:
        for action in self.dispatcher.poll(self.now, online=self.online):
            self.note(action)

    def note(self, action: Action) -> None:
        if isinstance(action, Ask):
            assert self.online
            assert action.utterance.expires_at > self.now, "late speech is worse than none"
            assert action.utterance.id not in self.ends
            assert (action.utterance.id, action.attempt) not in self.called_off
            self.asks.append(action)
        elif isinstance(action, Cancel) and action.attempt is not None:
            self.called_off.add((action.utterance_id, action.attempt))
        elif isinstance(action, Ended):
            assert action.utterance.id not in self.ends, "ended twice"
            self.ends.append(action.utterance.id)

    def answered(self, choice: int) -> Ask | None:
        return self.asks[choice % len(self.asks)] if self.asks else None

    @rule(room=st.sampled_from("ab"), priority=st.sampled_from(PRIORITIES), ttl=st.floats(0.1, 30))
    def submit(self, room: str, priority: Priority, ttl: float) -> None:
        one = utterance(room, priority=priority, expires_at=self.now + ttl)
        self.entered[one.id] = one.expires_at
        self.dispatcher.submit(one, self.now)
        self.poll()

    @rule(seconds=st.floats(0, 15))
    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        for _ in range(2000):
            wake = self.dispatcher.next_wake(self.now)
            if wake is None or wake > end:
                break
            self.now = max(wake, self.now)
            self.poll()
        else:
            raise AssertionError("it wakes up without end")
        self.now = end
        self.poll()

    @rule(choice=st.integers(0, 50))
    def take(self, choice: int) -> None:
        if ask := self.answered(choice):
            taken = SpeechTaken(
                utterance_id=ask.utterance.id,
                attempt=ask.attempt,
                instance="1",
                incarnation=self.incarnation,
            )
            self.dispatcher.on_taken(taken, self.now)
            self.poll()

    @rule(choice=st.integers(0, 50), cancelled=st.booleans(), audio_ms=st.floats(0, 5000))
    def finish(self, choice: int, cancelled: bool, audio_ms: float) -> None:
        if ask := self.answered(choice):
            done = SpeechDone(
                utterance_id=ask.utterance.id,
                attempt=ask.attempt,
                instance="1",
                outcome="cancelled" if cancelled else "done",
                audio_ms=audio_ms,
                synth_ms=1.0,
            )
            self.dispatcher.on_done(done, self.now)
            self.poll()

    @rule(choice=st.integers(0, 50), code=st.sampled_from(CODES), retryable=st.booleans())
    def fail(self, choice: int, code: FailureCode, retryable: bool) -> None:
        if ask := self.answered(choice):
            failed = SpeechFailed(
                utterance_id=ask.utterance.id,
                attempt=ask.attempt,
                code=code,
                text="why",
                retryable=retryable,
            )
            self.dispatcher.on_failed(failed, self.now)
            self.poll()

    @rule(alive=st.booleans())
    def synth_lives(self, alive: bool) -> None:
        if alive:
            self.incarnation += 1
            self.dispatcher.on_synth_info(synth_info(slots=SLOTS, incarnation=self.incarnation))
        state = synth_state("1", "ready" if alive else "offline", self.incarnation)
        self.dispatcher.on_synth_state(state, self.now)
        self.poll()

    @rule(room=st.sampled_from("ab"), paused=st.booleans())
    def pause(self, room: str, paused: bool) -> None:
        self.dispatcher.pause(room, self.now, paused=paused)
        self.poll()

    @rule(room=st.sampled_from("ab"), backlog_s=st.floats(0, 5), paused=st.booleans())
    def play(self, room: str, backlog_s: float, paused: bool) -> None:
        self.dispatcher.on_playback(room, backlog_s, self.now, paused=paused)
        self.poll()

    @rule(room=st.sampled_from("ab"))
    def clear(self, room: str) -> None:
        self.dispatcher.clear(room, self.now)
        self.poll()

    @rule(choice=st.integers(0, 50))
    def skip(self, choice: int) -> None:
        if ask := self.answered(choice):
            self.dispatcher.cancel(lambda one: one.id == ask.utterance.id, "skipped", self.now)
            self.poll()

    @rule(online=st.booleans())
    def reach_broker(self, online: bool) -> None:
        self.online = online
        self.poll()

    @invariant()
    def nothing_is_lost_or_counted_twice(self) -> None:
        snapshot = self.dispatcher.snapshot(self.now)
        alive = [one["utterance_id"] for one in snapshot["waiting"] + snapshot["in_flight"]]
        assert sorted(alive + self.ends) == sorted(self.entered)

    def teardown(self) -> None:
        """In the end everything has ended: whatever happened, no flight is stuck."""
        if not hasattr(self, "dispatcher"):
            return
        self.online = True
        for room in "ab":
            self.dispatcher.pause(room, self.now, paused=False)
        for _ in range(3):
            self.now += FAR_S
            self.poll()
        assert sorted(self.ends) == sorted(self.entered)
        assert self.dispatcher.next_wake(self.now) is None


TestDispatchMachine = DispatchMachine.TestCase
TestDispatchMachine.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
