"""create, read, update and delete of one copy: the real SDK over HTTP, with the sandbox's clock moved by the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.clouds.account import AccountUnknown
from components.clouds.alibaba.eci import Eci
from components.clouds.errors import InvalidInput, NoAnswer, NotFound, PermissionDenied, TimedOut, Unreachable
from components.data_cache.lifecycle import observed
from components.lifecycle import known
from components.lifecycle.copy_lifecycle import CopyHasFailed
from components.lifecycle.known import Known
from components.lifecycle.outcome import OutcomeUnknown
from components.lifecycle.results import UNSEEN
from components.providers.data_cache import DataCacheProvider
from sandbox.core.accounts import ACCESS_KEY_ID
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import DECLARED, REFERENCE, created, inputs, listed, lost, seen, use_keys


def fault(control: ControlClient, kind: str, action: str, **more: Any) -> None:
    control.post("faults", {"service": "eci", "action": action, "kind": kind, **more})


def calls(control: ControlClient, action: str) -> list[dict[str, Any]]:
    return list(control.get("calls", action=action))


# -- create -----------------------------------------------------------------------------------------------------------


def test_create_returns_while_the_copy_runs(provider: DataCacheProvider) -> None:
    id_, outputs = created(provider)

    cache = seen(provider, id_)
    assert cache is not None
    assert cache.status == "Creating"
    assert cache.tags == {"pulumi-replica": outputs["copy_token"]}
    assert outputs["failure"] == ""


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "http_error", "non_json", "throttle"])
def test_create_survives(provider: DataCacheProvider, control: ControlClient, kind: str) -> None:
    fault(control, kind, "CopyDataCache", count=2)

    id_, outputs = created(provider)

    assert provider.lifecycle.find(lost(outputs)) == id_
    assert len({call["params"]["ClientToken"] for call in calls(control, "CopyDataCache")}) == 1
    assert len(control.get("inventory")["eci"]["cn-hangzhou"]) == 1


def test_create_finds_its_copy_when_no_answer_ever_comes(provider: DataCacheProvider, control: ControlClient) -> None:
    fault(control, "drop_after", "CopyDataCache", count=None)

    id_, _ = created(provider)

    assert [entry["id"] for entry in control.get("inventory")["eci"]["cn-hangzhou"]] == [id_]


def test_create_says_when_the_outcome_is_unknown(provider: DataCacheProvider, control: ControlClient) -> None:
    fault(control, "drop_before", "CopyDataCache", count=None)

    with pytest.raises(OutcomeUnknown, match=r"DataCache tagged pulumi-replica=\w+ in cn-hangzhou if there is one"):
        created(provider)


@pytest.mark.parametrize("last", ["Throttling.User", "LastTokenProcessing", "Forbidden.SubUser"])
def test_create_finds_its_copy_after_an_ambiguous_answer(
    provider: DataCacheProvider, control: ControlClient, last: str
) -> None:
    """What the first attempt may have started, no later refusal undoes; and the copy may be listed late."""
    control.post("settings", {"visible_after_seconds": 20})
    fault(control, "drop_after", "CopyDataCache")
    fault(control, "error", "CopyDataCache", code=last, status=403, count=None)

    id_, _ = created(provider)

    assert [entry["id"] for entry in control.get("inventory")["eci"]["cn-hangzhou"]] == [id_]


def test_success_without_an_id_is_no_success(provider: DataCacheProvider, control: ControlClient) -> None:
    fault(control, "error", "CopyDataCache", code="Odd", status=200)

    id_, _ = created(provider)

    assert id_.startswith("edc-")
    assert len(calls(control, "CopyDataCache")) == 2


def test_success_without_a_list_is_not_gone(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)
    fault(control, "error", "DescribeDataCaches", code="Odd", status=200)

    assert provider.read(id_, outputs).id == id_


def test_create_is_refused(provider: DataCacheProvider, control: ControlClient) -> None:
    with pytest.raises(NotFound, match=r"^copying DataCache edc-2znothing from cn-beijing to cn-hangzhou: "):
        created(provider, source_id="edc-2znothing")

    assert len(calls(control, "CopyDataCache")) == 1


def test_create_with_a_denied_action(provider: DataCacheProvider, control: ControlClient) -> None:
    fault(control, "error", "CopyDataCache", code="Forbidden.SubUser", status=403, message="no")

    with pytest.raises(PermissionDenied, match="Next: ask the account's administrator"):
        created(provider)


def test_dead_endpoint_is_reported_quickly(provider: DataCacheProvider) -> None:
    object.__setattr__(provider.lifecycle.cloud.connection, "endpoint", "http://127.0.0.1:9")

    with pytest.raises(Unreachable, match=r"no connection to http://127\.0\.0\.1:9"):
        created(provider)


# -- read -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bucket", ["default", "models"])
def test_read_of_an_unchanged_copy_is_no_change(
    provider: DataCacheProvider, control: ControlClient, bucket: str
) -> None:
    control.post("settings", {"ids_need_bucket": True})
    settings = {"bucket": bucket, "path": "/v1", "retention_days": 7, "tags": {"team": "ml"}}
    id_, outputs = listed(provider, **settings)
    news = inputs(provider, **settings)
    control.advance(200)

    result = provider.read(id_, outputs)

    assert result.id == id_
    assert result.outs is not None
    assert {**result.outs, "__provider": outputs["__provider"]} == outputs
    assert provider.diff(id_, {**result.outs, "__provider": news["__provider"]}, news).changes is False


def test_expiry_not_reported_while_copying_is_no_drift(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, retention_days=7)
    cache = seen(provider, id_)
    assert cache is not None

    assert "retention_days" not in observed(outputs, replace(cache, status="Loading", expires=None))
    assert observed(outputs, replace(cache, status="Available", expires=None))["retention_days"] is None
    assert "retention_days" not in observed(
        outputs, replace(cache, status="Available", expires=None, unreadable_expiry=True)
    )
    del control


def test_read_finds_drift(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, retention_days=7, resource_group_id="rg-1", tags={"team": "ml"})
    control.advance(200)
    provider.lifecycle.cloud.update_data_cache(
        "cn-hangzhou",
        id_,
        client_token="by-hand",
        settings={"name": "by hand", "bucket": "other", "retention_days": 30, "resource_group_id": "rg-2"},
        tags={"team": "other", "extra": "1"},
    )

    result = provider.read(id_, outputs)

    assert result.inputs is not None
    changed = {key: value for key, value in result.inputs.items() if value != outputs[key]}
    assert changed == {
        "name": "by hand",
        "bucket": "other",
        "retention_days": 30,
        "resource_group_id": "rg-2",
        "tags": {"team": "other", "extra": "1"},
    }


def test_own_change_of_retention_is_no_drift(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = listed(provider, retention_days=7)
    control.advance(3 * 86400)
    updated = provider.update(id_, outputs, {**inputs(provider, retention_days=9), "copy_token": outputs["copy_token"]})
    assert updated.outs is not None

    result = provider.read(id_, updated.outs)

    assert result.outs == updated.outs


def test_read_of_a_failed_copy_records_why(provider: DataCacheProvider, control: ControlClient) -> None:
    fault(control, "copy_fails", "CopyDataCache", reason="The snapshot is damaged.")
    id_, outputs = created(provider)
    control.advance(200)

    result = provider.read(id_, outputs)

    assert result.outs is not None
    assert "The snapshot is damaged." in result.outs["failure"]


def test_adopted_one_is_not_made_again_under_its_old_id(
    provider: DataCacheProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it failed or is gone: existing_id would adopt what is not there any more, so its removal is asked for."""
    control.post("seed", {"data_caches": [{"region": "cn-hangzhou", "id": "edc-byhand", "path": "/v1"}]})
    id_, outputs = created(provider, existing_id="edc-byhand")

    news = inputs(provider, existing_id="edc-byhand", copy_token=outputs["copy_token"])
    assert provider.diff(id_, {**outputs, "failure": "The disk broke."}, {**news, **REFERENCE}).replaces == []
    provider.lifecycle.cloud.delete_data_cache("cn-hangzhou", id_, client_token="by-hand")
    control.advance(200)

    assert provider.read(id_, {**outputs, "accepted_at": 0}).id == ""
    assert "Next: remove existing_id" in capsys.readouterr().out


