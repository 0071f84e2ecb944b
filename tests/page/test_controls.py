"""Buttons, keys, the box to say something, and what the page tells about the connection."""

from playwright.sync_api import expect

from tests.fakes.fake_bridge import Answer
from tests.page.tones import tone
from tests.page.waiting import wait

SAY = "/api/rooms/main/say"


def test_skip_names_what_is_heard(page, bridge):
    bridge.speak("u1", tone(3.0))
    wait(page, "s.now_playing === 'u1'")
    page.get_by_role("button", name="Skip").click()
    assert bridge.wait_request("/api/rooms/main/skip").body == {"utterance_id": "u1"}


def test_skip_without_speech_leaves_the_choice_to_the_bridge(page, bridge):
    page.get_by_role("button", name="Skip").click()
    assert bridge.wait_request("/api/rooms/main/skip").body == {}


def test_pause_becomes_resume_when_the_server_says_so(page, bridge):
    page.locator("#pause").click()
    bridge.wait_request("/api/rooms/main/pause")
    expect(page.locator("#pause")).to_have_text("Pause")
    bridge.emit("control", action="pause", utterance_id=None)
    expect(page.locator("#pause")).to_have_text("Resume")
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    page.locator("#pause").click()
    bridge.wait_request("/api/rooms/main/resume")


def test_clear_is_confirmed(page, bridge):
    page.locator("#clear").click()
    bridge.wait_request("/api/rooms/main/clear")
    expect(page.locator("#notice")).to_have_text("Queue cleared.")


def test_a_refused_control_says_why(page, bridge):
    bridge.answers["/api/rooms/main/clear"] = Answer(503, {"error": "the broker is away"})
    page.locator("#clear").click()
    expect(page.locator("#notice")).to_have_text("That did not work: the broker is away")


def test_keys_work_unless_somebody_types(page, bridge):
    page.keyboard.press("s")
    bridge.wait_request("/api/rooms/main/skip")
    page.keyboard.press(" ")
    bridge.wait_request("/api/rooms/main/pause")
    page.keyboard.press("m")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    page.locator("#say-text").fill("")
    page.locator("#say-text").press_sequentially("ms s")
    assert page.locator("#say-text").input_value() == "ms s"
    assert len(bridge.calls("/api/rooms/main/skip")) == 1
    assert len(bridge.calls("/api/rooms/main/pause")) == 1
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")


def test_space_on_a_button_presses_that_button_only(page, bridge):
    page.locator("#skip").focus()
    page.keyboard.press(" ")
    bridge.wait_request("/api/rooms/main/skip")
    assert bridge.calls("/api/rooms/main/pause") == []


def test_volume_and_mute_are_remembered_here(page, bridge):
    page.locator("#volume").fill("35")
    page.locator("#mute").click()
    page.reload()
    expect(page.locator("#volume")).to_have_value("35")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#mute")).to_have_attribute("aria-label", "Unmute")


def test_a_browser_that_refuses_to_remember_still_works(open_page, bridge):
    page = open_page("static/favicon.svg")
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page.goto(bridge.url)
    bridge.wait_streams()
    page.locator("#mute").click()
    bridge.speak("u1", tone(0.1))
    wait(page, "s.utterances_played.length === 1")


def test_enter_says_it_with_the_chosen_voice(page, bridge):
    page.locator("#say-voice").select_option("cmn")
    page.locator("#say-text").fill("你好 hello")
    expect(page.locator("#say-count")).to_have_text("8 characters")
    page.locator("#say-text").press("Enter")
    assert bridge.wait_request(SAY).body == {"text": "你好 hello", "voice": "cmn"}
    expect(page.locator("#say-text")).to_have_value("")


def test_a_voice_whose_engine_has_profiles_offers_them(page, bridge):
    profile = page.locator("#say-profile")
    expect(profile).to_be_hidden()
    page.locator("#say-voice").select_option("alice")
    assert profile.locator("option").all_text_contents() == [
        "exact, 16 steps",
        "fast, 7 steps, approx.",
    ]
    page.locator("#say-text").fill("hello")
    page.locator("#say-text").press("Enter")
    assert bridge.wait_request(SAY).body == {"text": "hello", "voice": "alice"}
    expect(page.locator("#say-text")).to_have_value("")
    profile.select_option("fast")
    page.locator("#say-text").fill("hello")
    page.locator("#say-text").press("Enter")
    fast = {"text": "hello", "voice": "alice", "profile": "fast"}
    assert bridge.wait_request(SAY, 2).body == fast
    page.locator("#say-voice").select_option("cmn")
    expect(profile).to_be_hidden()


def test_shift_enter_is_a_new_line_and_blank_text_is_not_sent(page, bridge):
    page.locator("#say-text").fill("one")
    page.locator("#say-text").press("Shift+Enter")
    expect(page.locator("#say-text")).to_have_value("one\n")
    page.locator("#say-text").fill("   ")
    expect(page.locator("#say-send")).to_be_disabled()
    page.locator("#say-text").press("Enter")
    page.locator("#say-text").fill("two")
    page.locator("#say-send").click()
    assert bridge.wait_request(SAY).body == {"text": "two"}
    assert len(bridge.calls(SAY)) == 1


def test_enter_that_chooses_a_word_in_an_input_method_does_not_send(page, bridge):
    box = page.locator("#say-text")
    box.fill("ni hao")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.fill("你好")
    box.press("Enter")
    assert bridge.wait_request(SAY).body == {"text": "你好"}


def test_a_refused_message_is_not_lost(page, bridge):
    bridge.answers[SAY] = Answer(422, {"error": "the text is too long"})
    page.locator("#say-text").fill("a long story")
    page.locator("#say-text").press("Enter")
    expect(page.locator("#notice")).to_have_text("That did not work: the text is too long")
    expect(page.locator("#say-text")).to_have_value("a long story")
    expect(page.locator("#say-send")).to_be_enabled()


