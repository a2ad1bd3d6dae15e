"""What a person sees of a mistake: one clear line with the next step, no traceback, and no copy started."""

from __future__ import annotations

from typing import Any

from tests.engine.harness import SOURCE, Cloud, Finished, Stack, replica

REGION = ("cn-hangzhou",)


def refused(done: Finished, cloud: Cloud) -> None:
    assert done.code != 0
    assert "Traceback" not in done.text
    assert cloud.replicas() == []


def test_wrong_credentials(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(*REGION)}, loopbackOnly=False)

    done = stack.up(ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")

    refused(done, cloud)
    error = next(error for error in done.errors if "SignatureDoesNotMatch" in error)
    assert error.startswith("describing DataCaches in cn-hangzhou: ")
    assert "(request " in error
    assert "Next: check ALIBABA_CLOUD_ACCESS_KEY_ID" in error


def test_no_credentials(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(*REGION)}, loopbackOnly=False)

    done = stack.up(ALIBABA_CLOUD_ACCESS_KEY_ID="", ALIBABA_CLOUD_ACCESS_KEY_SECRET="")

    refused(done, cloud)
    assert any(error.startswith("no Alibaba Cloud credentials were found") for error in done.errors)


def test_dead_endpoint(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(*REGION)})

    done = stack.up(REPLICAS_ECI_ENDPOINT="http://127.0.0.1:9")

    refused(done, cloud)
    assert any("Unreachable: no connection to http://127.0.0.1:9. Next: check" in error for error in done.errors)


def test_sandbox_stack_refuses_other_endpoints(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(*REGION)})

    done = stack.up(REPLICAS_ECI_ENDPOINT="https://eci.example.com")

    refused(done, cloud)
    assert any("is not a loopback address, so it is not called" in error for error in done.errors)


def test_missing_source(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(*REGION, source={**SOURCE, "id": "edc-2zenothinghere000001"})})

    done = stack.up()

    refused(done, cloud)
    assert any(
        error.startswith("copying DataCache edc-2zenothinghere000001 from cn-beijing to cn-hangzhou: ")
        and "NotFound" in error
        and "Next: check the id and its region" in error
        for error in done.errors
    )


CONFIG_MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "too many tags": (
        replica(*REGION, tags={f"key-{n}": "" for n in range(20)}),
        "replicas:dataCaches.weights.destinations.cn-hangzhou.tags: 20 tags, at most 19",
    ),
    "retention 0": (
        replica(*REGION, retentionDays=0),
        "replicas:dataCaches.weights.destinations.cn-hangzhou.retentionDays: must be a whole number of days, 1 to",
    ),
    "source region as destination": (
        replica("cn-beijing"),
        "replicas:dataCaches.weights.destinations.cn-beijing: 'cn-beijing' is the source region",
    ),
    "mistyped key": (
        replica(*REGION, retentonDays=7),
        "replicas:dataCaches.weights.destinations.cn-hangzhou.retentonDays: 'retentonDays' is not a known key",
    ),
    "not text": (
        replica(*REGION, tags={"on-call": True}),
        "replicas:dataCaches.weights.destinations.cn-hangzhou.tags.on-call: should be a valid string",
    ),
    "no source": (
        {"destinations": {"cn-hangzhou": {}}},
        "replicas:dataCaches.weights.source: is required",
    ),
    "no duration": (
        {**replica(*REGION), "readyTimeout": "soon"},
        "replicas:dataCaches.weights.readyTimeout: 'soon' is not a duration",
    ),
}


def test_config_mistakes_all_at_once(stack: Stack, cloud: Cloud) -> None:
    shapes = {"mistyped key", "not text", "no source", "no duration"}
    for kinds in (shapes, CONFIG_MISTAKES.keys() - shapes, set(CONFIG_MISTAKES)):
        expected = [line.replace("weights", kind) for kind, (_, line) in CONFIG_MISTAKES.items() if kind in kinds]
        stack.config({kind: entry for kind, (entry, _) in CONFIG_MISTAKES.items() if kind in kinds})

        done = stack.up()

        refused(done, cloud)
        assert [line for line in expected if f": {line}" not in done.text] == []
        assert f"the stack config has {len(kinds)} mistakes" in done.text


def test_mistyped_top_level_key(stack: Stack, cloud: Cloud) -> None:
    stack.config({}, dataCache={"weights": replica(*REGION)})

    done = stack.up()

    refused(done, cloud)
    assert "replicas:dataCache: 'dataCache' is not a known key here: check its spelling" in done.text


def test_component_is_checked_at_preview(stack: Stack, cloud: Cloud) -> None:
    """A program of its own gets the same rules from the provider's check."""
    settings = {"tags": {f"key-{n}": "" for n in range(20)}, "retention_days": 0}
    stack.program(
        f"""
        from components import DataCacheReplica
        DataCacheReplica("weights", {{"source": {SOURCE!r}, "destinations": {{"cn-beijing": {settings!r}}}}})
        """
    )
    stack.config({})
    stack.plain("stack", "init", "test")

    done = stack.preview()

    refused(done, cloud)
    reported = {
        "tags": "20 tags, at most 19",
        "retention_days": "1 to 36500, got 0",
        "region": "is the source region",
    }
    for property_, reason in reported.items():
        assert any(f"property {property_}" in line and reason in line for line in done.text.splitlines()), done.text


def test_unknown_stack(stack: Stack) -> None:
    (stack.directory / "stacks" / "Pulumi.other.yaml").write_text("config: {}\n")

    done = stack.up()

    assert done.code == 1
    problem = "there is no stack 'test': stacks/Pulumi.test.yaml does not exist"
    assert done.text.splitlines() == [f"error: {problem}. Next: name one of: other; or write that file."]
