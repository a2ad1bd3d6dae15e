"""`replicas config`: the merged config of a stack, with places and without secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.runner.__main__ import main
from tools.runner.project import Project

STACK = """\
config:
  replicas:loopbackOnly: "true"
  replicas:catalog: catalog.yaml
  replicas:dataCaches:
    weights:
      destinations:
        cn-hangzhou: {retentionDays: 3, tags: {tier: null}}
        cn-shanghai: {reload: {dataSource: {type: URL, options: {aToken: {secure: v1:s3cr3t}}}}}
  alicloud:accessKey: s3cr3t
  alicloud:secretKey: {secure: v1:s3cr3t}
"""
CATALOG = """\
dataCaches:
  weights:
    source: {region: cn-beijing, id: edc-1}
    defaults: {tags: {team: 机器学习, tier: gold}}
images:
  golden: {source: {region: cn-hangzhou, ids: [m-1, m-2]}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.s.yaml").write_text(STACK)
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    return tmp_path


def test_config(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(project), "config", "s"]) == 0

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "config:",
        "replicas:loopbackOnly: 'true' # stacks/Pulumi.s.yaml:2",
        "replicas:dataCaches:",
        "weights:",
        "source:",
        "region: cn-beijing # catalog.yaml:3",
        "id: edc-1 # catalog.yaml:3",
        "defaults:",
        "tags:",
        "team: 机器学习 # catalog.yaml:4",
        "tier: gold # catalog.yaml:4",
        "destinations:",
        "cn-hangzhou:",
        "retentionDays: 3 # stacks/Pulumi.s.yaml:7",
        "tags:",
        "tier: null # stacks/Pulumi.s.yaml:7",
        "cn-shanghai:",
        "reload:",
        "dataSource:",
        "type: URL # stacks/Pulumi.s.yaml:8",
        "options:",
        "aToken: '[secret]' # stacks/Pulumi.s.yaml:8",
        "alicloud:accessKey: '[secret]' # stacks/Pulumi.s.yaml:9",
        "alicloud:secretKey: '[secret]' # stacks/Pulumi.s.yaml:10",
    ]


def test_config_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["-C", str(project), "config", "s", "--json"])

    text = capsys.readouterr().out
    assert {
        "path": ["replicas:dataCaches", "weights", "source", "id"],
        "value": "edc-1",
        "file": "catalog.yaml",
        "line": 3,
    } in json.loads(text)
    assert "s3cr3t" not in text


def test_mistakes_are_listed_behind_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "catalog.yaml").write_text(CATALOG.replace("edc-1", "''"))

    assert main(["-C", str(project), "config", "s"]) == 1

    shown = capsys.readouterr()
    assert "id: '' " in shown.out
    assert "\n  catalog.yaml:3: dataCaches.weights.source.id: " in shown.err
    assert "s3cr3t" not in shown.out + shown.err


def test_runner_counts_what_a_catalog_says(project: Path) -> None:
    path = project / "stacks" / "Pulumi.s.yaml"
    path.write_text(
        STACK.replace("  alicloud:a", "  replicas:images: {golden: {destinations: {cn-x: , cn-y: }}}\n  alicloud:a")
    )

    assert Project(project).slots("s") == 4
    assert Project(project).policies("s") is None
