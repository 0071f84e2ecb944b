"""`stream-input` as XTTS means it: opened with `ttsInitRequest`, paced, batch after batch."""

import asyncio
import base64
import time

import numpy as np
import pytest

from ishowtts_player.audio.pacer import Pacer
from ishowtts_player.dialects.elevenlabs.outlet import Outlet
from ishowtts_player.dialects.elevenlabs.packets import Packet
from tests.player.audio.sounds import TONE_HZ, loudest
from tests.player.clock import HandClock
from tests.player.elevenlabs.conftest import KEY, STREAM, audio, chars
from tests.player.openai.songs import send, song

pytestmark = pytest.mark.asyncio(loop_scope="module")

INIT = {"type": "ttsInitRequest", "target_lead_ms": 10_000}


def spoken(theatre) -> list[str]:
    return [request.text for request in theatre.synth.requests]


async def test_each_empty_text_ends_a_batch_and_the_socket_goes_on(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    await talk.say(**INIT)
    for text in ("First.", "Second."):
        await talk.say(text=text)
        await talk.say(text="")
        heard = await talk.until_final()
        assert heard[-1] == {"isFinal": True}
        assert {one["isFinal"] for one in heard[:-1]} == {False}
        assert audio(heard) == song()
        assert not any("normalizedAlignment" in one for one in heard)
    assert spoken(theatre) == ["First.", "Second."]


async def test_no_shard_is_longer_than_60_ms(theatre):
    await theatre.open()
    for name, rate_hz in (("pcm_8000", 8000), ("pcm_22050", 22_050), ("pcm_44100", 44_100)):
        talk = await theatre.talk(STREAM, output_format="pcm_16000")
        await talk.say(**INIT, audio_format=name)
        await talk.say(text="Hello.")
        await talk.say(text="")
        heard = await talk.until_final()

        sizes = [len(base64.b64decode(one["audio"])) for one in heard[:-1]]
        assert max(sizes) <= rate_hz * 2 * 0.06
        assert sum(sizes) / 2 / rate_hz == pytest.approx(1.5, abs=0.01)


async def test_what_the_first_message_says_goes_before_the_address(theatre):
    await theatre.open()
    talk = await theatre.talk(
        STREAM, output_format="pcm_16000", target_lead_ms=20, sync_alignment="true"
    )
    await talk.say(
        **INIT, EL_AUDIO_FORMAT="pcm_48000", generation_config={"speed": 1.5, "language": "de"}
    )
    await talk.say(text="Hello you.")
    await talk.say(text="")
    heard = await talk.until_final()

    assert len(audio(heard)) == pytest.approx(2 * len(song()), abs=100)
    assert chars(heard, "normalizedAlignment") == "Hello you."
    (request,) = theatre.synth.requests
    assert (request.speed, request.language) == (1.5, "de")


async def test_flush_and_trigger_speak_what_there_is_and_a_space_does_nothing(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    await talk.say(**INIT)
    await talk.say(text="One.", try_trigger_generation=True)
    await talk.say(text=" ", flush=True)
    await talk.say(text="Two", flush=True)
    await talk.say(text="Three, four.")
    await talk.say(text="")
    await talk.until_final()

    assert spoken(theatre) == ["One.", "Two", "Three, four."]


async def test_schedules_count_characters_and_chunks(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    config = {"chunk_length_schedule": [8], "chunk_length_schedule_frames": [3]}
    await talk.say(**INIT, generation_config=config)
    await talk.say(text="Hello my ")
    first = await talk.hear()
    await talk.say(text="friend, ")
    await talk.say(text="well. ")
    await talk.say(text="")
    heard = await talk.until_final()

    assert spoken(theatre) == ["Hello my", "friend, well."]
    assert audio([first, *heard]) == song() * 2


async def test_a_format_that_it_never_had_closes_with_its_code(theatre):
    await theatre.open()
    for name in ("mp3_44100_128", "ulaw_8000", "nonsense"):
        talk = await theatre.talk(STREAM)
        await talk.say(**INIT, audio_format=name)

        code, heard = await talk.closed()

        assert code == 1003
        assert list(heard[-1]) == ["error"]


async def test_a_wrong_key_is_told_as_its_clients_read_it(theatre):
    await theatre.open(api_token=KEY)
    talk = await theatre.talk(STREAM)
    await talk.say(**INIT, xi_api_key="wrong")

    code, heard = await talk.closed()

    assert code == 1008
    assert list(heard[-1]) == ["error"]


async def test_a_silent_client_is_let_go_without_an_error(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM, inactivity_timeout=1)
    await talk.say(**INIT)

    assert await talk.closed() == (1000, [])


async def test_audio_leaves_no_faster_than_it_is_played(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    await talk.say(type="ttsInitRequest")
    begin_s = time.monotonic()
    await talk.say(text="Hello.", flush=True)
    heard = [await talk.hear()]
    while len(audio(heard)) < 24_000 * 2:
        heard.append(await talk.hear())

    assert time.monotonic() - begin_s >= 0.9


async def test_the_synth_is_free_long_before_the_client_has_heard_it_all(theatre):
    await theatre.open()

    async def speak_for_a_minute(synth, request, to):
        await synth.begin(request, to)
        await send(synth, request, to, bytes(60 * 24_000 * 2))
        await synth.end(request, to, samples=60 * 24_000)

    theatre.synth.script = speak_for_a_minute
    talk = await theatre.talk(STREAM)
    await talk.say(type="ttsInitRequest")
    await talk.say(text="First.", flush=True)
    await talk.say(text="Second.", flush=True)

    await theatre.site.until(lambda: len(theatre.synth.requests) == 2)  # SOON_S is no minute


async def test_a_client_that_leaves_frees_the_synth_and_stops_the_pacing(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    await talk.say(type="ttsInitRequest")
    await talk.say(text="First.", flush=True)
    await talk.say(text="Second.", flush=True)
    await talk.hear()
    await talk.socket.close()

    guard = theatre.counters
    await theatre.site.until(lambda: guard.get("player_sockets") == 0)
    assert guard.get("player_requests") == 0


class Stage:
    """An outlet whose time only passes where it sleeps."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.pacer = Pacer(20.0, self.clock)
        self.leads_ms: list[float] = []
        self.sleeps = 0
        self.outlet = Outlet(self._deliver, self.pacer, self._sleep)

    async def _deliver(self, packet: Packet | None) -> None:
        if packet is not None:
            self.leads_ms.append(self.pacer.ahead_ms)

    async def _sleep(self, seconds: float) -> None:
        self.sleeps += 1
        assert seconds > 0
        self.clock.pass_s(seconds)
        await asyncio.sleep(0)

    async def batch(self, shards: int) -> None:
        for _ in range(shards):
            self.outlet.put(Packet(b"xx", 60.0))
        self.outlet.put(None)
        while not self.outlet.empty:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


async def test_after_a_minute_of_silence_and_across_batches_the_lead_is_the_same():
    stage = Stage()
    running = asyncio.create_task(stage.outlet.run())
    await stage.batch(50)
    await stage.batch(50)
    assert stage.leads_ms[0] == 0
    assert all(10 <= lead <= 30 for lead in stage.leads_ms[1:])

    stage.clock.pass_s(60)
    stage.leads_ms.clear()
    await stage.batch(50)

    assert stage.leads_ms[0] == 0
    assert all(10 <= lead <= 30 for lead in stage.leads_ms[1:])
    assert stage.sleeps <= 150
    assert stage.outlet.unsent_ms == 0
    stage.outlet.end()
    await running


async def test_the_tone_survives_the_resampling(theatre):
    await theatre.open()
    talk = await theatre.talk(STREAM)
    await talk.say(**INIT, audio_format="pcm_16000")
    await talk.say(text="Hello.")
    await talk.say(text="")
    samples = np.frombuffer(audio(await talk.until_final()), "<i2").astype(float)

    assert loudest(samples, 16_000) == pytest.approx(TONE_HZ, abs=2)
