"""Turns within a room: how long somebody waits for the next one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_filter.dispatch.turns import RoomTurns
from ishowtts_filter.utterance import Utterance
from tests.filter.fakes import utterance

Lines = dict[str, list[tuple[Utterance, float]]]


def ahead_s(lines: Lines, author: str) -> float:
    """By the definition: all of the author's own, and of the others a turn for each of those."""
    turns = 1 + len(lines.get(author, []))
    total_s = 0.0
    for name, line in lines.items():
        share = 1.0 if name == author else min(1.0, turns / len(line))
        total_s += share * sum(seconds for _, seconds in line)
    return total_s


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from("abcde"), st.integers(0, 60)), max_size=60)
)
@settings(deadline=None)
def test_how_long_an_author_waits_is_always_known(changes: list[tuple[bool, str, int]]) -> None:
    room, lines = RoomTurns(), Lines()
    for comes, author, seconds in changes:
        if comes:
            one = utterance(author=author)
            room.add(one, float(seconds))
            lines.setdefault(one.author_key, []).append((one, float(seconds)))
        elif f"mqtt:{author}" in lines:
            line = lines[f"mqtt:{author}"]
            one, _ = line.pop(seconds % len(line))
            room.remove(one)
            lines = {name: line for name, line in lines.items() if line}
        assert len(room) == len(lines)
        for name in [*lines, "somebody new"]:
            assert abs(room.ahead_s(name) - ahead_s(lines, name)) < 1e-6
