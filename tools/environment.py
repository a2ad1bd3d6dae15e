"""Makes the checkout's Python environment, `.venv`: what requirements.lock names, nothing else, and the project.

A pinned uv makes it. uv and the packages that it downloaded stay in the cache, so the environment of the next
checkout takes a second or two. A `.venv` that a person made is used as it is and brought up to date in place, never
deleted. It runs before anything is installed, so it must not import anything but the standard library, and it must
never leave a half-made environment at `.venv`.
"""

import ast
import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools.cache import Say, cache_root, made_beside, shown

LOCK_NAME = "requirements.lock"
BUILD_LOCK_NAME = "requirements-build.lock"
OURS = "replicas-made"  # in an environment that this made: what was installed into it
OWN = "replicas-installed"  # in a person's own environment: what was installed into it
INSTALL_SECONDS = 1800.0  # slow links and source distributions; a hang still ends
# How pip is set up to reach an index -> what uv reads the same from
INDEX_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}

Run = Callable[[list[str], Mapping[str, str]], str]


class EnvironmentFailedError(Exception):
    """The environment could not be made; the message says why and what to do next."""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    """The Python that environments are made with."""

    executable: str
    label: str

    @classmethod
    def running(cls) -> "Interpreter":
        """Return the one that runs this; if that is in an environment, the one that the environment was made with."""
        machine = f"{sys.platform}-{platform.machine()}"
        label = f"{sys.implementation.name}-{platform.python_version()}-{machine}"
        return cls(getattr(sys, "_base_executable", sys.executable), label)  # as the standard library's venv


