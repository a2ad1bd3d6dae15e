"""A catalog that two stacks are laid over, on the real engine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.engine.harness import NEWER, SOURCE, Cloud, Stack


def declare(directory: Path, source: dict[str, str]) -> None:
    catalog = directory / "catalogs" / "prod.yaml"
    catalog.parent.mkdir(exist_ok=True)
    entries = {"weights": {"source": source}, "corpus": {"source": SOURCE, "defaults": {"path": "/corpus"}}}
    catalog.write_text(json.dumps({"dataCaches": entries}))


def test_rotated_source_is_a_replacement_in_each_stack_that_keeps_it(stack: Stack, cloud: Cloud) -> None:
    """One line in one file; and plain `pulumi` reads the catalog, too."""
    declare(stack.directory, SOURCE)
    here: dict[str, Any] = {"destinations": {"cn-hangzhou": {}}}
    stack.config({"weights": here, "corpus": here}, catalog="catalogs/prod.yaml")
    config = stack.directory / "stacks" / "Pulumi.test.yaml"
    other = replace(stack, name="other")  # ends the same processes
    (config.parent / "Pulumi.other.yaml").write_text(config.read_text().replace("cn-hangzhou", "cn-shanghai"))
    runs = [each.up() for each in (stack, other)]
    assert [run.code for run in runs] == [0, 0], [run.text for run in runs]
    assert len(cloud.replicas()) == 4

    declare(stack.directory, NEWER)

    assert stack.preview().operations == {"weights-cn-hangzhou": "replace"}
    assert other.preview().operations == {"weights-cn-shanghai": "replace"}
    assert stack.plain("preview").operations == {"weights-cn-hangzhou": "replace"}
