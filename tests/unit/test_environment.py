"""When an environment is made, taken from the cache or left alone; nothing is installed."""

from pathlib import Path

import pytest

from tools.environment import EnvironmentFailedError, Interpreter, run_quietly, set_up


class Bench:
    """A checkout and a cache, and a runner that plays venv and pip."""

    def __init__(self, root: Path) -> None:
        self.checkout = root / "checkout"
        self.checkout.mkdir()
        self.cache = root / "cache"
        self.said: list[str] = []
        self.commands: list[list[str]] = []
        self.pip_fails = False
        self.write_lock("a==1")

    def write_lock(self, text: str) -> None:
        (self.checkout / "requirements.lock").write_text(text, encoding="utf-8")

    def run(self, command: list[str]) -> None:
        self.commands.append(command)
        if command[1:3] == ["-m", "venv"]:
            python = Path(command[3]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()
        elif self.pip_fails:
            raise EnvironmentFailedError("pip failed")

    def set_up(self) -> Path:
        return set_up(
            self.checkout,
            environment={"REPLICAS_CACHE": str(self.cache)},
            interpreter=Interpreter("/usr/bin/python3", "cpython-3.11.7-linux"),
            run=self.run,
            say=self.said.append,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_made_once_and_linked(bench: Bench) -> None:
    link = bench.set_up()
    bench.set_up()

    assert link.is_symlink()
    assert link.resolve().parent == bench.cache / "environments"
    assert len(bench.commands) == 2
    assert len(bench.said) == 1
    assert {"--require-hashes", "--no-deps"} <= set(bench.commands[1])


def test_another_lock_gives_another_environment_and_going_back_is_free(bench: Bench) -> None:
    first = bench.set_up().resolve()
    bench.write_lock("a==2")
    second = bench.set_up().resolve()
    bench.write_lock("a==1")

    assert first != second
    assert bench.set_up().resolve() == first
    assert len(bench.commands) == 4


def test_half_made_one_is_never_used(bench: Bench) -> None:
    bench.pip_fails = True
    with pytest.raises(EnvironmentFailedError):
        bench.set_up()
    assert not (bench.checkout / ".venv").is_symlink()
    bench.pip_fails = False

    assert bench.set_up().resolve().is_dir()
    assert [command[2] for command in bench.commands] == ["venv", "pip", "venv", "pip"]


def test_one_whose_python_is_gone_is_made_again(bench: Bench) -> None:
    python = bench.set_up() / "bin" / "python"
    python.unlink()

    bench.set_up()

    assert python.exists()


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

    assert [command[0] for command in bench.commands] == [str(own / "bin" / "python")]
    assert bench.said == [f"environment: {own} is yours and stays; installing requirements.lock into it"]
    assert not bench.cache.exists()


def test_own_directory_that_is_no_environment(bench: Bench) -> None:
    (bench.checkout / ".venv").mkdir()

    with pytest.raises(EnvironmentFailedError, match="is yours and no Python environment"):
        bench.set_up()


def test_missing_lock(bench: Bench) -> None:
    (bench.checkout / "requirements.lock").unlink()

    with pytest.raises(EnvironmentFailedError, match=r"requirements\.lock is missing"):
        bench.set_up()


def test_a_failing_command_shows_what_it_printed() -> None:
    with pytest.raises(EnvironmentFailedError, match="no such package"):
        run_quietly(["/bin/sh", "-c", "echo no such package >&2; exit 1"])
