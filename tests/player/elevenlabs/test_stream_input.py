"""`stream-input` as ElevenLabs means it, by hand."""

import asyncio
import itertools

import pytest

from ishowtts_player.audio.formats import elevenlabs_format
from ishowtts_player.settings.elevenlabs import ElevenLabsSettings
from tests.player.audio.sounds import TONE_HZ, hear, loudest
from tests.player.elevenlabs.conftest import KEY, STREAM, audio, chars
from tests.player.fake_synth import be_silent, refuse
from tests.player.openai.songs import hold, song
from tests.player.sse import SOON_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = {"text": " ", "voice_settings": None}


def spoken(theatre) -> list[str]:
    return [request.text for request in theatre.synth.requests]


async def test_the_empty_text_speaks_the_rest_and_closes_the_socket(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM, output_format="pcm_24000")
    await talk.say(**BEGIN)
    await talk.say(text="Hello there. ")
    await talk.say(text="")

    code, heard = await talk.closed()

    assert code == 1000
    assert heard[-1] == {"audio": None, "isFinal": True}
    assert audio(heard) == song()
    assert chars(heard) == chars(heard, "normalizedAlignment") == "Hello there. "
    assert spoken(theatre) == ["Hello there."]


async def test_the_default_is_mp3_in_one_stream(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    await talk.say(**BEGIN)
    for word in ("One ", "two. "):
        await talk.say(text=word, generation_config={"chunk_length_schedule": [1]})
    await talk.say(text="")

    _, heard = await talk.closed()

    samples, rate_hz = hear(audio(heard), elevenlabs_format("mp3_44100_128"))
    assert spoken(theatre) == ["One", "two."]
    assert rate_hz == 44_100
    assert loudest(samples, rate_hz) == pytest.approx(TONE_HZ, abs=2)


async def test_other_formats_sound_the_same(theatre):
    await theatre.open()
    for name in ("pcm_8000", "ulaw_8000", "alaw_8000", "opus_48000_64"):
        talk = await theatre.talk(STREAM, output_format=name)
        await talk.say(text="Hello. ", flush=True)
        await talk.say(text="")

        _, heard = await talk.closed()

        sound = hear(audio(heard), elevenlabs_format(name))
        assert loudest(*sound) == pytest.approx(TONE_HZ, abs=2), name


async def test_text_waits_for_the_schedule_and_flush_does_not(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM, output_format="pcm_24000")
    await talk.say(text=" ", generation_config={"chunk_length_schedule": [50]})
    await talk.say(text="Too short. ")
    await talk.say(text="Now this is more than enough to be spoken, isn't it? ")
    await talk.hear()
    await talk.say(text="And the end. ", flush=True)
    await talk.say(text="")
    await talk.closed()

    assert spoken(theatre) == [
        "Too short. Now this is more than enough to be spoken, isn't it?",
        "And the end.",
    ]


async def test_a_wish_for_speech_is_met_once_there_is_enough_text(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    for word in ("Only ", "single ", "words, ", "as language models ", "write them, one by one. "):
        await talk.say(text=word, try_trigger_generation=True)
    await talk.say(text="")
    await talk.closed()

    assert spoken(theatre) == ["Only single words, as language models write them, one by one."]


async def test_auto_mode_speaks_each_sentence_at_its_end(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM, auto_mode="true", output_format="pcm_24000")
    await talk.say(**BEGIN)
    await talk.say(text="First. Sec")
    await talk.hear()
    await talk.say(text="ond.")
    await talk.say(text="")
    await talk.closed()

    assert spoken(theatre) == ["First.", "Second."]


async def test_what_sdks_write_for_nothing_is_nothing(theatre):
    await theatre.open()
    talk = await theatre.talk(
        STREAM, model_id="Ellipsis", output_format="None", language_code="", inactivity_timeout=180
    )
    await talk.say(text=" ", voice_settings=None, generation_config=None)
    await talk.say(text="Hi. ")
    await talk.say(text="")

    code, _ = await talk.closed()

    assert code == 1000
    assert theatre.synth.requests[0].language is None


async def test_speed_and_language_reach_the_synth(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM, language_code="en", model_id="espeak")
    await talk.say(text=" ", voice_settings={"stability": 0.5, "speed": 1.2})
    await talk.say(text="Hi. ")
    await talk.say(text="")
    await talk.closed()

    (request,) = theatre.synth.requests
    assert (request.speed, request.language, request.voice) == (1.2, "en", "en")


async def test_the_key_may_stand_in_the_first_message(theatre):
    await theatre.open(api_token=KEY)
    for name, value in {
        "xi_api_key": KEY,
        "xi-api-key": KEY,
        "authorization": f"Bearer {KEY}",
    }.items():
        talk = await theatre.talk(STREAM)
        await talk.say(text=" ", **{name: value})
        await talk.say(text="")

        code, _ = await talk.closed()

        assert code == 1000, name


async def test_without_the_key_nothing_is_told(theatre):
    await theatre.open(api_token=KEY)
    talk = await theatre.talk(STREAM.replace("en", "nobody", 1))
    await talk.say(text=" ", xi_api_key="wrong")

    code, heard = await talk.closed()

    assert code == 1008
    assert [one["error"] for one in heard] == ["unauthorized"]
    assert "nobody" not in heard[0]["message"]


UNREADABLE = [
    "not json",
    "[1]",
    '{"text": 1}',
    '{"text": "x", "voice_settings": {"speed": 99}}',
    '{"text": "x", "generation_config": {"chunk_length_schedule": [-1]}}',
    "[" * 100_000,
]


async def test_what_cannot_be_read_is_answered_and_the_socket_closed(theatre):
    await theatre.open()
    for text, already in itertools.product(UNREADABLE, (False, True)):
        talk = await theatre.talk(STREAM)
        if already:
            await talk.say(**BEGIN)
        await talk.socket.send(text)

        closed, heard = await talk.closed()

        assert (closed, heard[-1]["error"]) == (1008, "invalid_message")
        assert heard[-1]["message"]


NONSENSE = [
    ({"output_format": "mp3_1"}, "unknown_format", 1003),
    ({"output_format": "wav_24000"}, "unknown_format", 1003),
    ({"inactivity_timeout": "0"}, "invalid_field", 1008),
    ({"inactivity_timeout": "many"}, "invalid_field", 1008),
    ({"inactivity_timeout": "181"}, "invalid_field", 1008),
    ({"mode": "backward"}, "invalid_field", 1008),
    ({"mode": "forward"}, "channel_missing", 1008),
    ({"auto_mode": "perhaps"}, "invalid_field", 1008),
]


async def test_an_address_that_asks_for_nonsense_is_told_so(theatre):
    await theatre.open()
    for query, error, closed in NONSENSE:
        talk = await theatre.talk(STREAM, **query)
        await talk.say(**BEGIN)

        code, heard = await talk.closed()

        assert (code, heard[-1]["error"]) == (closed, error), query


async def test_an_unknown_voice_is_no_other_voice(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM.replace("en", "nobody", 1))
    await talk.say(**BEGIN)

    code, heard = await talk.closed()

    assert (code, heard[-1]["error"]) == (1008, "voice_not_found")
    assert "nobody" in heard[-1]["message"]


async def test_the_configuration_may_give_other_names_to_voices(theatre):
    await theatre.open(elevenlabs=ElevenLabsSettings(voice_names={"Rachel": "de"}))
    talk = await theatre.talk(STREAM.replace("en", "Rachel", 1))
    await talk.say(text="Hallo. ")
    await talk.say(text="")
    await talk.closed()

    assert theatre.synth.requests[0].voice == "de"


async def test_why_a_synth_failed_is_told(theatre):
    await theatre.open()
    theatre.synth.script = refuse("engine_error", "this is why")
    talk = await theatre.talk(STREAM)
    await talk.say(text="Hello. ", flush=True)

    code, heard = await talk.closed()

    assert (code, heard[-1]["message"]) == (1011, "this is why")


async def test_a_client_that_leaves_frees_the_synth(theatre):
    await theatre.open()
    theatre.synth.script = hold
    talk = await theatre.talk(STREAM, output_format="pcm_24000")
    await talk.say(text="Hello. ", flush=True)
    await talk.hear()

    await talk.socket.close()

    await asyncio.wait_for(theatre.synth.cancelled.wait(), SOON_S)
    assert theatre.synth.cancels[0].utterance_id == theatre.synth.requests[0].utterance_id


async def test_messages_are_read_while_audio_is_made(theatre):
    await theatre.open()
    theatre.synth.script = hold
    talk = await theatre.talk(STREAM, output_format="pcm_24000")
    await talk.say(text="Hello. ", flush=True)
    await talk.hear()
    await talk.socket.send("no json")

    code, heard = await talk.closed()

    assert (code, heard[-1]["error"]) == (1008, "invalid_message")
    await asyncio.wait_for(theatre.synth.cancelled.wait(), SOON_S)


async def test_text_cannot_pile_up_without_bound(theatre):
    await theatre.open(elevenlabs=ElevenLabsSettings(max_waiting_chars=1000))
    theatre.synth.script = be_silent
    for times, message in ((30, {"text": "word " * 20}), (1010, {"text": "Hi. ", "flush": True})):
        talk = await theatre.talk(STREAM)
        for _ in range(times):
            await talk.say(**message)

        code, heard = await talk.closed()

        assert (code, heard[-1]["error"]) == (1008, "too_much_text")


async def test_a_client_without_anything_to_say_is_asked_to_leave(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM, inactivity_timeout=1)
    await talk.say(**BEGIN)

    code, heard = await talk.closed()

    assert (code, heard[-1]["error"]) == (1008, "input_timeout_exceeded")


async def test_a_long_speech_is_not_cut_off_by_the_clients_silence(theatre):
    await theatre.open()

    async def hum(synth, request, to):
        await synth.begin(request, to)
        await asyncio.sleep(1.3)
        await synth.end(request, to, samples=0)

    theatre.synth.script = hum
    talk = await theatre.talk(STREAM, inactivity_timeout=1)
    await talk.say(text="Hello. ", flush=True)
    await asyncio.sleep(1.2)
    await talk.say(text="")

    code, heard = await talk.closed()

    assert (code, heard[-1]["isFinal"]) == (1000, True)
