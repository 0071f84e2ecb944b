"""What `doctor` finds about engines and the GPU: can they run, and what to do where not."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ishowtts_cli.environments import own_interpreter
from ishowtts_cli.findings import Finding, Level, run_probe
from ishowtts_cli.sections import Configuration

TORCH_TIMEOUT_S = 120
ENGINE_TIMEOUT_S = 60
_JETSON_MODEL = Path("/proc/device-tree/model")


def check_engines(configuration: Configuration) -> Iterator[Finding]:
    from ishowtts_synth.engines.registry import engine_class, engine_keys

    chosen = configuration["synth"].engine
    engines = configuration["run"].engines
    for key in engine_keys():
        about = f"engine {key}"
        level: Level = "fail" if key == chosen or key in engines else "warn"
        reason = _why_not(key, configuration)
        if reason:
            yield Finding(about=about, level=level, text="cannot run", fix=reason)
        else:
            used = "[run] engines" if key in engines else "[synth] engine" if key == chosen else ""
            text = f"{engine_class(key).label} can run{used and f', chosen by {used}'}"
            yield Finding(about=about, level="ok", text=text)
    if chosen not in engine_keys():
        fix = f"set [synth] engine to one of {', '.join(engine_keys())}"
        yield Finding(about=f"engine {chosen}", level="fail", text="does not exist", fix=fix)


def why_not_here(key: str, configuration: Configuration) -> str:
    """Why an engine cannot run in this environment; empty where it can."""
    from ishowtts_synth.engines.registry import engine_class
    from ishowtts_synth.errors import EngineError

    try:
        engine_class(key).check(configuration[key])
    except (EngineError, ModuleNotFoundError) as error:
        return str(error)
    return ""


def _why_not(key: str, configuration: Configuration) -> str:
    own = own_interpreter(key)
    if own is None or Path(own).parents[1].samefile(sys.prefix):
        return why_not_here(key, configuration)
    path = configuration.loaded.path
    probe = run_probe(
        [own, "-c", _ENGINE_PROBE, key, *([] if path is None else [str(path)])], ENGINE_TIMEOUT_S
    )
    if probe is None or probe.returncode != 0:
        said = "it hangs" if probe is None else (probe.stderr.strip() or "no word").splitlines()[-1]
        return f"its environment is broken ({said[:200]}); run ./just install-{key}"
    return probe.stdout.strip()


_ENGINE_PROBE = """
import sys
from pathlib import Path
from ishowtts_cli.engine_findings import why_not_here
from ishowtts_cli.sections import load_settings
key, *path = sys.argv[1:]
print(why_not_here(key, load_settings(Path(path[0]) if path else None)))
"""
_TORCH_PROBE = """
import json, torch
found = {"version": torch.__version__, "built_for": torch.version.cuda, "device": None}
if torch.cuda.is_available():
    a = torch.ones(64, 64, device="cuda")
    found["right"] = float((a @ a).sum()) == 64.0 ** 3
    found["device"] = torch.cuda.get_device_name()
print(json.dumps(found))
"""
"""Run in a process of its own: a driver that does not fit may take the process with it."""


def check_gpu() -> Iterator[Finding]:
    jetson = _jetson_model()
    if jetson is not None:
        yield Finding(about="jetson", level="ok", text=jetson)
    python = own_interpreter("f5")
    if python is None and importlib.util.find_spec("torch") is None:
        yield Finding(about="gpu", level="ok", text="no torch; the embedded voice needs none")
        return
    probe = run_probe([python or sys.executable, "-c", _TORCH_PROBE], TORCH_TIMEOUT_S)
    yield torch_finding(probe, jetson=jetson is not None, nvidia=bool(shutil.which("nvidia-smi")))


def torch_finding(
    probe: "subprocess.CompletedProcess[str] | None", *, jetson: bool, nvidia: bool
) -> Finding:
    """Judge what the probe printed.

    Args:
        probe: How it ended; None where it hung.
        jetson: Whether this is a Jetson.
        nvidia: Whether there are signs of another NVIDIA GPU.
    """
    if probe is None or probe.returncode != 0:
        said = "it hangs" if probe is None else (probe.stderr.strip() or "no word").splitlines()[-1]
        text = f"torch fails: {said[:200]}"
        return Finding(about="gpu", level="warn", text=text, fix="reinstall torch")
    found = json.loads(probe.stdout)
    version = f"torch {found['version']}"
    if found["device"] and found["right"]:
        return Finding(about="gpu", level="ok", text=f"{version} computes on {found['device']}")
    if found["device"]:
        fix = "torch and the driver do not fit; install a torch for this driver's CUDA"
        return Finding(about="gpu", level="warn", text=f"{version} computes wrongly", fix=fix)
    if jetson:
        # The default index serves a wheel for this architecture, but for server GPUs.
        fix = "install torch from NVIDIA's index for your JetPack, not from the default one"
        return Finding(about="gpu", level="warn", text=f"{version} does not see the GPU", fix=fix)
    if nvidia:
        fix = f"install a CUDA build of torch (this one is for {found['built_for'] or 'the CPU'})"
        return Finding(about="gpu", level="warn", text=f"{version} does not see the GPU", fix=fix)
    return Finding(about="gpu", level="ok", text=f"{version}, no GPU here")


def _jetson_model() -> str | None:
    try:
        model = _JETSON_MODEL.read_text("utf-8", "replace").strip("\0\n ")
    except OSError:
        return None
    return model if "jetson" in model.lower() else None
