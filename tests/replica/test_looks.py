"""What the program sees of its copies, for who draws it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pulumi
import pytest

from components.replica import looks
from components.replica.looks import Look


class Resource:
    pulumi_resource_type = "t"
    pulumi_resource_name = "模型-cn-shanghai"


RESOURCE = cast("pulumi.Resource", Resource())


def test_looks_are_appended_as_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(looks.FILE, str(tmp_path / "looks"))

    looks.note(RESOURCE, "Loading", 40, 12.5)
    looks.note(RESOURCE, "Available", 100, is_usable=True)

    assert [looks.of_line(line) for line in (tmp_path / "looks").read_text().splitlines()] == [
        Look("t", "模型-cn-shanghai", "Loading", 40, 12.5),
        Look("t", "模型-cn-shanghai", "Available", 100, is_usable=True),
    ]


def test_nothing_is_written_where_nobody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(looks.FILE, raising=False)
    looks.note(RESOURCE, "Loading")
    monkeypatch.setenv(looks.FILE, str(tmp_path / "no" / "looks"))
    looks.note(RESOURCE, "Loading")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["", "{", "[]", "3", "{}", '{"type": "t"}'])
def test_line_of_another_form_is_skipped(line: str) -> None:
    assert looks.of_line(line) is None
