"""What was started and stopped at run time outlives the process."""

import json
import logging

import pytest

from ishowtts_ingest.settings import IngestSettings
from tests.ingest.lives import Life, Lives, configured, refused


async def test_what_was_started_is_read_again_after_a_kill(lives: Lives) -> None:
    first = lives.new()
    await first.start("ann", room="games", voice="alice", engine="tone")
    await first.start("bea")
    await first.stop("bea")
    await first.kill()
    (again,) = lives.new().channels.list()
    assert (again.channel, again.room, again.voice, again.engine, again.state) == (
        "ann",
        "games",
        "alice",
        "tone",
        "reading",
    )


async def test_a_stopped_configured_channel_stays_so_over_a_crash_but_not_a_clean_end(
    lives: Lives,
) -> None:
    settings = configured("ann", "bea")
    first = lives.new(settings)
    await first.stop("ann")
    second = lives.new(settings)
    assert second.read() == {"bea": "main"}
    await second.channels.close()
    assert lives.new(settings).read() == {"ann": "main", "bea": "main"}


async def test_a_configured_channel_can_be_moved_to_another_room(lives: Lives) -> None:
    settings = configured("ann")
    first = lives.new(settings)
    await first.stop("ann")
    await first.start("ann", room="games")
    assert lives.new(settings).read() == {"ann": "games"}
    await first.stop("ann")
    await first.start("ann")
    assert json.loads(lives.file.read_text()) == {}, "as configured is nothing to remember"


async def test_a_remembered_channel_whose_source_is_gone_is_shown_and_can_be_forgotten(
    lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    first = lives.new()
    await first.start("ann")
    second = lives.new(begin=False)
    second.factory.absent.add("twitch_irc")
    second.channels.begin()
    (info,) = second.channels.list()
    assert (info.channel, info.state, info.detail) == (
        "ann",
        "failed",
        "the twitch_irc source needs aiohttp",
    )
    assert "ann is not read as before" in caplog.text
    assert (await refused(second.start("ann")))[0] == "unavailable"
    second.factory.absent.clear()
    assert (await second.start("ann")).state == "reading"
    assert [one.state for one in second.channels.list()] == ["reading"]
    third = lives.new(begin=False)
    third.factory.absent.add("twitch_irc")
    third.channels.begin()
    assert (await third.stop("ann")).status == "stopped"
    assert lives.new().channels.list() == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe", b'{"started": 7}', b'{"started": [{"source": "A B"}]}', b"[" * 9999],
)
async def test_a_damaged_file_is_moved_aside(
    lives: Lives, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    lives.file.parent.mkdir()
    lives.file.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        life = lives.new(configured("ann"))
    assert life.read() == {"ann": "main"}
    assert "it is kept as" in caplog.text
    assert lives.file.with_name("channels.json.corrupt").read_bytes() == damage
    await life.start("bea")
    assert lives.new().read() == {"bea": "main"}


async def test_a_file_names_only_sources_of_channels(lives: Lives) -> None:
    lives.file.parent.mkdir()
    lives.file.write_text('{"started": [{"source": "stdin", "channel": "x", "room": "main"}]}')
    life = lives.new()
    assert (life.channels.list(), life.sources.runners) == ([], [])


async def test_a_channel_that_another_source_reads_now_is_not_resumed_by_the_old_one(
    lives: Lives,
) -> None:
    await lives.new().start("ann", source="twitch_eventsub")
    life = lives.new(begin=False)
    life.factory.absent.add("twitch_eventsub")
    life.channels.begin()
    assert [info.state for info in life.channels.list()] == ["failed"]
    await life.start("ann")
    assert life.read() == {"ann": "main"}
    again = lives.new()
    assert [(info.source, info.channel) for info in again.channels.list()] == [
        ("twitch_irc", "ann")
    ]


async def test_what_cannot_be_remembered_is_read_all_the_same(
    lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    life = lives.new()
    lives.file.parent.write_text("a file where the folder should be")
    await life.start("ann")
    assert life.read() == {"ann": "main"}
    assert life.bus.counters.get("ingest_channels_unsaved_total") == 1
    assert "cannot be remembered" in caplog.text


async def test_a_file_that_cannot_be_read_is_not_replaced_either(
    lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    lives.file.mkdir(parents=True)
    await lives.new().start("ann")
    assert "channels are not remembered" in caplog.text
    assert lives.file.is_dir()


async def test_without_a_folder_nothing_is_remembered() -> None:
    life = Life(None, IngestSettings())
    life.channels.begin()
    assert (await life.start("ann")).channel == "ann"
    await life.kill()
