"""What the CLI shows of the error codes of each kind's references: one clean line each, all from one run."""

from __future__ import annotations

import pytest

from components.clouds.errors import NotReady, Transient
from tests.engine.harness import Cloud, Stack
from tests.references import tables
from tools.chaos.declared import KINDS, first, sample_of, seeds

# What a native plugin shows is its own: the tests of images look at it.
SECTIONS = [section for section in KINDS if not sample_of(section).is_native]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_code(stack: Stack, cloud: Cloud, section: str) -> None:
    kind, sample, component = KINDS[section], sample_of(section), first((section,)).components[0]
    rules = kind.service.errors.rules
    # Those are waited out or repeated for minutes: tests/clouds sees them with a clock of its own.
    repeated = (Transient, NotReady) if sample.waits_to_start else (Transient,)
    listed = [line.listed[1] for line in tables.read(f"{tables.of(kind.service)}-error-codes.tsv")]
    codes = [code for code in listed if not issubclass(rules[code].kind, repeated)]
    its_cloud, entry, region = cloud.of(section), component.config(), sample.regions[0]
    cloud.server.control.post("seed", seeds((section,), 1))
    for code in codes:
        its_cloud.fault("error", code=code, params={sample.start.name: code})
    before = its_cloud.inventory()
    named = {code: {**entry["destinations"][region], "name": code} for code in codes}
    entries = {f"entry{number}": {**entry, "destinations": {region: named[code]}} for number, code in enumerate(codes)}
    stack.config(**{section: entries})

    done = stack.up()

    assert done.code != 0
    assert "Traceback" not in done.text
    assert its_cloud.inventory() == before
    start = f"copying {kind.thing} {component.source} from {sample.source_region} to {region}: "
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
