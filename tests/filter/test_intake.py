"""From chat message to utterance: once, not deleted, with a voice that exists."""

import pytest
from msgspec.structs import replace

from ishowtts_bus import SettingsError
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.intake import Intake, Refusal, Repeat
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.settings.speech import TemplatesSettings
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import ChatModeration
from ishowtts_schemas.speech import MAX_SPEECH_CHARS
from tests.filter.fakes import message, synth_info, synth_state

NS = 1_000_000_000


def intake(*, with_synth: bool = True, **settings: object) -> Intake:
    synths = SynthTable()
    if with_synth:
        synths.on_info(synth_info())
        synths.on_state(synth_state())
    return Intake.build(FilterSettings(**settings), synths)  # type: ignore[arg-type]


def moderation(action: str, at_ns: int = 0, **fields: str) -> ChatModeration:
    return ChatModeration(platform="mqtt", room="main", action=action, at_ns=at_ns, **fields)  # type: ignore[arg-type]


def accepted(decision: Utterance | Refusal | Repeat) -> Utterance:
    assert isinstance(decision, Utterance), decision
    return decision


def test_an_accepted_message_is_worded_with_its_author() -> None:
    one = accepted(intake().read(message("hello", author="Ann"), 100.0, 0))
    assert (one.spoken, one.text, one.author) == ("Ann says: hello", "hello", "Ann")
    assert one.expires_at == 160.0


def test_time_to_live_counts_from_when_the_message_came_in() -> None:
    settings = QueueSettings(ttl_s=60)
    reader = intake(queue=settings)
    late = message(received_at_ns=50 * NS)
    assert accepted(reader.read(late, 1000.0, 90 * NS)).expires_at == 1020.0
    ahead = message(received_at_ns=99 * NS)
    assert accepted(reader.read(ahead, 1000.0, 90 * NS)).expires_at == 1060.0


def test_a_message_is_read_once_within_the_window() -> None:
    reader = intake()
    first = accepted(reader.read(message(message_id="x"), 0.0, 0))
    assert reader.read(message(message_id="x"), 1.0, 0) == Repeat(first.id)
    assert accepted(reader.read(message(message_id="x", platform="twitch"), 1.0, 0))
    assert accepted(reader.read(message(message_id="x"), 700.0, 0))


def test_a_message_that_is_delivered_again_after_a_crash_is_the_same_utterance() -> None:
    one = message(message_id="x", received_at_ns=5)
    first, again = accepted(intake().read(one, 0, 0)), accepted(intake().read(one, 0, 0))
    assert first.id == again.id
    other = message(message_id="x", received_at_ns=6)
    assert accepted(intake().read(other, 0, 0)).id != first.id


def test_a_rejection_names_the_rule() -> None:
    assert intake().read(message("go to example.com"), 0, 0) == Refusal(
        "links", "contains a link (example.com)"
    )


def test_without_rules_it_still_refuses_what_no_request_can_carry() -> None:
    decision = intake(rules=()).read(message("", author=""), 0, 0)
    assert isinstance(decision, Refusal)
    assert (decision.rule, decision.reason) == (
        "length",
        "what would be said is not 1 to 5000 characters",
    )


def test_with_the_longest_template_name_and_text_a_request_can_carry_it() -> None:
    templates = TemplatesSettings(chat=f"{'long ' * 35}{{author}}: {{text}}")
    reader = intake(rules=(), templates=templates, max_author_chars=64)
    one = accepted(reader.read(message("x" * 20_000, author="Ann" * 40), 0, 0))
    assert 4000 < len(one.spoken) <= MAX_SPEECH_CHARS


@pytest.mark.parametrize("fields", [{"voice": "em"}, {"engine": "f5"}])
def test_an_unknown_voice_or_engine_is_rejected_with_what_there_is(fields: dict[str, str]) -> None:
    decision = intake().read(message(**fields), 0, 0)  # type: ignore[arg-type]
    assert isinstance(decision, Refusal)
    assert decision.rule == "voice"
    assert "en" in decision.reason


def test_before_any_synth_is_known_every_voice_may_come_to_be() -> None:
    assert intake(with_synth=False).read(message(voice="miao"), 0, 0)


def test_a_deletion_that_comes_first_is_remembered() -> None:
    reader = intake()
    reader.moderate(moderation("message_deleted", message_id="x"), 0.0)
    assert reader.read(message(message_id="x"), 1.0, 0) == Refusal(
        "moderation", "deleted before it was read"
    )
    assert reader.read(message(message_id="y"), 1.0, 0)


@pytest.mark.parametrize("fields", [{}, {"author_id": "7"}])
def test_what_one_channel_removes_is_still_spoken_for_another(fields: dict[str, str]) -> None:
    reader = intake()
    action = "author_removed" if fields else "chat_cleared"
    reader.moderate(moderation(action, 10, channel="ann", **fields), 0.0)
    here = replace(message(author_id="7", received_at_ns=5), channel="ann")
    there = replace(message(author_id="7", received_at_ns=5), channel="bob")
    assert isinstance(reader.read(here, 1.0, 0), Refusal)
    accepted(reader.read(there, 1.0, 0))
    reader.moderate(moderation(action, 10, **fields), 2.0)
    everywhere = replace(message(author_id="7", received_at_ns=5), channel="bob")
    assert isinstance(reader.read(everywhere, 3.0, 0), Refusal)


def test_a_removed_author_falls_silent_for_what_was_said_before() -> None:
    reader = intake()
    reader.moderate(moderation("author_removed", at_ns=50, author_id="troll"), 0.0)
    before = message(author_id="troll", received_at_ns=50)
    after = message(author_id="troll", received_at_ns=51)
    other = message(author_id="ann", received_at_ns=50)
    assert isinstance(reader.read(before, 1.0, 0), Refusal)
    assert isinstance(reader.read(after, 1.0, 0), Utterance)
    assert isinstance(reader.read(other, 1.0, 0), Utterance)


def test_a_cleared_chat_takes_everything_before_it_in_its_room() -> None:
    reader = intake()
    reader.moderate(moderation("chat_cleared", at_ns=50), 0.0)
    assert isinstance(reader.read(message(received_at_ns=49), 1.0, 0), Refusal)
    assert isinstance(reader.read(message(received_at_ns=51), 1.0, 0), Utterance)
    assert isinstance(reader.read(message(received_at_ns=49, room="b"), 1.0, 0), Utterance)


def test_a_deletion_without_an_id_deletes_nothing() -> None:
    reader = intake()
    reader.moderate(moderation("message_deleted", at_ns=99), 0.0)
    reader.moderate(moderation("author_removed", at_ns=99), 0.0)
    assert isinstance(reader.read(message(received_at_ns=1), 1.0, 0), Utterance)


def test_wrong_settings_are_said_at_start() -> None:
    with pytest.raises(SettingsError, match="no rule 'nonsense'"):
        intake(rules=("nonsense",))
    with pytest.raises(SettingsError, match=r"filter\.templates\.chat"):
        intake(templates=TemplatesSettings(chat="hello"))
