"""The one way out to platforms: HTTP and WebSocket, through a proxy where one is asked for."""

import asyncio

from aiohttp import ClientError, ClientRequest, ClientSession, ClientTimeout, TCPConnector
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from aiohttp_socks import ProxyConnector, ProxyError, ProxyType

from ishowtts_ingest.network.proxies import Proxies, Proxy, find_proxies
from ishowtts_ingest.settings.network import NetworkSettings

CONNECTIONS = 1000
"""Of one session; aiohttp's own 100 are few, because a WebSocket keeps its connection."""
NETWORK_ERRORS = (ClientError, ProxyError, OSError, asyncio.TimeoutError)
"""All that a request or a WebSocket of a session raises when the way is broken."""


def open_session(network: NetworkSettings, *, timeout_s: float = 15.0) -> ClientSession:
    """A session for one source; close it, or use it in `async with`.

    Args:
        network: Names a proxy, or leaves it to the environment.
        timeout_s: For a whole request, and for a WebSocket's handshake. What is read from an
            open WebSocket has no limit: a chat may be silent.

    Raises:
        SourceError: What is named as a proxy is none.
    """
    return ClientSession(
        connector=_ChoosingConnector(find_proxies(network)),
        timeout=ClientTimeout(total=timeout_s),
    )


class _ChoosingConnector(TCPConnector):
    """Hands each request to the connector of its proxy, or connects straight.

    aiohttp itself reads no SOCKS variables, and HTTPS_PROXY not for `wss`.
    """

    def __init__(self, proxies: Proxies) -> None:
        super().__init__(limit=CONNECTIONS)
        self._proxies = proxies
        self._proxied: dict[Proxy, ProxyConnector] = {}

    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout
    ) -> Connection:
        proxy = self._proxies.choose(req.url.scheme, req.url.host or "")
        if proxy is None:
            return await super().connect(req, traces, timeout)
        if proxy not in self._proxied:
            self._proxied[proxy] = _connector(proxy)
        return await self._proxied[proxy].connect(req, traces, timeout)

    async def close(self, *, abort_ssl: bool = False) -> None:  # type: ignore[override]
        for connector in self._proxied.values():
            await connector.close(abort_ssl=abort_ssl)
        await super().close(abort_ssl=abort_ssl)


def _connector(proxy: Proxy) -> ProxyConnector:
    """With names resolved at the proxy, so that the local network learns none."""
    return ProxyConnector(
        proxy.host,
        proxy.port,
        ProxyType[proxy.kind.upper()],
        proxy.username,
        proxy.password,
        rdns=True,
        limit=CONNECTIONS,
    )
