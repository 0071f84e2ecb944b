"""Records the audio topic with plain paho, in a session that outlives a killed broker."""

import socket
import threading
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ishowtts_schemas import AudioEvent, AudioStart
from ishowtts_schemas.topics import AUDIO, CHAT_ENDED

CONNECT_TIMEOUT_S = 10.0
SESSION_EXPIRY_S = 600


class Recorder:
    """Everything that any room was sent, in order.

    Attributes:
        audio: Events of the audio topic.
        began_at_s: When the audio of each message began to arrive, in monotonic seconds.
        ended: Message ids whose end was announced.
    """

    def __init__(self, port: int) -> None:
        self.audio: list[AudioEvent] = []
        self.began_at_s: dict[str, float] = {}
        self.ended: list[str] = []
        self._connected = threading.Event()
        client = paho.Client(CallbackAPIVersion.VERSION2, "chaos-recorder", protocol=paho.MQTTv5)
        client.reconnect_delay_set(0.05, 0.5)
        client.on_socket_open = _set_nodelay
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        client.connect("127.0.0.1", port, clean_start=False, properties=properties)
        self._client = client

    def start(self) -> None:
        """Record from now on.

        Raises:
            TimeoutError: The broker does not answer.
        """
        self._client.loop_start()
        if not self._connected.wait(CONNECT_TIMEOUT_S):
            raise TimeoutError("the broker does not answer")

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, room: str, payload: bytes) -> None:
        """Publish text as an app does; kept and sent again while the broker is away."""
        self._client.publish(f"ishowtts/v1/text/{room}", payload, qos=1)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        options = SubscribeOptions(qos=1)
        client.subscribe([(AUDIO.filter(), options), (CHAT_ENDED.filter(), options)])
        self._connected.set()

    def _on_message(self, _client: paho.Client, _userdata: Any, message: Any) -> None:
        if AUDIO.match(message.topic):
            event = AUDIO.decode(message.payload)
            self.audio.append(event)
            if isinstance(event, AudioStart) and event.message_id is not None:
                self.began_at_s.setdefault(event.message_id, time.monotonic())
        else:
            self.ended.append(CHAT_ENDED.decode(message.payload).message_id)


def _set_nodelay(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
