"""What `run-all` decides, and what it does to real processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from ishowtts_bus import BrokerSettings
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_cli.settings import RunSettings
from ishowtts_cli.supervisor import run_all
from ishowtts_cli.supervisor.child import Child, Program
from ishowtts_cli.supervisor.fleet import node_programs
from ishowtts_cli.supervisor.policy import (
    MAX_LINE_BYTES,
    Backoff,
    LineSplitter,
    NodeKey,
    Prefixes,
    Readiness,
    describe_exit,
)
from ishowtts_cli.supervisor.run_all import Pipeline
from ishowtts_schemas import Health, NodeState
from tests.broker import MosquittoServer, free_port

FAST = RunSettings(restart_first_s=0.01, restart_max_s=0.02, stop_timeout_s=2.0)
SOON_S = 20.0
SYNTH: NodeKey = ("synth", "espeak-1")


class TestBackoff:
    def test_waits_double_up_to_the_limit(self) -> None:
        backoff = Backoff(RunSettings(restart_first_s=0.5, restart_max_s=3), lambda: 1.0)
        assert [backoff.next_s(0) for _ in range(5)] == [0.5, 1, 2, 3, 3]

    def test_a_long_life_begins_anew(self) -> None:
        backoff = Backoff(RunSettings(restart_first_s=0.5, restart_reset_s=30), lambda: 1.0)
        assert [backoff.next_s(lived) for lived in (1, 1, 29.9, 30, 1)] == [0.5, 1, 2, 0.5, 1]

    def test_waits_are_jittered_but_never_above_the_limit(self) -> None:
        backoff = Backoff(RunSettings(restart_first_s=2, restart_max_s=5), lambda: 1.25)
        assert [backoff.next_s(0) for _ in range(3)] == [2.5, 5, 5]

    def test_a_year_of_deaths_does_not_overflow(self) -> None:
        backoff = Backoff(RunSettings(), lambda: 1.0)
        assert {backoff.next_s(0) for _ in range(5000)} >= {30.0}


class TestLineSplitter:
    def test_lines_come_when_they_are_complete(self) -> None:
        splitter = LineSplitter()
        assert splitter.feed(b"one\ntw") == ["one"]
        assert splitter.feed(b"o\r\n\nthree") == ["two", ""]
        assert splitter.flush() == ["three"]
        assert splitter.flush() == []

    def test_a_symbol_may_come_in_two_pieces(self) -> None:
        splitter = LineSplitter()
        body = "你好\n".encode()
        assert splitter.feed(body[:2]) == []
        assert splitter.feed(body[2:]) == ["你好"]

    def test_escapes_and_broken_text_are_shown_not_obeyed(self) -> None:
        assert LineSplitter().feed(b"\x1b[2J\x07 \xff \xc2\x9b31m\ttab\n") == [
            "\\x1b[2J\\x07 \\xff \\x9b31m\ttab"
        ]

    def test_an_endless_line_is_cut(self) -> None:
        splitter = LineSplitter()
        pieces = splitter.feed(b"x" * (3 * MAX_LINE_BYTES + 5)) + splitter.flush()
        assert [len(piece) for piece in pieces] == [MAX_LINE_BYTES] * 3 + [5]


class TestPrefixes:
    def test_names_are_aligned(self) -> None:
        prefixes = Prefixes(["synth", "broker"], colour=False)
        assert prefixes.line("synth", "hello") == "synth  | hello"

    def test_each_name_has_its_colour(self) -> None:
        prefixes = Prefixes(["synth", "player"], colour=True)
        lines = [prefixes.line(name, "hello") for name in ("synth", "player")]
        assert all(line.endswith(" |\x1b[0m hello") for line in lines)
        assert lines[0][:5] != lines[1][:5]


def state(health: Health, pid: int, detail: str = "", key: NodeKey = SYNTH) -> NodeState:
    node, instance = key
    return NodeState(
        node=node, instance=instance, incarnation=1, health=health, pid=pid, detail=detail
    )


class TestReadiness:
    @pytest.fixture
    def readiness(self) -> Readiness:
        readiness = Readiness({SYNTH: "synth"})
        readiness.started(SYNTH, 10)
        return readiness

    def test_all_are_pending_at_first(self, readiness: Readiness) -> None:
        assert readiness.pending() == {"synth": "it has not said anything yet"}

    def test_a_ready_node_is_not_pending(self, readiness: Readiness) -> None:
        readiness.heard(state("ready", 10))
        assert readiness.pending() == {}

    def test_the_reason_is_the_node_s_own(self, readiness: Readiness) -> None:
        readiness.heard(state("starting", 10, "loading 3 of 7"))
        assert readiness.pending() == {"synth": "loading 3 of 7"}

    def test_a_state_that_an_earlier_process_left_does_not_count(
        self, readiness: Readiness
    ) -> None:
        readiness.heard(state("ready", 9))
        assert "synth" in readiness.pending()

    def test_a_dead_node_is_pending_again(self, readiness: Readiness) -> None:
        readiness.heard(state("ready", 10))
        readiness.ended(SYNTH, "it was killed by SIGKILL")
        assert readiness.pending() == {"synth": "it was killed by SIGKILL"}
        readiness.started(SYNTH, 11)
        readiness.heard(state("ready", 11))
        assert readiness.pending() == {}

    def test_somebody_else_s_node_is_ignored(self, readiness: Readiness) -> None:
        readiness.heard(state("ready", 10, key=("synth", "other-1")))
        assert "synth" in readiness.pending()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with status 0"),
        (1, "ended with status 1"),
        (-9, "was killed by SIGKILL"),
        (-99, "was killed by signal 99"),
    ],
)
def test_an_end_is_told_in_words(code: int, words: str) -> None:
    assert describe_exit(code) == words


class TestFleet:
    def commands(self, *, warmup: bool = False, **environ: str) -> dict[NodeKey, Program]:
        configuration = load_settings(None, environ)
        return node_programs(configuration, Path("my.toml"), warmup=warmup, log_level="info")

    def test_one_process_per_node(self) -> None:
        programs = self.commands()
        assert [program.name for program in programs.values()] == [
            "ingest",
            "filter",
            "synth",
            "player",
        ]
        command = list(programs["filter", "1"].command)
        assert command[:5] == [sys.executable, "-m", "ishowtts_cli", "filter", "run"]
        assert command[-2:] == ["--config", "my.toml"]

    def test_one_synth_per_engine(self) -> None:
        programs = self.commands(ISHOWTTS__RUN__ENGINES="espeak,tone,espeak")
        synths = {key[1]: program for key, program in programs.items() if key[0] == "synth"}
        assert {name: synth.environment for name, synth in synths.items()} == {
            "espeak-1": {"ISHOWTTS__SYNTH__ENGINE": "espeak"},
            "tone-1": {"ISHOWTTS__SYNTH__ENGINE": "tone"},
            "espeak-2": {"ISHOWTTS__SYNTH__ENGINE": "espeak"},
        }

    def test_warmup_reaches_the_synth(self) -> None:
        environment = self.commands(warmup=True)["synth", "espeak-1"].environment
        assert environment["ISHOWTTS__SYNTH__WARMUP"] == "true"


class Diary:
    """Keeps what a child tells."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str] = asyncio.Queue()
        self.pids: asyncio.Queue[int] = asyncio.Queue()
        self.ends: asyncio.Queue[tuple[str, float | None]] = asyncio.Queue()

    def on_line(self, child: Child, line: str) -> None:
        self.lines.put_nowait(line)

    def on_start(self, child: Child, pid: int) -> None:
        self.pids.put_nowait(pid)

    def on_end(self, child: Child, reason: str, wait_s: float | None) -> None:
        self.ends.put_nowait((reason, wait_s))

    async def line(self) -> str:
        return await asyncio.wait_for(self.lines.get(), SOON_S)

    async def end(self) -> tuple[str, float | None]:
        return await asyncio.wait_for(self.ends.get(), SOON_S)


SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
child.wait()
"""


def python(code: str) -> Program:
    return Program("snake", [sys.executable, "-c", code])


class TestChild:
    """Real processes."""

    @pytest.fixture
    def diary(self) -> Diary:
        return Diary()

    @pytest.fixture
    async def started(self, diary: Diary) -> AsyncIterator[list[Child]]:
        children: list[Child] = []
        yield children
        for child in children:
            await child.stop(0)

    def start(self, code: str, diary: Diary, started: list[Child]) -> Child:
        child = Child(python(code), Backoff(FAST, lambda: 1.0), diary)
        started.append(child)
        child.start()
        return child

    async def test_a_killed_process_is_started_again(
        self, diary: Diary, started: list[Child]
    ) -> None:
        self.start(SLEEP, diary, started)
        assert await diary.line() == "up"
        first = await diary.pids.get()
        os.kill(first, signal.SIGKILL)
        assert await diary.end() == ("it was killed by SIGKILL: up", 0.01)
        assert await diary.line() == "up"
        assert await diary.pids.get() != first

    async def test_an_end_tells_the_last_line(self, diary: Diary, started: list[Child]) -> None:
        self.start("raise SystemExit('port 8080 is taken')", diary, started)
        assert await diary.end() == ("it ended with status 1: port 8080 is taken", 0.01)

    async def test_a_command_s_own_sentence_is_the_reason(
        self, diary: Diary, started: list[Child]
    ) -> None:
        code = "print('ishowtts: port 8080 is taken'); print('noise'); raise SystemExit(1)"
        self.start(code, diary, started)
        assert await diary.end() == ("it ended with status 1: port 8080 is taken", 0.01)

    async def test_a_misconfigured_process_is_not_started_again(
        self, diary: Diary, started: list[Child]
    ) -> None:
        child = self.start("import sys; print('typo'); sys.exit(2)", diary, started)
        assert await diary.end() == ("it ended with status 2: typo", None)
        assert child.misconfigured
        assert await child.stop(SOON_S)
        assert child.starts == 1

    async def test_stopping_is_polite(self, diary: Diary, started: list[Child]) -> None:
        child = self.start(SLEEP, diary, started)
        await diary.line()
        assert await child.stop(SOON_S)
        assert child.code == -signal.SIGTERM
        assert diary.ends.empty()

    async def test_a_process_that_will_not_stop_is_killed(
        self, diary: Diary, started: list[Child]
    ) -> None:
        child = self.start(STUBBORN, diary, started)
        await diary.line()
        assert not await child.stop(0.05)
        assert child.code == -signal.SIGKILL

    async def test_what_a_process_started_goes_with_it(
        self, diary: Diary, started: list[Child]
    ) -> None:
        child = self.start(PARENT, diary, started)
        grandchild = psutil.Process(int(await diary.line()))
        await child.stop(SOON_S)
        wait_gone(grandchild)

    async def test_stopping_while_it_waits_to_restart(
        self, diary: Diary, started: list[Child]
    ) -> None:
        slow = Backoff(RunSettings(restart_first_s=60, restart_max_s=60), lambda: 1.0)
        child = Child(python("raise SystemExit(1)"), slow, diary)
        child.start()
        await diary.end()
        assert await child.stop(SOON_S)
        assert child.starts == 1

    async def test_a_missing_program_is_named(self, diary: Diary, started: list[Child]) -> None:
        child = Child(Program("ghost", ["/no/such/program"]), Backoff(FAST, lambda: 1.0), diary)
        started.append(child)
        child.start()
        assert "/no/such/program: No such file" in (await diary.end())[0]


def gone(process: psutil.Process) -> bool:
    """Whether it ended; where no init reaps orphans, a zombie has ended as well."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(process: psutil.Process) -> None:
    """The kernel takes its time over what was killed."""
    deadline_s = time.monotonic() + SOON_S
    while not gone(process):
        assert time.monotonic() < deadline_s, f"{process} is still there"
        time.sleep(0.01)


