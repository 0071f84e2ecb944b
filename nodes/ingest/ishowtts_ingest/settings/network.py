"""How sources reach their platforms."""

from typing import Annotated

from msgspec import Meta

from ishowtts_bus.settings import Settings


class NetworkSettings(Settings, frozen=True, kw_only=True):
    """How sources reach their platforms."""

    proxy: Annotated[
        str,
        Meta(
            max_length=500,
            description="Proxy, http:// or socks5://; empty: as the environment says, or none.",
        ),
    ] = ""
