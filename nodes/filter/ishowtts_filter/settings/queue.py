"""Settings of the queue, the journal and the synths that do the work."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings
from ishowtts_schemas import Priority
from ishowtts_schemas.ids import OptionalSlug


class QueueSettings(Settings, frozen=True, kw_only=True):
    """The queue between accepted messages and the voices."""

    capacity: Annotated[
        int,
        Meta(ge=1, le=10_000, description="Messages that wait at most; paid ones stay longest."),
    ] = 512
    ttl_s: Annotated[
        float, Meta(gt=0, le=3600, description="A message that waited longer is not spoken.")
    ] = 60.0
    paid_ttl_s: Annotated[
        float, Meta(gt=0, le=86_400, description="Same, for a message that somebody paid for.")
    ] = 600.0
    rate_limit_per_sec: Annotated[
        float, Meta(ge=0, le=10_000, description="Messages a second per room; 0 for no limit.")
    ] = 10.0
    lead_s: Annotated[
        float,
        Meta(ge=0, le=600, description="Speech prepared ahead of a room's playback; 0: no limit."),
    ] = 5.0

    def ttl_of(self, priority: Priority) -> float:
        """Seconds that a message may wait."""
        return self.paid_ttl_s if priority == "paid" else self.ttl_s


class JournalSettings(Settings, frozen=True, kw_only=True):
    """The record of every message and its end, which survives a crash."""

    keep_days: Annotated[
        float, Meta(gt=0, le=3650, description="Days that an ended message is kept.")
    ] = 7.0
    max_mb: Annotated[
        int, Meta(ge=8, le=100_000, description="Size of the file; the oldest messages make room.")
    ] = 256


class FallbackSettings(Settings, frozen=True, kw_only=True):
    """Who speaks when an engine does not."""

    engine: Annotated[
        OptionalSlug,
        Meta(description="Engine that speaks what another one cannot; empty: nobody, it waits."),
    ] = "espeak"
    after_s: Annotated[
        float,
        Meta(ge=0, le=600, description="An engine that is away so long is not waited for."),
    ] = 2.0
    failures: Annotated[
        int,
        Meta(ge=1, le=100, description="An engine that fails so often in a row gets a pause."),
    ] = 3
    pause_s: Annotated[
        float, Meta(ge=1, le=3600, description="How long; then one message tries it again.")
    ] = 30.0
