"""Runs with the keys of another account: nothing is gone, nothing is deleted, and the right keys continue as before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.plugins.stand_ins import PROGRAMS
from sandbox.services import NATIVE_RESOURCES
from tests.engine.harness import Cloud, Finished, Stack, image, replica, snapshot

OTHER = {"id": "2000000000000002", "keys": [{"access_key_id": "other", "access_key_secret": "s"}]}
KEY_IDS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "TENCENTCLOUD_SECRET_ID")
KEY_SECRETS = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_KEY")
KEYS = {**dict.fromkeys(KEY_IDS, "other"), **dict.fromkeys(KEY_SECRETS, "s")}
BOTH = "it belongs to account 1000000000000001; these credentials are of account 2000000000000002."


@dataclass
class Seen:
    """Runs with wrong keys, by command, whether each left all as it was, and an `up` with the right ones.

    The last one follows a destroy that deleted everything but an image.
    """

    wrong: dict[str, Finished]
    unchanged: dict[str, bool]
    right: Finished


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_cloud: Cloud) -> Seen:
    stack, cloud = shared_stack, shared_cloud
    cloud.server.control.post("seed", {"accounts": [OTHER]})
    path = os.pathsep.join([stack.environment["PATH"], *(str(PROGRAMS / name) for name in NATIVE_RESOURCES)])
    stack.environment |= {"PATH": path, "PULUMI_IGNORE_AMBIENT_PLUGINS": "false"}
    stack.config(
        {"weights": replica("cn-shanghai", path="/models")},
        images={"web": image("cn-shanghai")},
        snapshots={"disk": snapshot("ap-beijing")},
        loopbackOnly=False,  # which would get the sandbox's own keys
    )
    assert (made := stack.up()).code == 0, made.text

    def found() -> Any:
        return stack.state()["resources"], cloud.server.control.get("inventory")

    before, wrong, unchanged = found(), {}, {}
    for command in ("refresh", "up", "destroy"):
        confirmed = () if command == "refresh" else ("--yes",)
        wrong[command] = stack.run(command, *confirmed, **KEYS)
        unchanged[command] = found() == before
    right = dict(stack.environment)
    stack.environment |= KEYS
    wrong["pulumi destroy"] = stack.plain("destroy", "--yes", "--skip-preview", "--continue-on-error")
    stack.environment = right
    unchanged["pulumi destroy"] = [row["urn"] for row in found()[0]] == [row["urn"] for row in before[0]]
    unchanged["pulumi destroy"] &= found()[1] == before[1]
    again = stack.up("--expect-no-changes")
    cloud.of("images").fault("http_error", "DeleteImage", status=503)
    assert stack.destroy().code != 0
    before = found()
    wrong["refresh of an image alone"] = stack.run("refresh", **KEYS)
    unchanged["refresh of an image alone"] = found() == before
    return Seen(wrong, unchanged, again)


@pytest.mark.parametrize("command", ["refresh", "up", "destroy", "refresh of an image alone"])
def test_wrong_account_ends_a_run_in_one_line(seen: Seen, command: str) -> None:
    done = seen.wrong[command]

    assert done.code != 0
    assert seen.unchanged[command]
    (error,) = done.errors
    assert error.startswith("opening stack test: ")
    assert BOTH in error
    assert "Resources:" not in done.text


def test_plain_destroy_with_wrong_keys_deletes_no_row(seen: Seen) -> None:
    """An image's row stays because its companion is deleted first, and refuses."""
    done = seen.wrong["pulumi destroy"]

    assert done.code != 0
    assert seen.unchanged["pulumi destroy"], done.text
    for doing in ("deleting DataCache ", "deleting Image ", "deleting Snapshot "):
        assert any(error.startswith(doing) and BOTH in error for error in done.errors), done.text


def test_right_keys_continue(seen: Seen) -> None:
    assert seen.right.code == 0, seen.right.text
    assert seen.right.resources.keys() == {"unchanged"}
