"""Facts of the machine that a reader of figures needs; none that names it."""

import importlib.metadata
import os
import platform
from pathlib import Path

from ishowtts_cli.bench.results import Machine

_TOLD = ("ishowtts", "aiomqtt", "paho-mqtt", "msgspec", "uvloop", "litestar", "uvicorn")


def describe_machine() -> Machine:
    """This machine."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cpus=len(os.sched_getaffinity(0)),
        cpu=_cpu_model(),
        memory_gb=round(pages * page / 1e9, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions={name: version for name in _TOLD if (version := _version(name))},
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
