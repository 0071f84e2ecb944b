"""The F5 service's speech, whole: `/v1/generate` and its older names."""

import asyncio
import base64

from tests.player.f5_service.clips import CLIP, cloner, samples, tone, wish
from tests.player.fake_synth import be_silent, refuse
from tests.player.sse import SOON_S

GENERATE = "/v1/generate"
SPOKEN = b"\x01\x02" * 960


async def test_its_own_example_is_answered_as_its_document_says(site):
    http, synth = await cloner(site)
    asked = {
        "num_inference_steps": 50,
        "guidance_scale": 2.0,
        "speed_factor": 1.0,
        "use_sway_sampling": False,
    }
    answer = await http.post(GENERATE, json=wish(**asked))
    body = answer.json()
    assert (answer.status_code, body["sample_rate"], body["duration"]) == (200, 24000, 0.04)
    assert samples(body["audio_base64"]) == (SPOKEN, 24000)
    assert 0 <= body["generation_time"] < SOON_S
    assert (body["text_length"], body["audio_length"]) == (len("This is new."), 960)
    (request,) = synth.requests
    assert (request.text, request.voice, request.speed) == ("This is new.", "reference", 1.0)
    assert request.options == {"nfe_step": 50, "cfg_strength": 2.0, "sway_sampling_coef": 0.0}
    pcm, rate_hz = samples(request.reference.audio)
    assert (rate_hz, len(pcm) // 2) == (24000, 24000)
    assert request.reference.transcript == "This is the reference."


async def test_higher_speed_is_faster_and_sway_is_minus_one(site):
    http, synth = await cloner(site)
    await http.post(GENERATE, json=wish(speed_factor=1.5, use_sway_sampling=True))
    assert (synth.requests[0].speed, synth.requests[0].options) == (
        1.5,
        {"sway_sampling_coef": -1.0},
    )


async def test_what_is_absent_or_null_is_left_to_the_engine(site):
    http, synth = await cloner(site)
    nothing = dict.fromkeys(("num_inference_steps", "guidance_scale", "use_sway_sampling"))
    await http.post(GENERATE, json=wish(**nothing, speed_factor=None, unknown=1))
    assert (synth.requests[0].options, synth.requests[0].speed) == ({}, 1.0)


async def test_line_breaks_and_data_urls_are_borne(site):
    http, synth = await cloner(site)
    wrapped = base64.encodebytes(tone()).decode()
    for clip in (wrapped, f"data:audio/wav;base64,{CLIP}"):
        answer = await http.post(GENERATE, json=wish(ref_audio_base64=clip))
        assert answer.status_code == 200
    assert synth.requests[0].reference == synth.requests[1].reference


async def test_the_older_paths_take_json_and_forms(site):
    http, synth = await cloner(site)
    numbers = {"num_inference_steps": "8", "speed_factor": "1.5", "use_sway_sampling": "true"}
    fields = {name: value for name, value in wish(**numbers).items() if name != "ref_audio_base64"}
    file = {"ref_audio": ("me.wav", tone(), "audio/wav")}
    answers = [
        await http.post("/generate_json", json=wish()),
        await http.post("/generate", data=wish(**numbers, guidance_scale="")),
        await http.post("/generate", data=fields, files=file),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["audio_length"]) == (200, 960)
    assert [request.speed for request in synth.requests] == [1.0, 1.5, 1.5]
    options = {"nfe_step": 8, "sway_sampling_coef": -1.0}
    assert [request.options for request in synth.requests] == [{}, options, options]
    assert synth.requests[0].reference == synth.requests[2].reference


async def test_the_clip_of_one_request_is_no_others(site):
    http, synth = await cloner(site)
    clips = [base64.b64encode(tone(seconds)).decode() for seconds in (1.0, 1.5, 2.0)]
    texts = ["one", "two", "three"]
    await asyncio.gather(
        *(
            http.post(GENERATE, json=wish(gen_text=text, ref_text=text, ref_audio_base64=clip))
            for text, clip in zip(texts, clips, strict=True)
        )
    )
    seconds = {
        request.text: (request.reference.transcript, len(samples(request.reference.audio)[0]))
        for request in synth.requests
    }
    assert seconds == {"one": ("one", 48000), "two": ("two", 72000), "three": ("three", 96000)}


async def test_without_an_engine_that_clones_it_says_so(site):
    await site.bridge()
    await site.synth()
    http = site.http()
    for path in (GENERATE, "/v1/generate/stream", "/generate"):
        answer = await http.post(path, json=wish())
        assert (answer.status_code, answer.json().keys()) == (503, {"detail"})
        assert "clips" in answer.json()["detail"]
        assert answer.headers["retry-after"]
    assert (await http.get("/v1/health")).json() == {"is_live": "False"}


async def test_health_has_its_strings(site):
    http, _ = await cloner(site)
    assert (await http.get("/v1/health")).json() == {"is_live": "True"}
    health = (await http.get("/health")).json()
    assert (health["status"], health["model_loaded"]) == ("healthy", True)
    assert isinstance(health["timestamp"], float)


async def test_a_failure_is_told_and_the_next_request_is_served(site):
    http, synth = await cloner(site, script=refuse("engine_error", "this is why"))
    answer = await http.post(GENERATE, json=wish())
    assert (answer.status_code, answer.json()) == (502, {"detail": "this is why"})
    synth.script = refuse("bad_request", "f5 takes nfe_step as a whole number from 1 to 64")
    answer = await http.post(GENERATE, json=wish())
    assert (answer.status_code, "nfe_step" in answer.json()["detail"]) == (400, True)


async def test_a_client_that_leaves_cancels_its_work(site):
    http, synth = await cloner(site, script=be_silent)
    asking = asyncio.create_task(http.post(GENERATE, json=wish()))
    await asyncio.wait_for(synth.asked.wait(), SOON_S)
    asking.cancel()
    await asyncio.wait_for(synth.cancelled.wait(), SOON_S)
    assert synth.cancels[0].utterance_id == synth.requests[0].utterance_id
