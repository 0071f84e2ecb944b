"""`/api/voices/{id}/reference`, and what is then heard: the whole pipeline but for the broker."""

import asyncio
import contextlib
from datetime import datetime, timezone

import pytest

from ishowtts_player.voices.reception import MAX_UPLOADS
from ishowtts_schemas.topics import VOICE
from tests.player.clips import encoded, pitch_of, tone, wav

MIB = 1024 * 1024
NEW_HZ = 600
NEW = wav(tone(hz=NEW_HZ))


async def test_a_configured_voice_is_spoken_and_shown(studio):
    assert await studio.heard_hz() == 400

    assert await studio.get() == {
        "voice_id": "ann",
        "engine": "tone",
        "engine_label": "Cloning",
        "language": "en",
        "active_reference_text": "I am Ann.",
        "baseline_reference_text": "I am Ann.",
        "baseline_audio_available": True,
        "override_audio_available": False,
        "seconds": 1.5,
        "version": studio.bridge._voices.details("ann").version,
        "spoken_by": ["tone-1"],
    }


async def test_the_next_utterance_speaks_with_what_was_sent(studio):
    answer = await studio.post(audio=NEW, text="I am new.")

    assert answer.status_code == 200
    shown = answer.json()
    assert shown == await studio.get()
    assert shown["active_reference_text"] == shown["override_reference_text"] == "I am new."
    assert shown["baseline_reference_text"] == "I am Ann."
    assert shown["override_audio_available"]
    assert shown["spoken_by"] == ["tone-1"]
    changed = datetime.fromisoformat(shown["override_updated_at"].replace("Z", "+00:00"))
    assert abs((datetime.now(timezone.utc) - changed).total_seconds()) < 60
    assert await studio.heard_hz() == NEW_HZ


async def test_text_and_clip_come_and_go_apart(studio):
    await studio.post(text="  I am\n new.  ")
    assert (await studio.get())["active_reference_text"] == "I am new."
    assert await studio.heard_hz() == 400

    await studio.post(audio=NEW)
    cleared = (await studio.post(text="")).json()

    assert cleared["active_reference_text"] == "I am Ann."
    assert "override_reference_text" not in cleared
    assert cleared["override_audio_available"]
    assert await studio.heard_hz() == NEW_HZ


async def test_delete_goes_back_to_the_voices_own(studio):
    before = await studio.get()
    await studio.post(audio=NEW, text="I am new.")

    answer = await studio.http.delete("/api/voices/ann/reference")

    assert answer.status_code == 200
    assert answer.json() == before == await studio.get()
    assert await studio.heard_hz() == 400


async def test_both_clips_can_be_listened_to(studio):
    await studio.post(audio=encoded("mp3", tone(hz=NEW_HZ, rate_hz=44_100)))

    for source, hz in (("baseline", 400), ("Override", NEW_HZ)):
        url = f"/api/voices/ann/reference/audio?source={source}"
        answer = await studio.http.get(url)
        assert pitch_of(answer.content) == pytest.approx(hz, abs=2)
        headers = answer.headers
        assert headers["content-type"] == "audio/wav"
        assert headers["cache-control"] == "no-store"
        assert headers["x-voice-reference-source"] == source.lower()
        assert headers["content-disposition"].startswith("inline; filename=")


