"""Reads the tables of what API references list: `<api>-parameters.tsv` and `<api>-error-codes.tsv`.

A parameter is a line of action, parameter and covering test; a code one of HTTP status, code and covering test. Parts
of a parameter are spelt as on the wire, with N for the place in a list and * for the key of a map.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from components.model.kind import Service

FOLDER = Path(__file__).parent


class Line(NamedTuple):
    """A line of a table: what the reference lists, and the node id of the test that covers it."""

    listed: tuple[str, str]
    test: str


def of(service: Service) -> str:
    """What the tables of a service begin with: its adapter's name, for a cloud service may have several."""
    return service.adapter.path.partition(":")[0].rpartition(".")[2].replace("_", "-")


def names() -> set[str]:
    """The names of all tables."""
    return {path.name for path in FOLDER.glob("*.tsv")}


def read(name: str) -> list[Line]:
    """The lines of a table."""
    lines = (line.split("\t") for line in (FOLDER / name).read_text().splitlines())
    return [Line((first, second), test) for first, second, test in lines]
