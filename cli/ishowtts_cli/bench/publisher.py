"""Publishes text as any app would: plain paho, no code of ours between it and the broker."""

import asyncio
import socket
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

CONNECT_TIMEOUT_S = 10.0
KEEPALIVE_S = 60

TEXTS = (
    "hello world",
    "nice one",
    "你好",
    "what a play",
    "哈哈哈",
    "good game everyone",
    "主播好厉害",
    "lol",
)
"""What chat looks like: short, two languages."""


class TextPublisher:
    """A paho client on the caller's event loop: a thread of its own would fight for the GIL."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._texts: Iterator[str] = cycle(TEXTS)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, "ishowtts-bench", protocol=paho.MQTTv5
        )
        self._client.max_inflight_messages_set(0)
        self._client.max_queued_messages_set(0)

    async def start(self) -> None:
        """Connect.

        Raises:
            OSError: There is no broker.
            TimeoutError: It does not answer.
        """
        loop = asyncio.get_running_loop()
        connected = asyncio.Event()
        client = self._client
        client.on_connect = lambda *_: connected.set()
        client.on_socket_open = _set_nodelay
        client.on_socket_register_write = _on_wants_to_write
        client.on_socket_unregister_write = _on_has_written
        client.connect(*self._address, keepalive=KEEPALIVE_S)
        sock = client.socket()
        if sock is None:
            raise ConnectionError("the broker closed the connection")
        loop.add_reader(sock, client.loop_read)
        await asyncio.wait_for(connected.wait(), CONNECT_TIMEOUT_S)

    def publish(self, room: str, message_id: str) -> None:
        """Send the next text with this id, at once."""
        payload = msgspec.json.encode({"text": next(self._texts), "id": message_id})
        self._client.publish(f"ishowtts/v1/text/{room}", payload, qos=1)

    async def close(self) -> None:
        sock = self._client.socket()
        if sock is not None:
            asyncio.get_running_loop().remove_reader(sock)
        self._client.disconnect()


def _set_nodelay(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _on_wants_to_write(client: paho.Client, _userdata: Any, sock: Any) -> None:
    asyncio.get_running_loop().add_writer(sock, client.loop_write)


def _on_has_written(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    asyncio.get_running_loop().remove_writer(sock)
