"""Lines of a stack's config file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.review.scenarios import lines_of

TOP = "replicas:dataCaches"
TEXT = """\
# a comment
config:
  replicas:dataCaches:
    weights: &weights
      source: {region: cn-beijing, id: edc-1}
      defaults:
        tags:
          team: ml
      destinations:
        cn-hangzhou: {retentionDays: 7}
        cn-shanghai:
          path: /a
    other:
      <<: *weights
      destinations:
        cn-shenzhen: {}
  replicas:images: '{"web": {}}'
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "stacks" / "Pulumi.prod.yaml"
    path.parent.mkdir()
    path.write_text(TEXT)
    return path


def at(path: Path, *places: tuple[str, ...]) -> int | None:
    found = lines_of(path).find(*places)
    assert found is None or found.file == "stacks/Pulumi.prod.yaml"
    return found.line if found else None


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((TOP,), 3),
        ((TOP, "weights", "destinations", "cn-hangzhou"), 10),
        ((TOP, "weights", "destinations", "cn-hangzhou", "retentionDays"), 10),
        ((TOP, "weights", "destinations", "cn-shanghai", "path"), 12),
        ((TOP, "weights", "defaults", "tags", "team"), 8),
        ((TOP, "other", "defaults", "tags"), 7),
        ((TOP, "weights", "destinations", "cn-qingdao"), 9),
        ((TOP, "gone", "destinations", "cn-hangzhou"), 3),
        (("replicas:images", "web", "destinations"), 17),
        (("replicas:snapshots", "disk"), None),
    ],
)
def test_line(stack: Path, place: tuple[str, ...], line: int | None) -> None:
    assert at(stack, place) == line


def test_first_place_that_is_wholly_written_down_is_taken(stack: Path) -> None:
    own, default = (TOP, "weights", "destinations", "cn-hangzhou", "tags"), (TOP, "weights", "defaults", "tags")

    assert at(stack, own, default) == 7


@pytest.mark.parametrize("text", ["", "- a list\n", "config: 3\n", "config: {a: [}\n", "\x00"])
def test_file_that_is_no_config_has_no_lines(stack: Path, text: str) -> None:
    stack.write_text(text)

    assert at(stack, (TOP,)) is None


def test_missing_file_has_no_lines(stack: Path) -> None:
    assert at(stack.with_name("Pulumi.gone.yaml"), (TOP,)) is None


def test_what_a_catalog_declares_is_found_there(stack: Path) -> None:
    catalog = stack.parent / "catalog.yaml"
    catalog.write_text(
        "dataCaches:\n  weights:\n    source: {region: cn-beijing, id: edc-1}\n    defaults: {path: /a}\n"
    )
    stack.write_text(
        "config:\n  replicas:catalog: stacks/catalog.yaml\n"
        "  replicas:dataCaches:\n    weights:\n      destinations:\n        cn-hangzhou: {}\n"
    )
    lines = lines_of(stack)

    path = lines.find((TOP, "weights", "defaults", "path"))
    region = lines.find((TOP, "weights", "destinations", "cn-hangzhou"))

    assert (path and (path.file, path.line)) == ("stacks/catalog.yaml", 4)
    assert (region and (region.file, region.line)) == ("stacks/Pulumi.prod.yaml", 6)
