"""Makes the checkout's Python environment, `.venv`: what requirements.lock names, nothing else, and the project.

A pinned uv makes it. uv and the packages that it downloaded stay in the cache, so the environment of the next
checkout takes a second or two. A `.venv` that a person made is brought up to date in place, never deleted. This runs
before anything is installed, so it must not import anything but the standard library.
"""

import ast
import fcntl
import hashlib
import json
import platform
import re
import sys
import tomllib
from pathlib import Path

from tools import steps
from tools.cache import cache_root, made_beside, shown

LOCK = "requirements.lock"
BUILD_LOCK = "requirements-build.lock"
OURS = "replicas-made"  # in an environment that this made: the key of what was installed into it
OWN = "replicas-installed"  # the same in a person's own environment
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # outside of environments, as for the venv module
INTERPRETER = f"{sys.implementation.name}-{platform.python_version()}-{sys.platform}-{platform.machine()}"
GIANTS = "/(pulumi_alicloud|tencentcloud_iac_pulumi)/"  # thousands of modules, of which runs import a few
# How pip is set up to reach an index -> what uv reads the same from
INDEX_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def set_up(checkout: Path, cache: Path) -> None:
    """Make sure that the checkout's `.venv` holds what its locks name; raises StepFailed."""
    venv, wanted = checkout / ".venv", key(checkout)
    if is_current(venv, wanted):
        return
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "environments.lock").open("a") as lock:  # the kernel frees it when its holder dies
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.say("environment: waiting for another run that is making one")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(venv, wanted):
            return
        # Releases up to 0.1.0 linked it into the cache
        ours = (venv / OURS).exists() or venv.resolve().parent == (cache / "environments").resolve()
        if ours or not venv.exists():
            steps.say(f"environment: installing {LOCK} into {shown(venv)}; a minute or two if little is cached")
            with made_beside(venv) as room:
                uv = uv_programs(checkout, cache) / "uv"
                base = ["--quiet", "--relocatable", "--no-project", "--python", BASE_PYTHON]
                steps.run([uv, "venv", *base, room], "uv venv failed")
                install(checkout, cache, room)
                compile_packages(checkout, room / "bin" / "python")
                (room / OURS).write_text(wanted, encoding="utf-8")
        elif (venv / "bin" / "python").exists():
            steps.say(f"environment: {venv} is yours and stays; installing {LOCK} into it")
            install(checkout, cache, venv, "--reinstall")  # an earlier run may have stopped half-way
            (venv / OWN).write_text(wanted, encoding="utf-8")
        else:
            raise steps.StepFailed(f"{venv} is yours and no Python environment; move it away and try again")


def key(checkout: Path) -> str:
    """Return what names all that an environment of the checkout depends on, its place included."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    tables = [project.get("project"), project.get("build-system"), project["tool"]["setuptools"]]
    locks = [(checkout / name).read_text(encoding="utf-8") for name in (LOCK, BUILD_LOCK)]
    return hashlib.sha256(json.dumps([INTERPRETER, str(checkout), tables, locks]).encode()).hexdigest()


def is_current(venv: Path, wanted: str) -> bool:
    """Report whether the environment holds what the key names, and its Python still exists."""
    stamps = [stamp.read_text(encoding="utf-8") for stamp in (venv / OURS, venv / OWN) if stamp.is_file()]
    return wanted in stamps and (venv / "bin" / "python").exists()


def uv_programs(checkout: Path, cache: Path) -> Path:
    """Return the directory of the pinned uv and of a Python with pip, installed first if need be."""
    lock = checkout / BUILD_LOCK
    version = re.findall(r"^uv==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)[0]
    home = cache / "uv" / f"{version}-{INTERPRETER}"
    if not all((home / "bin" / program).exists() for program in ("uv", "python")):
        steps.say(f"environment: installing uv {version} into {shown(home)}, once")
        with made_beside(home) as room:
            steps.run([BASE_PYTHON, "-m", "venv", room], f"{BASE_PYTHON} -m venv failed")
            options = ["--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
            pip = [f"{room}/bin/python", "-m", "pip", "install", *options, "--requirement", str(lock)]
            steps.run(pip, f"pip install of uv {version} failed")
    return home / "bin"


def install(checkout: Path, cache: Path, environment: Path, *options: str) -> None:
    """Install the locks and the project: from uv's cache if it has all, else from where pip installs from."""
    programs = uv_programs(checkout, cache)
    into: list[str | Path] = [programs / "uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    into += [*options, "--python", environment]

    def install_all(network: dict[str, str]) -> None:
        settings = {
            "UV_CACHE_DIR": str(cache / "uv" / "cache"),
            **network,
            **steps.shown_environment(),
        }  # a person's own win
        for lock in (BUILD_LOCK, LOCK):  # in this order: the first builds what comes as source only
            words = [*into, "--require-hashes", "--requirement", checkout / lock]
            steps.run(words, f"uv pip install of {lock} failed", extra=settings)
        # Not by its path: uv takes that for a URL, in which # and ? have meanings
        steps.run([*into, "--editable", "."], "uv pip install of the project failed", cwd=checkout, extra=settings)

    try:
        install_all({"UV_OFFLINE": "1"})
    except steps.StepFailed:
        listed = steps.run([programs / "python", "-m", "pip", "config", "list"], "pip config list failed")
        install_all(index_settings(listed))


def compile_packages(checkout: Path, python: Path) -> None:
    """Compile what runs import, once: uv does not, and where Python may not write bytecode every process would."""
    packages = python.parents[1] / "lib"
    steps.run([python, "-m", "compileall", "-q", "-j", "0", "-x", GIANTS, packages], "compileall failed")
    # Of the giants only what the kinds' components import.
    load = "from components.kinds import KINDS; [kind.component.load() for kind in KINDS]"
    extra = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(checkout)}
    steps.run([python, "-c", load], "importing the components failed", extra=extra)


def index_settings(listed: str) -> dict[str, str]:
    """Return the variables that let uv reach the index as pip does, from the output of `pip config list`."""
    # Hashes decide what is installed, so that any index may have it, as with pip
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_HTTP_TIMEOUT": "180"}
    for section in ("global", "install", ":env:"):  # the later win
        for name, value in re.findall(rf"^{section}\.([a-z-]+)=(.+)$", listed, re.MULTILINE):
            if name in INDEX_SETTINGS:
                settings[INDEX_SETTINGS[name]] = " ".join(ast.literal_eval(value).split())
    return settings


def main() -> None:
    """Set up the checkout that this file is in."""
    checkout, cache = Path(__file__).resolve().parent.parent, cache_root()
    try:
        set_up(checkout, cache)
    except (OSError, steps.StepFailed) as error:
        sys.exit(
            f"environment: {error}\n  next: check that the package index can be reached, that {checkout} is whole, that"
            f" it and {shown(cache)} (REPLICAS_CACHE) can be written, and that Python's venv module is installed"
            " (Debian: python3-venv); then run `make setup` again"
        )
    except KeyboardInterrupt:
        steps.say("environment: interrupted; the next run starts it again")
        sys.exit(130)


if __name__ == "__main__":
    main()
