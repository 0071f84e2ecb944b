"""A real Mosquitto on a free loopback port, that can be killed and started again."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from ishowtts_bus import BrokerSettings
from ishowtts_cli.supervisor.mosquitto import find_broker, write_configuration

SETTLED_S = 3.0
"""A session this old outlives a killed broker: it saves every second, in whole seconds."""
START_TIMEOUT_S = 10.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MosquittoServer:
    """Mosquitto with the project's configuration."""

    def __init__(self, folder: Path) -> None:
        self.settings = BrokerSettings(port=free_port())
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        executable = find_broker(self.settings)
        configuration = write_configuration(self.settings, self._folder, self._folder)
        self._process = subprocess.Popen([str(executable), "-c", str(configuration)])
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((self.settings.host, self.settings.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("mosquitto did not start")

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
