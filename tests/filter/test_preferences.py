"""What people chose in chat."""

from ishowtts_filter.preferences import CAPACITY, Preference, Preferences


def test_a_choice_holds_until_it_is_taken_back() -> None:
    preferences = Preferences()
    assert preferences.voice("twitch:7") is None
    preferences.put(Preference("voice", "twitch:7", "alba"))
    preferences.put(Preference("off", "main", "off"))
    assert preferences.voice("twitch:7") == "alba"
    assert preferences.is_off("main")
    assert not preferences.is_off("other")
    preferences.put(Preference("voice", "twitch:7", ""))
    preferences.put(Preference("off", "main", ""))
    assert preferences.voice("twitch:7") is None
    assert not preferences.is_off("main")


def test_what_was_written_down_is_known_again() -> None:
    first, second = Preferences(), Preferences()
    written: list[Preference] = []
    for voice in ("alba", "", "cmn"):
        written += first.put(Preference("voice", "a", voice))
    second.recall(written)
    assert second.voice("a") == "cmn"


def test_who_chose_longest_ago_is_forgotten_and_that_is_written_down() -> None:
    preferences = Preferences()
    for number in range(CAPACITY):
        assert len(preferences.put(Preference("voice", f"a{number}", "alba"))) == 1
    preferences.put(Preference("voice", "a0", "cmn"))
    changes = preferences.put(Preference("voice", "new", "alba"))
    assert changes == [Preference("voice", "new", "alba"), Preference("voice", "a1", "")]
    assert (preferences.voice("a0"), preferences.voice("a1")) == ("cmn", None)
