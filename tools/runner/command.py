"""The Pulumi CLI as the Automation API runs it, in a session of its own.

A terminal sends Ctrl-C to every process of the foreground group, and a second signal makes the engine give up without
saving its state. In a session of its own the engine gets exactly the signals that the runner passes on.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from pulumi import automation
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from tools.engine import Engine
from tools.runner import owners

PANIC = 2
"""How a program in Go ends that could not do anything else."""


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
        self.notes: Path | None = None
        """Where its processes are noted while they run (see `tools.runner.owners`)."""
        self._running: subprocess.Popen[str] | None = None
        self._passed_on: Sequence[str] = ()

    def pass_on(self, *flags: str) -> None:
        """Give the next command flags that the Automation API does not offer for it."""
        self._passed_on = flags

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
        passed_on, self._passed_on = self._passed_on, ()
        with subprocess.Popen(  # noqa: S603 - the resolved engine
            [self.command, "--non-interactive", *args, *passed_on],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            self._running = process
            note = owners.note(self.notes, process.pid)
            with ThreadPoolExecutor(1) as other:
                errors = other.submit(_read, process.stderr, on_error)
                output = _read(process.stdout, on_output)
            code = process.wait()
            if note and code >= 0 and code != PANIC:  # else its lock may be left
                note.unlink(missing_ok=True)
        self._running = None
        self.exit_code = 128 - code if code < 0 else code
        result = automation.CommandResult(stdout=output, stderr=errors.result(), code=code)
        if code != 0:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        """Let the running command end in order, as Ctrl-C does; a second time, at once."""
        self.interrupted = True
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGINT)


def _read(stream: IO[str] | None, show: Callable[[str], Any] | None) -> str:
    """Read to the end whatever becomes of the display: an engine that is not read from never ends."""
    lines = []
    failed: Exception | None = None
    for line in stream or ():
        lines.append(line.rstrip())
        try:
            if show and not failed:
                show(lines[-1])
        except Exception as error:  # noqa: BLE001 - raised below
            failed = error
    if failed:
        raise failed
    return "\n".join(lines)
