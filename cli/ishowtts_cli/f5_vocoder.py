"""`ishowtts f5 export-vocoder`; imports torch."""

import sys
from pathlib import Path

from ishowtts_cli.errors import CliError
from ishowtts_cli.sections import load_settings
from ishowtts_synth.errors import EngineError
from ishowtts_synth.f5.files import find_files
from ishowtts_synth.f5.hub import fetch
from ishowtts_synth.f5.vocoder_export import export_vocoder
from ishowtts_synth.settings import F5Settings


def export(folder: Path | None, target: Path, config: Path | None) -> None:
    """Write the vocoder as ONNX.

    Raises:
        CliError: It cannot be had, or not be written as ONNX.
    """
    try:
        source = folder or _configured(load_settings(config)["f5"])
        export_vocoder(source, target)
    except EngineError as error:
        raise CliError(str(error)) from None
    sys.stdout.write(
        f'wrote {target} from {source}\nto use it: [f5] vocoder_local_path = "{target}"\n'
    )


def _configured(settings: F5Settings) -> Path:
    """The folder that the engine uses; of the official one, its files are fetched."""
    found = find_files(settings).vocoder
    if isinstance(found, Path):
        return found
    config, *_ = [fetch(file, settings.hf_cache_dir) for file in found]
    return config.parent
