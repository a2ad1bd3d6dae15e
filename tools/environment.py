"""Makes the checkout's Python environment: what requirements.lock names, nothing else, at `.venv`.

The environment itself lives in the cache, one per Python and lock, and `.venv` is a link to it, so fresh
clones and switched branches cost nothing. A `.venv` that a person made is used as it is and brought up to
date in place. It runs before anything is installed, so it must not import anything but the standard library,
and it must never leave a half-made environment where the next run would take it for a whole one.
"""

import dataclasses
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.cache import Say, cache_root, locked, shown

LOCK_NAME = "requirements.lock"
COMPLETE = "replicas-complete"  # in an environment of the cache, written last: what lacks it is half made
INSTALLED = "replicas-installed"  # in a person's own environment: the lock that was installed into it
INSTALL_SECONDS = 1800.0  # slow links and source distributions; a hang still ends

Run = Callable[[list[str]], None]


class EnvironmentFailedError(Exception):
    """The environment could not be made; the message says why and what to do next."""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    """The Python that environments are made with."""

    executable: str
    label: str

    @classmethod
    def running(cls) -> "Interpreter":
        """Return the one that runs this."""
        machine = f"{sys.platform}-{platform.machine()}"
        return cls(sys.executable, f"{sys.implementation.name}-{platform.python_version()}-{machine}")


def run_quietly(command: list[str]) -> None:
    """Run a command, and keep its output to itself unless it fails.

    Args:
        command: The program and its arguments.

    Raises:
        EnvironmentFailedError: It failed; the message ends with what it printed last.
    """
    # PYTHONPATH and the like would leak a caller's packages into what pip sees as installed
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    shown_command = " ".join(command[:4])
    try:
        done = subprocess.run(  # noqa: S603 - the commands below, no shell
            command, env=env, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailedError(f"{shown_command}: {error}") from error
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines()[-12:]
        raise EnvironmentFailedError("\n  ".join([f"{shown_command} ... failed:", *lines]))


def lock_digest(checkout: Path) -> str:
    """Return what names the lock's contents.

    Args:
        checkout: The checkout's root.

    Raises:
        EnvironmentFailedError: There is no lock.
    """
    try:
        return hashlib.sha256((checkout / LOCK_NAME).read_bytes()).hexdigest()
    except FileNotFoundError:
        raise EnvironmentFailedError(f"{LOCK_NAME} is missing; is {checkout} a whole checkout?") from None


def install_command(environment: Path, checkout: Path) -> list[str]:
    """Return the command that installs the lock into an environment.

    The lock names every dependency, so pip must not look for others: its resolver takes an extra of a locked package
    (`coverage[toml]`) for one without a pin as soon as the index holds a newer release.
    """
    pip = [
        str(environment / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    return [*pip, "--no-input", "--no-deps", "--require-hashes", "-r", str(checkout / LOCK_NAME)]


def is_whole(environment: Path) -> bool:
    """Tell whether an environment of the cache is finished and its Python still stands."""
    return (environment / COMPLETE).is_file() and (environment / "bin" / "python").exists()


def make_in_cache(checkout: Path, cache: Path, interpreter: Interpreter, run: Run, say: Say) -> Path:
    """Return the cached environment for this lock, made first if it is not there.

    Args:
        checkout: The checkout's root.
        cache: The project's cache.
        interpreter: What to make it with.
        run: Runs one command, or raises.
        say: Takes progress lines.
    """
    digest = lock_digest(checkout)
    environment = cache / "environments" / f"{interpreter.label}-{digest[:16]}"
    if is_whole(environment):
        return environment
    with locked(cache / "environments.lock", say, "environment: waiting for another run that is making it"):
        if is_whole(environment):
            return environment
        say(f"environment: installing {LOCK_NAME} into {shown(environment)}, 1-2 minutes, once per lock")
        # Its scripts name its place, so it cannot be moved there when done: the marker says that it is whole
        shutil.rmtree(environment, ignore_errors=True)
        environment.parent.mkdir(parents=True, exist_ok=True)
        run([interpreter.executable, "-m", "venv", str(environment)])
        run(install_command(environment, checkout))
        (environment / COMPLETE).write_text(digest + "\n", encoding="utf-8")
    return environment


def update_own(own: Path, checkout: Path, run: Run, say: Say) -> None:
    """Bring an environment that a person made up to date with the lock.

    Args:
        own: Its directory.
        checkout: The checkout's root.
        run: Runs one command, or raises.
        say: Takes progress lines.
    """
    digest, note = lock_digest(checkout), own / INSTALLED
    if note.is_file() and note.read_text(encoding="utf-8").strip() == digest:
        return
    if not (own / "bin" / "python").exists():
        raise EnvironmentFailedError(f"{own} is yours and no Python environment; move it away and try again")
    say(f"environment: {own} is yours and stays; installing {LOCK_NAME} into it")
    run(install_command(own, checkout))
    note.write_text(digest + "\n", encoding="utf-8")


def is_own(link: Path) -> bool:
    """Tell whether `.venv` was made by a person: a directory, or a link to one that is not of the cache."""
    if not link.is_symlink():
        return link.exists()
    return link.exists() and link.resolve().parent.name != "environments"


def point(link: Path, environment: Path) -> None:
    """Make the link point at the environment, in one step for whoever looks at the same time."""
    if link.is_symlink() and link.readlink() == environment:
        return
    fresh = link.with_name(f"{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(environment)
    fresh.replace(link)


def set_up(
    checkout: Path,
    *,
    environment: Mapping[str, str] | None = None,
    interpreter: Interpreter | None = None,
    run: Run = run_quietly,
    say: Say,
) -> Path:
    """Make sure that the checkout's `.venv` holds what its lock names.

    Args:
        checkout: The checkout's root.
        environment: Environment variables to find the cache by; those of this process if None.
        interpreter: What to make environments with; the running one if None.
        run: Runs one command, or raises.
        say: Takes progress lines.

    Returns:
        The checkout's `.venv`.

    Raises:
        EnvironmentFailedError: It could not be made.
    """
    link = checkout / ".venv"
    if is_own(link):
        update_own(link, checkout, run, say)
    else:
        made_with = interpreter or Interpreter.running()
        point(link, make_in_cache(checkout, cache_root(environment), made_with, run, say))
    return link


def main() -> int:
    """Set up the checkout that this file is in, and return the exit code."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        set_up(Path(__file__).resolve().parent.parent, say=say)
    except EnvironmentFailedError as error:
        say(f"environment: {error}")
        say(
            "  next: check that the package index can be reached and that Python's venv module is installed"
            " (Debian: python3-venv), then run `make setup` again"
        )
        return 1
    except OSError as error:
        say(f"environment: {error}; set REPLICAS_CACHE to a directory that you can write to")
        return 1
    except KeyboardInterrupt:
        say("environment: interrupted; the next run starts it afresh")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
