"""The tables of the API references are whole, and every line of them is covered by a test that exists.

Another reference is another table in `tests/references/`, and an entry in PARAMETERS or CODES with a source of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from alibabacloud_eci20180808 import models
from alibabacloud_ecs20140526.models import CopyImageRequest, CopySnapshotRequest
from tencentcloud.cbs.v20170312.models import CopySnapshotCrossRegionsRequest
from tencentcloud.cvm.v20170312.models import SyncImagesRequest
from tencentcloud.tag.v20180813.models import ModifyResourceTagsRequest

from sandbox.alibaba.eci import errors as eci_errors
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs import snapshot_errors as ecs_snapshot_errors
from sandbox.tencent.cbs import errors as cbs_errors
from sandbox.tencent.cvm import errors as cvm_errors
from sandbox.tencent.tag import errors as tag_errors
from tests.references import tables

CHECKOUT = Path(__file__).resolve().parents[2]
OF_ANOTHER_TIME = ("Owner", "ResourceOwner")
"""Parameters that the SDK's models carry along and no reference lists."""

Listed = set[tuple[str, str]]


def _fields(wire: Any) -> Iterator[str]:
    """Names of the parts of a value in the SDK's map of a request, as the tables spell them."""
    if isinstance(wire, dict):
        for key, part in wire.items():
            yield from (f"{key}.{rest}" if rest else key for rest in _fields(part))
    elif isinstance(wire, list):
        yield from (f"N.{rest}" for part in wire for rest in _fields(part))
    else:
        yield ""


def _filled(hint: Any) -> Any:
    """A value of a type, with every field of every model in it set."""
    if get_origin(hint) is list:
        return [_filled(get_args(hint)[0])]
    if get_origin(hint) is dict:
        return {"*": "x"}
    if hint in {str, int, bool}:
        return hint(1)
    return hint(**{name: _filled(of) for name, of in get_type_hints(hint.__init__).items() if name != "return"})


def _of_alibaba(**requests: type) -> Callable[[], Listed]:
    """The parameters that the SDK's request models of some actions send."""

    def parameters() -> Listed:
        return {
            (action, name)
            for action, request in requests.items()
            for name in _fields(_filled(request).to_map())
            if not name.startswith(OF_ANOTHER_TIME)
        }

    return parameters


def _of_eci() -> Listed:
    found = _of_alibaba(CopyDataCache=models.CopyDataCacheRequest, UpdateDataCache=models.UpdateDataCacheRequest)()
    # The reference of CopyDataCache has it; some versions of the SDK's model do not.
    return found | {("CopyDataCache", "ResourceGroupId")}


def _of_ecs() -> Listed:
    # EncryptAlgorithm is not available, says the vendor; ClientToken and DryRun are newer than the reference.
    return _of_alibaba(CopyImage=CopyImageRequest)() - {("CopyImage", "EncryptAlgorithm")}


def _of_tencent(**requests: type) -> Callable[[], Listed]:
    """The parameters of some actions; the SDK's models report the type of one in its documentation only."""

    def parameters() -> Listed:
        return {
            (action, f"{name}.N" if ":rtype: list" in (prop.__doc__ or "") else name)
            for action, request in requests.items()
            for name, prop in vars(request).items()
            if isinstance(prop, property)
        }

    return parameters


def _of_ecs_snapshots() -> Listed:
    """The SDK's model, without what its documentation calls not available."""
    closed = ("Arn.", "DestinationStorageLocationArn", "ResourceGroupId")
    listed = _of_alibaba(CopySnapshot=CopySnapshotRequest)()
    return {(action, name) for action, name in listed if not name.startswith(closed)}


def _codes(documented: dict[str, tuple[int, str]]) -> Listed:
    return {(str(status), code) for code, (status, _) in documented.items()}


PARAMETERS: dict[str, Callable[[], Listed]] = {
    "eci-parameters.tsv": _of_eci,
    "ecs-parameters.tsv": _of_ecs,
    "ecs-snapshots-parameters.tsv": _of_ecs_snapshots,
    "cbs-parameters.tsv": _of_tencent(CopySnapshotCrossRegions=CopySnapshotCrossRegionsRequest),
    "cvm-parameters.tsv": _of_tencent(SyncImages=SyncImagesRequest),
    "tag-parameters.tsv": _of_tencent(ModifyResourceTags=ModifyResourceTagsRequest),
}
CODES: dict[str, Callable[[], Listed]] = {
    "eci-error-codes.tsv": lambda: _codes(eci_errors.DOCUMENTED),
    # The reference of CopyImage lists InternalError twice, with two statuses.
    "ecs-error-codes.tsv": lambda: _codes(ecs_errors.DOCUMENTED) | {("403", "InternalError")},
    "ecs-snapshots-error-codes.tsv": lambda: _codes(ecs_snapshot_errors.DOCUMENTED),
    "cbs-error-codes.tsv": lambda: {("200", code) for code in cbs_errors.DOCUMENTED},
    "cvm-error-codes.tsv": lambda: {("200", code) for code in cvm_errors.DOCUMENTED},
    "tag-error-codes.tsv": lambda: {("200", code) for code in tag_errors.DOCUMENTED},
}
SOURCES = PARAMETERS | CODES


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """The node ids of all tests in the files that the tables name."""
    files = sorted({line.test.partition("::")[0] for name in tables.names() for line in tables.read(name)})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-p", "no:cacheprovider", *files]
    run = subprocess.run(  # noqa: S603 - pytest itself
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return {line for line in run.stdout.splitlines() if "::" in line}


def test_every_table_has_a_source() -> None:
    assert tables.names() == SOURCES.keys()


@pytest.mark.parametrize("name", SOURCES)
def test_table_lists_what_its_source_has(name: str) -> None:
    listed = [line.listed for line in tables.read(name)]

    assert len(listed) == len(set(listed))
    assert set(listed) == SOURCES[name]()


@pytest.mark.parametrize("name", SOURCES)
def test_every_line_is_covered_by_a_test_that_exists(name: str, collected: set[str]) -> None:
    assert {line.test for line in tables.read(name)} - collected == set()
