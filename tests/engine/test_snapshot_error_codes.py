"""What the CLI shows of the error codes of the CBS references: one clean line each, all from one run."""

from __future__ import annotations

from pathlib import Path

from components.clouds.cbs_errors import CONFLICT, RULES
from components.clouds.errors import Transient
from tests.engine.harness import SNAPSHOT, Cloud, Stack, snapshot

TABLE = Path(__file__).parents[1] / "references" / "cbs-error-codes.tsv"
CODES = [
    code
    for code in (line.split("\t")[1] for line in TABLE.read_text().splitlines())
    # Those are waited out or tried again for minutes: tests/providers sees them with a clock of its own.
    if code != CONFLICT and not issubclass(RULES[code].kind, Transient)
]


def test_every_code_is_one_clean_line(stack: Stack, cbs: Cloud) -> None:
    for code in CODES:
        cbs.fault("error", code=code, params={"SnapshotName": code})
    stack.config(snapshots={f"entry{number}": snapshot("ap-beijing", name=code) for number, code in enumerate(CODES)})

    done = stack.up()

    assert done.code != 0
    assert "Traceback" not in done.text
    assert cbs.replicas() == []
    start = f"copying Snapshot {SNAPSHOT['id']} from {SNAPSHOT['region']} to ap-beijing: "
    unclear = [
        code
        for code in CODES
        if not any(
            error.startswith(f"{start}{code}: ") and error.endswith(f". Next: {RULES[code].next_step}.")
            for error in done.errors
        )
    ]
    assert unclear == []
    assert any(error.startswith(f"{len(CODES)} of {len(CODES)} replicas are not usable") for error in done.errors)
