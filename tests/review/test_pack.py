"""The policy pack without an engine: what it makes of resources, and as the process that an engine starts."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from packaging.requirements import Requirement
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import PolicyResource, PolicyResourceOptions
from pulumi_policy.policy import PolicyProviderResource
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from components.image.component import ImageReplica
from components.review.findings import Finding
from components.review.policies import Policies, PoliciesUnusable, Rule

CHECKOUT = Path(__file__).parents[2]
STACK = "urn:pulumi:prod::replicas::pulumi:pulumi:Stack::replicas-prod"
CACHE, IMAGE = "pulumi-python:dynamic/alibaba:DataCacheCopy", "alicloud:ecs/imageCopy:ImageCopy"
COPY = {"region": "cn-shanghai", "source_region": "cn-beijing", "source_id": "edc-1"}


def resource(type_: str, name: str, props: Mapping[str, Any], parent: PolicyResource | None = None) -> PolicyResource:
    """A resource as the engine has a pack see it."""
    options = cast("PolicyResourceOptions", None)
    provider = PolicyProviderResource(
        "pulumi:providers:alicloud",
        {},
        "urn:pulumi:prod::replicas::pulumi:providers:alicloud::replicas-alicloud-cn-shanghai",
        "",
    )
    urn = f"urn:pulumi:prod::replicas::{type_}::{name}"
    return PolicyResource(type_, unknown_checking_proxy(dict(props)), urn, name, options, provider, parent, [], {})


@pytest.fixture(scope="module")
def pack() -> dict[str, Any]:
    """The names of the pack's module."""
    return runpy.run_path(str(CHECKOUT / "policy" / "__main__.py"), run_name="policy_pack")


def found(pack: Mapping[str, Any], *resources: PolicyResource, **policies: Any) -> list[tuple[str, Finding]]:
    return cast("list[tuple[str, Finding]]", pack["findings"](list(resources), Policies.model_validate(policies)))


def test_finding_is_of_the_copy(pack: Mapping[str, Any]) -> None:
    entry = resource("replicas:index:DataCacheReplica", "weights", {})
    copy = resource(CACHE, "weights-cn-shanghai", COPY, entry)

    ((urn, finding),) = found(pack, entry, copy, regions={"allowed": []})

    assert urn == copy.urn
    assert finding.rule is Rule.REGION
    assert (finding.entry, finding.region) == ("weights", "cn-shanghai")


def test_value_that_is_not_known_yet_judges_nothing(pack: Mapping[str, Any]) -> None:
    tags = {**COPY, "tags": {"team": UNKNOWN_STRING_VALUE}, "source_id": UNKNOWN_STRING_VALUE}

    assert found(pack, resource(CACHE, "w", tags), resource(CACHE, "v", tags), requiredTags=["team"]) == []


def test_native_copy_is_read_by_the_names_of_its_kind(pack: Mapping[str, Any]) -> None:
    native = {"imageName": "web-1", "sourceImageId": "m-1", "sourceRegionId": "cn-hangzhou", "tags": {"team": "x"}}
    entry = resource(f"replicas:index:{ImageReplica.kind.component_name}", "web", {})
    copy = resource(IMAGE, "web-cn-shanghai", native, entry)
    settings = resource(str(ImageReplica.kind.companion), "web-cn-shanghai-settings", {"encrypted": True}, copy)
    demanded = {"regions": {"allowed": ["cn-shanghai"]}, "requiredTags": ["team"], "encryption": True}

    assert found(pack, entry, copy, settings, **demanded) == []
    ((_, finding),) = found(pack, entry, copy, **demanded)
    assert finding.message == "web in cn-shanghai is not encrypted, which the policies demand"


def test_stack_without_a_config_file_demands_nothing(pack: Mapping[str, Any]) -> None:
    stack = resource("pulumi:pulumi:Stack", "replicas-prod", {})  # `prod` alone is no stack of this checkout

    assert pack["policies_of_stack"]([stack]) == Policies()


def test_config_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    project = checkout(tmp_path, "replicas:policies: {regions: {alowed: []}}")
    moved = runpy.run_path(str(project / "policy" / "__main__.py"), run_name="policy_pack")

    with pytest.raises(PoliciesUnusable, match=r"^stack prod: replicas:policies\.regions\.alowed: [^\n]+$"):
        moved["policies_of_stack"]([resource("pulumi:pulumi:Stack", "replicas-prod", {})])


def checkout(directory: Path, config: str) -> Path:
    """A project with the pack and one stack, `prod`."""
    shutil.copytree(CHECKOUT / "policy", directory / "policy", symlinks=True)
    (directory / "stacks").mkdir()
    (directory / "stacks" / "Pulumi.prod.yaml").write_text(f"config:\n  {config}\n")
    shutil.copy(CHECKOUT / "Pulumi.yaml", directory)
    return directory


@pytest.fixture
def analyzer(tmp_path: Path) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack as a process, on the packages that are installed."""
    project = checkout(tmp_path, "replicas:policies: {regions: {allowed: [cn-hangzhou]}}")
    environment = {**os.environ, "PULUMI_PYTHON_CMD": sys.executable}
    with subprocess.Popen(  # noqa: S603 - ours
        [str(project / "policy" / "run"), "127.0.0.1:1"], stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        try:
            assert process.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.kill()


def test_pack_answers_on_the_packages_that_are_installed(analyzer: Any) -> None:
    properties = Struct()
    properties.update(COPY)
    entry = analyzer_pb2.AnalyzerResource(
        type="replicas:index:DataCacheReplica", urn=f"{STACK}::weights", name="weights", properties=Struct()
    )
    copy = analyzer_pb2.AnalyzerResource(
        type=CACHE,
        urn=f"{STACK}$copy::weights-cn-shanghai",
        name="weights-cn-shanghai",
        properties=properties,
        parent=entry.urn,
    )

    names = {policy.name for policy in analyzer.GetAnalyzerInfo(Empty()).policies}
    answer = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[entry, copy]))

    assert {"region", "region-advisory", "too-old"} <= names
    assert "last-replica" not in names  # a pack sees no deletion
    (diagnostic,) = answer.diagnostics
    assert diagnostic.policyName == "region"
    assert diagnostic.enforcementLevel == analyzer_pb2.MANDATORY
    assert "weights in cn-shanghai: the region is not allowed (allowed: cn-hangzhou)." in diagnostic.message


def test_lock_overrides_what_the_pack_asks_for_and_nothing_else_does() -> None:
    """Once it asks for less, the override and this test go, and pulumi-policy may move to requirements.txt."""
    asked = {each.name: each.specifier for each in map(Requirement, requires("pulumi-policy") or ())}

    wrong = {name for name, specifier in asked.items() if not specifier.contains(version(name))}

    assert wrong == {"protobuf"}
    overrides = (CHECKOUT / "requirements-override.txt").read_text()
    assert re.findall(r"^[a-z].*$", overrides, re.MULTILINE) == ["protobuf>=6.31,<7"]
    assert Requirement("protobuf>=6.31,<7").specifier.contains(version("protobuf"))
    assert "pulumi-policy" not in (CHECKOUT / "requirements.txt").read_text()
