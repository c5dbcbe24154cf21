"""Runs the command of its arguments and ends as it does; kills it, and all that it started, once stdin ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(child.pid, signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()
code = child.wait()
sys.stdout.flush()
os._exit(code if code >= 0 else 128 - code)
