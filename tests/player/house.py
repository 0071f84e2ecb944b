"""The bridge and a synth that sings, for tests that need no settings of their own."""

from typing import Any

from ishowtts_player.node import PlayerNode
from tests.player.conftest import Site
from tests.player.fake_synth import FakeSynth
from tests.player.openai.songs import sing


class House:
    """A running bridge and one singing synth, which many tests may share."""

    def __init__(self) -> None:
        self.site = Site()
        self.synth: FakeSynth
        self.url = ""

    async def open(self, **settings: Any) -> "House":
        await self.site.bus.start()
        self.url = (await self.site.bridge(**settings)).url
        self.synth = await self.site.synth("de", "en", default_voice="en", script=sing)
        return self

    @property
    def node(self) -> PlayerNode:
        return self.site._nodes[-1]

    async def forget(self) -> None:
        """Be as new for the next test."""
        counted = self.node.bus.counters.get
        await self.site.until(lambda: not counted("player_sockets") + counted("player_requests"))
        for known in (self.synth.requests, self.synth.cancels):
            known.clear()
        for event in (self.synth.cancelled, self.synth.asked):
            event.clear()
        self.synth.script = sing
