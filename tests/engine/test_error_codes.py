"""What the CLI shows of the error codes of each kind's references: one clean line each, all from one run."""

from __future__ import annotations

from collections.abc import Mapping

from components.clouds.alibaba import eci_errors
from components.clouds.errors import NotReady, Rule, Transient
from components.clouds.tencent import cbs_errors
from tests.engine.harness import SNAPSHOT, SOURCE, Cloud, Finished, Stack, replica, snapshot
from tests.references import tables


def told(done: Finished, cloud: Cloud, start: str, rules: Mapping[str, Rule], codes: list[str]) -> None:
    assert done.code != 0
    assert "Traceback" not in done.text
    assert cloud.replicas() == []
    unclear = [
        code
        for code in codes
        if not any(
            error.startswith(f"{start}{code}: ") and error.endswith(f". Next: {rules[code].next_step}.")
            for error in done.errors
        )
    ]
    assert unclear == []
    assert any(error.startswith(f"{len(codes)} of {len(codes)} replicas are not usable") for error in done.errors)


def test_every_code_of_a_data_cache(stack: Stack, cloud: Cloud) -> None:
    codes = [line.listed[1] for line in tables.read("eci-error-codes.tsv")]
    for code in codes:
        cloud.fault("error", code=code, params={"Name": code})
    stack.config({f"entry{number}": replica("cn-hangzhou", name=code) for number, code in enumerate(codes)})

    start = f"copying DataCache {SOURCE['id']} from {SOURCE['region']} to cn-hangzhou: "
    told(stack.up(), cloud, start, eci_errors.RULES, codes)


def test_every_code_of_a_snapshot(stack: Stack, cbs: Cloud) -> None:
    codes = [
        code
        for _, code in (line.listed for line in tables.read("cbs-error-codes.tsv"))
        # Those are waited out or tried again for minutes: tests/providers sees them with a clock of its own.
        if not issubclass(cbs_errors.RULES[code].kind, NotReady | Transient)
    ]
    for code in codes:
        cbs.fault("error", code=code, params={"SnapshotName": code})
    stack.config(snapshots={f"entry{number}": snapshot("ap-beijing", name=code) for number, code in enumerate(codes)})

    start = f"copying Snapshot {SNAPSHOT['id']} from {SNAPSHOT['region']} to ap-beijing: "
    told(stack.up(), cbs, start, cbs_errors.RULES, codes)
