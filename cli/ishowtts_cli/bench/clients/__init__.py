"""One client for each interface, as a program of somebody else would ask for speech."""

from ishowtts_cli.bench.clients.client import Client, Place, RefusedError
from ishowtts_cli.bench.clients.http import HTTP_CLIENTS
from ishowtts_cli.bench.clients.mqtt import MqttReply
from ishowtts_cli.bench.clients.sockets import SOCKET_CLIENTS

CLIENTS: tuple[type[Client], ...] = (*HTTP_CLIENTS, *SOCKET_CLIENTS, MqttReply)

__all__ = ["CLIENTS", "Client", "Place", "RefusedError"]
