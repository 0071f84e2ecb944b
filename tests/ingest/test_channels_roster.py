"""Channels come and go at run time, each once."""

import asyncio

import pytest

from ishowtts_bus import CommandError
from ishowtts_ingest.channels.names import split_room
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.settings.bilibili import BilibiliSettings
from ishowtts_ingest.settings.twitch import TwitchEventsubSettings
from ishowtts_schemas import ChannelInfo
from tests.ingest.lives import Lives, configured, refused


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ann", ("ann", "main")),
        ("ann:games", ("ann", "games")),
        (" ann ", ("ann", "main")),
        ("https://twitch.tv/ann", ("https://twitch.tv/ann", "main")),
        ("https://twitch.tv/ann:games", ("https://twitch.tv/ann", "games")),
        ("ann:No Room", ("ann:No Room", "main")),
        ("ann:", ("ann:", "main")),
    ],
)
def test_a_configured_channel_may_name_its_room(text: str, wanted: tuple[str, str]) -> None:
    assert split_room(text, "main") == wanted


async def test_configured_channels_start_their_source(lives: Lives) -> None:
    life = lives.new(configured("Ann", "bea:games", room="chat"))
    assert life.read() == {"ann": "chat", "bea": "games"}
    assert [runner.name for runner in life.sources.runners] == ["twitch_irc"]


async def test_without_channels_nothing_runs(lives: Lives) -> None:
    life = lives.new()
    assert life.channels.list() == []
    assert life.sources.runners == []


async def test_a_wrong_name_in_the_configuration_refuses_the_start(lives: Lives) -> None:
    life = lives.new(configured("not a name"), begin=False)
    with pytest.raises(SourceError, match=r"ingest\.twitch_irc\.channels: 'not a name' is not"):
        life.channels.begin()


async def test_a_configured_source_that_cannot_run_refuses_the_start(lives: Lives) -> None:
    life = lives.new(configured("ann"), begin=False)
    life.factory.cannot["twitch_irc"] = "set a token"
    with pytest.raises(SourceError, match="set a token"):
        life.channels.begin()


async def test_start_answers_with_what_is_read(lives: Lives) -> None:
    life = lives.new()
    info = await life.start(
        "https://twitch.tv/Ann", "TWITCH", room="games", voice="alice", engine="tone"
    )
    assert info == ChannelInfo(
        platform="twitch",
        source="twitch_irc",
        channel="ann",
        room="games",
        voice="alice",
        engine="tone",
        state="reading",
        detail="",
    )
    assert life.channels.list() == [info]


async def test_the_room_is_the_settings_where_none_is_named(lives: Lives) -> None:
    life = lives.new(IngestSettings(bilibili=BilibiliSettings(room="cn")))
    assert (await life.start("ann", "bilibili")).room == "cn"


@pytest.mark.parametrize("name", ["twitch_eventsub", "Twitch-EventSub"])
async def test_a_source_can_be_asked_for_by_its_own_name(lives: Lives, name: str) -> None:
    assert (await lives.new().start("ann", name)).source == "twitch_eventsub"


async def test_a_platforms_source_that_runs_is_preferred(lives: Lives) -> None:
    eventsub = TwitchEventsubSettings(channels=("ann",))
    life = lives.new(IngestSettings(twitch_eventsub=eventsub))
    assert (await life.start("bea")).source == "twitch_eventsub"
    assert (await life.start("cleo", source="twitch_irc")).source == "twitch_irc"


async def test_two_starts_at_once_start_once(lives: Lives) -> None:
    life = lives.new()
    answers = await asyncio.gather(
        *(life.start(name) for name in ("ann", "ANN", "https://twitch.tv/ann")),
        return_exceptions=True,
    )
    conflicts = [one for one in answers if isinstance(one, CommandError)]
    assert [str(one.code) for one in conflicts] == ["conflict", "conflict"]
    assert [type(one) for one in answers].count(ChannelInfo) == 1
    assert life.read() == {"ann": "main"}


async def test_a_channel_is_read_by_one_source_of_its_platform(lives: Lives) -> None:
    life = lives.new()
    await life.start("ann", source="twitch_eventsub")
    assert await refused(life.start("ann")) == ("conflict", "ann is read already")


async def test_what_cannot_be_started_says_why(lives: Lives) -> None:
    life = lives.new()
    code, text = await refused(life.start(platform="mixer"))
    assert code == "bad_request"
    assert "twitch, bilibili, youtube" in text
    code, text = await refused(life.start(source="youtube"))
    assert (code, text) == (
        "bad_request",
        "no source 'youtube' for twitch, there are twitch_irc, twitch_eventsub",
    )
    assert await refused(life.start("a\r\nJOIN #b")) == (
        "bad_request",
        "'a\\r\\nJOIN #b' is not a channel name",
    )
    life.factory.cannot["bilibili"] = "set ingest.bilibili.cookie"
    assert await refused(life.start(platform="bilibili")) == (
        "unavailable",
        "set ingest.bilibili.cookie",
    )
    life.factory.absent.add("twitch_irc")
    assert await refused(life.start()) == ("unavailable", "the twitch_irc source needs aiohttp")
    assert life.channels.list() == []
    assert not lives.file.exists()


async def test_channels_are_bounded(lives: Lives, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ishowtts_ingest.channels.roster.MAX_CHANNELS", 1)
    life = lives.new()
    await life.start("ann")
    assert await refused(life.start("bea")) == ("failed", "1 channels are read already")


async def test_stop_stops_and_then_there_is_nothing_to_stop(lives: Lives) -> None:
    life = lives.new()
    await life.start("ann")
    stopped = await life.stop("https://twitch.tv/ANN")
    assert (stopped.status, stopped.channel) == ("stopped", "ann")
    assert life.channels.list() == []
    again = await life.stop("ann")
    assert (again.status, again.channel) == ("idle", None)


async def test_stopping_a_platform_that_nobody_started_is_idle_but_names_are_checked(
    lives: Lives,
) -> None:
    life = lives.new()
    life.factory.absent.add("bilibili")
    assert (await life.stop(platform="bilibili")).status == "idle"
    assert (await refused(life.stop("no name!")))[0] == "bad_request"
    assert (await refused(life.stop(platform="mixer")))[0] == "bad_request"


async def test_nothing_of_a_stopped_channel_leaves_not_even_what_was_read(lives: Lives) -> None:
    life = lives.new()
    await life.start("ann")
    await life.start("bea")
    await asyncio.sleep(0)
    source = life.factory.running()
    for number in range(100):
        source.say("ann", str(number))
        source.say("bea", str(number))
    await life.stop("ann")
    source.say("ann", "late")
    dropped = {"source": "twitch_irc", "reason": "withdrawn"}
    assert life.bus.counters.get("ingest_dropped_total", **dropped) == 100


async def test_a_channel_fares_no_better_than_its_source(lives: Lives) -> None:
    life = lives.new(configured("ann"))
    (source,) = life.factory.created
    source.broken = "no route to chat"
    await asyncio.sleep(0)
    (info,) = life.channels.list()
    assert (info.state, info.detail) == ("failed", "no route to chat")


async def test_a_change_of_a_channels_state_is_news_once(lives: Lives) -> None:
    life = lives.new(configured("ann"))
    await asyncio.sleep(0)
    before = life.changes
    source = life.factory.running()
    for _ in range(3):
        source.set_state("ann", "failed", "no such channel")
    assert life.changes == before + 1
    source.set_state("bea", "reading")
    assert life.changes == before + 1
