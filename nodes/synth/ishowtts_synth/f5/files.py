"""The files of a model: yours, those beside your checkpoint, or official ones from the hub."""

from dataclasses import dataclass
from pathlib import Path

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.hub import HubFile, fetch, is_cached
from ishowtts_synth.settings import F5Settings

Place = Path | HubFile

_HUB_PREFIX = "hf://"
_REPOSITORY_PARTS = 2
_VOCABULARY = "vocab.txt"
OFFICIAL = {
    "F5TTS_v1_Base": HubFile("SWivid/F5-TTS", "F5TTS_v1_Base/model_1250000.safetensors"),
    "F5TTS_Base": HubFile("SWivid/F5-TTS", "F5TTS_Base/model_1200000.safetensors"),
}
_VOCOS = "charactr/vocos-mel-24khz"
VOCOS = (HubFile(_VOCOS, "config.yaml"), HubFile(_VOCOS, "pytorch_model.bin"))


@dataclass(frozen=True)
class ModelFiles:
    """Where everything is, or is to be had.

    Attributes:
        checkpoint: The weights.
        vocabulary: vocab.txt.
        config: The model's YAML; None is that of an official model, known without a file.
        vocoder: A place of yours, or the files of the official one.
    """

    checkpoint: Place
    vocabulary: Place
    config: Path | None
    vocoder: Path | tuple[HubFile, ...]

    def places(self) -> list[Place]:
        vocoder = list(self.vocoder) if isinstance(self.vocoder, tuple) else [self.vocoder]
        config = [] if self.config is None else [self.config]
        return [self.checkpoint, self.vocabulary, *config, *vocoder]


@dataclass(frozen=True)
class LocalFiles:
    """The same, all of it on this machine."""

    checkpoint: Path
    vocabulary: Path
    config: Path | None
    vocoder: Path


def find_files(settings: F5Settings) -> ModelFiles:
    """Choose the files; those that the settings name go first.

    Raises:
        EngineUnavailableError: There is no choice, or more than one.
    """
    checkpoint = _checkpoint(settings)
    folder = checkpoint.parent if isinstance(checkpoint, Path) else None
    return ModelFiles(
        checkpoint=checkpoint,
        vocabulary=_vocabulary(settings, checkpoint),
        config=_config(settings, folder),
        vocoder=_vocoder(settings, folder),
    )


def check_files(settings: F5Settings) -> None:
    """Tell, without the network, whether every file is here or may be fetched.

    Raises:
        EngineUnavailableError: Which one is not, and what to do.
    """
    for place in find_files(settings).places():
        if isinstance(place, Path):
            if not place.exists():
                raise EngineUnavailableError(f"f5 lacks a file: there is no {place}")
        elif not settings.download and not is_cached(place, settings.hf_cache_dir):
            raise EngineUnavailableError(
                f"f5 lacks {place}: set [f5] download = true, or name files of yours (ckpt_file, "
                "vocab_file, vocoder_local_path)"
            )


def fetch_files(settings: F5Settings) -> LocalFiles:
    """Every file on this machine, downloading what is missing.

    Raises:
        EngineUnavailableError: One cannot be had.
    """
    check_files(settings)
    found = find_files(settings)

    def here(place: Place) -> Path:
        return place if isinstance(place, Path) else fetch(place, settings.hf_cache_dir)

    vocoder = found.vocoder
    if isinstance(vocoder, tuple):
        vocoder = [here(file) for file in vocoder][-1].parent
    return LocalFiles(
        checkpoint=here(found.checkpoint),
        vocabulary=here(found.vocabulary),
        config=found.config,
        vocoder=vocoder,
    )


def named_model(checkpoint: Path) -> str | None:
    """The official model of which a checkpoint's path speaks, as downloads have it."""
    for name, file in OFFICIAL.items():
        if {name, Path(file.name).name} & set(checkpoint.parts):
            return name
    return None


def _place(text: str) -> Place:
    """A path, or `hf://owner/repository/path/of/file`."""
    if not text.startswith(_HUB_PREFIX):
        return Path(text).expanduser()
    *repository, name = text.removeprefix(_HUB_PREFIX).split("/", _REPOSITORY_PARTS)
    if len(repository) != _REPOSITORY_PARTS:
        raise EngineUnavailableError(f"[f5] {text} is not hf://owner/repository/file")
    return HubFile("/".join(repository), name)


def _checkpoint(settings: F5Settings) -> Place:
    if not settings.ckpt_file:
        return _official(settings)
    place = _place(settings.ckpt_file)
    if not isinstance(place, Path) or not place.is_dir():
        return place
    return _only(place, "*.safetensors", "ckpt_file")


def _vocabulary(settings: F5Settings, checkpoint: Place) -> Place:
    if settings.vocab_file:
        return _place(settings.vocab_file)
    if isinstance(checkpoint, Path) and (checkpoint.parent / _VOCABULARY).is_file():
        return checkpoint.parent / _VOCABULARY
    owner = checkpoint if isinstance(checkpoint, HubFile) else _official(settings)
    return owner.beside(_VOCABULARY)


def _config(settings: F5Settings, folder: Path | None) -> Path | None:
    if settings.config_file:
        return Path(settings.config_file).expanduser()
    if folder is not None and any(folder.glob("*.yaml")):
        return _only(folder, "*.yaml", "config_file")
    _official(settings)
    return None


def _vocoder(settings: F5Settings, folder: Path | None) -> Path | tuple[HubFile, ...]:
    if settings.vocoder_local_path:
        return Path(settings.vocoder_local_path).expanduser()
    if folder is not None and (folder / "vocos").is_dir():
        return folder / "vocos"
    return VOCOS


def _official(settings: F5Settings) -> HubFile:
    if settings.model not in OFFICIAL:
        raise EngineUnavailableError(
            f"[f5] there is no official model {settings.model!r} (there are "
            f"{', '.join(OFFICIAL)}): name ckpt_file, vocab_file and config_file"
        )
    return OFFICIAL[settings.model]


def _only(folder: Path, pattern: str, setting: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise EngineUnavailableError(
            f"[f5] {setting}: {folder} should hold one {pattern} and holds {names}"
        )
    return found[0]
