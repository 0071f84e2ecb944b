"""How a channel fares, for other processes."""

from ishowtts_ingest.channels.source_runner import SourceRunner
from ishowtts_ingest.source import Channel, ChannelSource, ChannelState
from ishowtts_ingest.sources.registry import platform_of
from ishowtts_schemas import ChannelInfo


def channel_state(source: ChannelSource, runner: SourceRunner, name: str) -> ChannelState:
    """The state of a channel that was joined; none fares better than its source."""
    if runner.state == "failed":
        return ChannelState("failed", runner.error)
    if runner.state == "ended":
        return ChannelState("failed", "the source has ended")
    return source.state(name)


def channel_info(source: str, channel: Channel, state: ChannelState) -> ChannelInfo:
    """The row of one channel."""
    return ChannelInfo(
        platform=platform_of(source),
        source=source,
        channel=channel.name,
        room=channel.room,
        voice=channel.voice,
        engine=channel.engine,
        state=state.phase,
        detail=state.detail,
    )