@pytest.mark.parametrize("prefix", ["", "0123456789abcdef."], ids=["token", "stack and token"])
def test_what_another_row_has_adopted_is_not_deleted(
    provider: DataCacheProvider, control: ControlClient, capsys: pytest.CaptureFixture[str], prefix: str
) -> None:
    """Untagged by hand, and adopted under another name; the run that did it is over."""
    cache = {"region": "cn-hangzhou", "id": "edc-byhand", "path": "/v1"}
    control.post("seed", {"data_caches": [cache]})
    id_, former = created(provider, existing_id="edc-byhand")
    control.post("seed", {"data_caches": [{**cache, "tags": {"pulumi-replica": f"{prefix}other"}}]})

    provider.delete(id_, former)

    assert seen(provider, id_) is not None
    said = f"{id_} in cn-hangzhou is kept: it is another replica's, tagged pulumi-replica={prefix}other. Next: "
    assert said in capsys.readouterr().out
    control.post("seed", {"data_caches": [{**cache, "tags": {"pulumi-replica": f"{prefix}{former['copy_token']}"}}]})
    provider.delete(id_, former)
    assert seen(provider, id_) is None


@pytest.mark.parametrize(("kind", "is_marked"), [("drop_before", False), ("drop_after", True)])
def test_adoption_without_an_answer_is_looked_for(
    provider: DataCacheProvider, control: ControlClient, kind: str, is_marked: bool
) -> None:
    control.post("seed", {"data_caches": [{"region": "cn-hangzhou", "id": "edc-byhand", "path": "/v1"}]})
    fault(control, kind, "UpdateDataCache", count=None)
    declared = inputs(provider, existing_id="edc-byhand")

    with pytest.raises(OutcomeUnknown, match=r"; whether .* is not known\. Next: run the runner's `up`"):
        provider.create(declared)

    assert (provider.lifecycle.find(lost(declared)) == "edc-byhand") is is_marked


