"""What is sent again after the broker was killed."""

from ishowtts_bus._recent import AGE_S, MAX_BYTES, RecentPackets
from ishowtts_bus.transport import Packet


def packet(payload: bytes = b"x", *, idempotent: bool = True) -> Packet:
    return Packet("ishowtts/v1/chat/x/main/message", payload, idempotent=idempotent)


def test_only_what_the_broker_may_have_forgotten_is_sent_again_in_order() -> None:
    recent = RecentPackets()
    old, new, newer = packet(b"old"), packet(b"new"), packet(b"newer")
    recent.add(old, 10.0)
    recent.add(new, 10.0 + AGE_S)
    recent.add(newer, 10.5 + AGE_S)
    assert recent.send_again(11.0 + AGE_S, 60.0) == [new, newer]


def test_what_bears_no_repeat_is_never_sent_again() -> None:
    recent = RecentPackets()
    recent.add(packet(idempotent=False), 10.0)
    assert recent.send_again(10.0, 11.0) == []


def test_a_broker_that_is_killed_again_before_it_saved_gets_them_again() -> None:
    recent = RecentPackets()
    recent.add(one := packet(), 10.0)
    assert recent.send_again(10.5, 20.0) == [one]
    assert recent.send_again(21.0, 25.0) == [one]
    assert recent.send_again(26.0 + AGE_S, 30.0) == []


def test_a_flood_keeps_only_the_latest_bytes() -> None:
    recent = RecentPackets()
    half = bytes(MAX_BYTES // 2)
    packets = [packet(half) for _ in range(3)]
    for one in packets:
        recent.add(one, 10.0)
    assert recent.send_again(10.0, 11.0) == packets[1:]
