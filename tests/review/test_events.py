"""What the engine's events become: replicas before and after, without a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.automation import EngineEvent
from pulumi.output import Unknown

from components.review.replicas import Action, Change
from tools.review.events import SECRET_KEY, Recorder
from tools.review.report import FAILED, SECRET

TYPE = "pulumi-python:dynamic/alibaba:DataCacheCopy"
PARENT = "urn:pulumi:test::replicas::replicas:index:DataCacheReplica::weights"
COPY = f"urn:pulumi:test::replicas::replicas:index:DataCacheReplica${TYPE}::weights-cn-hangzhou"
NOT_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
INPUTS = {"source_region": "cn-beijing", "source_id": "edc-1", "region": "cn-hangzhou", "name": "weights-cn-hangzhou"}


def declared(**properties: Any) -> dict[str, Any]:
    return {**INPUTS, "copy_token": "t", "asked_at": 1, "__provider": "gASV", **properties}


def state(*, id_: str = "edc-9", urn: str = COPY, type_: str = TYPE, **more: Any) -> dict[str, Any]:
    made = {"type": type_, "urn": urn, "id": id_, "parent": PARENT, "provider": "", "custom": True}
    return {**made, "inputs": declared(), "outputs": {**declared(), "accepted_at": 1000.0, "failure": ""}, **more}


def step(
    op: str, old: dict[str, Any] | None, new: dict[str, Any] | None, *, done: bool = False, **more: Any
) -> EngineEvent:
    about = new or old or {}
    metadata = {"op": op, "urn": about["urn"], "type": about["type"], "provider": "", "old": old, "new": new, **more}
    return event(**{"resOutputsEvent" if done else "resourcePreEvent": {"metadata": metadata}})


def event(**parts: Any) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, **parts})


def taken(*events: EngineEvent, drift: bool = False) -> Recorder:
    recorder = Recorder(drift=drift)
    for each in events:
        recorder.take(each)
    return recorder


def only(*events: EngineEvent) -> Change:
    (change,) = taken(*events).changes()
    return change


def refreshed(old: dict[str, Any], new: dict[str, Any] | None, op: str) -> Iterator[EngineEvent]:
    yield step("refresh", old, old)
    yield step(op, old, new, done=True)


def drifted(*events: EngineEvent) -> Change:
    (change,) = taken(*events, drift=True).changes()
    return change


def replacement() -> tuple[dict[str, Any], dict[str, Any]]:
    return state(), state(id_="", inputs=declared(path="/v2"), outputs={})


def test_new_replica() -> None:
    change = only(step("create", None, state(id_="", outputs={})))

    assert (change.action, change.before, change.urn) == (Action.CREATE, None, COPY)
    assert change.after is not None
    assert (change.after.entry, change.after.name, change.after.id) == ("weights", "weights-cn-hangzhou", "")
    assert dict(change.after.properties) == INPUTS


def test_unchanged_replica() -> None:
    change = only(*refreshed(state(), state(), "refresh"), step("same", state(), state()))

    assert (change.action, change.properties, change.replica.id) == (Action.SAME, (), "edc-9")
    assert change.replica.created == 1000


def test_deleted_replica_is_read_from_its_record() -> None:
    change = only(step("delete", state(), None))

    assert (change.action, change.after, change.retained) == (Action.DELETE, None, False)
    assert change.before is not None
    assert (change.before.id, change.before.region, change.before.source_id) == ("edc-9", "cn-hangzhou", "edc-1")


def test_replica_that_the_engine_only_forgets() -> None:
    assert only(step("delete", state(retain_on_delete=True) | {"retainOnDelete": True}, None)).retained


def test_change_in_place_keeps_what_only_the_record_knows() -> None:
    change = only(step("update", state(), state(inputs=declared(retention_days=9.0), outputs=declared())))

    assert (change.action, change.properties) == (Action.UPDATE, ("retention_days",))
    assert change.after is not None
    assert (change.after.value("retention_days"), change.after.created, change.after.id) == (9, 1000, "edc-9")


def test_replacement_that_makes_the_new_one_first() -> None:
    old, new = replacement()

    change = only(
        step("create-replacement", old, new),
        step("replace", old, new, keys=["path"]),
        step("delete-replaced", old, None),
    )

    assert (change.action, change.deletes_first, change.properties) == (Action.REPLACE, False, ("path",))
    assert change.replica.id == ""


def test_replacement_that_deletes_first() -> None:
    old, new = replacement()

    change = only(step("delete-replaced", old, None), step("replace", old, new), step("create-replacement", old, new))

    assert change.deletes_first


def test_what_an_earlier_replacement_left_is_one_more_thing_that_is_deleted() -> None:
    recorder = taken(step("same", state(), state()), step("delete-replaced", state(delete=True), None))

    assert [change.action for change in recorder.changes()] == [Action.SAME]
    assert list(recorder.others()) == [("delete", TYPE, "weights-cn-hangzhou")]


def test_failed_copy_is_why_it_is_replaced() -> None:
    old, new = replacement()
    old["outputs"]["failure"] = "the cloud says: Failed"

    assert only(step("replace", old, new)).failed


def test_copy_that_a_native_resource_takes_for_healthy_is_replaced_all_the_same() -> None:
    recorder = taken(step("same", state(), state()))
    recorder.take_dead({"edc-9"})

    (change,) = recorder.changes()

    assert (change.action, change.failed) == (Action.REPLACE, True)


@pytest.mark.parametrize("value", [NOT_YET, f"{NOT_YET[:-4]}0000"])
def test_what_is_not_known_yet_is_marked(value: Any) -> None:
    change = only(step("create", None, state(id_="", inputs=declared(source_id=value), outputs={})))

    assert isinstance(change.replica.value("source_id"), Unknown)
    assert change.replica.source_id == ""


def test_secret_is_masked_even_if_the_engine_did_not() -> None:
    hidden = {SECRET_KEY: "1b47061264138c4ac30d75fd1eb44270", "value": "s3cret"}

    change = only(step("create", None, state(id_="", inputs=declared(tags={"key": hidden}), outputs={})))

    assert change.replica.value("tags") == {"key": SECRET}


def test_masked_value_differs_where_the_engine_says_so() -> None:
    masked = state(inputs=declared(tags={"key": SECRET}))
    difference = {"tags.key": {"diffKind": "update", "inputDiff": True}}

    assert only(step("update", masked, masked, detailedDiff=difference)).properties == ("tags",)
    assert only(step("update", masked, masked)).properties == ()


def test_what_is_read_only_at_creation_is_no_change() -> None:
    assert only(step("same", state(), state(inputs=declared(ready_timeout="9h")))).action is Action.SAME


def test_drift_is_what_a_refresh_finds() -> None:
    by_hand = state(inputs=declared(retention_days=30), outputs={**declared(retention_days=30), "accepted_at": 1000})
    failed = state(outputs={**declared(), "failure": "the cloud says: Failed"})
    renamed_output = state(outputs={**declared(), "unseen": False})

    assert drifted(*refreshed(state(), by_hand, "update")).action is Action.UPDATE
    assert drifted(*refreshed(state(), None, "delete")).action is Action.DELETE
    assert drifted(*refreshed(state(), failed, "update")).action is Action.REPLACE
    assert drifted(*refreshed(state(), renamed_output, "update")).action is Action.SAME
    assert drifted(*refreshed(state(), state(), "same")).action is Action.SAME


def test_dead_copy_is_drift() -> None:
    recorder = taken(*refreshed(state(), state(), "same"), drift=True)
    recorder.take_dead({"edc-9"})

    (change,) = recorder.changes()

    assert change.after is not None
    assert (change.action, change.after.failure) == (Action.REPLACE, FAILED)


def test_other_resources_are_listed_unless_they_stay() -> None:
    def other(name: str, type_: str = "tencentcloud:Cbs/snapshot:Snapshot", **more: Any) -> dict[str, Any]:
        return state(urn=f"urn:pulumi:test::replicas::{type_}::{name}", type_=type_, **more)

    made, kept, provider = other("made"), other("kept"), other("p", "pulumi:providers:alicloud")
    component = other("weights", "replicas:index:DataCacheReplica", custom=False)
    forgotten = other("forgotten", retainOnDelete=True)

    recorder = taken(
        step("create", None, made),
        step("same", kept, kept),
        step("update", provider, provider),
        step("create", None, component),
        step("delete", forgotten, None),
    )

    assert list(recorder.others()) == [("create", "tencentcloud:Cbs/snapshot:Snapshot", "made")]


def test_error_is_plain_text_about_a_resource() -> None:
    def error(message: str, **more: Any) -> EngineEvent:
        return event(diagnosticEvent={"message": message, "color": "never", "severity": "error", **more})

    recorder = taken(
        error("<{%fg 1%}>path: must start with '/'<{%reset%}>\n", urn=COPY),
        error("the stack config has 1 mistake"),
        error("an unhandled error occurred: the stack config has 1 mistake"),
        event(diagnosticEvent={"message": "only a warning", "color": "never", "severity": "warning"}),
    )

    assert recorder.problems == [
        "weights-cn-hangzhou: path: must start with '/'",
        "the stack config has 1 mistake",
    ]