def test_update_that_cannot_be_looked_at_is_recorded(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, tags={"a": "1"})
    control.advance(200)
    fault(control, "http_error", "DescribeDataCaches", count=None)

    result = provider.update(id_, outputs, inputs(provider, tags={}))

    assert (result.outs or {})["tags"] == {}


IGNORING = {"tags": {"team": "ml"}, "ignore_tags": ["cost-*", "team"]}


def tagged_by_others(provider: DataCacheProvider, id_: str, outputs: dict[str, Any], **tags: str) -> None:
    """Let others put tags on, as they do: beside those that are there."""
    mark = {"pulumi-replica": outputs["copy_token"]}
    cloud = provider.lifecycle.cloud
    cloud.update_data_cache("cn-hangzhou", id_, client_token="others", settings={}, tags={**mark, **tags})


def test_ignored_tags_are_no_drift(provider: DataCacheProvider, control: ControlClient) -> None:
    """What is declared is never ignored, whatever the patterns say."""
    id_, outputs = created(provider, **IGNORING)
    control.advance(200)
    tagged_by_others(provider, id_, outputs, **{"team": "x", "cost-center": "7", "other": "1", "Cost-x": "2"})

    read = provider.read(id_, outputs).outs or {}

    assert read["tags"] == {"team": "x", "other": "1", "Cost-x": "2"}