def test_a_message_to_a_bridge_that_is_away_is_not_lost(page, bridge):
    bridge.stop()
    page.locator("#say-text").fill("hello?")
    page.locator("#say-text").press("Enter")
    expect(page.locator("#notice")).to_contain_text("No answer from the bridge")
    expect(page.locator("#say-text")).to_have_value("hello?")


def test_voices_are_grouped_by_engine_named_by_language_and_remembered(page, bridge):
    choice = page.locator("#say-voice")
    expect(choice.locator("optgroup")).to_have_count(2)
    assert choice.locator("optgroup").first.get_attribute("label") == "eSpeak NG"
    names = choice.locator("option").all_text_contents()
    assert names[0] == "Default voice (en-us)"
    assert "American English · en-us" in names
    choice.select_option("alice")
    page.reload()
    expect(choice.locator("optgroup")).to_have_count(2)
    expect(choice).to_have_value("alice")


def test_a_voice_that_is_gone_gives_way_to_the_default(page, bridge):
    page.locator("#say-voice").select_option("alice")
    bridge.voices = bridge.voices[:2]
    page.reload()
    expect(page.locator("#say-voice option")).to_have_count(3)
    expect(page.locator("#say-voice")).to_have_value("")


def test_voices_of_a_synth_that_came_later_can_be_chosen(page, bridge):
    choice = page.locator("#say-voice option")
    expect(choice).to_have_count(4)
    late = {"id": "cedric", "engine": "xtts", "engine_label": "XTTS", "language": "fr"}
    bridge.voices = [*bridge.voices, late]
    page.locator("#say-text").focus()
    expect(choice).to_have_count(5)


def test_voices_of_a_synth_that_left_are_not_offered_by_the_next_bridge(page, bridge):
    choice = page.locator("#say-voice option")
    expect(choice).to_have_count(4)
    bridge.stop()
    bridge.voices = bridge.voices[:2]
    bridge.start()
    expect(choice).to_have_count(3)


def test_a_long_list_of_voices_leaves_the_box_in_its_place(page, bridge):
    bridge.voices = [{**bridge.voices[0], "id": "x" * 60 + str(n)} for n in range(9)]
    page.locator("#say-text").focus()
    expect(page.locator("#say-voice option")).to_have_count(13)
    box, button = page.locator("#say").bounding_box(), page.locator("#say-send").bounding_box()
    assert box["x"] + box["width"] - button["x"] - button["width"] >= 16


def test_the_room_s_state_is_shown_and_counts_down(page, bridge):
    state = {"now_playing": "u1", "listeners": 7, "queued": 12}
    bridge.emit("playback", paused=True, backlog_ms=2400, **state)
    expect(page.locator("#listeners")).to_have_text("7")
    expect(page.locator("#queued")).to_have_text("12")
    expect(page.locator("#backlog")).to_have_text("3 s waiting")
    bridge.emit("playback", paused=False, backlog_ms=600, **state)
    expect(page.locator("#backlog")).to_have_text("0 s waiting")


def test_the_room_comes_from_the_address(open_page, bridge):
    page = open_page("?room=games")
    assert bridge.wait_request("/api/danmaku/stream").query["room"] == ["games"]
    expect(page.locator("#room")).to_have_text("games")


def test_a_page_without_a_token_says_what_to_do(open_page, bridge):
    for path in ("/api/danmaku/stream", "/api/rooms/main"):
        bridge.answers[path] = Answer(401, {"error": "token"})
    page = open_page()
    expect(page.locator("#unauthorized")).to_contain_text("?token=")
    bridge.answers.clear()
    expect(page.locator("#unauthorized")).to_be_hidden()
    expect(page.locator("#link")).to_have_text("Live")


def test_a_room_that_cannot_be_is_named_as_the_mistake(open_page, bridge):
    for path in ("/api/danmaku/stream", "/api/rooms/Not%20A%20Slug"):
        bridge.answers[path] = Answer(400, {"error": "a room is named by a-z, 0-9, _ and -"})
    page = open_page("?room=Not A Slug")
    expect(page.locator("#misnamed")).to_contain_text("?room=main")
    expect(page.locator("#link")).to_have_text("No such room")


def test_a_stream_that_is_refused_for_a_while_is_resumed_by_its_last_id(page, bridge):
    bridge.chat("m1", "before")
    expect(page.locator("#chat .row")).to_have_count(1)
    bridge.answers["/api/danmaku/stream"] = Answer(503, {"error": "too many listeners"})
    bridge.hang_up()
    bridge.wait_request("/api/danmaku/stream", 2)
    bridge.chat("m2", "meanwhile")
    bridge.answers.clear()
    expect(page.locator("#chat .row")).to_have_count(2)
    assert bridge.calls("/api/danmaku/stream")[-1].query["last_event_id"] == ["1-1"]


def test_chinese_by_browser_and_by_address(open_page, bridge):
    expect(open_page(locale="zh-CN").locator("#link")).to_have_text("已连接")
    page = open_page("?lang=zh")
    expect(page.locator("#skip")).to_have_text("跳过")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(open_page("?lang=en", locale="zh-CN").locator("#skip")).to_have_text("Skip")


def test_every_control_has_a_name(page):
    unnamed = page.evaluate(
        """[...document.querySelectorAll('button, input, select, textarea')].filter((e) =>
          !e.ariaLabel && !e.textContent.trim() && !e.labels?.length).map((e) => e.id)"""
    )
    assert unnamed == []
    assert page.evaluate("document.querySelectorAll('[data-t]:empty').length") == 0
