"""How often one client may ask."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.trust.rate import MAX_CLIENTS, RateLimit
from tests.player.clock import HandClock

ANN, BEA = "192.0.2.1", "192.0.2.2"


def test_a_client_has_its_requests_at_once_and_then_one_by_one():
    clock = HandClock()
    rate = RateLimit(6, clock)
    assert [rate.wait_s(ANN) for _ in range(6)] == [0] * 6
    assert rate.wait_s(ANN) == 10
    assert rate.wait_s(BEA) == 0
    clock.pass_s(9)
    assert rate.wait_s(ANN) == 1
    clock.pass_s(1)
    assert rate.wait_s(ANN) == 0
    assert rate.wait_s(ANN) == 10


def test_a_pause_gives_no_more_than_a_minute_s_requests():
    clock = HandClock()
    rate = RateLimit(3, clock)
    rate.wait_s(ANN)
    clock.pass_s(3600)
    assert [rate.wait_s(ANN) > 0 for _ in range(4)] == [False, False, False, True]


def test_no_limit_is_no_limit():
    rate = RateLimit(0, HandClock())
    assert not any(rate.wait_s(ANN) for _ in range(1000))


def test_a_household_counts_as_one_client():
    rate = RateLimit(2, HandClock())
    assert rate.wait_s("2001:db8::1") == 0
    assert rate.wait_s("2001:db8::2%eth0") == 0
    assert rate.wait_s("2001:db8::ffff:3") > 0
    assert rate.wait_s("2001:db8:0:1::1") == 0
    assert rate.wait_s("::ffff:192.0.2.1") == 0
    assert rate.wait_s("192.0.2.1") == 0
    assert rate.wait_s("::ffff:192.0.2.1") > 0


def test_a_flood_of_addresses_takes_bounded_memory():
    rate = RateLimit(1, HandClock())
    for number in range(MAX_CLIENTS + 10):
        rate.wait_s(f"client-{number}")
    assert len(rate._buckets) == MAX_CLIENTS


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 20))
def test_no_minute_has_more_than_twice_the_limit(pauses, per_minute):
    """A full bucket and what flows in meanwhile."""
    clock = HandClock()
    rate = RateLimit(per_minute, clock)
    served: list[float] = []
    for pause in pauses:
        clock.pass_s(pause)
        if rate.wait_s(ANN) == 0:
            served.append(clock.now_s)
    for begin in served:
        assert sum(begin <= at < begin + 60 for at in served) <= 2 * per_minute


async def test_too_many_requests_are_refused_in_the_client_s_shape(site):
    await site.bridge(requests_per_minute=2)
    http = site.http()
    for _ in range(2):
        await http.get("/api/voices")
    refused = await http.get("/v1/audio/voices")
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert (await http.post("/api/tts", json={})).text.startswith("too many requests")
    assert (await http.get("/v1/voices")).json()["detail"]["status"] == "rate_limited"


async def test_the_page_its_stream_and_monitors_are_not_counted(site):
    await site.bridge(requests_per_minute=1)
    http = site.http()
    for path in ("/", "/static/app.js", "/favicon.ico", "/api/health", "/metrics") * 3:
        assert (await http.get(path)).status_code == 200
    await site.greeted()
    assert (await http.get("/api/voices")).status_code == 200
    assert (await http.get("/api/voices")).status_code == 429


async def test_guesses_of_the_token_are_counted(site):
    await site.bridge(requests_per_minute=3, api_token="secret")
    http = site.http()
    wrong = {"authorization": "Bearer guess"}
    statuses = [(await http.get("/api/voices", headers=wrong)).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