def test_update_keeps_ignored_tags(
    provider: DataCacheProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = created(provider, **IGNORING)
    control.advance(200)
    tagged_by_others(provider, id_, outputs, **{"team": "ml", "cost-center": "7", "other": "1"})

    news = {**inputs(provider, **{**IGNORING, "tags": {"team": "infra"}}), "copy_token": outputs["copy_token"]}
    provider.update(id_, outputs, news)

    cache = seen(provider, id_)
    assert cache is not None
    assert cache.tags == {"team": "infra", "cost-center": "7", "pulumi-replica": outputs["copy_token"]}
    assert "keeps the tags" not in capsys.readouterr().out


def test_tags_that_an_earlier_refresh_recorded_are_left_alone_once_they_are_ignored(
    provider: DataCacheProvider, control: ControlClient
) -> None:
    id_, outputs = created(provider, tags={"team": "ml"})
    control.advance(200)
    tagged_by_others(provider, id_, outputs, **{"team": "ml", "cost-center": "7"})
    recorded = {**(provider.read(id_, outputs).outs or {}), **REFERENCE}
    news = {**inputs(provider, tags={"team": "ml"}, ignore_tags=["cost-*"]), "copy_token": outputs["copy_token"]}
    control.delete("calls")

    assert recorded["tags"] == {"team": "ml", "cost-center": "7"}
    assert (provider.update(id_, recorded, news).outs or {})["tags"] == {"team": "ml"}
    assert calls(control, "UpdateDataCache") == []


@pytest.mark.parametrize(
    ("patterns", "path"),
    [("cost-*", "ignore_tags"), ([""], "ignore_tags.0"), (["a"] * 20, "ignore_tags"), (["a", 3], "ignore_tags.1")],
)
def test_pattern_that_is_none(provider: DataCacheProvider, patterns: Any, path: str) -> None:
    result = provider.check({}, {**DECLARED, "ignore_tags": patterns})

    assert [failure.property for failure in result.failures] == [path]


def test_disappears(provider: DataCacheProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]) -> None:
    id_, outputs = listed(provider)
    control.advance(200)
    provider.lifecycle.cloud.delete_data_cache("cn-hangzhou", id_, client_token="by-hand")
    control.advance(20)

    assert provider.read(id_, outputs).id == ""
    assert f"{id_} in cn-hangzhou is gone, deleted by somebody else" in capsys.readouterr().out


def test_expired(provider: DataCacheProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]) -> None:
    id_, outputs = created(provider, retention_days=1)
    control.advance(86400 + 120)

    assert provider.read(id_, outputs).id == ""
    assert f"{id_} in cn-hangzhou has expired" in capsys.readouterr().out


def test_fresh_copy_that_is_not_listed_is_not_gone(provider: DataCacheProvider, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30})
    id_, outputs = created(provider)

    assert seen(provider, id_) is None
    assert provider.read(id_, outputs).id == id_


@pytest.mark.parametrize("age", [0, 86400])
def test_copy_that_was_seen_is_gone_when_it_is_missing_for_a_minute(
    provider: DataCacheProvider, control: ControlClient, age: int
) -> None:
    """All that are missing in a region are looked for in the same minute."""
    control.post("settings", {"copy_seconds": 0, "delete_seconds": 0})
    copies = [listed(provider, path=f"/{number}") for number in range(3)]
    control.advance(age)
    for id_, _ in copies:
        provider.lifecycle.cloud.delete_data_cache("cn-hangzhou", id_, client_token=f"by-hand-{id_}")
    control.advance(20)  # a listing is as old as that at most
    started = provider.lifecycle.clock()

    assert [provider.read(id_, outputs).id for id_, outputs in copies] == ["", "", ""]
    assert 55 < provider.lifecycle.clock() - started < 80


@pytest.mark.parametrize("usable", [False, True])
def test_copy_that_was_never_listed_is_kept_until_its_ready_timeout(
    provider: DataCacheProvider,
    control: ControlClient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    usable: bool,
) -> None:
    """Unless the program has seen it usable: then somebody has deleted it."""
    control.post("settings", {"visible_after_seconds": 86400})
    id_, outputs = created(provider, ready_timeout="10m")
    known.write(Known(usable=[id_] if usable else []), tmp_path / "known")
    monkeypatch.setenv(known.FILE, str(tmp_path / "known"))
    control.advance(500)

    kept = provider.read(id_, outputs)

    assert kept.id == ("" if usable else id_)
    assert usable or {**(kept.outs or {}), "__provider": outputs["__provider"]} == outputs
    control.advance(60)
    assert provider.read(id_, outputs).id == ""


@pytest.mark.parametrize("seconds", [30, 1800])
def test_late_listing_starts_no_other_copy(provider: DataCacheProvider, control: ControlClient, seconds: int) -> None:
    control.post("settings", {"visible_after_seconds": seconds})
    id_, outputs = created(provider)

    early = provider.read(id_, outputs)
    control.advance(seconds)
    late = provider.read(id_, {**(early.outs or {}), "__provider": outputs["__provider"]})

    assert (early.id, late.id) == (id_, id_)
    assert UNSEEN not in (late.outs or {})


