"""Reviews and drift on the real engine: what is written, how it ends, and that no secret is in it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.eci import Eci
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.engine.harness import Cloud, Stack, image, replica, snapshot
from tests.lifecycle.replicas import use_keys
from tools.review.report import json_schema

MARGIN = 120
SECRET_TAG, SECRET_OPTION = "tag-53cr37-value", "hf_53cr37_0pt10n"


def report_of(stack: Stack) -> dict[str, Any]:
    made = json.loads((stack.directory / "review" / "report.json").read_text())
    jsonschema.validate(made, json_schema())
    return dict(made)


def files_of(stack: Stack) -> dict[str, str]:
    return {path.name: path.read_text() for path in (stack.directory / "review").iterdir()}


def reviewed(stack: Stack, command: str, *arguments: str) -> Any:
    return stack.run(command, "--out", str(stack.directory / "review"), *arguments)


def by_name(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {change["name"]: change for change in made["changes"]}


def test_review_of_changes_and_of_drift(stack: Stack, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "1"
    options = {"type": "URL", "options": {"repoSource": "HuggingFace/Model", "repoId": "a/b", "token": "{token}"}}
    cache = replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen", tags={"team": "ml", "key": "{tag}"})
    cache["destinations"]["cn-hangzhou"]["reload"] = {"dataSource": options}
    sections: dict[str, Any] = {"snapshots": {"disk": snapshot("ap-shanghai")}, "images": {"web": image("cn-beijing")}}
    stack.config({"weights": cache}, **sections)
    cache = encrypted(stack)
    up = stack.up()
    assert up.code == 0, up.text

    same = reviewed(stack, "review")
    assert same.code == 0, same.text
    assert "review of test: nothing changes; 5 replicas unchanged" in same.text

    sections["images"]["web"]["destinations"]["cn-qingdao"] = {"tags": {"team": "web"}}
    cache["destinations"]["cn-shanghai"]["path"] = "/other"
    cache["destinations"]["cn-hangzhou"]["reload"]["trigger"] = "again"
    del cache["destinations"]["cn-shenzhen"]
    sections["policies"] = {"regions": {"forbidden": ["cn-qingdao"]}}
    stack.config({"weights": cache}, **sections)
    changed = reviewed(stack, "review")

    assert changed.code == 3, changed.text
    made = report_of(stack)
    found = by_name(made)
    assert {name: change["action"] for name, change in found.items()} == {
        "weights-cn-hangzhou": "update",
        "weights-cn-shanghai": "replace",
        "weights-cn-shenzhen": "delete",
        "web-cn-qingdao": "create",
    }
    assert [each["name"] for each in found["weights-cn-hangzhou"]["properties"]] == ["reload.trigger"]
    assert [(each["name"], each["new"]) for each in found["weights-cn-shanghai"]["properties"]] == [("path", "/other")]
    assert found["weights-cn-shenzhen"]["size_gib"] == 20
    lines = (stack.directory / "stacks" / "Pulumi.test.yaml").read_text().splitlines()
    assert lines[found["web-cn-qingdao"]["where"]["line"] - 1].strip() == "cn-qingdao:"
    (finding,) = [each for each in made["findings"] if each["severity"] == "mandatory"]
    assert (finding["rule"], finding["where"]) == ("region", found["web-cn-qingdao"]["where"])
    assert made["problems"] == []
    files = files_of(stack)
    assert len(files) >= 8
    assert not [name for name, text in files.items() if SECRET_TAG in text or SECRET_OPTION in text]
    rows = stack.named_rows()
    for variable in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(variable, raising=False)
    use_keys(monkeypatch, ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    somebody = Eci(Connection(endpoint=cloud.server.url))
    somebody.update_data_cache(
        "cn-hangzhou", rows["weights-cn-hangzhou"]["id"], client_token="by-hand-1", settings={"name": "by hand"}
    )
    somebody.delete_data_cache("cn-shenzhen", rows["weights-cn-shenzhen"]["id"], client_token="by-hand-2")
    cloud.server.control.advance(MARGIN)
    stack.age(MARGIN)
    rows = stack.named_rows()
    drifted = reviewed(stack, "drift")

    assert drifted.code == 2, drifted.text
    made = report_of(stack)
    assert made["mode"] == "drift"
    assert {name: change["action"] for name, change in by_name(made).items()} == {
        "weights-cn-hangzhou": "update",
        "weights-cn-shenzhen": "delete",
    }
    assert stack.named_rows() == rows
    assert not [name for name, text in files_of(stack).items() if SECRET_TAG in text or SECRET_OPTION in text]


def encrypted(stack: Stack) -> dict[str, Any]:
    """Put the secrets into the config as `pulumi config set --secret --path` does, and return the entry."""
    stack.plain("stack", "init", "test")
    for path, secret in (
        ("replicas:dataCaches.weights.destinations.cn-hangzhou.tags.key", SECRET_TAG),
        ("replicas:dataCaches.weights.destinations.cn-hangzhou.reload.dataSource.options.token", SECRET_OPTION),
    ):
        finished = stack.plain("config", "set", "--secret", "--path", path, secret)
        assert finished.code == 0, finished.text
    written = (stack.directory / "stacks" / "Pulumi.test.yaml").read_text()
    assert written.count("secure:") == 2
    return dict(yaml.safe_load(written)["config"]["replicas:dataCaches"]["weights"])
