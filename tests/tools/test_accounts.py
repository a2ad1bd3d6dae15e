"""A run with the keys of another account ends before it starts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from components.clouds.account import AccountUnknown, Caller, WrongAccount
from components.clouds.errors import PermissionDenied, Unavailable
from components.replica.stack_identity import IDENTITY_TYPE
from tools.runner import accounts
from tools.runner.stack import Stack

CACHE = "pulumi-python:dynamic/alibaba:DataCacheCopy"
SNAPSHOT = "pulumi-python:dynamic/tencent:SnapshotCopy"
IMAGE, COMPANION = "alicloud:ecs/imageCopy:ImageCopy", "pulumi-python:dynamic/alibaba:ImageSettings"
FAULT = {"doing": "asking", "code": "C", "message": "m", "next_step": "n"}


class Service:
    """A service that is called with these credentials."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.name = "any"

    def caller(self, _region: str) -> Caller:
        return self._caller


def row(type_: str, name: str = "weights-cn-a", **owner: str) -> dict[str, Any]:
    return {"type": type_, "urn": f"urn::{name}", "id": "i", "outputs": {"region": "cn-a", **owner}}


def stack(*rows: dict[str, Any], **callers: Caller) -> Stack:
    """A stack with these rows; `callers` are those of the types of copies, the first account where none is given."""
    asked: list[str] = []

    def cloud(type_: str) -> SimpleNamespace:
        asked.append(type_)
        return SimpleNamespace(service=Service(callers.get(type_.rpartition(":")[2], Caller("1", "cloud"))))

    return cast("Stack", SimpleNamespace(name="prod", rows=list(rows), cloud=cloud, asked=asked))


@pytest.mark.parametrize(("type_", "called"), [(CACHE, CACHE), (SNAPSHOT, SNAPSHOT), (COMPANION, IMAGE)])
def test_wrong_account_ends_the_run(type_: str, called: str) -> None:
    others = stack(row(type_, account="2", endpoint_kind="cloud"))

    with pytest.raises(WrongAccount) as raised:
        accounts.verify_accounts(others)

    assert str(raised.value).startswith("opening stack prod: weights-cn-a: it belongs to account 2; these credentials ")
    assert others.asked == [called]  # type: ignore[attr-defined]  # the stand-in's


def test_another_kind_of_endpoint_ends_the_run() -> None:
    with pytest.raises(
        WrongAccount, match=r"\(at a loopback endpoint\); these credentials are of account 1 \(at a cloud"
    ):
        accounts.verify_accounts(stack(row(CACHE, endpoint_kind="loopback")))


def test_one_row_of_many_ends_the_run() -> None:
    rows = [row(CACHE, account="1", endpoint_kind="cloud"), row(SNAPSHOT, "disk", account="2", endpoint_kind="cloud")]

    with pytest.raises(WrongAccount, match="disk: it belongs to account 2"):
        accounts.verify_accounts(stack(*rows))


def test_owner_runs() -> None:
    accounts.verify_accounts(stack(row(CACHE, account="1", endpoint_kind="cloud"), row(IMAGE)))


def test_state_without_accounts_asks_nobody() -> None:
    earlier = stack(row(CACHE), row(COMPANION), row(IMAGE))

    accounts.verify_accounts(earlier)

    assert earlier.asked == []  # type: ignore[attr-defined]  # the stand-in's


def test_unknown_account_ends_the_run_of_native_copies_only() -> None:
    """A native plugin takes what it does not see for gone; the others ask by themselves."""
    unknown = Caller("", "cloud", Unavailable(**FAULT))  # type: ignore[arg-type]  # texts only
    owner = {"account": "1", "endpoint_kind": "cloud"}

    accounts.verify_accounts(stack(row(CACHE, **owner), DataCacheCopy=unknown))
    with pytest.raises(AccountUnknown):
        accounts.verify_accounts(stack(row(COMPANION, **owner), ImageCopy=unknown))


class NotingStack(SimpleNamespace):
    """A stack of an image, whose state can be replaced."""

    rows: list[dict[str, Any]]

    @property
    def deployment(self) -> dict[str, Any]:
        return {"resources": self.rows}

    def exported(self) -> dict[str, Any]:
        return {"deployment": self.deployment}

    def replace_state(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        assert before == self.exported()
        self.rows = after["deployment"]["resources"]
        self.writes += 1


def noting(account: str) -> NotingStack:
    provider = "urn:pulumi:prod::replicas::pulumi:providers:alicloud::replicas-alicloud-cn-a::provider-id"
    identity = {"type": IDENTITY_TYPE, "urn": "urn::identity", "id": "x", "outputs": {"value": "x"}}
    companion = {**row(COMPANION, "web-settings", account=account, endpoint_kind="cloud"), "parent": "urn::web"}
    rows = [identity, {**row(IMAGE, "web"), "provider": provider}, companion]
    service = Service(Caller("1", "cloud"))
    return NotingStack(name="prod", rows=rows, writes=0, cloud=lambda _: SimpleNamespace(service=service))


@pytest.mark.parametrize("account", ["1", "2"])
def test_native_copy_whose_companion_is_deleted_is_still_its_accounts(account: str) -> None:
    """A destroy that could not delete the image: with other keys, its plugin would take it for gone."""
    left = noting(account)
    accounts.note_owners(cast("Stack", left))
    accounts.note_owners(cast("Stack", left))
    del left.rows[2]

    assert left.writes == 1
    if account == "1":
        accounts.verify_accounts(cast("Stack", left))
    else:
        with pytest.raises(WrongAccount, match="web: it belongs to account 2; these credentials are of account 1"):
            accounts.verify_accounts(cast("Stack", left))


def test_refused_keys_end_the_run() -> None:
    nobody = Caller("", "cloud", PermissionDenied(**FAULT))  # type: ignore[arg-type]  # texts only

    with pytest.raises(AccountUnknown, match=r"asking: C: m\. Next: n\."):
        accounts.verify_accounts(stack(row(CACHE, account="1", endpoint_kind="cloud"), DataCacheCopy=nobody))