def test_reads_are_served_from_one_listing(provider: DataCacheProvider, control: ControlClient) -> None:
    copies = [created(provider, path=f"/{number}") for number in range(45)]
    others = [{"region": "cn-hangzhou", "id": f"edc-other{number}"} for number in range(5)]
    control.post("seed", {"data_caches": others})
    control.advance(200)
    control.delete("calls")

    assert [provider.read(id_, outputs).id for id_, outputs in copies] == [id_ for id_, _ in copies]
    assert len(calls(control, "DescribeDataCaches")) == 3


def test_read_error_is_not_gone(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)
    fault(control, "error", "DescribeDataCaches", code="Forbidden.SubUser", status=403, count=None)

    assert provider.read(id_, outputs).id == id_


def test_copy_that_was_moved_by_a_killed_update_is_found_in_its_new_bucket(
    provider: DataCacheProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a cloud that finds an id in its own bucket only; the state still has the old one."""
    control.post("settings", {"ids_need_bucket": True})
    id_, outputs = listed(provider, bucket="old")
    control.advance(200)
    provider.lifecycle.cloud.update_data_cache("cn-hangzhou", id_, client_token="killed", settings={"bucket": "new"})
    known.write(Known(groups={"cn-hangzhou": ["new", "old"]}), tmp_path / "known")
    monkeypatch.setenv(known.FILE, str(tmp_path / "known"))

    read = provider.read(id_, outputs)

    assert (read.id, (read.outs or {}).get("bucket")) == (id_, "new")
    assert not provider.diff(id_, read.outs or {}, {**inputs(provider, bucket="new"), "__provider": None}).replaces


# -- update -----------------------------------------------------------------------------------------------------------


def test_update(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, tags={"team": "ml"})
    control.advance(200)
    news = {**inputs(provider, tags={"team": "x"}, name="other"), "copy_token": outputs["copy_token"]}

    result = provider.update(id_, outputs, news)

    cache = seen(provider, id_)
    assert cache is not None
    assert (cache.name, cache.tags) == ("other", {"team": "x", "pulumi-replica": outputs["copy_token"]})
    assert result.outs is not None
    assert result.outs["accepted_at"] == outputs["accepted_at"]
    assert "RetentionDays" not in calls(control, "UpdateDataCache")[0]["params"]


def test_update_of_nothing_in_the_cloud_calls_nothing(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    news = {key: value for key, value in outputs.items() if key not in {"accepted_at", "failure"}}

    result = provider.update(id_, outputs, {**news, "delete_timeout": "3h", "__provider": "moved"})

    assert result.outs is not None
    assert (result.outs["delete_timeout"], result.outs["accepted_at"]) == ("3h", outputs["accepted_at"])
    assert calls(control, "UpdateDataCache") == []


def test_update_waits_for_a_running_copy(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)

    provider.update(id_, outputs, {**outputs, "name": "other"})

    cache = seen(provider, id_)
    assert cache is not None
    assert (cache.status, cache.name) == ("Available", "other")
    tokens = [call["params"]["ClientToken"] for call in calls(control, "UpdateDataCache")]
    assert len(set(tokens)) == len(tokens) > 1


def test_update_of_a_failed_copy_is_reported_at_once(provider: DataCacheProvider, control: ControlClient) -> None:
    """Without a refresh nobody knows; waiting for it to become Available would be for nothing."""
    fault(control, "copy_fails", "CopyDataCache")
    id_, outputs = created(provider)
    control.advance(200)
    started = provider.lifecycle.clock()

    with pytest.raises(CopyHasFailed, match=r"IncorrectStatus: .* Failed; .* Next: run `pulumi up --refresh`"):
        provider.update(id_, outputs, {**outputs, "name": "other"})

    assert provider.lifecycle.clock() - started < 5


def test_update_keeps_its_token_over_retries(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)
    fault(control, "drop_after", "UpdateDataCache")

    provider.update(id_, outputs, {**outputs, "name": "other"})

    tokens = [call["params"]["ClientToken"] for call in calls(control, "UpdateDataCache")]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


# -- delete -----------------------------------------------------------------------------------------------------------


def test_delete(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)

    provider.delete(id_, outputs)

    assert control.get("inventory")["eci"].get("cn-hangzhou", []) == []


def test_delete_waits_for_a_running_copy(provider: DataCacheProvider) -> None:
    id_, outputs = created(provider)

    provider.delete(id_, outputs)

    assert seen(provider, id_) is None


def test_delete_gives_up_after_its_timeout(provider: DataCacheProvider) -> None:
    id_, outputs = created(provider, delete_timeout="30s")

    with pytest.raises(TimedOut, match=r"IncorrectStatus: .*; waited 30s for the running copy\. Next: "):
        provider.delete(id_, outputs)

    assert seen(provider, id_) is not None


def test_delete_of_what_is_gone(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = listed(provider)
    control.advance(200)
    provider.delete(id_, outputs)

    provider.delete(id_, outputs)


@pytest.mark.parametrize("code", ["DataCacheIsBusy", "IncorrectDataCacheStatus"])
def test_delete_waits_whatever_a_busy_copy_is_called(
    provider: DataCacheProvider, control: ControlClient, code: str
) -> None:
    id_, outputs = created(provider)
    fault(control, "error", "DeleteDataCache", code=code, status=400, count=3)

    provider.delete(id_, outputs)

    assert seen(provider, id_) is None


def test_delete_trusts_the_listing_not_the_code(provider: DataCacheProvider, control: ControlClient) -> None:
    """No reference names the code for an unknown id."""
    id_, outputs = listed(provider)
    control.advance(200)
    provider.delete(id_, outputs)
    fault(control, "error", "DeleteDataCache", code="InvalidParameter", status=400)

    provider.delete(id_, outputs)


@pytest.mark.parametrize("seconds", [30, 1800])
def test_delete_of_a_copy_that_is_not_listed_yet(
    provider: DataCacheProvider, control: ControlClient, seconds: int
) -> None:
    control.post("settings", {"visible_after_seconds": seconds})
    id_, outputs = created(provider)

    provider.delete(id_, outputs)

    assert control.get("inventory")["eci"].get("cn-hangzhou", []) == []


def test_delete_that_never_found_its_copy_is_no_success(provider: DataCacheProvider, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 1800})
    id_, outputs = created(provider, delete_timeout="5m")

    with pytest.raises(TimedOut, match=rf"deleting DataCache {id_} in cn-hangzhou: it is not listed yet; waited 5m"):
        provider.delete(id_, outputs)


def test_wrong_keys_are_not_gone(
    provider: DataCacheProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """InvalidAccessKeyId.NotFound is a 404 that says nothing about the copy."""
    id_, outputs = created(provider)
    control.advance(200)
    use_keys(monkeypatch, "nobody", "nothing")
    provider.lifecycle.cloud = Eci(provider.lifecycle.cloud.connection)  # that of a run of its own

    with pytest.raises(AccountUnknown, match="InvalidAccessKeyId"):
        provider.delete(id_, outputs)


def test_refused_signature_shows_no_session_token(
    provider: DataCacheProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cloud quotes all that was signed."""
    id_, _ = created(provider)
    use_keys(monkeypatch, ACCESS_KEY_ID, "wrong", "canary-token")
    provider.lifecycle.cloud.forget_clients()

    with pytest.raises(PermissionDenied, match=r"SignatureDoesNotMatch: .* is left out\)") as raised:
        seen(provider, id_)

    assert "canary" not in str(raised.value)
    del control


def test_expired_sts_credentials_are_read_again(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, _ = created(provider)
    credentials = provider.lifecycle.cloud._credentials
    fault(control, "error", "DescribeDataCaches", code="InvalidSecurityToken.Expired", status=400)

    assert seen(provider, id_) is not None
    assert provider.lifecycle.cloud._credentials is not credentials
    assert len(calls(control, "DescribeDataCaches")) == 2


def test_no_answer_names_no_credential(provider: DataCacheProvider, control: ControlClient) -> None:
    fault(control, "drop_before", "UpdateDataCache", count=None)
    id_, outputs = created(provider)
    control.advance(200)

    with pytest.raises(NoAnswer) as raised:
        provider.update(id_, outputs, {**outputs, "name": "other"})

    assert "Secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_bad_request_is_reported_as_an_input(provider: DataCacheProvider) -> None:
    with pytest.raises(InvalidInput, match=r"InvalidRegionId\.NotFound"):
        created(provider, region="cn-nowhere")
