"""An audit without an engine: which stacks it asks for, what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation
from pulumi.automation.errors import create_command_error

from components.clouds.errors import ReplicaError
from tools.runner import audit as audits
from tools.runner.project import Project

EXPORT = json.dumps({"deployment": {"resources": [{"type": "pulumi-python:dynamic/alibaba:DataCacheCopy"}]}})


class Engine:
    """Answers what an audit asks the CLI; a stack called `lost` cannot be exported."""

    def __init__(self, events: Sequence[Mapping[str, Any]] = ()) -> None:
        self.events = events
        self.asked: list[str] = []

    def run(
        self, args: list[str], _cwd: str, _env: Mapping[str, str], *, on_output: Callable[[str], Any] = lambda _: None
    ) -> Any:
        self.asked.append(" ".join(args[:2]))
        if "lost" in args:
            raise failed("error: no stack named 'lost' found")
        if args[:2] == ["policy", "analyze"]:
            assert json.loads(Path(args[-1]).read_text()) == json.loads(EXPORT)
            for event in self.events:
                on_output(json.dumps({"policyEvent": event}))
            if any(event["enforcementLevel"] == "mandatory" for event in self.events):
                raise failed("error: one or more mandatory policy violations were found")
        answers = {"stack ls": json.dumps([{"name": "prod"}, {"name": "dev"}]), "stack export": EXPORT}
        return automation.CommandResult(stdout=answers.get(self.asked[-1], ""), stderr="", code=0)


def failed(problem: str) -> Exception:
    return create_command_error(automation.CommandResult(stdout="", stderr=problem, code=1))


def event(level: str, rule: str) -> dict[str, str]:
    name = rule if level == "mandatory" else f"{rule}-{level}"
    return {
        "policyName": name,
        "enforcementLevel": level,
        "message": f"What it is for.\nw is bad: {rule}. Next: fix it.\n",
    }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("policy/run", "stacks/Pulumi.prod.yaml", "stacks/Pulumi.dev.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch(mode=0o755)
    return Project(tmp_path)


@pytest.fixture
def audited(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def audited(engine: Engine, *names: str) -> int:
        monkeypatch.setattr(audits, "resolve_engine", lambda **_: None)
        monkeypatch.setattr(audits, "EngineCommand", lambda _: engine)
        monkeypatch.setattr(audits, "environment", lambda _: {})
        return audits.audit(project, names, None, print)

    return audited


def test_all_stacks_of_the_backend_by_name(audited: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert audited(Engine()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "dev: 1 replica, 0 mandatory, 0 advisory",
        "prod: 1 replica, 0 mandatory, 0 advisory",
        "audit: 2 stacks, 0 with mandatory violations, 0 not judged",
    ]


def test_mandatory_findings_come_first_and_are_exit_code_3(
    audited: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    engine = Engine([event("advisory", "too-old"), event("mandatory", "region")])

    assert audited(engine, "prod") == 3
    assert engine.asked == ["stack export", "policy analyze"]
    assert capsys.readouterr().out.splitlines() == [
        "prod: 1 replica, 1 mandatory, 1 advisory",
        "  mandatory region: w is bad: region. Next: fix it.",
        "  advisory  too-old: w is bad: too-old. Next: fix it.",
        "audit: 1 stack, 1 with mandatory violations, 0 not judged",
    ]


def test_stack_that_cannot_be_judged_does_not_keep_the_others(
    audited: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited(Engine(), "lost", "prod", "unknown") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("error: stack lost: no stack named 'lost' found. Next: ")
    assert lines[1] == "prod: 1 replica, 0 mandatory, 0 advisory"
    assert lines[2].endswith(" (it has no config file here, so that nothing is demanded)")
    assert lines[3] == "audit: 3 stacks, 0 with mandatory violations, 1 not judged"


def test_project_without_a_pack_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReplicaError, match="has no policy pack"):
        audits.audit(Project(tmp_path), [], None, print)
