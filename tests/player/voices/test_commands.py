"""The store's commands over the bus, and files that are uploaded as new voices."""

import pytest

from ishowtts_player.errors import ApiError
from ishowtts_schemas import Command, VoiceDetails, VoiceList
from ishowtts_schemas.topics import NODE_COMMAND
from tests.player.clips import encoded, tone, wav

SOON_S = 5.0
NEW_HZ = 600
NEW = wav(tone(hz=NEW_HZ))


class Told(Exception):  # noqa: N818 - what a node answers
    """Code and text of a refusal."""


@pytest.fixture
def tell(studio):
    async def ask(name, **args):
        where = {"node": "player", "instance": "1"}
        command = Command(name=name, args=args)
        reply = await studio.site.bus.request(NODE_COMMAND, command, timeout_s=SOON_S, **where)
        if not reply.ok:
            raise Told(reply.code, reply.error)
        return reply.result

    return ask


async def test_a_voice_that_is_added_is_spoken_listed_and_kept(studio, tell):
    more = {"label": "Eve", "language": "en", "engines": ["tone"], "licence": "CC0"}
    shown = await tell("voice-add", voice="eve", audio=NEW, transcript="I am Eve.", **more)

    assert shown["spoken_by"] == ["tone-1"]
    assert {name: shown[name] for name in more} == more
    await studio.ready("eve")
    assert await studio.heard_hz("eve") == NEW_HZ
    listed = await tell("voices")
    assert [voice["id"] for voice in listed["voices"]] == ["ann", "eve", "own"]
    assert [voice["origin"] for voice in listed["voices"]] == ["configured", "added", "engine"]

    await tell("voice-remove", voice="eve")

    directory = studio.bridge._directory
    await studio.site.until(lambda: "eve" not in {voice.id for voice in directory.voices()})
    with pytest.raises(Told, match="not_found"):
        await tell("voice", voice="eve")


async def test_what_is_laid_over_a_voice_can_be_taken_away(studio, tell):
    shown = await tell("voice-add", voice="ann", audio=NEW, replace=True)
    assert shown["override_seconds"] == 1.5
    assert await studio.heard_hz() == NEW_HZ

    shown = await tell("voice-reset", voice="ann")

    assert "override_seconds" not in shown
    assert await studio.heard_hz() == 400


REFUSED = {
    "there already": ({"voice": "ann", "audio": NEW}, "conflict", "already"),
    "a synth's own": ({"voice": "own", "audio": NEW}, "conflict", "already"),
    "no clip": ({"voice": "eve", "transcript": "x"}, "bad_request", "needs a clip"),
    "bad clip": ({"voice": "eve", "audio": b"x"}, "bad_request", "no audio"),
    "reserved": ({"voice": "upload", "audio": NEW}, "bad_request", "used otherwise"),
    "a path": ({"voice": "../eve", "audio": NEW}, "bad_request", "voice"),
    "no bytes": ({"voice": "eve", "audio": 3}, "bad_request", "audio"),
    "nothing": ({}, "bad_request", "voice"),
    "nothing to change": ({"voice": "ann", "replace": True}, "bad_request", "send text"),
}


async def test_what_cannot_be_added_is_told(tell):
    for name, (args, code, text) in REFUSED.items():
        with pytest.raises(Told) as told:
            await tell("voice-add", **args)
        assert told.value.args[0] == code, name
        assert text in told.value.args[1], name

    assert [one["id"] for one in (await tell("voices"))["voices"]] == ["ann", "own"]


async def test_a_configured_voice_is_not_removed(tell):
    with pytest.raises(Told, match="stands in the file of voices"):
        await tell("voice-remove", voice="ann")


async def test_what_is_wrong_with_the_file_is_listed(idle):
    idle.file.write_text('[[voices]]\nid = "eve"\nreference_audio = "eve.wav"\n')

    await idle.open()

    found: VoiceList = idle.bridge._voices.list()
    assert found.voices == ()
    assert "line 1 ('eve')" in found.problems[0]


async def upload(studio, filename: str, data: bytes, **more) -> VoiceDetails:
    return await studio.bridge._voices.upload(filename, data, **more)


async def test_an_uploaded_file_is_a_new_voice_named_after_it(studio):
    voice = await upload(studio, "My Voice (final).WAV", NEW, transcript="I am new.")

    assert (voice.id, voice.label) == ("my-voice-final", "My Voice (final)")
    await studio.ready(voice.id)
    assert await studio.heard_hz(voice.id) == NEW_HZ


async def test_an_upload_never_takes_anothers_place(studio):
    first = await upload(studio, "ann.wav", NEW)
    second = await upload(studio, "ann.wav", encoded("mp3"))
    again = await upload(studio, "ann.wav", NEW)

    assert [first.id, second.id, again.id] == ["ann-2", "ann-3", "ann-2"]
    assert await studio.heard_hz("ann") == 400


async def test_an_upload_with_a_path_for_a_name_stays_where_it_belongs(studio):
    before = {path for path in studio.folder.parent.rglob("*") if path.is_file()}

    voice = await upload(studio, "../../../../tmp/evil\\..\\x.wav", NEW)

    assert voice.id == "x"
    new = {path for path in studio.folder.parent.rglob("*") if path.is_file()} - before
    assert {path.suffix for path in new} == {".wav"}
    assert {path.parent.name for path in new} <= {"clips", "voices-1"}


async def test_the_default_voice_is_one_that_there_is_and_outlives_the_bridge(studio):
    voices = studio.bridge._voices
    with pytest.raises(ApiError, match="there is no voice 'nobody'"):
        await voices.choose_default("nobody")
    await voices.choose_default("ann")
    await studio.site.stop_bridge()

    await studio.open()

    assert studio.bridge._voices.default_voice == "ann"
    await studio.bridge._voices.choose_default(None)
    assert studio.bridge._voices.default_voice is None


async def test_a_removed_voice_is_nobodys_default(studio):
    voice = await upload(studio, "eve.wav", NEW)
    voices = studio.bridge._voices
    await voices.choose_default(voice.id)

    await voices.remove(voice.id)

    assert voices.default_voice is None


async def test_what_cannot_be_laid_over_a_voice_is_not_taken_for_changed(studio, tell):
    with pytest.raises(Told, match="a voice, not its label and language: remove it first"):
        await tell("voice-add", voice="ann", audio=NEW, label="Anna", language="de", replace=True)
    assert await studio.heard_hz() == 400

    # The same command again, as a script that sets a machine up does.
    for _ in range(2):
        more = {"label": "Eve", "language": "en", "replace": True}
        await tell("voice-add", voice="eve", audio=NEW, transcript="I am Eve.", **more)
