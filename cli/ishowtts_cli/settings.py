"""Configuration of `ishowtts run-all`."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas.ids import Slug


class RunSettings(Settings, frozen=True, kw_only=True):
    """What `run-all` starts, and how it keeps it running."""

    data_dir: Annotated[
        str, Meta(min_length=1, description="Folder of what outlives a process, made if missing.")
    ] = "data"
    broker_in_memory: Annotated[
        bool,
        Meta(description="Whether the broker's files stand in memory meanwhile, sparing the disk."),
    ] = True
    engines: Annotated[
        tuple[Slug, ...],
        Meta(
            max_length=16,
            description="One synth process for each; empty: one, of [synth] engine.",
        ),
    ] = ()
    restart_first_s: Annotated[
        float, Meta(gt=0, le=60, description="Wait before a dead process is started again.")
    ] = 0.5
    restart_max_s: Annotated[
        float, Meta(gt=0, le=3600, description="The wait doubles with each death, up to this.")
    ] = 30.0
    restart_reset_s: Annotated[
        float,
        Meta(gt=0, le=3600, description="After so long a life the wait begins anew."),
    ] = 30.0
    stop_timeout_s: Annotated[
        float,
        Meta(gt=0, le=60, description="Processes that have not stopped by then are killed."),
    ] = 4.0
