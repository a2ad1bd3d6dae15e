"""The policy pack on the real engine: as the runner gives it, in an audit, and as plain `pulumi` takes it."""

from __future__ import annotations

import json
import os
import subprocess

from tests.engine.harness import CHECKOUT, Cloud, Stack
from tools.engine import resolve_engine

PROGRAM = """
    from components import DataCacheReplica

    source = {"region": "cn-beijing", "id": "edc-2zetestsource0000001"}
    DataCacheReplica("weights", {"source": source, "destinations": {"cn-hangzhou": {}, "cn-shanghai": {}}})
"""
"""One that does not read the stack config: nothing but the pack judges it."""
BOTH = {"regions": {"allowed": ["cn-hangzhou", "cn-shanghai"]}}
ONE = {"regions": {"allowed": ["cn-hangzhou"]}}
FOUND = (
    "weights in cn-shanghai: the region is not allowed (allowed: cn-hangzhou). "
    "Next: choose an allowed region, or add it to regions.allowed of the policies."
)


def test_a_mandatory_violation_stops_preview_and_up_and_shows_in_an_audit(stack: Stack, cloud: Cloud) -> None:
    (stack.directory / "policy").symlink_to(CHECKOUT / "policy")
    stack.program(PROGRAM)

    stack.config(policies=ONE)
    refused = stack.up()

    assert refused.code != 0
    assert FOUND in refused.text
    assert "Traceback" not in refused.text
    assert cloud.calls("CopyDataCache") == []

    stack.config(policies=BOTH)
    done = stack.up()

    assert done.code == 0, done.text
    assert "Previewing" not in done.text  # what the pack had nothing against is shown once
    assert len(cloud.replicas()) == 2

    stack.config(policies=ONE)
    audit = stack.run("audit")
    plain = stack.plain("preview", "--policy-pack", "policy/run")

    assert audit.code == 3
    assert audit.line("test: ") == "test: 2 replicas, 1 mandatory, 0 advisory"
    assert audit.line("mandatory region") == f"  mandatory region: {FOUND}"
    assert plain.code != 0
    assert "[mandatory]  region  (pulumi-python:dynamic/alibaba:DataCacheCopy: weights-cn-shanghai)" in plain.text
    assert FOUND in plain.text


def test_pack_is_started_from_its_directory_by_an_engine_without_a_language_host(stack: Stack) -> None:
    """The host that can be built is older than the form in which this engine asks it for a pack (docs/review.md)."""
    (stack.directory / "policy").symlink_to(CHECKOUT / "policy")
    stack.config(policies={"requiredTags": ["team"]})
    type_ = "pulumi-python:dynamic/alibaba:DataCacheCopy"
    copy = {
        "urn": f"urn:pulumi:test::replicas::replicas:index:DataCacheReplica${type_}::w",
        "type": type_,
        "custom": True,
        "id": "edc-1",
        "outputs": {"region": "cn-shanghai", "source_region": "cn-beijing", "source_id": "edc-0"},
    }
    manifest = {"time": "2026-11-26T00:00:00Z", "magic": "", "version": ""}
    state = stack.directory / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": [copy]}}))
    engine = resolve_engine(python_host=False)

    judged = subprocess.run(  # noqa: S603 - the engine, on our own pack
        [str(engine.pulumi), "policy", "analyze", "--policy-pack", "policy", "--file", str(state)],
        cwd=stack.directory,
        env={**stack.environment, "PATH": os.pathsep.join([str(stack.directory / "policy"), "/usr/bin", "/bin"])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert judged.returncode != 0
    assert "[mandatory]  tags  (pulumi-python:dynamic/alibaba:DataCacheCopy: w)" in judged.stdout
