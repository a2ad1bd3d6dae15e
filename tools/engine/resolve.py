"""Decides which engine to use: the user's own, an earlier copy, an official one, or one built from source.

It must not run anything when a whole engine is in the cache, nor take an engine that cannot run this project.
"""

import contextlib
import dataclasses
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.cache import Say, cache_root, made_beside, shown
from tools.engine import installer, source
from tools.engine.found import (
    ENGINE_VERSION,
    HOST,
    LAUNCHER,
    OLDEST_VERSION,
    Attempt,
    Engine,
    EngineNotFound,
    NotThisWayError,
)
from tools.engine.installer import Fetch, fetch_script
from tools.engine.process import Command, Runner, run_bounded
from tools.lock import locked

VERSION_SECONDS = 30.0  # a first start from a cold disk is slow
ORIGIN = "origin"  # a file in an engine's directory that says where it came from
WAITING = "engine: waiting for another run that is installing the engine"

Fill = Callable[[Path], None]


@dataclasses.dataclass(frozen=True)
class _Search:
    """What the ways of finding or installing an engine share."""

    cache: Path
    python_host: bool
    say: Say
    run: Runner
    fetch: Fetch

    @property
    def home(self) -> Path:
        """The directory of the project's own engine, with a language host or as it came."""
        host = f"-python-host-v{source.HOST_VERSION}" if self.python_host else ""
        return self.cache / "engine" / f"v{ENGINE_VERSION}{host}"


def _silent(_line: str) -> None:
    """Drop a progress line."""


def resolve_engine(
    *,
    cache: Path | None = None,
    python_host: bool = False,
    say: Say = _silent,
    run: Runner = run_bounded,
    fetch: Fetch = fetch_script,
) -> Engine:
    """Return an engine, installed first if there is none.

    Args:
        cache: The project's cache; where the environment says if None.
        python_host: Whether it must start Python programs by itself; if need be a host is built for it.
        say: Takes progress lines.
        run: Runs commands.
        fetch: Gets the official install script.

    Raises:
        EngineNotFound: There is none and none can be installed; the message lists what was tried.
    """
    search = _Search(cache_root() if cache is None else cache, python_host, say, run, fetch)
    ways: list[tuple[str, Callable[[], Engine]]] = [
        ("pulumi on PATH", lambda: _on_path(search)),
        (f"an earlier copy, {shown(search.home)}", lambda: _cached(search)),
        ("the official installer", lambda: _made(search, "official installer", _installed(search))),
        ("building from source", lambda: _made(search, "built from source", _built(search))),
    ]
    attempts: list[Attempt] = []
    for way, find in ways:
        try:
            return find()
        except NotThisWayError as error:
            attempts.append(Attempt(way, str(error)))
        except OSError as error:
            attempts.append(Attempt(way, f"{error}; set REPLICAS_CACHE to a directory that you can write to"))
    raise EngineNotFound(attempts)


def _on_path(search: _Search) -> Engine:
    found = shutil.which("pulumi")
    if found is None:
        raise NotThisWayError("there is none")
    pulumi = Path(found).absolute()
    version = _version(pulumi, search.run)
    if tuple(int(part) for part in version.split(".")) < OLDEST_VERSION:
        oldest = ".".join(str(part) for part in OLDEST_VERSION)
        raise NotThisWayError(f"{pulumi} is v{version}, and v{oldest} or later is needed")
    if search.python_host and not _has_host(pulumi):
        raise NotThisWayError(f"{pulumi} has no {HOST}")
    return Engine(pulumi, version, "on PATH", _launcher_for(pulumi, search), _has_host(pulumi))


def _cached(search: _Search) -> Engine:
    pulumi, origin = search.home / "bin" / "pulumi", search.home / ORIGIN
    if not (origin.is_file() and _is_program(pulumi)):
        raise NotThisWayError("there is none")
    if search.python_host and not _is_program(pulumi.with_name(HOST)):
        raise NotThisWayError(f"it has no {HOST}")
    if not _is_program(pulumi.with_name(LAUNCHER)):
        source.put_launcher(pulumi.parent, search.run)
    came = origin.read_text(encoding="utf-8").strip()
    return Engine(pulumi, ENGINE_VERSION, came, pulumi.parent, _has_host(pulumi))


def _made(search: _Search, origin: str, fill: Fill) -> Engine:
    """Install an engine in one way, unless another run did meanwhile."""
    with locked(search.cache / "engine.lock", search.say, WAITING):
        with contextlib.suppress(NotThisWayError):
            return _cached(search)
        with made_beside(search.home) as room:
            fill(room)
            version = _version(room / "bin" / "pulumi", search.run)
            if version != ENGINE_VERSION:
                raise NotThisWayError(f"it gave v{version} instead of v{ENGINE_VERSION}")
            if not _is_program(room / "bin" / LAUNCHER):
                source.put_launcher(room / "bin", search.run)
            (room / ORIGIN).write_text(origin + "\n", encoding="utf-8")
        return _cached(search)


def _installed(search: _Search) -> Fill:
    return lambda room: installer.install(room, search.run, search.fetch)


def _built(search: _Search) -> Fill:
    def fill(room: Path) -> None:
        plain = dataclasses.replace(search, python_host=False)
        earlier = plain.home / "bin" / "pulumi"
        if search.python_host and _is_program(earlier):
            # It looks for a host beside itself, links followed: only a second name of the file will do
            (room / "bin").mkdir()
            os.link(earlier, room / "bin" / "pulumi")
        else:
            source.build_engine(room, search.run, search.say)
        if search.python_host:
            source.build_host(room, search.run, search.say)

    return fill


def _version(pulumi: Path, run: Runner) -> str:
    ended = run(Command([str(pulumi), "version"], VERSION_SECONDS, extra={"PULUMI_SKIP_UPDATE_CHECK": "true"}))
    match = re.match(r"v?(\d+\.\d+\.\d+)", ended.output.strip())
    if ended.code != 0 or match is None:
        raise NotThisWayError(f"`{pulumi} version` did not answer with a version: {ended.last_lines()}")
    return match[1]


def _launcher_for(pulumi: Path, search: _Search) -> Path:
    """Return the directory of a launcher for a program that is not ours, copied first if there is none."""
    if beside := _beside(pulumi, LAUNCHER):
        return beside.parent
    if found := shutil.which(LAUNCHER):
        return Path(found).absolute().parent
    place = search.cache / "launcher" / f"v{ENGINE_VERSION}"
    if not _is_program(place / LAUNCHER):
        try:
            source.put_launcher(place, search.run)
        except NotThisWayError as error:
            raise NotThisWayError(f"{pulumi} has no {LAUNCHER} beside it or on PATH, and {error}") from error
    return place


def _has_host(pulumi: Path) -> bool:
    return _beside(pulumi, HOST) is not None or shutil.which(HOST) is not None


def _beside(pulumi: Path, name: str) -> Path | None:
    """Return the named program from the program's directory, or from where its links end."""
    places = (pulumi.with_name(name), pulumi.resolve().with_name(name))
    return next((place for place in places if _is_program(place)), None)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