def run_quietly(command: list[str], extra: Mapping[str, str]) -> str:
    """Run a command, and return its output.

    Args:
        command: The program and its arguments.
        extra: Environment variables on top of those of this process, where these do not have them.

    Raises:
        EnvironmentFailedError: It failed; the message ends with what it printed last.
    """
    # PYTHONPATH and the like would leak a caller's packages into what counts as installed
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    shown_command = " ".join(command[:4])
    try:
        done = subprocess.run(  # noqa: S603 - the commands below, no shell
            command, env={**extra, **env}, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailedError(f"{shown_command}: {error}") from error
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines()[-12:]
        raise EnvironmentFailedError("\n  ".join([f"{shown_command} ... failed:", *lines]))
    return done.stdout


@dataclasses.dataclass(frozen=True)
class Setup:
    """One set-up of one checkout.

    Attributes:
        checkout: The checkout's root.
        cache: The project's cache.
        interpreter: What to make environments with.
        run: Runs one command with extra environment variables and returns its output, or raises.
        say: Takes progress lines.
    """

    checkout: Path
    cache: Path
    interpreter: Interpreter
    run: Run
    say: Say

    def bring_up_to_date(self) -> Path:
        """Make sure that the checkout's `.venv` holds what its locks name, and return it.

        Raises:
            EnvironmentFailedError: It could not be made.
        """
        venv = self.checkout / ".venv"
        if not self.is_current(venv):
            with self.locked():
                if is_own(venv):
                    self.update_own(venv)
                elif not self.is_current(venv):  # another run may have made it
                    self.make(venv)
        return venv

    def read(self, name: str) -> bytes:
        """Return the contents of a file of the checkout; raises EnvironmentFailedError if it is missing."""
        try:
            return (self.checkout / name).read_bytes()
        except FileNotFoundError:
            raise EnvironmentFailedError(f"{name} is missing; is {self.checkout} a whole checkout?") from None

    def key(self) -> str:
        """Return what names all that an environment of this checkout depends on, its place included."""
        project = tomllib.loads(self.read("pyproject.toml").decode())
        installed = [project.get(table) for table in ("project", "build-system")] + [project["tool"]["setuptools"]]
        place = [self.interpreter.label, str(self.checkout)]
        parts = [json.dumps([*place, *installed]).encode(), self.read(LOCK_NAME), self.read(BUILD_LOCK_NAME)]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def uv(self) -> Path:
        """Return the directory of the pinned uv and a pip, installed first if need be; the lock is held."""
        pinned = re.search(r"^uv==(\S+)", self.read(BUILD_LOCK_NAME).decode(), re.MULTILINE)
        if pinned is None:
            raise EnvironmentFailedError(f"{BUILD_LOCK_NAME} names no uv")
        home = self.cache / "uv" / f"{pinned[1]}-{self.interpreter.label}"
        if not all((home / "bin" / program).exists() for program in ("uv", "python")):
            self.say(f"environment: installing uv {pinned[1]} into {shown(home)}, once")
            with made_beside(home) as room:
                self.run([self.interpreter.executable, "-m", "venv", str(room)], {})
                pip = [str(room / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
                lock = str(self.checkout / BUILD_LOCK_NAME)
                self.run([*pip, "--only-binary", ":all:", "--require-hashes", "-r", lock], {})
        return home / "bin"

    def install(self, environment: Path, *commands: list[str]) -> None:
        """Run uv commands, and install the locks and the project into the environment; the lock is held."""
        programs = self.uv()
        into = ["pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python", str(environment)]
        hashed = [*into, "--require-hashes", "-r"]
        steps = [
            *commands,
            [*hashed, str(self.checkout / BUILD_LOCK_NAME)],  # first: it builds what comes as source only
            [*hashed, str(self.checkout / LOCK_NAME)],
            [*into, "--editable", str(self.checkout)],
        ]
        settings = {"UV_CACHE_DIR": str(self.cache / "uv" / "cache"), "UV_PYTHON_DOWNLOADS": "never"}

        def run_all(extra: Mapping[str, str]) -> None:
            for step in steps:
                self.run([str(programs / "uv"), *step], {**settings, **extra})

        try:
            run_all({"UV_OFFLINE": "1"})  # what is in the cache needs no network
        except EnvironmentFailedError:
            run_all(index_settings(self.run([str(programs / "python"), "-m", "pip", "config", "list"], {})))

    def make(self, venv: Path) -> None:
        """Make an environment of ours from nothing, and put it in place of the earlier one when it is whole."""
        self.say(f"environment: installing {LOCK_NAME} into {shown(venv)}; a minute or two if little is cached")
        base = ["--quiet", "--allow-existing", "--relocatable", "--no-project", "--python", self.interpreter.executable]
        with made_beside(venv) as room:
            self.install(room, ["venv", *base, str(room)])
            (room / OURS).write_text(self.key(), encoding="utf-8")
            if venv.is_symlink():
                venv.unlink()

    def update_own(self, own: Path) -> None:
        """Bring an environment that a person made up to date."""
        if not (own / "bin" / "python").exists():
            raise EnvironmentFailedError(f"{own} is yours and no Python environment; move it away and try again")
        self.say(f"environment: {own} is yours and stays; installing {LOCK_NAME} into it")
        self.install(own)
        (own / OWN).write_text(self.key(), encoding="utf-8")

    def is_current(self, environment: Path) -> bool:
        """Tell whether the environment holds what the checkout asks for, and its Python still exists."""
        key = self.key()
        notes = [environment / name for name in (OURS, OWN) if (environment / name).is_file()]
        whole = (environment / "bin" / "python").exists()
        return whole and key in [note.read_text(encoding="utf-8") for note in notes]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock on making environments, which the kernel frees when its holder dies."""
        self.cache.mkdir(parents=True, exist_ok=True)
        with (self.cache / "environments.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say("environment: waiting for another run that is making one")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def index_settings(listed: str) -> dict[str, str]:
    """Return the environment variables that let uv reach the index as pip does.

    Args:
        listed: The output of `pip config list`, one `section.name='value'` a line.
    """
    found: dict[str, dict[str, str]] = {}
    for section, name, value in re.findall(r"^(\S+)\.([a-z-]+)=(.+)$", listed, re.MULTILINE):
        if name in INDEX_SETTINGS:
            found.setdefault(section, {})[INDEX_SETTINGS[name]] = " ".join(str(ast.literal_eval(value)).split())
    # Hashes decide what is installed, so that any index may have it, as with pip
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_HTTP_TIMEOUT": "180"}
    for section in ("global", "install", ":env:"):  # the later win
        settings.update(found.get(section, {}))
    return settings


def is_own(environment: Path) -> bool:
    """Tell whether a person made `.venv`: a directory or a link that is neither ours nor of our earlier releases."""
    if environment.is_symlink() and environment.resolve().parent.name == "environments":
        return False  # into the cache, as releases up to 0.1.0 made it
    return environment.exists() and not (environment / OURS).exists()


def main() -> int:
    """Set up the checkout that this file is in, and return the exit code."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    checkout = Path(__file__).resolve().parent.parent
    try:
        Setup(checkout, cache_root(), Interpreter.running(), run_quietly, say).bring_up_to_date()
    except EnvironmentFailedError as error:
        say(f"environment: {error}")
        say(
            "  next: check that the package index can be reached and that Python's venv module is installed"
            " (Debian: python3-venv), then run `make setup` again"
        )
        return 1
    except OSError as error:
        say(f"environment: {error}; {checkout} and the cache must be writable (REPLICAS_CACHE moves the cache)")
        return 1
    except KeyboardInterrupt:
        say("environment: interrupted; the next run starts it again")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