SUPERVISOR = f"""
import asyncio, sys
from ishowtts_cli.supervisor.child import Child, Program
from ishowtts_cli.settings import RunSettings
from ishowtts_cli.supervisor.policy import Backoff

class Events:
    def on_line(self, child, line): print("line", line, flush=True)
    def on_start(self, child, pid): print("pid", pid, flush=True)
    def on_end(self, child, reason, wait_s): print("end", reason, flush=True)

async def main():
    program = Program("snake", [sys.executable, "-c", {STUBBORN!r}])
    Child(program, Backoff(RunSettings(), lambda: 1.0), Events()).start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_nothing_outlives_a_supervisor_that_was_killed() -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    orphan = psutil.Process(int(supervisor.stdout.readline().split()[1]))
    assert supervisor.stdout.readline() == b"line up\n"
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    wait_gone(orphan)


class TestPipeline:
    """Start-up that fails, with processes that are no nodes."""

    def pipeline(self, broker: BrokerSettings, code: str) -> Pipeline:
        return Pipeline(broker, FAST, None, {SYNTH: python(code)})

    async def test_a_node_that_says_nothing_is_named(self, mosquitto: MosquittoServer) -> None:
        with pytest.raises(CliError, match=r"not ready .*snake \(it has not said") as failed:
            await self.pipeline(mosquitto.settings, SLEEP).run(0.5)
        assert failed.value.code == ExitCode.FAILED
        assert not [one for one in psutil.Process().children() if SLEEP in one.cmdline()]

    async def test_a_misconfigured_node_ends_the_start(self, mosquitto: MosquittoServer) -> None:
        code = "import sys; print('unknown key'); sys.exit(2)"
        with pytest.raises(CliError, match="snake cannot run: unknown key") as failed:
            await self.pipeline(mosquitto.settings, code).run(SOON_S)
        assert failed.value.code == ExitCode.USAGE

    async def test_a_node_that_keeps_dying_ends_the_start(self, mosquitto: MosquittoServer) -> None:
        code = "raise SystemExit('port 8080 is taken')"
        with pytest.raises(CliError, match="snake does not start: port 8080 is taken"):
            await self.pipeline(mosquitto.settings, code).run(SOON_S)

    async def test_a_broker_that_never_comes_is_named(self) -> None:
        broker = BrokerSettings(port=free_port())
        with pytest.raises(CliError, match=f"no broker answers at 127.0.0.1:{broker.port}"):
            await self.pipeline(broker, SLEEP).run(0.05)


class TestMain:
    """Refusals before anything runs."""

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def test_one_data_folder_serves_one_pipeline(self, tmp_path: Path) -> None:
        with run_all._locked(tmp_path / "data"), pytest.raises(CliError, match="another run-all"):
            run_all.main(None, 1, warmup=False)

    def test_a_broker_for_others_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ISHOWTTS__BROKER__HOST", "0.0.0.0")
        with pytest.raises(CliError, match="managed = false"):
            run_all.main(None, 1, warmup=False)
