"""The steps of getting an environment and an engine: a command that must end, progress, and one kind of failure.

What is run here was downloaded, or builds what was: it sees of the caller's environment what it needs, and no keys. It
must not import anything but the standard library: it is needed before anything else is installed.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Say = Callable[[str], None]

# Where programs, caches, compilers and certificates are, and how to reach a network and an index. Whatever else there
# is, the keys and tokens of clouds, of CI and of Pulumi before all, is left out.
_SHOWN = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|LD_LIBRARY_PATH|PYTHON\w+"
    r"|(?i:https?_proxy|all_proxy|no_proxy)|SSL_CERT_FILE|SSL_CERT_DIR|NIX_SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|GO(PATH|ROOT|BIN|ENV|CACHE|MODCACHE|TMPDIR|FLAGS|TOOLCHAIN|PROXY|NOPROXY|PRIVATE|SUMDB|NOSUMDB|INSECURE|VCS)"
    r"|CC|CXX|(C|CPP|CXX|LD)FLAGS|CARGO_HOME|RUSTUP_HOME|(ASDF|MISE|PYENV|GOENV)_(DIR|\w+_DIR|ROOT)"
    r"|PIP_\w+|UV_(?!PUBLISH)\w+"  # a private index may need a password
)


class StepFailed(Exception):
    """A step did not work; the message says why."""


def say(line: str) -> None:
    """Show a progress line, apart from the answer on standard output."""
    print(line, file=sys.stderr, flush=True)


def shown_environment() -> dict[str, str]:
    """Return the variables of this process that what was downloaded may see."""
    return {name: value for name, value in os.environ.items() if _SHOWN.fullmatch(name)}


def run(
    words: Sequence[str | Path],
    failure: str,
    *,
    seconds: float = 1800.0,
    cwd: Path | None = None,
    extra: Mapping[str, str] | None = None,
    alive: Callable[[int], None] | None = None,
) -> str:
    """Run a command, and return what it printed.

    Args:
        words: The program and its arguments.
        failure: What the message of a failure begins with.
        seconds: After so many it is ended, with its children; enough for slow links and source distributions.
        cwd: Where to run it.
        extra: Environment variables on top of those that `shown_environment` returns.
        alive: Called each minute with the minutes since the start.

    Raises:
        StepFailed: It could not be started, took too long, or failed; the message ends with what it printed last.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed commands of the project, no shell
            words,
            cwd=cwd,
            env={**shown_environment(), **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # so that what it started can be ended with it
        )
    except OSError as error:
        raise StepFailed(f"{failure}: {error}") from error
    minutes = 0
    with process:
        try:
            while True:
                left = seconds - 60 * minutes
                try:
                    output, errors = process.communicate(timeout=min(60, left))
                    break
                except subprocess.TimeoutExpired:
                    if left <= 60:
                        raise StepFailed(f"{failure}: no end after {seconds:.0f} s, so it was stopped") from None
                minutes += 1
                if alive:
                    alive(minutes)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode == 0:
        return output
    lines = (errors.strip() or output.strip()).splitlines()
    last = [line.strip() for line in lines if line.strip() and not line.startswith("go: downloading ")][-6:]
    raise StepFailed(f"{failure}: {' / '.join(last) or f'exit code {process.returncode}'}")
