"""Regions that give no answer: which rows and creations are left out of an operation, and how that is reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from components import kinds
from components.clouds.account import Caller, WrongAccount
from components.clouds.copies import CopyState, Phase
from components.clouds.errors import CloudError, CredentialsMissing, PermissionDenied, ReplicaError, Unavailable
from components.lifecycle.outcome import Unread
from tools.runner import healing, leftovers, outages, repair
from tools.runner.outages import Look
from tools.runner.repair import Pending
from tools.runner.stack import Stack

CACHE = "pulumi-python:dynamic/alibaba:DataCacheCopy"
SNAPSHOT = "pulumi-python:dynamic/tencent:SnapshotCopy"
DISK = "tencentcloud:Cbs/snapshot:Snapshot"
IMAGE, COMPANION = "alicloud:ecs/imageCopy:ImageCopy", "pulumi-python:dynamic/alibaba:ImageSettings"
IDENTITY = "urn::identity"
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
FAULT = {"doing": "describing in cn-dead", "code": "503", "message": "down", "request_id": "r-1", "next_step": "wait"}
DOWN = Unavailable(**FAULT)  # type: ignore[arg-type]  # texts only
DENIED = PermissionDenied(**FAULT)  # type: ignore[arg-type]  # texts only
WHY = "describing in cn-dead: 503: down (request r-1)"


def provider(region: str, plugin: str = "alicloud") -> dict[str, Any]:
    name = f"replicas-{plugin}-{region}"
    return {"urn": f"urn::{name}", "type": f"pulumi:providers:{plugin}", "id": "p"}


def image(region: str, **more: Any) -> dict[str, Any]:
    of = f"urn::replicas-alicloud-{region}::p"
    inputs = {"imageName": f"web-{region}"}
    return {"urn": f"urn::web-{region}", "type": IMAGE, "id": f"m-{region}", "provider": of, "inputs": inputs, **more}


def companion(region: str) -> dict[str, Any]:
    return {"urn": f"urn::web-{region}-settings", "type": COMPANION, "id": "i", "parent": f"urn::web-{region}"}


def cache(region: str, **more: Any) -> dict[str, Any]:
    inputs = {"region": region, "source_region": "cn-b", "source_id": "edc-s", "copy_token": f"t-{region}"}
    return {"urn": f"urn::w-{region}", "type": CACHE, "id": f"edc-{region}", "inputs": inputs, **more}


class Service:
    """Answers for all regions but the dead ones."""

    def __init__(self, name: str, caller: Caller, error: ReplicaError = DOWN) -> None:
        self.name = name
        self.asked: list[str] = []
        self._caller = caller
        self._error = error

    def caller(self, _region: str) -> Caller:
        return self._caller

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        self.asked.append(region)
        if "dead" in region:
            raise self._error
        return {id_: CopyState(id_, "Available", Phase.USABLE) for id_ in groups}


def stack(*rows: dict[str, Any], caller: Caller | None = None, error: ReplicaError = DOWN) -> Any:
    services: dict[str, Service] = {}

    def cloud(type_: str) -> Any:
        name = next(kind.service.name for kind in kinds.KINDS if type_ in {kind.type, *kind.sources})
        service = services.setdefault(name, Service(name, caller or Caller("1", "cloud"), error))
        return SimpleNamespace(service=service)

    made: Any = SimpleNamespace(rows=list(rows), silent={}, follower=None, said=[], services=services, cloud=cloud)
    made.say, made.identity_urn = made.said.append, IDENTITY
    made.companions_of = lambda urns: Stack.companions_of(cast("Stack", made), urns)
    return made


def test_rows_of_plugins_in_a_silent_region_are_left_out() -> None:
    disk = {"urn": "urn::disk", "type": DISK, "id": "snap-1", "provider": "urn::replicas-tencentcloud-ap-dead::p"}
    rows = [image("cn-dead"), companion("cn-dead"), image("cn-a"), cache("cn-dead"), {**disk, "inputs": {}}]
    of = stack(*rows, image("cn-dead", id="m-old", delete=True))

    seen = outages.look_at_natives(of)
    options: dict[str, Any] = {}
    left = outages.leave_out(of, options, outages.silent_rows(of, seen))

    assert left == ["urn::web-cn-dead", "urn::disk"]
    assert options == {"exclude": [*left, "urn::web-cn-dead-settings"], "exclude_dependents": True}
    assert list(seen.states) == ["m-cn-a"]
    assert of.services["ecs"].asked == ["cn-a", "cn-dead"]
    assert "eci" not in of.services  # copies with a lifecycle of their own keep their rows themselves


def test_destroy_leaves_every_row_of_a_silent_region() -> None:
    of = stack(image("cn-dead"), cache("cn-dead"), cache("cn-a"))

    seen = outages.look(of, kinds.rows().keys())

    assert list(outages.silent_rows(of, seen)) == ["urn::web-cn-dead", "urn::w-cn-dead"]


def test_silent_region_is_one_line_for_each_service() -> None:
    of = stack(image("cn-dead"), image("cn-dead", urn="urn::other", id="m-2"), cache("cn-dead"))
    seen = outages.look(of, kinds.rows().keys())
    outages.note(of, outages.silent_rows(of, seen).values())

    assert outages.report(of) == 1
    kept = "in cn-dead gave no answer, so what is recorded of it was kept"
    step = "Next: run the same command again when it answers."
    assert of.said == [f"error: {service} {kept}: {WHY}. {step}" for service in ("ecs", "eci")]


def test_regions_that_answer_are_no_error() -> None:
    of = stack(image("cn-a"))
    outages.note(of, outages.look_at_natives(of).silent.values())

    assert outages.report(of) == 0
    assert of.said == []


def test_region_that_is_known_to_be_silent_is_not_asked_again() -> None:
    of = stack(image("cn-dead"))
    of.silent["ecs", "cn-dead"] = Unread("cn-dead", "ecs", WHY)

    assert outages.look_at_natives(of).silent == {(IMAGE, "cn-dead"): Unread("cn-dead", "ecs", WHY)}
    assert of.services["ecs"].asked == []


def test_missing_credentials_are_no_silence() -> None:
    with pytest.raises(CredentialsMissing):
        outages.look_at_natives(stack(image("cn-dead"), error=CredentialsMissing("none", "set them")))


def test_refused_keys_are_no_silence() -> None:
    nobody = Caller("", "cloud", DENIED)

    with pytest.raises(PermissionDenied):
        outages.look_at_natives(stack(image("cn-dead"), error=DENIED, caller=nobody))
    assert outages.look_at_natives(stack(image("cn-dead"), error=DENIED)).silent


def test_other_targets_are_not_touched() -> None:
    of = stack(image("cn-dead"), companion("cn-dead"))
    options = {"target": ["urn::w-cn-a", "urn::web-cn-dead", "urn::web-cn-dead-settings"]}

    assert outages.leave_out(of, options, ["urn::web-cn-dead", "urn::elsewhere"]) == ["urn::web-cn-dead"]
    assert options == {"target": ["urn::w-cn-a"]}


def test_what_is_excluded_already_is_no_error() -> None:
    options = {"exclude": ["urn::web-cn-dead"]}

    assert outages.leave_out(stack(), options, ["urn::web-cn-dead"]) == []
    assert options["exclude"] == ["urn::web-cn-dead"]


@pytest.mark.parametrize(
    "options",
    [
        {"target": ["urn::**"]},
        {"target": ["urn::*-cn-dead"]},
        {"target": ["urn::w-cn-a"], "target_dependents": True},
    ],
)
def test_target_that_may_be_what_is_left_ends_the_run(options: dict[str, Any]) -> None:
    with pytest.raises(ReplicaError, match="the targets may include web-cn-dead, whose region gives no answer"):
        outages.leave_out(stack(), options, ["urn::web-cn-dead"])


def test_pattern_of_other_replicas_is_a_target() -> None:
    assert outages.leave_out(stack(), {"target": ["urn::*-cn-a"]}, ["urn::web-cn-dead"]) == []


def test_destroy_leaves_what_a_creation_is_found_and_recorded_with() -> None:
    left = [Pending(image("cn-dead"), STARTED)]
    there = [{"urn": IDENTITY, "type": "t"}, provider("cn-dead"), provider("cn-a")]

    assert outages.needed_by(left, stack(*there)) == [IDENTITY, "urn::replicas-alicloud-cn-dead"]
    assert outages.needed_by(left, stack()) == []
    assert outages.needed_by([], stack(*there)) == []


def test_silent_region_keeps_its_creations_and_is_asked_once() -> None:
    pending = [Pending(cache(region), STARTED) for region in ("cn-dead", "cn-a", "cn-dead", "cn-dead2")]
    asked: list[str] = []
    silent: dict[int, CloudError] = {}

    def find(creation: Pending) -> Any:
        asked.append(creation.region)
        if "dead" in creation.region:
            raise DOWN
        return None

    repair.look_up(pending, find, say=lambda _: None, silent=silent.__setitem__)

    assert list(silent) == [0, 2, 3]
    assert asked == ["cn-dead", "cn-a", "cn-dead2"]


def test_creations_in_a_silent_region_stay_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are looked for, the run continues, and a second repair does not ask the region again."""
    of, kept, recorded = stack(), [], []
    pending = [Pending(cache(region), STARTED) for region in ("cn-dead", "cn-a", "cn-dead")]
    of.journal = SimpleNamespace(clear=lambda each=(): kept.append([one.region for one in each]))
    monkeypatch.setattr(leftovers, "end_orphans", lambda *_: [])
    monkeypatch.setattr(leftovers, "break_dead_locks", lambda *_: [])
    monkeypatch.setattr(healing, "unrecorded", lambda _: pending)
    monkeypatch.setattr(healing, "_record", lambda _stack, each, _found, kept: recorded.append((len(each), set(kept))))
    of.project, of.backend_url, of.name = SimpleNamespace(directory=None, name="p"), "", "prod"
    asked: list[str] = []

    def find(creation: Pending) -> Any:
        asked.append(creation.region)
        if creation.region == "cn-dead":
            raise DOWN

    monkeypatch.setattr(healing, "finder", lambda _: find)

    assert [one.region for one in healing.repair_stack(of)] == ["cn-dead", "cn-dead"]
    assert kept[-1] == ["cn-dead", "cn-dead"]
    assert recorded == [(3, {0, 2})]
    assert of.said == ["repair: w-cn-dead, w-cn-dead may have been started and stays as it is until its region answers"]
    assert of.silent == {("eci", "cn-dead"): Unread("cn-dead", "eci", WHY)}
    healing.repair_stack(of)
    assert asked == ["cn-dead", "cn-a", "cn-a"]


def test_nothing_seen_leaves_nothing_out() -> None:
    assert outages.silent_rows(stack(image("cn-dead")), Look()) == {}


def test_another_account_cannot_say_that_nothing_was_started() -> None:
    """Its cloud lists nothing; taken for an answer, the copy would be made again, and the first one lost."""
    of = stack()
    cloud = of.cloud
    of.cloud = lambda type_: SimpleNamespace(service=cloud(type_).service, find=lambda _: None)
    find = healing.finder(of)

    assert find(Pending(cache("cn-a"), STARTED)) is None
    assert find(Pending(cache("cn-a"), STARTED, owner={"account": "1"})) is None
    with pytest.raises(WrongAccount, match="looking for w-cn-a: it belongs to account 2; these credentials are of "):
        find(Pending(cache("cn-a"), STARTED, owner={"account": "2"}))