BAD_CLIPS = {
    "text": (b"this is no audio", 400, "BAD_CLIP"),
    "zip": (b"PK\x03\x04" + bytes(999), 400, "BAD_CLIP"),
    "silent": (wav(tone() * 0), 400, "CLIP_SILENT"),
    "short": (wav(tone(0.2)), 400, "CLIP_TOO_SHORT"),
    "cut off": (NEW[: len(NEW) // 2], 400, "BAD_CLIP"),
    "too large": (NEW + bytes(10 * MIB - len(NEW) + 1), 413, "CLIP_TOO_LARGE"),
    "far too large": (bytes(11 * MIB), 413, "BODY_TOO_LARGE"),
}


async def test_a_bad_clip_changes_nothing(studio):
    await studio.post(text="I am new.")
    before = await studio.get()

    for name, (clip, status, code) in BAD_CLIPS.items():
        answer = await studio.post(audio=clip, text="never")
        assert (answer.status_code, answer.json()["code"]) == (status, code), name

    assert await studio.get() == before
    assert await studio.heard_hz() == 400


BAD_FORMS = {
    "nothing": ({"files": {"other": (None, "x")}}, 400, "NOTHING_TO_CHANGE"),
    "an empty file": ({"files": {"audio": ("a.wav", b"")}}, 400, "NOTHING_TO_CHANGE"),
    "JSON": ({"json": {"text": "x"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "no file name": ({"files": {"audio": (None, "abc")}}, 400, "BAD_FORM"),
    "a file of text": ({"files": {"text": ("a.txt", b"abc")}}, 400, "BAD_FORM"),
    "not UTF-8": ({"files": {"text": (None, b"\xff\xfe")}}, 400, "BAD_FORM"),
    "long text": ({"files": {"text": (None, "x" * 2001)}}, 400, "TEXT_TOO_LONG"),
    "no form": (
        {"content": b"abc", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        400,
        "BAD_REQUEST",
    ),
    "no boundary": (
        {"content": b"abc", "headers": {"content-type": "multipart/form-data"}},
        400,
        "BAD_FORM",
    ),
    "a charset that is none": (
        {
            "content": b'--x\r\nContent-Disposition: form-data; name="text"\r\n'
            b"Content-Type: text/plain; charset=klingon\r\n\r\nabc\r\n--x--\r\n",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        400,
        "BAD_FORM",
    ),
}


async def test_what_is_no_such_form_is_told(idle):
    await idle.open()

    for name, (form, status, code) in BAD_FORMS.items():
        answer = await idle.http.post("/api/voices/ann/reference", **form)
        assert (answer.status_code, answer.json()["code"]) == (status, code), name


async def test_a_voice_that_is_not_there_is_404_before_the_clip_is_read(studio):
    answers = [
        await studio.post("nobody", audio=NEW),
        await studio.http.get("/api/voices/nobody/reference"),
        await studio.http.delete("/api/voices/nobody/reference"),
        await studio.http.get("/api/voices/nobody/reference/audio?source=baseline"),
        await studio.http.get("/api/voices/ann/reference/audio?source=override"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert answers[0].json() == {"error": "there is no voice 'nobody'", "code": "UNKNOWN_VOICE"}


async def test_a_source_is_one_of_two(idle):
    await idle.open()

    for source in ("", "?source=", "?source=both", "?source=../etc"):
        answer = await idle.http.get(f"/api/voices/ann/reference/audio{source}")
        assert answer.status_code == 400, source


PATHS = [
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%2fetc%2fpasswd",
    "ann%00",
    "ann.wav",
    "ANN",
    "ann%2f..%2fann",
    "%5c%5cserver%5cshare",
    "%ef%bc%8e%ef%bc%8e",
    "x" * 300,
]


async def test_a_name_is_looked_up_and_never_opened(idle):
    await idle.open()

    for path in PATHS:
        got = await idle.http.get(f"/api/voices/{path}/reference/audio?source=baseline")
        posted = await idle.http.post(
            f"/api/voices/{path}/reference", files={"audio": ("../../../evil.wav", NEW)}
        )
        assert got.status_code in {404, 405}, path
        assert posted.status_code in {404, 405}, path

    kept = [one.name for one in idle.folder.rglob("*") if one.is_file()]
    assert sum(name.endswith(".wav") for name in kept) == 2
    assert not [name for name in kept if "evil" in name]


async def test_what_was_laid_over_outlives_bridge_and_synth(idle):
    await idle.open()
    await idle.synth()
    await idle.ready()
    await idle.post(audio=NEW, text="I am new.")
    shown = await idle.get()
    await idle.site.stop_bridge()
    await idle.close()

    await idle.open()
    await idle.synth()
    await idle.ready()

    assert await idle.get() == shown
    assert await idle.heard_hz() == NEW_HZ


async def test_a_voice_that_left_the_file_is_taken_back_from_the_broker(idle):
    await idle.open()
    await idle.synth()
    await idle.ready()
    await idle.site.stop_bridge()
    assert VOICE.address(voice="ann") in idle.site.broker._retained
    idle.file.write_text("")

    await idle.open()

    await idle.site.until(lambda: VOICE.address(voice="ann") not in idle.site.broker._retained)
    await idle.site.until(lambda: not idle.bridge._directory.cloners()[0].voices[1:])


async def test_a_broker_that_forgot_is_told_again(studio):
    studio.site.broker.go_down()
    studio.site.broker._retained.clear()
    studio.site.broker.come_back()

    await studio.site.until(lambda: VOICE.address(voice="ann") in studio.site.broker._retained)


async def test_what_is_sent_while_the_broker_is_away_is_kept_and_spoken_later(studio):
    studio.site.broker.go_down()

    answer = await studio.post(audio=NEW)
    assert answer.status_code == 200
    studio.site.broker.come_back()

    version = answer.json()["version"]
    directory = studio.bridge._directory
    await studio.site.until(lambda: version in {voice.info.version for voice in directory.voices()})
    assert await studio.heard_hz() == NEW_HZ


async def test_two_at_once_end_as_one_of_them(studio):
    others = wav(tone(hz=800))

    first, second = await asyncio.gather(
        studio.post(audio=NEW, text="first"), studio.post(audio=others, text="second")
    )

    assert (first.status_code, second.status_code) == (200, 200)
    text = (await studio.get())["active_reference_text"]
    assert await studio.heard_hz() == {"first": NEW_HZ, "second": 800}[text]


async def test_only_so_many_clips_are_received_at_once(studio):
    reception = studio.bridge._voices.reception
    async with contextlib.AsyncExitStack() as held:
        for _ in range(MAX_UPLOADS):
            await held.enter_async_context(reception.uploading())
        answer = await studio.post(audio=NEW)

    assert (answer.status_code, answer.json()["code"]) == (503, "SERVER_BUSY")
    assert answer.headers["retry-after"]
    assert (await studio.post(audio=NEW)).status_code == 200


async def test_a_client_that_leaves_in_the_middle_frees_its_place(studio):
    async def endless():
        yield b"--x\r\n"
        await asyncio.sleep(60)

    headers = {"content-type": "multipart/form-data; boundary=x"}
    for _ in range(MAX_UPLOADS + 1):
        post = studio.http.post("/api/voices/ann/reference", content=endless(), headers=headers)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(post, 0.05)

    await studio.site.until(lambda: not studio.bridge._voices.reception._open)
    assert (await studio.post(audio=NEW)).status_code == 200


async def test_an_engine_that_refuses_a_clip_is_named_and_goes_on_with_the_old(studio, monkeypatch):
    def refuse(_reference):
        raise ValueError("no")

    monkeypatch.setattr(studio.engine, "put_voice", refuse)

    shown = (await studio.post(audio=NEW)).json()

    assert shown["refused"] == ["tone-1: the engine failed: ValueError: no"]
    assert "spoken_by" not in shown
    assert await studio.heard_hz() == 400


async def test_a_synths_own_voice_can_be_laid_over_and_comes_back(studio):
    shown = await studio.get("own")
    assert shown["baseline_reference_text"] == "my own words"
    assert not shown["baseline_audio_available"]
    alone = await studio.post("own", text="only text")
    assert (alone.status_code, alone.json()["code"]) == (400, "CLIP_NEEDED")

    assert (await studio.post("own", audio=NEW)).json()["baseline_reference_text"] == "my own words"
    assert await studio.heard_hz("own") == NEW_HZ
    await studio.http.delete("/api/voices/own/reference")

    directory = studio.bridge._directory
    await studio.site.until(
        lambda: {one.id: one.info.version for one in directory.voices()}["own"] == ""
    )
    assert await studio.get("own") == shown


async def test_an_engine_without_clips_says_so(studio):
    await studio.site.synth("en", engine="espeak", instance="espeak-1")
    await studio.ready("en")

    answer = await studio.post("en", audio=NEW)

    assert (answer.status_code, answer.json()["code"]) == (400, "CANNOT_CLONE")


async def test_without_a_synth_voices_can_be_seen_and_changed(idle):
    await idle.open()

    assert (await idle.get())["engine"] == ""
    assert (await idle.post(audio=NEW)).status_code == 200


async def test_without_a_folder_that_can_be_used_the_file_of_voices_still_holds(idle):
    (idle.folder / "data").write_text("in the way")
    await idle.open()
    await idle.synth()
    await idle.ready()

    assert await idle.heard_hz() == 400
    assert (await idle.post(audio=NEW)).status_code == 200
    assert await idle.heard_hz() == NEW_HZ
    assert "cannot be kept" in idle.bridge._voices.list().problems[0]


async def test_the_numbers_say_how_it_went(studio):
    await studio.post(audio=NEW)
    await studio.post(audio=b"no audio")

    samples = studio.bridge.bus.counters.samples()
    found = {(one.name, *one.labels.values()): one.value for one in samples}
    assert found["voices_changed_total",] == 1
    assert found["voices_published_total",] >= 2
    assert found["voices_refused_total", "bad_clip"] == 1


async def test_a_voice_of_the_file_may_call_its_engine_otherwise(idle):
    idle.file.write_text(idle.file.read_text("utf-8") + 'engine_label = "Studio"\n', "utf-8")
    await idle.open()
    assert (await idle.get())["engine_label"] == "Studio"

    await idle.synth()
    await idle.ready()

    assert (await idle.get())["engine_label"] == "Studio"
    listed = (await idle.http.get("/api/voices")).json()
    assert {one["id"]: one["engine_label"] for one in listed} == {"ann": "Studio", "own": "Cloning"}
