"""Whose copy it is: recorded when it is made or first seen; another account finds nothing gone and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.clouds.account import AccountUnknown, WrongAccount
from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs_snapshots import EcsSnapshots
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cvm import Cvm
from components.hosts.dynamic import DynamicProvider
from components.kinds import KINDS
from components.lifecycle import outcome
from components.providers.cvm_image import CvmImageProvider
from components.providers.data_cache import DataCacheProvider
from components.providers.ecs_snapshot import EcsSnapshotProvider
from components.providers.snapshot import SnapshotProvider
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.lifecycle.fixtures import now
from tests.lifecycle.replicas import created, inputs, lost, use_keys

ADAPTERS: dict[type[DynamicProvider[Any]], tuple[Any, Any]] = {
    DataCacheProvider: (Eci, alibaba.Connection),
    SnapshotProvider: (Cbs, tencent.Connection),
    CvmImageProvider: (Cvm, tencent.Connection),
    EcsSnapshotProvider: (EcsSnapshots, alibaba.Connection),
}
OTHER = "2000000000000002"
OWNER = {"account": ACCOUNT_ID, "endpoint_kind": "loopback"}


@dataclass
class World:
    """One kind of copies, and the keys of who runs."""

    kind: type[DynamicProvider[Any]]
    server: SandboxServer
    control: ControlClient
    use: Callable[[str, str], None]

    def provider(self) -> Any:
        """A provider process of a new run."""
        provider = self.kind()
        adapter, connection = ADAPTERS[self.kind]
        cloud = adapter(connection(self.server.url), sleep=self.control.advance, clock=now(self.control))
        provider.lifecycle.cloud = cloud
        provider.lifecycle.sleep, provider.lifecycle.clock = self.control.advance, now(self.control)
        return provider

    def made(self) -> tuple[str, dict[str, Any]]:
        """Id and outputs of a usable copy of the first account, which a refresh has seen."""
        id_, outputs = created(self.provider())
        self.control.advance(200)
        return id_, self.provider().read(id_, outputs).outs | {"__provider": outputs.get("__provider")}

    def exists(self, id_: str) -> bool:
        return id_ in str(self.control.get("inventory"))

    def asked(self) -> int:
        return len(self.control.get("calls", action="GetCallerIdentity"))


@pytest.fixture(params=ADAPTERS, ids=lambda kind: kind.__name__)
def world(
    request: pytest.FixtureRequest, server: SandboxServer, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> World:
    keys = [{"access_key_id": "other", "access_key_secret": "s"}]
    user = {"access_key_id": "user", "access_key_secret": "s", "user": "eve"}
    control.post("seed", {"accounts": [{"id": OTHER, "keys": keys}, {"id": ACCOUNT_ID, "keys": [user]}]})

    def use(key_id: str, secret: str) -> None:
        use_keys(monkeypatch, key_id, secret)
        monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", key_id)
        monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", secret)

    return World(request.param, server, control, use)


def without_owner(outputs: dict[str, Any]) -> dict[str, Any]:
    """As 0.1.0 left it."""
    return {key: value for key, value in outputs.items() if key not in OWNER}


def test_created_copy_is_its_accounts(world: World) -> None:
    _, outputs = world.made()

    assert OWNER.items() <= outputs.items()


def test_adopted_copy_is_its_accounts(world: World) -> None:
    id_, _ = world.made()
    provider = world.provider()
    provider.lifecycle.verify_adoption = lambda *_: None

    _, adopted = created(provider, existing_id=id_)

    assert OWNER.items() <= adopted.items()


def test_repaired_copy_is_its_accounts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id_, outputs = world.made()
    for service in ("eci", "ecs", "cbs", "cvm"):
        monkeypatch.setenv(f"REPLICAS_{service.upper()}_ENDPOINT", world.server.url)
    thing = world.provider().lifecycle.thing
    (rows,) = [kind.rows.load() for kind in KINDS if kind.thing == thing]

    found = rows.connect({"replicas:loopbackOnly": "true"}).find(lost(outputs))

    assert (found.id, found.owner) == (id_, OWNER)


def test_owner_is_no_input_and_no_change(world: World) -> None:
    id_, outputs = world.made()
    provider = world.provider()

    read = provider.read(id_, outputs)

    assert not OWNER.keys() & read.inputs.keys()
    assert not provider.diff(id_, read.outs, read.inputs).changes


def test_first_read_that_sees_a_copy_of_an_earlier_version_records_its_owner(world: World) -> None:
    id_, outputs = world.made()
    before, provider = world.asked(), world.provider()

    read = provider.read(id_, without_owner(outputs))
    again = provider.read(id_, read.outs)

    assert OWNER.items() <= read.outs.items()
    assert again.outs == read.outs
    assert world.asked() == before + 1


def test_read_of_what_is_recorded_asks_for_no_account(world: World) -> None:
    id_, outputs = world.made()
    before = world.asked()

    world.provider().read(id_, outputs)

    assert world.asked() == before


def test_update_keeps_the_owner(world: World) -> None:
    id_, outputs = world.made()

    updated = world.provider().update(id_, outputs, {**without_owner(outputs), "name": "another"})

    assert OWNER.items() <= updated.outs.items()


REFUSED: dict[str, Callable[[Any, str, dict[str, Any]], object]] = {
    "reading": lambda provider, id_, outputs: provider.read(id_, outputs),
    "updating": lambda provider, id_, outputs: provider.update(id_, outputs, {**outputs, "name": "another"}),
    "deleting": lambda provider, id_, outputs: provider.delete(id_, outputs),
}


@pytest.mark.parametrize("doing", REFUSED)
@pytest.mark.parametrize("is_new", [False, True], ids=["", "just accepted"])
def test_wrong_account_is_not_gone(world: World, doing: str, is_new: bool) -> None:
    id_, outputs = world.made()
    if is_new:
        outputs["accepted_at"] = int(now(world.control)())  # what may be listed late is not waited for
    world.use("other", "s")
    started = now(world.control)()

    with pytest.raises(WrongAccount) as raised:
        REFUSED[doing](world.provider(), id_, outputs)

    reported = str(raised.value)
    assert reported.startswith(f"{doing} ")
    assert f"{id_} in {outputs['region']}: it belongs to account {ACCOUNT_ID}; " in reported
    assert f"these credentials are of account {OTHER}. Next: use the credentials of account {ACCOUNT_ID}." in reported
    assert world.exists(id_)
    assert now(world.control)() - started < 5


@pytest.mark.parametrize("doing", REFUSED)
def test_another_kind_of_endpoint_is_not_gone(world: World, doing: str) -> None:
    """What was made in the cloud is not looked for, changed or deleted at a local one, whatever keys are used."""
    id_, outputs = world.made()
    world.use("other", "s")

    for recorded in ({"account": ACCOUNT_ID}, {"account": OTHER}, {}):
        with pytest.raises(WrongAccount, match=r"\(at a cloud endpoint\); these credentials are of .*\(at a loopback"):
            REFUSED[doing](world.provider(), id_, {**without_owner(outputs), **recorded, "endpoint_kind": "cloud"})


@pytest.mark.parametrize("doing", REFUSED)
def test_unknown_account_is_not_gone(world: World, doing: str) -> None:
    id_, outputs = world.made()
    world.use("other", "s")
    world.control.post("faults", {"service": "sts", "kind": "http_error", "status": 503, "count": None})

    with pytest.raises(AccountUnknown, match=f"it belongs to account {ACCOUNT_ID}; whose credentials these are is not"):
        REFUSED[doing](world.provider(), id_, outputs)

    assert world.exists(id_)


def test_copy_of_a_version_without_accounts_is_gone_as_before(world: World) -> None:
    id_, outputs = world.made()
    world.use("other", "s")
    world.provider().delete(id_, without_owner(outputs))

    assert world.provider().read(id_, without_owner(outputs)).id == ""


def test_another_user_of_the_account_is_its_owner(world: World) -> None:
    id_, outputs = world.made()
    world.use("user", "s")
    outputs = world.provider().update(id_, outputs, {**without_owner(outputs), "name": "another"}).outs

    world.provider().delete(id_, outputs)

    assert world.provider().read(id_, outputs).id == ""


def test_creation_does_not_need_the_account(world: World) -> None:
    world.control.post("faults", {"service": "sts", "kind": "http_error", "status": 503, "count": None})

    _, outputs = world.made()

    assert (outputs["endpoint_kind"], "account" in outputs) == ("loopback", False)


def test_creation_notes_whose_credentials_it_asks_with_before_it_asks(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill inside it leaves a copy that other credentials do not see."""
    monkeypatch.setenv(outcome.FILE, str(tmp_path / "outcomes"))
    provider = world.provider()

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(provider.lifecycle, "start", killed)
    wanted = inputs(provider)
    with pytest.raises(KeyboardInterrupt):
        provider.create(wanted)

    assert outcome.owners(tmp_path / "outcomes") == {wanted["copy_token"]: OWNER}


def test_right_keys_again(world: World) -> None:
    """What was refused has changed nothing."""
    id_, outputs = world.made()
    world.use("other", "s")
    for refused in REFUSED.values():
        with pytest.raises(WrongAccount):
            refused(world.provider(), id_, outputs)
    world.use(ACCESS_KEY_ID, ACCESS_KEY_SECRET)

    assert world.provider().read(id_, outputs).outs == {
        key: value for key, value in outputs.items() if key != "__provider"
    }
