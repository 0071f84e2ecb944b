"""Many channels on few connections."""

import asyncio

from ishowtts_ingest.twitch.connection import Connection, Wiring


class Pool:
    """Opens a connection when those that are open are full, and closes one that is empty."""

    def __init__(self, wiring: Wiring, channels_per_connection: int) -> None:
        self._wiring = wiring
        self._capacity = channels_per_connection
        self._tasks: dict[Connection, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def join(self, name: str) -> None:
        """Read a channel from now on."""
        self._with_room().join(name)

    def leave(self, name: str) -> None:
        """Stop reading a channel; the others on its connection notice nothing."""
        for connection in self._tasks:
            if name in connection.channels:
                connection.leave(name)
                if not connection.channels:
                    self._end(connection)
                return

    async def close(self) -> None:
        """Close every socket."""
        for connection in list(self._tasks):
            self._end(connection)
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _with_room(self) -> Connection:
        for connection in self._tasks:
            if len(connection.channels) < self._capacity:
                return connection
        connection = Connection(self._wiring)
        self._tasks[connection] = asyncio.create_task(connection.run())
        return connection

    def _end(self, connection: Connection) -> None:
        task = self._tasks.pop(connection)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.cancel()
