"""When an environment is made, kept or left alone; nothing is installed."""

import fcntl
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tools import environment, steps
from tools.environment import index_settings
from tools.steps import StepFailed

PROJECT = """
[project]
name = "p"
[tool.setuptools]
packages = ["p"]
"""


class Bench:
    """A checkout and a cache, and a runner that plays venv, pip and uv."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checkout = root / "checkout"
        self.checkout.mkdir()
        self.cache = root / "cache"
        self.said: list[str] = []
        self.commands: list[list[str]] = []
        self.extras: list[Mapping[str, str]] = []
        self.install_fails = False
        self.offline_fails = False
        monkeypatch.setattr(steps, "run", self.run)
        monkeypatch.setattr(steps, "say", self.said.append)
        self.write_lock("a==1")
        (self.checkout / "requirements-build.lock").write_text("setuptools==1\nuv==0.13.9 \\\n", encoding="utf-8")
        (self.checkout / "pyproject.toml").write_text(PROJECT, encoding="utf-8")

    def write_lock(self, text: str) -> None:
        (self.checkout / "requirements.lock").write_text(text, encoding="utf-8")

    def run(
        self,
        words: Sequence[str | Path],
        failure: str,
        *,
        cwd: Path | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> str:
        command, extra = list(map(str, words)), extra or {}
        assert cwd is None or (cwd, command[-1]) == (self.checkout, ".")
        self.commands.append(command)
        self.extras.append(extra)
        if "venv" in command[:3]:
            for name in ("python", "uv"):
                program = Path(command[-1]) / "bin" / name
                program.parent.mkdir(parents=True, exist_ok=True)
                program.touch()
        elif "install" in command and (self.install_fails or (self.offline_fails and "UV_OFFLINE" in extra)):
            raise StepFailed(failure)
        return ":env:.index-url='https://index.example/simple'\n" if command[-1] == "list" else ""

    @property
    def steps(self) -> list[str]:
        """What each command did, in a word or two."""
        named = {"list": "pip config", "install": "pip install", "compileall": "compile", "-c": "load", "venv": "venv"}
        return [
            ("uv " if Path(command[0]).name == "uv" else "")
            + next(text for word, text in named.items() if word in command)
            for command in self.commands
        ]

    def set_up(self) -> Path:
        environment.set_up(self.checkout, self.cache)
        return self.checkout / ".venv"


UV_STEPS = ["venv", "pip install"]
VENV_STEPS = ["uv venv", "uv pip install", "uv pip install", "uv pip install", "compile", "load"]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_made_once(bench: Bench) -> None:
    bench.set_up()
    bench.set_up()

    assert [path.name for path in bench.checkout.iterdir() if path.name.startswith(".")] == [".venv"]
    assert bench.steps == [*UV_STEPS, *VENV_STEPS]
    assert len(bench.said) == 2
    for command in bench.commands[1], bench.commands[3], bench.commands[4]:
        assert {"--require-hashes", "--no-deps"} <= set(command)
    assert {"--no-build-isolation", "--no-deps", "--editable"} <= set(bench.commands[5])


def test_checkout_is_not_named_by_its_path_which_uv_takes_for_a_url(bench: Bench) -> None:
    bench.checkout = bench.checkout.rename(bench.checkout.with_name("feature%2Fx #1?"))

    bench.set_up()

    assert bench.commands[5][-2:] == ["--editable", "."]


def test_next_checkout_takes_uv_from_the_cache(bench: Bench) -> None:
    bench.set_up()
    bench.commands.clear()
    bench.checkout = bench.checkout.rename(bench.checkout.with_name("moved"))

    bench.set_up()

    assert bench.steps == VENV_STEPS


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock", "pyproject.toml"])
def test_made_again_when_what_it_is_made_of_changes(bench: Bench, name: str) -> None:
    bench.set_up()
    (bench.checkout / ".venv" / "old").touch()
    changed = bench.checkout / name
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("==1", "==2").replace('"p"', '"q"'), encoding="utf-8"
    )
    bench.commands.clear()

    venv = bench.set_up()

    assert bench.steps == VENV_STEPS
    assert not (venv / "old").exists()


def test_made_again_for_another_python(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.set_up()
    monkeypatch.setattr(environment, "INTERPRETER", "cpython-3.12.1-linux")
    bench.commands.clear()

    bench.set_up()

    assert bench.steps == [*UV_STEPS, *VENV_STEPS]


def test_lint_settings_do_not_count(bench: Bench) -> None:
    bench.set_up()
    bench.commands.clear()
    (bench.checkout / "pyproject.toml").write_text(PROJECT + "[tool.ruff]\n", encoding="utf-8")

    bench.set_up()

    assert bench.commands == []


def test_half_made_one_is_never_used(bench: Bench) -> None:
    bench.install_fails = True
    with pytest.raises(StepFailed):
        bench.set_up()
    assert not (bench.checkout / ".venv").exists()
    assert list(bench.cache.rglob("bin")) == []
    bench.install_fails = False

    assert bench.set_up().is_dir()
    assert bench.steps == [*UV_STEPS, *UV_STEPS, *VENV_STEPS]


def test_earlier_one_stays_when_the_next_fails(bench: Bench) -> None:
    bench.set_up()
    bench.write_lock("a==2")
    bench.install_fails = True

    with pytest.raises(StepFailed):
        bench.set_up()

    assert (bench.checkout / ".venv" / "bin" / "python").exists()


def test_what_a_killed_run_left_is_removed(bench: Bench) -> None:
    (bench.checkout / ".making-killed" / "bin").mkdir(parents=True)

    bench.set_up()

    assert not (bench.checkout / ".making-killed").exists()


def test_one_whose_python_is_gone_is_made_again(bench: Bench) -> None:
    python = bench.set_up() / "bin" / "python"
    python.unlink()

    bench.set_up()

    assert python.exists()


def test_link_into_the_cache_of_an_earlier_release_is_replaced(bench: Bench) -> None:
    earlier = bench.cache / "environments" / "cpython-3.11.7"
    (earlier / "bin").mkdir(parents=True)
    (bench.checkout / ".venv").symlink_to(earlier)

    venv = bench.set_up()

    assert not venv.is_symlink()
    assert [path.name for path in earlier.iterdir()] == ["bin"]


def test_index_is_asked_only_for_what_the_cache_lacks(bench: Bench) -> None:
    bench.set_up()
    assert all(extra["UV_OFFLINE"] == "1" for extra in bench.extras[3:6])
    bench.write_lock("a==2")
    bench.commands.clear()
    bench.extras.clear()
    bench.offline_fails = True

    bench.set_up()

    assert bench.steps == [*VENV_STEPS[:2], "pip config", *VENV_STEPS[1:]]
    last_install = bench.extras[-3]
    assert last_install["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert "UV_OFFLINE" not in last_install


def test_index_is_the_one_that_pip_is_set_up_for() -> None:
    listed = (
        ":env:.index-url='https://environment.example/simple'\n"
        "global.index-url='https://global.example/simple'\n"
        "global.extra-index-url='\\nhttps://one.example/simple\\nhttps://two.example/simple'\n"
        "install.cert='/etc/install.pem'\n"
        "global.cert='/etc/global.pem'\n"
        "global.timeout='60'\n"
    )

    settings = index_settings(listed)

    assert settings == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": "180",
        "UV_DEFAULT_INDEX": "https://environment.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "SSL_CERT_FILE": "/etc/install.pem",
    }


@pytest.mark.parametrize("linked", [False, True])
def test_a_persons_own_is_kept_and_brought_up_to_date(bench: Bench, tmp_path: Path, *, linked: bool) -> None:
    own = bench.checkout / ".venv"
    if linked:
        (tmp_path / "mine").mkdir()
        own.symlink_to(tmp_path / "mine")
    else:
        own.mkdir()
    (own / "bin").mkdir()
    (own / "bin" / "python").touch()

    bench.set_up()
    bench.set_up()

    assert bench.steps == [*UV_STEPS, *VENV_STEPS[1:4]]
    assert {command[command.index("--python") + 1] for command in bench.commands[2:]} == {str(own)}
    assert all("--reinstall" in command for command in bench.commands[2:])  # repairs what an earlier run left
    assert bench.said[0] == f"environment: {own} is yours and stays; installing requirements.lock into it"
    assert own.is_symlink() == linked


def test_own_directory_that_is_no_environment(bench: Bench) -> None:
    (bench.checkout / ".venv").mkdir()

    with pytest.raises(StepFailed, match="is yours and no Python environment"):
        bench.set_up()


def test_missing_lock(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (bench.checkout / "requirements.lock").unlink()
    monkeypatch.setenv("REPLICAS_CACHE", str(tmp_path))
    monkeypatch.setattr(environment, "__file__", str(bench.checkout / "tools" / "environment.py"))

    with pytest.raises(SystemExit, match=rf"No such file .*requirements\.lock'\n.*that {bench.checkout} is whole"):
        environment.main()
    assert capsys.readouterr().out == ""


def test_second_run_waits_and_takes_what_the_first_made(bench: Bench) -> None:
    bench.set_up()
    made = (bench.checkout / ".venv").rename(bench.checkout / "made")
    bench.commands.clear()
    bench.said.clear()
    with (bench.cache / "environments.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=bench.set_up)
        second.start()
        while not bench.said:
            second.join(0.01)
        made.rename(bench.checkout / ".venv")
    second.join(20)

    assert bench.said == ["environment: waiting for another run that is making one"]
    assert bench.commands == []


def test_command_is_in_the_environment(tmp_path: Path) -> None:
    replicas = Path(sys.prefix) / "bin" / "replicas"

    assert "usage:" in steps.run([replicas, "--help"], "no command", cwd=tmp_path)


def test_both_locks_pin_the_same() -> None:
    checkout = Path(__file__).parents[2]
    pins = {
        name: set(re.findall(r"^\S+==\S+", (checkout / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-build.lock")
    }

    assert pins["requirements-build.lock"] < pins["requirements.lock"]
