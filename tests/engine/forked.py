"""The runner in processes that are forked from one which has imported everything already.

A run of the tests starts the runner some hundred times, and importing Pulumi and three SDKs takes it longer than its
work. What runs is the same command line in a process of its own; storms (`tools/chaos/`) start it as users do.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module, reload
from pathlib import Path

from alibabacloud_credentials.utils import auth_util

from components.kinds import KINDS

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "tools.runner.__main__",
        "components.replica.settings",
        *(kind.component.path.partition(":")[0] for kind in KINDS),
        "alibabacloud_credentials.client",
        "alibabacloud_eci20180808.client",
        "alibabacloud_ecs20140526.client",
        "tencentcloud.cbs.v20170312.cbs_client",
    ]
)


class ForkedRun:
    """One command of the runner, with what is used here of `subprocess.Popen`.

    Args:
        arguments: The command line after `python -m tools.runner`.
        environment: All its variables.
        cwd: Where it runs.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], *, cwd: Path) -> None:
        with tempfile.NamedTemporaryFile("w+", prefix="replicas-run-", delete=False) as output:
            self._output = Path(output.name)
        self._process = _context.Process(target=_run, args=(arguments, dict(environment), cwd, self._output))
        self._process.start()
        self._text: str | None = None

    @property
    def pid(self) -> int:
        """The id of the process."""
        return int(self._process.pid or 0)

    @property
    def returncode(self) -> int:
        """How it ended: minus a signal's number where that killed it."""
        code = self.poll()
        assert code is not None, "it has not ended"
        return code

    def poll(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Wait for its end, and return what it printed.

        Raises:
            TimeoutExpired: It has not ended.
        """
        if self._text is None:
            self._process.join(timeout)
            if self._process.exitcode is None:
                raise subprocess.TimeoutExpired("tools.runner", timeout or 0)
            self._text = self._output.read_text()
            self._output.unlink()
        return self._text, None


def _run(arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, output: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    reload(auth_util)  # the one module that has read the environment when it was imported
    os.chdir(cwd)
    written = os.open(output, os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(written, number)
    # As `python -m` has them: those of the test keep what is printed.
    sys.stdin = io.StringIO()
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    sys.argv = ["tools.runner", *arguments]
    raise SystemExit(import_module("tools.runner.__main__").main())
