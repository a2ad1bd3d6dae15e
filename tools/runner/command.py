"""The Pulumi CLI as the Automation API runs it, in a session of its own.

A terminal sends Ctrl-C to every process of the foreground group, and a second signal makes the engine give up without
saving its state. In a session of its own the engine gets exactly the signals that the runner passes on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from pulumi import automation
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from tools.engine import Engine


class EngineCommand(automation.PulumiCommand):
    """Runs one CLI command at a time, and remembers how the last one ended.

    Args:
        engine: The resolved engine.
    """

    def __init__(self, engine: Engine) -> None:
        # Not the base class's: it would look for a CLI, and ask it for its version, once more.
        self.command = str(engine.pulumi)
        self.version = VersionInfo.parse(engine.version)
        self.exit_code = 0
        self.interrupted = False
        self._running: subprocess.Popen[str] | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> Any:
        """Run the CLI; see the base class.

        Raises:
            CommandError: It failed.
        """
        with subprocess.Popen(  # noqa: S603 - the resolved engine
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            self._running = process
            streams = [_Lines(process.stdout, on_output), _Lines(process.stderr, on_error)]
            for stream in streams:
                stream.join()
            code = process.wait()
        self._running = None
        self.exit_code = 128 - code if code < 0 else code
        result = automation.CommandResult(stdout=streams[0].text, stderr=streams[1].text, code=code)
        if code != 0:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        """Let the running command end in order, as Ctrl-C does; a second time, at once."""
        self.interrupted = True
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGINT)


class _Lines(threading.Thread):
    """Reads a stream to its end, line by line."""

    def __init__(self, stream: IO[str] | None, show: Callable[[str], Any] | None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._show = show
        self._lines: list[str] = []
        self.start()

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def run(self) -> None:
        for line in self._stream or ():
            self._lines.append(line.rstrip())
            if self._show:
                self._show(line.rstrip())
