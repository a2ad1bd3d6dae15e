"""Loading a replica's data again: `up` waits for it, reports when it failed, and sends it again."""

from __future__ import annotations

from typing import Any

from tests.engine.harness import Cloud, Stack, replica

SOURCE_OPTIONS = {"#10#repoSource": "HuggingFace/Model", "repoId": "org/model", "token": "hf-secret-value"}


def reloading(trigger: str) -> dict[str, Any]:
    source = {"type": "URL", "options": SOURCE_OPTIONS}
    return replica("cn-hangzhou", path="/models/v1", reload={"trigger": trigger, "dataSource": source})


def test_reload(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(update_seconds=3)
    stack.config({"weights": reloading("1")})
    assert stack.up().resources == {"created": 4}
    assert cloud.calls("UpdateDataCache") == []

    stack.config({"weights": reloading("2")})
    done = stack.up()

    assert done.code == 0, done.text
    assert done.resources == {"updated": 1, "unchanged": 3}
    assert "copying: " in done.text
    (call,) = cloud.calls("UpdateDataCache")
    assert call["params"]["DataSource.Options.#6#repoId"] == "org/model"
    assert [entry["status"] for entry in cloud.replicas()] == ["Available"]
    assert stack.preview().resources == {"unchanged": 4}


def test_failed_update_is_sent_again(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(update_seconds=2)
    stack.config({"weights": reloading("1")})
    stack.up()
    stack.config({"weights": reloading("2")})
    cloud.fault("update_fails", "UpdateDataCache", reason="The repository is gone.")

    failed = stack.up()

    assert failed.code != 0
    assert "ended UpdateFailed (UpdateFailed: The repository is gone.)" in failed.errors[0]
    assert "Traceback" not in failed.text
    ids = [entry["id"] for entry in cloud.replicas()]

    healed = stack.up()

    assert healed.code == 0, healed.text
    assert healed.resources == {"updated": 1, "unchanged": 3}
    assert [(entry["id"], entry["status"]) for entry in cloud.replicas()] == [(id_, "Available") for id_ in ids]
