"""What a real browser really renders."""

from playwright.sync_api import Page, expect

from tests.fakes.fake_bridge import FakeBridge
from tests.page.conftest import INSECURE_HOST
from tests.page.tones import LARGEST_STEP, RATE_HZ, tone
from tests.page.waiting import stats, wait

# A click is as large as the tone itself; a fade adds a little to its own steps.
CLICK = LARGEST_STEP * 1.5


def played(*ids: str) -> str:
    return f"s.utterances_played.join() === '{','.join(ids)}'"


def test_every_sample_is_heard_once_without_a_click(page, bridge):
    pcm = tone(0.5)
    bridge.speak("u1", pcm, chunk=1001)
    bridge.speak("u2", pcm, chunk=11000)
    heard = wait(page, played("u1", "u2"))
    assert heard["rendered_samples"] == len(pcm)  # two of them, two bytes a sample
    assert heard["audible_samples"] > 0.95 * len(pcm)
    assert heard["largest_step"] < CLICK
    assert (heard["underruns"], heard["gaps"], heard["repeats"]) == (0, 0, 0)
    assert heard["buffered_ms"] == 0


def test_the_subtitle_stands_exactly_while_its_samples_are_rendered(page, bridge):
    bridge.audio_start("u1", "你好 hello", author="小明")
    bridge.wait_streams()
    expect(page.locator("#now-text")).to_be_hidden()
    bridge.audio_chunk("u1", 0, tone(0.4))
    expect(page.locator("#now-text")).to_have_text("你好 hello")
    expect(page.locator("#now-author")).to_have_text("小明")
    assert stats(page)["now_playing"] == "u1"
    bridge.audio_stop("u1", 9600)
    wait(page, played("u1"))
    expect(page.locator("#now-text")).to_be_hidden()
    expect(page.locator("#now")).to_have_attribute("data-state", "idle")


