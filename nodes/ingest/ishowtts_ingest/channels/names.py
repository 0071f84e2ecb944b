"""What people call channels and the sources that read them."""

from ishowtts_bus import CommandError
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.sources.registry import platform_sources
from ishowtts_schemas import ChannelStart, ChannelStop, is_slug


def split_room(text: str, otherwise: str) -> tuple[str, str]:
    """A channel and its room, of `name`, `name:room` or either with an address for a name.

    >>> split_room("https://twitch.tv/ann:games", "main")
    ('https://twitch.tv/ann', 'games')
    """
    name, colon, room = text.rpartition(":")
    if colon and is_slug(room):
        return name.strip(), room
    return text.strip(), otherwise


def sources_for(request: ChannelStart | ChannelStop) -> tuple[str, ...]:
    """Names of the sources that may be meant, the preferred one first.

    Raises:
        CommandError: There is no such platform, or the source is not one of it.
    """
    try:
        names = platform_sources(request.platform)
    except SourceError as error:
        raise CommandError("bad_request", str(error)) from None
    if not request.source:
        return names
    if request.source not in names:
        text = f"no source {request.source!r} for {request.platform}, there are {', '.join(names)}"
        raise CommandError("bad_request", text)
    return (request.source,)
