"""What the CLI shows of every error code of the ECI references: one clean line each, all from one run."""

from __future__ import annotations

from pathlib import Path

from components.clouds.eci_errors import RULES
from tests.engine.harness import SOURCE, Cloud, Stack, replica

TABLE = Path(__file__).parents[1] / "references" / "eci-error-codes.tsv"
CODES = [line.split("\t")[1] for line in TABLE.read_text().splitlines()]


def test_every_code_is_one_clean_line(stack: Stack, cloud: Cloud) -> None:
    entries = {f"entry{number}": replica("cn-hangzhou", name=code) for number, code in enumerate(CODES)}
    for code in CODES:
        cloud.fault("error", code=code, params={"Name": code})
    stack.config(entries)

    done = stack.up()

    assert done.code != 0
    assert "Traceback" not in done.text
    assert cloud.replicas() == []
    start = f"copying DataCache {SOURCE['id']} from {SOURCE['region']} to cn-hangzhou: "
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
