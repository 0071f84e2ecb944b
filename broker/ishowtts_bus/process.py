"""A node as a process: its event loop, and the signals that end it."""

import asyncio
import signal
import sys

from ishowtts_bus.node import Node


def run_node(node: Node) -> None:
    """Run a node in this process until SIGINT or SIGTERM.

    Raises:
        NodeError: It cannot run.
    """
    if sys.platform == "win32":
        asyncio.run(_run_with_signals(node))
    else:
        import uvloop

        uvloop.run(_run_with_signals(node))


async def _run_with_signals(node: Node) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, node.request_stop)
    await node.run()
