"""Finding, configuring and meeting Mosquitto."""

import asyncio
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from ishowtts_bus import BrokerSettings
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.supervisor import mosquitto as module
from ishowtts_cli.supervisor.mosquitto import check_port_free, derive, find_broker, paste_line
from tests.broker import MosquittoServer, free_port

SHIPPED = Path("broker/mosquitto.conf").read_text("utf-8")


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Empty places to look in: PATH, the system's, the checkout's."""
    places = {name: tmp_path / name for name in ("path", "system", "checkout")}
    monkeypatch.setenv("PATH", str(places["path"]))
    monkeypatch.setattr(module, "_SYSTEM_FOLDERS", (str(places["system"]),))
    monkeypatch.setattr(module, "_UNPACKED", places["checkout"])
    return places


@pytest.mark.parametrize("place", ["path", "system", "checkout"])
def test_it_is_found_in_every_place(folders: dict[str, Path], place: str) -> None:
    expected = program(folders[place], "mosquitto")
    assert find_broker(BrokerSettings()) == expected


def test_the_one_on_path_wins(folders: dict[str, Path]) -> None:
    program(folders["checkout"], "mosquitto")
    expected = program(folders["path"], "mosquitto")
    assert find_broker(BrokerSettings()) == expected


def test_a_missing_one_says_what_to_install(folders: dict[str, Path]) -> None:
    with pytest.raises(CliError, match="apt-get install mosquitto") as refused:
        find_broker(BrokerSettings())
    assert refused.value.code == ExitCode.USAGE


def test_a_configured_program_that_does_not_exist_is_named(folders: dict[str, Path]) -> None:
    with pytest.raises(CliError, match="'/no/such/thing' is not a program"):
        find_broker(BrokerSettings(executable="/no/such/thing"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_loopback_is_served(host: str) -> None:
    module.check_manageable(BrokerSettings(host=host))


@pytest.mark.parametrize(
    "settings",
    [BrokerSettings(host="0.0.0.0"), BrokerSettings(host="box.lan"), BrokerSettings(tls=True)],
)
def test_a_broker_for_others_is_not_ours_to_start(settings: BrokerSettings) -> None:
    with pytest.raises(CliError, match="managed = false") as refused:
        module.check_manageable(settings)
    assert refused.value.code == ExitCode.USAGE


def test_the_derived_configuration_differs_in_address_folder_and_user_only() -> None:
    settings = BrokerSettings(host="::1", port=2883)
    derived = derive(SHIPPED, settings, Path("/some where/broker"), "root")
    changed = set(derived.splitlines()) - set(SHIPPED.splitlines())
    assert changed == {
        "listener 2883 ::1",
        "persistence_location /some where/broker/",
        "user root",
    }


def test_a_shipped_configuration_without_a_listener_is_a_bug() -> None:
    with pytest.raises(ValueError, match="listener"):
        derive("persistence true\n", BrokerSettings(), Path("/x"), None)


def test_it_runs_with_a_space_in_the_folder(tmp_path: Path) -> None:
    server = MosquittoServer(tmp_path / "my data")
    server.start()
    server.kill()


class TestPasteLine:
    """The line that a person copies."""

    def paste(self, folders: dict[str, Path], **settings: object) -> str:
        program(folders["path"], "mosquitto_pub")
        return paste_line(BrokerSettings(**settings), "otherwise", os.environ)

    def test_defaults_are_left_out(self, folders: dict[str, Path]) -> None:
        expected = "mosquitto_pub -t ishowtts/v1/text/main -m 'hello world'"
        assert self.paste(folders) == expected

    def test_another_port_is_named(self, folders: dict[str, Path]) -> None:
        assert self.paste(folders, port=2883).startswith("mosquitto_pub -p 2883 -t ")

    def test_another_host_is_named(self, folders: dict[str, Path]) -> None:
        assert self.paste(folders, host="box").startswith("mosquitto_pub -h box -t ")

    def test_a_password_is_not_shown(self, folders: dict[str, Path]) -> None:
        line = self.paste(folders, username="ana", password="hunter2")
        assert line.startswith("mosquitto_pub -u ana -P PASSWORD -t ")

    def test_the_unpacked_one_has_its_path(
        self, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unpacked = program(folders["checkout"], "mosquitto_pub")
        line = paste_line(BrokerSettings(), "otherwise", os.environ)
        assert line.startswith(f"{unpacked} -t ")
        monkeypatch.chdir(unpacked.parent)
        line = paste_line(BrokerSettings(), "otherwise", os.environ)
        assert line.startswith("./mosquitto_pub -t ")

    def test_without_any_there_is_another_way(self, folders: dict[str, Path]) -> None:
        assert paste_line(BrokerSettings(), "otherwise", os.environ) == "otherwise"


@pytest.mark.skipif(shutil.which("mosquitto_pub") is None, reason="no mosquitto_pub on PATH")
def test_the_pasted_line_publishes(mosquitto: MosquittoServer) -> None:
    line = paste_line(mosquitto.settings, "false", os.environ)
    subprocess.run(["sh", "-c", line], check=True, timeout=10)


class TestPort:
    """What stands on the port already."""

    async def test_a_free_port_is_fine(self) -> None:
        await check_port_free(BrokerSettings(port=free_port()))

    async def test_a_broker_is_recognised_and_can_be_used(self, mosquitto: MosquittoServer) -> None:
        with pytest.raises(CliError, match=r"a broker runs already.*managed = false") as refused:
            await check_port_free(mosquitto.settings)
        assert refused.value.code == ExitCode.USAGE

    async def test_another_program_is_told_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "PROBE_TIMEOUT_S", 0.2)
        server = await asyncio.start_server(_hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(CliError, match=rf"127.0.0.1:{port} is taken by another program"):
            await check_port_free(BrokerSettings(port=port))
        server.close()


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
