"""Runs a program that dies with its parent: `python -I -S leash.py PARENT SIGNAL PROGRAM ...`.

`run-all` starts every process through it, so that none is left behind even when it is itself
killed with SIGKILL. The kernel keeps the promise (PR_SET_PDEATHSIG survives exec), where a
`preexec_fn` could deadlock and a watching process could be killed as well. Linux only; elsewhere
the program simply runs. PARENT is compared with the real one, for a parent that died before.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Become the program; returns only where the parent is gone already."""
    parent, number, *command = argv
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != int(parent):
        return 1
    try:
        os.execv(command[0], command)  # noqa: S606 - to become it is the point
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