def test_a_broken_connection_resumes_and_nothing_is_heard_twice(page, bridge):
    pcm = tone(1.0)
    half = len(pcm) // 2
    bridge.audio_start("u1")
    bridge.audio_chunk("u1", 0, pcm[:half])
    wait(page, "s.rendered_samples > 0")
    bridge.hang_up()
    bridge.audio_chunk("u1", half // 2, pcm[half:])
    bridge.audio_stop("u1", len(pcm) // 2)
    heard = wait(page, played("u1"))
    assert heard["rendered_samples"] == len(pcm) // 2
    assert bridge.calls("/api/danmaku/stream")[-1].last_event_id == "1-2"


def test_a_restarted_bridge_that_repeats_itself_is_heard_once(page, bridge):
    pcm = tone(1.5)
    bridge.audio_start("u1")
    bridge.audio_chunk("u1", 0, pcm[: 2 * 24000])
    wait(page, "s.rendered_samples > 0")
    expect(page.locator("#link")).to_have_text("Live")
    bridge.stop()
    expect(page.locator("#link")).to_have_text("Reconnecting")
    bridge.start()
    bridge.wait_streams()
    expect(page.locator("#link")).to_have_text("Live")
    bridge.speak("u1", pcm, chunk=7001)
    bridge.speak("u2", tone(0.1))
    heard = wait(page, played("u1", "u2"))
    assert heard["rendered_samples"] == len(pcm) // 2 + 2400
    assert heard["repeats"] > 0
    bridge.speak("u1", pcm)
    bridge.speak("u3", tone(0.1))
    assert wait(page, played("u1", "u2", "u3"))["rendered_samples"] == len(pcm) // 2 + 4800


def test_a_hole_in_an_utterance_is_played_over(page, bridge):
    pcm = tone(0.3)
    bridge.audio_start("u1")
    bridge.audio_chunk("u1", 0, pcm[:4800])
    bridge.audio_chunk("u1", 4800, pcm[9600:])
    bridge.audio_stop("u1", 7200)
    heard = wait(page, played("u1"))
    assert heard["rendered_samples"] == 2400 + 2400
    assert heard["gaps"] == 1


def test_chunks_of_an_utterance_that_never_began_here_are_not_heard(page, bridge):
    bridge.audio_chunk("u0", 4800, tone(0.2))
    bridge.audio_stop("u0", 9600)
    bridge.speak("u1", tone(0.1))
    assert wait(page, played("u1"))["rendered_samples"] == 2400


def test_a_second_attempt_after_a_failure_brings_the_rest(page, bridge):
    pcm = tone(0.6)
    bridge.audio_start("u1")
    bridge.audio_chunk("u1", 0, pcm[:9600])
    bridge.audio_stop("u1", 4800, "failed")
    wait(page, "s.rendered_samples === 4800 && s.state === 'idle'")
    bridge.speak("u1", pcm)
    assert wait(page, played("u1"))["rendered_samples"] == len(pcm) // 2


def test_cancelled_speech_fades_and_the_next_one_comes(page, bridge):
    bridge.speak("u1", tone(5.0))
    bridge.speak("u2", tone(0.1))
    wait(page, "s.rendered_samples > 0")
    bridge.audio_stop("u1", 0, "cancelled")
    heard = wait(page, played("u2"))
    assert heard["rendered_samples"] < RATE_HZ * 3
    assert heard["largest_step"] < CLICK


def test_a_skip_names_its_utterance_and_comes_true_once(page, bridge):
    bridge.speak("u1", tone(5.0))
    bridge.speak("u2", tone(0.3))
    wait(page, "s.now_playing === 'u1'")
    for _ in range(2):
        bridge.emit("control", action="skip", utterance_id="u1")
    bridge.audio_stop("u1", 0, "cancelled")
    assert wait(page, played("u2"))["rendered_samples"] < RATE_HZ * 3


def test_clear_empties_the_queue(page, bridge):
    for name in ("u1", "u2", "u3"):
        bridge.speak(name, tone(3.0))
    wait(page, "s.rendered_samples > 0")
    bridge.emit("control", action="clear", utterance_id=None)
    heard = wait(page, "s.state === 'idle' && s.buffered_ms === 0")
    assert heard["utterances_played"] == []


def test_the_server_pauses_and_resumes_every_listener(page, bridge):
    bridge.speak("u1", tone(1.0))
    wait(page, "s.rendered_samples > 0")
    bridge.emit("control", action="pause", utterance_id=None)
    held = wait(page, "s.state === 'paused'")["rendered_samples"]
    expect(page.get_by_text("Paused for everyone")).to_be_visible()
    page.wait_for_timeout(200)
    assert stats(page)["rendered_samples"] == held
    bridge.emit("playback", paused=False, backlog_ms=0, now_playing="u1", listeners=1, queued=0)
    heard = wait(page, played("u1"))
    assert heard["rendered_samples"] == RATE_HZ
    assert heard["largest_step"] < CLICK


def test_a_listener_who_joins_a_paused_room_hears_nothing(open_page, bridge):
    bridge.paused = True
    page = open_page()
    bridge.wait_streams()
    wait(page, "s.state === 'paused'")
    bridge.speak("u1", tone(0.5))
    wait(page, "s.buffered_ms === 500")
    assert stats(page)["rendered_samples"] == 0


def test_another_sample_rate_is_played_at_that_rate_after_the_earlier_ones(page, bridge):
    bridge.speak("u1", tone(0.3))
    bridge.speak("u2", tone(0.3, 48000), sample_rate_hz=48000)
    bridge.speak("u3", tone(0.2))
    heard = wait(page, played("u1", "u2", "u3"))
    assert heard["rendered_samples"] == 7200 + 14400 + 4800
    assert heard["sample_rate_hz"] == RATE_HZ
    assert heard["largest_step"] < CLICK


def test_a_rate_that_no_browser_takes_fails_alone(page, bridge):
    bridge.chat("m1", "hello")
    bridge.speak("u1", tone(0.1), sample_rate_hz=1000, message_id="m1")
    bridge.speak("u2", tone(0.1))
    wait(page, played("u2"))
    expect(page.locator("[data-id=m1]")).to_have_attribute("data-status", "failed")


def test_sound_held_back_by_the_browser_waits_for_a_click(open_page, bridge, silent_chromium):
    page = open_page(browser=silent_chromium)
    bridge.wait_streams()
    button = page.get_by_role("button", name="Click to enable sound")
    expect(button).to_be_visible()
    bridge.speak("u1", tone(0.5))
    wait(page, "s.buffered_ms === 500 && s.rendered_samples === 0 && s.state === 'suspended'")
    button.click()
    assert wait(page, played("u1"))["rendered_samples"] == 12000
    expect(button).to_be_hidden()


def test_before_the_click_only_the_last_minute_is_kept(open_page, bridge, silent_chromium):
    page = open_page(browser=silent_chromium)
    bridge.wait_streams()
    expect(page.locator("#unlock")).to_be_visible()
    for number in range(8):
        bridge.chat(f"m{number}", "hello")
        bridge.speak(f"u{number}", bytes(2 * 10 * RATE_HZ), message_id=f"m{number}", chunk=24000)
    kept = wait(page, "s.dropped === 2 && s.buffered_ms === 60000")
    assert kept["rendered_samples"] == 0
    expect(page.locator("[data-id=m1]")).to_have_attribute("data-status", "dropped")
    expect(page.locator("#notice")).to_contain_text("left out (2)")


def test_the_buffer_is_bounded_and_what_is_heard_is_kept(page: Page, bridge: FakeBridge):
    rate_hz = 8000
    silence = bytes(2 * 60 * rate_hz)
    for number in range(12):
        bridge.speak(f"u{number}", silence, chunk=80_000, sample_rate_hz=rate_hz)
    heard = wait(page, "s.dropped >= 2 && s.buffered_ms <= 600000")
    assert heard["now_playing"] == "u0"
    assert heard["dropped"] == 2


def test_a_page_from_another_machine_speaks_without_https(open_page, bridge):
    page = open_page(host=INSECURE_HOST)
    assert page.evaluate("isSecureContext") is False
    bridge.wait_streams()
    wait(page, "s.state === 'idle'")
    pcm = tone(0.5)
    bridge.speak("u1", pcm, chunk=1001)
    heard = wait(page, played("u1"))
    assert heard["rendered_samples"] == len(pcm) // 2
    assert heard["largest_step"] < CLICK
