"""Decides which engine to use: the user's own, an earlier copy, an official one, or one built from source.

It must not run anything when a whole engine is in the cache, nor take an engine that cannot run this project.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock, Timeout

from tools import steps
from tools.cache import cache_root, made_beside, shown
from tools.engine import installer, source
from tools.engine.found import ENGINE_VERSION, HOST, LAUNCHER, OLDEST_VERSION, Engine, EngineNotFound

VERSION_SECONDS = 30.0  # a first start from a cold disk is slow
ORIGIN = "origin"  # a file in an engine's directory that says where it came from


def resolve_engine(*, python_host: bool = False, say: steps.Say = lambda _line: None) -> Engine:
    """Return an engine, installed first if there is none.

    Args:
        python_host: Whether it must start Python programs by itself; if need be a host is built for it.
        say: Takes progress lines.

    Raises:
        EngineNotFound: There is none and none can be installed; the message lists what was tried.
    """

    def build(room: Path) -> None:
        _build(room / "bin", python_host, say)

    ways: list[tuple[str, Callable[[], Engine]]] = [
        ("pulumi on PATH", lambda: _on_path(python_host)),
        (f"an earlier copy, {shown(_home(python_host))}", lambda: _cached(python_host)),
        ("the official release", lambda: _made("official release", installer.install, python_host, say)),
        ("building from source", lambda: _made("built from source", build, python_host, say)),
    ]
    tried: list[str] = []
    for way, find in ways:
        try:
            return find()
        except steps.StepFailed as error:
            tried.append(f"{way}: {error}")
        except OSError as error:
            tried.append(f"{way}: {error}; set REPLICAS_CACHE to a directory that you can write to")
    raise EngineNotFound(tried)


def _home(python_host: bool) -> Path:
    """Return the directory of the project's own engine, with a language host or as it came."""
    host = f"-python-host-v{source.HOST_VERSION}" if python_host else ""
    return cache_root() / "engine" / f"v{ENGINE_VERSION}{host}"


def _on_path(python_host: bool) -> Engine:
    found = shutil.which("pulumi")
    if found is None:
        raise steps.StepFailed("there is none")
    pulumi = Path(found).absolute()
    version = _version(pulumi, os.environ)  # theirs, which may be a script that needs variables of its own
    if _numbers(version) < _numbers(OLDEST_VERSION):
        raise steps.StepFailed(f"{pulumi} is v{version}, and v{OLDEST_VERSION} or later is needed")
    if python_host and not _find(HOST, pulumi):
        raise steps.StepFailed(f"{pulumi} has no {HOST}")
    if launcher := _find(LAUNCHER, pulumi):
        launcher_dir = Path(launcher).absolute().parent
    else:
        launcher_dir = cache_root() / "launcher" / f"v{ENGINE_VERSION}"
        try:
            _add_launcher(launcher_dir)
        except steps.StepFailed as error:
            raise steps.StepFailed(f"{pulumi} has no {LAUNCHER} beside it or on PATH, and {error}") from error
    return Engine(pulumi, version, "on PATH", launcher_dir, _find(HOST, pulumi) is not None)


def _cached(python_host: bool) -> Engine:
    home = _home(python_host)
    programs, origin = home / "bin", home / ORIGIN
    if not (origin.is_file() and shutil.which(programs / "pulumi")):
        raise steps.StepFailed("there is none")
    if python_host and not shutil.which(programs / HOST):
        raise steps.StepFailed(f"it has no {HOST}")
    _add_launcher(programs)
    came, pulumi = origin.read_text(encoding="utf-8").strip(), programs / "pulumi"
    return Engine(pulumi, ENGINE_VERSION, came, programs, _find(HOST, pulumi) is not None)


def _made(origin: str, fill: Callable[[Path], None], python_host: bool, say: steps.Say) -> Engine:
    """Install an engine in one way, unless another run did meanwhile."""
    lock = FileLock(cache_root() / "engine.lock")
    try:
        held = lock.acquire(blocking=False)
    except Timeout:
        say("engine: waiting for another run that is installing the engine")
        held = lock.acquire()
    with held:
        with contextlib.suppress(steps.StepFailed):
            return _cached(python_host)
        with made_beside(_home(python_host)) as room:
            fill(room)
            version = _version(room / "bin" / "pulumi")
            if version != ENGINE_VERSION:
                raise steps.StepFailed(f"it gave v{version} instead of v{ENGINE_VERSION}")
            _add_launcher(room / "bin")
            (room / ORIGIN).write_text(origin + "\n", encoding="utf-8")
        return _cached(python_host)


def _build(programs: Path, python_host: bool, say: steps.Say) -> None:
    """Build the engine, with a language host if asked for, into the directory."""
    programs.mkdir()
    earlier = _home(python_host=False) / "bin" / "pulumi"
    if python_host and earlier.is_file():
        # It looks for a host beside itself, links followed: only a second name of the file will do
        os.link(earlier, programs / "pulumi")
    else:
        source.build_engine(programs, say)
    if python_host:
        source.build_host(programs, say)


def _version(pulumi: Path, environment: Mapping[str, str] = MappingProxyType({})) -> str:
    failure = f"`{pulumi} version` did not answer with a version"
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    answer = steps.run([pulumi, "version"], failure, seconds=VERSION_SECONDS, extra=quiet)
    match = re.match(r"v?(\d+\.\d+\.\d+)", answer.strip())
    if match is None:
        raise steps.StepFailed(f"{failure}: {answer.strip()}")
    return match[1]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _add_launcher(programs: Path) -> None:
    if not shutil.which(programs / LAUNCHER):
        source.put_launcher(programs)


def _find(name: str, pulumi: Path) -> str | None:
    """Return the named program from beside an engine, from where the engine's links end, or from PATH."""
    places = [str(pulumi.parent), str(pulumi.resolve().parent), os.environ.get("PATH", os.defpath)]
    return shutil.which(name, path=os.pathsep.join(places))
