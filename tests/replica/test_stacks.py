"""The stack files of this repository are valid, and no source is replicated to one region by two stacks."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from components.replica.settings import load
from components.replica.stack_config import Entry

STACKS = sorted((Path(__file__).resolve().parents[2] / "stacks").glob("Pulumi.*.yaml"))


def settings_of(path: Path) -> dict[str, str]:
    """As the engine passes it on: text as it is, everything else as JSON."""
    config = yaml.safe_load(path.read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_valid(path: Path) -> None:
    settings = load(settings_of(path), directory=path.parents[1])

    assert any(settings.entries.values())


def entries_of(path: Path) -> list[Entry]:
    settings = load(settings_of(path), directory=path.parents[1])
    return [entry for entries in settings.entries.values() for entry in entries.values()]


def test_no_replica_belongs_to_two_stacks() -> None:
    owned = Counter(
        (source, region)
        for path in STACKS
        for entry in entries_of(path)
        for source in entry.source.ids or [entry.source.id or ""]
        for region in entry.destinations
    )
    assert [pair for pair, count in owned.items() if count > 1] == []


def test_sandbox_sources_are_seeded() -> None:
    sandbox = next(path for path in STACKS if path.stem == "Pulumi.sandbox")
    seeds = json.loads((sandbox.parent / "sandbox-sources.json").read_text())
    wanted = {(entry.source.region, entry.source.id) for entry in entries_of(sandbox)}

    assert wanted == {(seed["region"], seed["id"]) for kind in seeds.values() for seed in kind}
    regions = {region for entry in entries_of(sandbox) for region in entry.destinations}
    assert len(wanted) >= 2
    assert len(regions) >= 3
