"""What Home Assistant learns when it adds the service."""

from wyoming.info import Describe

from tests.player.wyoming.talk import describe, read_until, synthesize


async def test_voices_are_listed_by_language(site, connect):
    client = await connect()
    await site.synth("en-us", "zh")
    (program,) = (await describe(client)).tts
    assert program.installed
    assert program.supports_synthesize_streaming
    assert program.name == "iShowTTS"
    listed = {voice.name: voice for voice in program.voices}
    assert listed.keys() == {"en-us", "zh"}
    assert listed["zh"].languages == ["zh"]
    assert listed["zh"].installed
    assert listed["zh"].description == "Zh (eSpeak NG)"


async def test_a_voice_that_follows_the_text_is_listed_under_the_configured_languages(
    site, connect
):
    from ishowtts_schemas import NodeInfo, VoiceInfo

    client = await connect({"languages": ("de", "en")})
    synth = await site.synth("en-us", engine="f5")
    synth._info = NodeInfo(
        node="synth",
        instance="1",
        incarnation=1,
        version="0",
        engine="f5",
        voices=(VoiceInfo(id="mia", label="Mia"),),
    )
    await synth.start()
    await site.until(lambda: site._nodes[-1]._directory.voices()[0].id == "mia")
    (program,) = (await describe(client)).tts
    assert program.voices[0].languages == ["de", "en"]


async def test_a_name_that_two_engines_have_is_told_apart(site, connect):
    client = await connect()
    first = await site.synth("mia", engine="espeak")
    second = await site.synth("mia", engine="f5", instance="2", engine_label="F5-TTS")
    await site.until(lambda: len(site._nodes[-1]._directory.voices()) == 2)
    (program,) = (await describe(client)).tts
    assert [voice.name for voice in program.voices] == ["espeak/mia", "f5/mia"]
    await synthesize(client, "hi", "f5/mia")
    assert not first.requests
    assert len(second.requests) == 1


async def test_without_a_synth_it_says_so_and_home_assistant_asks_again(site, connect):
    client = await connect()
    await client.write_event(Describe().event())
    heard = await read_until(client)
    assert heard.types == ["error", "closed"]
    assert heard.error.code == "NO_SYNTH"
    await site.synth()
    assert (await describe(await connect())).tts
