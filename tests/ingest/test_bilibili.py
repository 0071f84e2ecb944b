"""Bilibili rooms, read over the real protocol from a fake on loopback."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest
from aiohttp_socks import ProxyError

from ishowtts_ingest.bilibili.open_live import OpenLiveEntry, sign
from ishowtts_ingest.bilibili.wbi import mixed_key, signed
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings.bilibili import BilibiliSettings
from ishowtts_ingest.source import Channel
from ishowtts_ingest.sources.bilibili import BilibiliSource
from ishowtts_schemas import ChatMessage
from tests.fakes import fake_bilibili as fakes
from tests.fakes.fake_bilibili import QUICK, ROOM, FakeBilibili, command_packet, danmaku, packet
from tests.fakes.serving import serving
from tests.ingest.platform import until
from tests.ingest.stage import Sink, context

WEB, OFFICIAL = str(fakes.SHORT_ID), str(ROOM)


class Stage:
    """A source that runs against a fake, and what it says."""

    def __init__(self, fake: FakeBilibili, settings: BilibiliSettings, timing: Any = QUICK) -> None:
        self.its = context()
        self.fake = fake
        self.sink = Sink()
        self.source = BilibiliSource(self.its, settings, timing)
        self.task = asyncio.create_task(self.source.run(self.sink))

    async def join(self, name: str, *, reads: bool = True) -> None:
        self.source.join(Channel(name))
        if reads:
            await until(lambda: self.source.state(name).phase == "reading")

    async def fails(self, name: str) -> str:
        self.source.join(Channel(name))
        await until(lambda: self.source.state(name).phase == "failed")
        return self.source.state(name).detail

    async def hears(self, *texts: str) -> None:
        await until(lambda: len(self.sink.texts) >= len(texts))
        assert self.sink.texts == list(texts)

    def count(self, name: str, **labels: str) -> float:
        return self.its.counters.get(name, source="bilibili", **labels)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def fake() -> AsyncIterator[FakeBilibili]:
    async with serving(FakeBilibili()) as fake:
        yield fake


@pytest.fixture
async def web(fake: FakeBilibili) -> AsyncIterator[Stage]:
    stage = Stage(fake, fake.settings(sessdata=fakes.SESSDATA))
    yield stage
    await stage.stop()


@pytest.fixture
async def official(fake: FakeBilibili) -> AsyncIterator[Stage]:
    stage = Stage(fake, fake.open_live_settings())
    yield stage
    await stage.stop()


async def test_a_room_is_entered_as_a_browser_does(fake: FakeBilibili, web: Stage) -> None:
    await web.join(WEB)
    assert web.source.state(WEB).detail == ""
    (auth,) = fake.auths
    wanted = {"uid": fakes.READER, "roomid": ROOM, "protover": 3, "buvid": fakes.BUVID}
    assert {key: auth[key] for key in wanted} == wanted
    assert fake.cookies[-1] == {"SESSDATA": fakes.SESSDATA, "buvid3": fakes.BUVID}
    await fake.send(danmaku("你好"), danmaku("second", uid=fakes.OWNER))
    await web.hears("你好", "second")
    (_, second) = web.sink.events
    assert isinstance(second, ChatMessage)
    assert second.author.roles == ("broadcaster",)


@pytest.mark.parametrize("form", [0, 2, 3], ids=["plain", "zlib", "brotli"])
async def test_every_compression_is_read(fake: FakeBilibili, web: Stage, form: int) -> None:
    await web.join(WEB)
    await fake.send(danmaku("one"), danmaku("two"), form=form)
    await web.hears("one", "two")


async def test_half_frames_and_rubbish_between_are_survived(fake: FakeBilibili, web: Stage) -> None:
    await web.join(WEB)
    whole = command_packet(danmaku("cut"))
    for frame in (whole[:7], whole[7:30], whole[30:]):
        await fake.send_frame(frame)
    for rubbish in (b"x" * 40, packet(5, b"not json"), packet(5, b"[]"), packet(99, b"?")):
        await fake.send_frame(rubbish)
    await fake.send({"cmd": "DANMU_MSG", "info": []}, {"cmd": "NEW_THING"}, {"no": "cmd"})
    await fake.send(danmaku("after"))
    await web.hears("cut", "after")
    assert web.count("ingest_invalid_total", reason="packet") == 1
    assert web.count("ingest_invalid_total", reason="operation") == 1
    assert web.count("ingest_invalid_total", reason="malformed") == 3
    assert web.count("ingest_ignored_total", reason="other_command") == 2
    assert len(fake.auths) == 1, "all over one connection"


async def test_the_connection_is_kept_alive(fake: FakeBilibili, web: Stage) -> None:
    await web.join(WEB)
    await until(lambda: fake.heartbeats >= 3)
    assert len(fake.auths) == 1


async def test_a_silent_connection_is_replaced(fake: FakeBilibili) -> None:
    fake.mute = True
    stage = Stage(fake, fake.settings(), QUICK._replace(silence_s=0.1))
    await stage.join(WEB)
    await until(lambda: len(fake.auths) >= 2)
    await stage.stop()


async def test_it_comes_back_after_a_hang_up_and_keeps_key_and_device(
    fake: FakeBilibili, web: Stage
) -> None:
    await web.join(WEB)
    await fake.hang_up()
    await until(lambda: len(fake.auths) == 2 and web.source.state(WEB).phase == "reading")
    await fake.send(danmaku("again"))
    await web.hears("again")
    assert fake.contacts["/x/web-interface/nav"] == fake.contacts["/x/frontend/finger/spi"] == 1
    assert web.count("ingest_reconnects_total") == 1


async def test_a_refused_server_makes_it_ask_for_a_new_key(fake: FakeBilibili, web: Stage) -> None:
    path = "/xlive/web-room/v1/index/getDanmuInfo"
    fake.refusals[path] = -352
    assert await web.fails(WEB) == "a chat server: code -352, no way"
    del fake.refusals[path]
    await until(lambda: web.source.state(WEB).phase == "reading")
    assert fake.contacts["/x/web-interface/nav"] >= 2


async def test_a_refused_token_is_said(fake: FakeBilibili, web: Stage) -> None:
    fake.verdict = -101
    assert await web.fails(WEB) == "the chat server refused the token: code -101"


async def test_one_room_that_fails_leaves_the_other_alone(fake: FakeBilibili, web: Stage) -> None:
    await web.join(WEB)
    assert await web.fails("404") == "room 404: code 60004, 直播间不存在"
    await fake.send(danmaku("still here"))
    await web.hears("still here")
    assert web.source.state(WEB).phase == "reading"


async def test_masked_users_raise_the_alarm_once(
    fake: FakeBilibili, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(fake, fake.settings())
    await stage.join(WEB)
    assert fake.auths[0]["uid"] == 0
    with caplog.at_level(logging.WARNING):
        for text in ("one", "two"):
            await fake.send(danmaku(text, uid=0, name="张***"))
        await stage.hears("one", "two")
    said = [record for record in caplog.records if "users are masked" in record.getMessage()]
    assert len(said) == 1
    phase, detail = stage.source.state(WEB)
    assert phase == "reading"
    assert "set ingest.bilibili.sessdata" in detail
    assert stage.count("ingest_masked_total") == 2
    assert all(event.author.id is None for event in stage.sink.events)  # type: ignore[union-attr]
    await stage.stop()


async def test_an_expired_account_is_said_at_once(fake: FakeBilibili, web: Stage) -> None:
    fake.logged_in = False
    await web.join(WEB)
    assert "SESSDATA has expired" in web.source.state(WEB).detail


async def test_no_secret_is_logged_or_shown(
    fake: FakeBilibili, caplog: pytest.LogCaptureFixture
) -> None:
    settings = [fake.settings(sessdata=fakes.SESSDATA), fake.open_live_settings()]
    fake.verdict = 1
    details = []
    with caplog.at_level(logging.DEBUG):
        for its, name in zip(settings, (WEB, OFFICIAL), strict=True):
            stage = Stage(fake, its)
            details.append(await stage.fails(name))
            await stage.stop()
    told = caplog.text + " ".join(details)
    for secret in (fakes.SESSDATA, fakes.TOKEN, fakes.SECRET, fakes.KEY_ID, fakes.CODE):
        assert secret not in told


async def test_the_official_api_reads_and_ends_its_session(
    fake: FakeBilibili, official: Stage
) -> None:
    await official.join(OFFICIAL)
    assert len(fake.games) == 1
    await fake.send(fakes.open_danmaku("你好"), form=2)
    await official.hears("你好")
    official.source.leave(OFFICIAL)
    await until(lambda: not fake.games and not fake.sockets)
    await official.join(OFFICIAL)
    assert len(fake.games) == 1
    await official.stop()
    assert fake.games == [], "the end of the run ends it, too"


async def test_a_room_that_is_left_and_joined_at_once_ends_its_session_first(
    fake: FakeBilibili, official: Stage
) -> None:
    await official.join(OFFICIAL)
    official.source.leave(OFFICIAL)
    await official.join(OFFICIAL)
    assert fake.contacts["/v2/app/end"] == 1
    assert len(fake.games) == len(fake.sockets) == 1


async def test_a_proxy_that_fails_at_the_farewell_does_not_keep_the_room_open(
    fake: FakeBilibili, official: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> NoReturn:
        raise ProxyError("the proxy hangs up")

    await official.join(OFFICIAL)
    monkeypatch.setattr(OpenLiveEntry, "_call", refuse)
    await asyncio.wait_for(official.stop(), 5)
    await until(lambda: not fake.sockets)


async def test_a_session_that_the_platform_ended_is_begun_anew(
    fake: FakeBilibili, official: Stage
) -> None:
    await official.join(OFFICIAL)
    fake.games.clear()
    await fake.send({"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": {}})
    await until(lambda: len(fake.auths) == 2 and len(fake.games) == 1)


async def test_a_session_is_kept_alive_or_begun_anew(fake: FakeBilibili) -> None:
    stage = Stage(fake, fake.open_live_settings(), QUICK._replace(session_s=0.02))
    await stage.join(OFFICIAL)
    await until(lambda: fake.contacts["/v2/app/heartbeat"] >= 3)
    assert len(fake.auths) == 1
    fake.refusals["/v2/app/heartbeat"] = 7003
    await until(lambda: len(fake.auths) >= 2)
    await stage.stop()


async def test_another_streamers_room_is_refused_and_its_session_ended(
    fake: FakeBilibili, official: Stage
) -> None:
    detail = await official.fails("123")
    assert detail == f"the identity code is that of room {ROOM}, not of 123"
    await until(lambda: fake.games == [])


async def test_a_wrong_identity_code_is_said(fake: FakeBilibili) -> None:
    stage = Stage(fake, fake.open_live_settings(app_id=1))
    assert await stage.fails(OFFICIAL) == "starting: code 7007, no such code"
    await stage.stop()


async def test_an_unreachable_platform_is_tried_again(fake: FakeBilibili) -> None:
    settings = fake.settings()
    await fake.stop()
    stage = Stage(fake, settings)
    assert "Cannot connect" in await stage.fails(WEB)
    await until(lambda: stage.count("ingest_reconnects_total") >= 2)
    await stage.stop()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mode": "open_live"}, r"needs ingest\.bilibili\.access_key_id, .*identity_code"),
        ({"sessdata": "a\r\nX: b"}, r"sessdata holds characters that cannot be sent"),
        ({"sessdata": "a; b=c"}, r"sessdata holds characters"),
    ],
)
def test_what_cannot_work_is_said_before_the_start(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        BilibiliSource(context(), BilibiliSettings(**settings)).check()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("1017", "1017"),
        ("0012", "12"),
        ("https://live.bilibili.com/22625027", "22625027"),
        ("https://live.bilibili.com/h5/22625027?a=b", "22625027"),
        ("live.bilibili.com/22625027/#x", "22625027"),
        ("http://live.bilibili.com/22625027?live_from=1&b=2", "22625027"),
    ],
)
def test_a_room_is_a_number_or_an_address(typed: str, name: str) -> None:
    assert BilibiliSource(context(), BilibiliSettings()).normalise(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["0", "-1", "Ann", "https://www.bilibili.com/1017", "https://evil.com/1017", "1017\n", "１０"],
)
def test_anything_else_is_no_room(typed: str) -> None:
    with pytest.raises(SourceError, match="is no Bilibili room"):
        BilibiliSource(context(), BilibiliSettings()).normalise(typed)


def test_the_web_signature_is_that_of_the_documentation() -> None:
    base = "https://i0.hdslb.com/bfs/wbi"
    key = mixed_key(f"{base}/{fakes.IMG_KEY}.png", f"{base}/{fakes.SUB_KEY}.png")
    assert key == fakes.SIGNING_KEY
    query = signed({"foo": "114", "bar": "514", "zab": 1919810}, key, 1702204169)
    assert query["w_rid"] == "8f6f2b5b3d485fe1886cec6a0be8c5d4"
    text = "foo=%E4%B8%80%20b&wts=1"
    wanted = hashlib.md5(f"{text}{key}".encode()).hexdigest()  # noqa: S324 - theirs
    assert signed({"foo": "一 b!'()*"}, key, 1)["w_rid"] == wanted
    with pytest.raises(ValueError, match="too short"):
        mixed_key("https://x/a.png", "https://x/b.png")


def test_the_official_signature_covers_body_and_time() -> None:
    body = json.dumps({"code": "x"}).encode()
    one = sign(body, key_id="id", secret="s", nonce="n", now_s=1)
    assert one["x-bili-content-md5"] == hashlib.md5(body).hexdigest()  # noqa: S324 - theirs
    others = [
        sign(b"{}", key_id="id", secret="s", nonce="n", now_s=1),
        sign(body, key_id="id", secret="t", nonce="n", now_s=1),
        sign(body, key_id="id", secret="s", nonce="n", now_s=2),
    ]
    assert len({one["Authorization"], *(other["Authorization"] for other in others)}) == 4
