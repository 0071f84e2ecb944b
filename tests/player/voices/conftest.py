"""A bridge with a file of voices, and a synth that clones, on a broker in memory."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ishowtts_player.node import PlayerNode
from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_synth.node import SynthNode
from ishowtts_synth.settings import SynthSettings
from tests.player.clips import pitch_of, tone, wav
from tests.player.conftest import Site
from tests.synth.cloning import CloningEngine

ANN = """[[voices]]
id = "ann"
reference_audio = "ann.wav"
reference_text = "I am Ann."
language = "en"
"""
ANN_HZ = 400


class Studio:
    """Everything between somebody's clip and what is heard."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.file = folder / "voices.toml"
        self.engine = CloningEngine()
        self.bridge: PlayerNode
        self.node: SynthNode | None = None
        (folder / "ann.wav").write_bytes(wav(tone(hz=ANN_HZ)))
        self.file.write_text(ANN)

    async def open(self, **settings: Any) -> None:
        """Start a bridge; it remembers what an earlier one kept."""
        voices = VoiceSettings(file=str(self.file), **settings.pop("voices", {}))
        data_dir = self.folder / "data"
        self.bridge = await self.site.bridge(voices=voices, data_dir=data_dir, **settings)
        self.http = self.site.http()

    async def synth(self) -> None:
        bus = self.site.broker.bus("synth-cloning")
        self.node = SynthNode(bus, settings=SynthSettings(), engine=self.engine)
        await self.node.start()
        await self.site.until(lambda: self.bridge._directory.ready("synth"))

    async def ready(self, voice: str = "ann") -> None:
        """Wait until a voice can be asked for."""
        directory = self.bridge._directory
        await self.site.until(lambda: voice in {one.id for one in directory.voices()})

    async def post(self, voice: str = "ann", **form: Any) -> Any:
        """Lay something over a voice: `audio=...`, `text=...`."""
        audio = form.pop("audio", None)
        files = {} if audio is None else {"audio": ("clip.wav", audio)}
        files |= {name: (None, value) for name, value in form.items()}
        return await self.http.post(f"/api/voices/{voice}/reference", files=files)

    async def get(self, voice: str = "ann") -> dict[str, Any]:
        answer = await self.http.get(f"/api/voices/{voice}/reference")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def heard_hz(self, voice: str = "ann") -> float:
        """The pitch with which a voice speaks now."""
        asked = {"text": "what is to be said", "voice_id": voice}
        answer = await self.http.post("/api/tts", json=asked, headers={"accept": "audio/wav"})
        assert answer.status_code == 200, answer.text
        return round(pitch_of(answer.content), -1)

    async def close(self) -> None:
        if self.node is not None:
            await self.node.stop()


@pytest.fixture
async def idle(site: Site, tmp_path: Path) -> AsyncIterator[Studio]:
    """Nothing is open yet."""
    studio = Studio(site, tmp_path)
    yield studio
    await studio.close()


@pytest.fixture
async def studio(idle: Studio) -> Studio:
    await idle.open()
    await idle.synth()
    await idle.ready()
    return idle
