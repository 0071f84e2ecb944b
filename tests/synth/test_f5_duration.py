import pytest

from ishowtts_synth.f5.duration import clause_bytes, fixed_frames, reference_frames, total_frames

CLIP_S = 5
FRAMES = reference_frames(CLIP_S * 24_000)
TRANSCRIPT = "x" * 50


def frames(clause: str, speed: float = 1.0, short_text_speed: float = 0.3) -> int:
    return total_frames(FRAMES, TRANSCRIPT, clause, speed=speed, short_text_speed=short_text_speed)


def test_a_clause_is_spoken_at_the_clip_s_pace():
    assert FRAMES == 468
    assert frames("y" * 50) == 2 * FRAMES
    assert frames("y" * 50, speed=2.0) == FRAMES + FRAMES // 2
    assert frames("好" * 10) == frames("y" * 30)


def test_text_under_ten_bytes_is_drawled_whatever_the_speed():
    assert frames("y" * 9) == FRAMES + int(FRAMES / 50 * 9 / 0.3)
    assert frames("好" * 3, speed=2.0) == frames("y" * 9)
    assert frames("y" * 10) == FRAMES + int(FRAMES / 50 * 10)


def test_that_rule_can_be_changed_or_switched_off():
    assert frames("y" * 9, short_text_speed=0.6) == FRAMES + int(FRAMES / 50 * 9 / 0.6)
    assert frames("y" * 9, speed=1.5, short_text_speed=0) == FRAMES + int(FRAMES / 50 * 9 / 1.5)


def test_a_fixed_duration_counts_the_clip():
    assert fixed_frames(FRAMES, 8.0, ["hello there"], 0.15) == [750]


def test_clauses_share_a_fixed_duration_by_their_length():
    one, two = fixed_frames(FRAMES, 10.0, ["a" * 10, "b" * 30], 0.15)
    spoken_s = [(each - FRAMES) * 256 / 24_000 for each in (one, two)]
    assert sum(spoken_s) - 0.15 == pytest.approx(10.0 - CLIP_S, abs=0.03)
    assert spoken_s[1] / spoken_s[0] == pytest.approx(3, abs=0.05)


def test_a_clause_fills_what_the_clip_leaves():
    assert clause_bytes(CLIP_S * 24_000, TRANSCRIPT, 1.0) == 170
    assert clause_bytes(CLIP_S * 24_000, TRANSCRIPT, 2.0) == 340
    assert clause_bytes(CLIP_S * 24_000, TRANSCRIPT, 1.0, seconds=2.5) == 25
