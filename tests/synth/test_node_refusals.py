"""What cannot be spoken as it was asked for."""

from ishowtts_bus import ReplyTo
from ishowtts_bus.transport import Packet
from ishowtts_schemas import SpeechFailed
from ishowtts_schemas.topics import REPLY, SPEECH_REQUEST
from ishowtts_synth.engines.espeak import EspeakEngine
from ishowtts_synth.engines.tone import ToneEngine
from ishowtts_synth.settings import EspeakSettings, ToneSettings
from tests.synth.fakes import GateEngine, speech_request
from tests.synth.site import Site


async def test_unknown_voice_is_told_to_everybody_concerned(site: Site) -> None:
    listener = site.listener
    await site.synth(ToneEngine(ToneSettings()))
    address = REPLY.address(client="bridge")
    await listener.ask(speech_request("u1", voice="tone-401"), ReplyTo(address, b"7"))
    await listener.until(lambda: listener.replies and listener.failed)
    failure = listener.failure("u1")
    assert listener.replies == [(b"7", failure)]
    assert failure is not None
    assert (failure.code, failure.retryable, failure.instance) == ("unknown_voice", False, "tone-1")
    assert "no voice 'tone-401'; it has tone-400" in failure.text


async def test_an_option_out_of_range_is_a_bad_request(site: Site) -> None:
    listener = site.listener
    await site.synth(EspeakEngine(EspeakSettings()))
    await listener.ask(speech_request("u1", voice="espeak", options={"pitch": 1000}))
    await listener.until(lambda: listener.failure("u1"))
    failure = listener.failure("u1")
    assert failure is not None
    assert (failure.code, failure.retryable) == ("bad_request", False)
    assert failure.text == "espeak takes pitch from 0 to 99, not 1000"
    assert listener.audio == []


async def test_an_unreadable_request_is_answered(site: Site, gate: GateEngine) -> None:
    listener = site.listener
    packet = Packet(
        SPEECH_REQUEST.address(engine="tone"),
        b"\x81\xa4text\x01",
        content_type="application/msgpack",
        response_topic=REPLY.address(client="bridge"),
        correlation=b"9",
    )
    site.broker.route(packet)
    await listener.until(lambda: listener.replies)
    correlation, failure = listener.replies[0]
    assert correlation == b"9"
    assert isinstance(failure, SpeechFailed)
    assert failure.code == "bad_request"


async def test_an_unreadable_request_that_wants_its_answer_nowhere_is_counted(
    site: Site, gate: GateEngine
) -> None:
    address = SPEECH_REQUEST.address(engine="tone")
    site.broker.route(Packet(address, b"\x81\xa4text\x01", response_topic="a/+/#"))
    counters = site.nodes[0].bus.counters
    gate.open()
    await site.listener.ask(speech_request("u1"))
    await site.listener.until(lambda: site.listener.done("u1"))
    assert counters.get("speech_unpublished_total") == 1
    assert counters.get("bus_handler_errors_total") == 0
