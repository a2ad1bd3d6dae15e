"""The tables of fields against what is made of them: TypedDicts, pages, and the JSON Schema of stack config."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from components.data_cache.args import DataCacheDestination
from components.kinds import KINDS
from components.model.field import Change, Field, Table, table
from components.model.kind import Kind
from components.replica import catalog_model
from components.replica.settings import json_schema
from tools import reference

STACKS = sorted((reference.CHECKOUT / "stacks").glob("Pulumi.*.yaml"))
CATALOGS = sorted((reference.CHECKOUT / "catalogs").glob("*.yaml"))
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def leaves(fields: Table) -> list[Field]:
    """Every field of a table, those of blocks included."""
    return [each for field in fields.values() for each in [field, *leaves(field.fields or {})]]


@kinds
def test_page_is_current(kind: Kind) -> None:
    assert (reference.CHECKOUT / "docs" / kind.page).read_text() == reference.page(kind), "run `make docs`"


def test_page_of_error_codes_is_current() -> None:
    assert reference.ERRORS.read_text() == reference.errors_page(), "run `make docs`"


def test_every_class_of_errors_has_a_meaning() -> None:
    assert {rule.kind for rules in reference.TABLES.values() for rule in rules.values()} <= reference.MEANINGS.keys()


def test_schema_is_current() -> None:
    assert reference.SCHEMA.read_text() == reference.schema(), "run `make docs`"
    assert reference.CATALOG_SCHEMA.read_text() == reference.catalog_schema(), "run `make docs`"


def test_schema_of_reports_is_current() -> None:
    assert reference.REPORT_SCHEMA.read_text() == reference.report_schema(), "run `make docs`"


@kinds
def test_every_field_is_documented(kind: Kind) -> None:
    for fields in (kind.source_fields, kind.args_fields, kind.settings):
        assert [field.name for field in leaves(fields) if not field.doc] == []


@kinds
def test_every_part_of_a_kind_can_be_loaded(kind: Kind) -> None:
    component = kind.component.load()

    assert component.kind is kind
    assert component.__name__ == kind.component_name
    assert kind.service.errors.rules
    assert kind.sample.load().regions
    assert dict(kind.resources())[kind.type] is kind.rows.load()


def test_key_without_a_field_is_refused() -> None:
    """A TypedDict and its table cannot differ."""
    fields = dict.fromkeys(DataCacheDestination.__annotations__, Field())
    del fields["bucket"]

    with pytest.raises(TypeError, match="DataCacheDestination and its table differ in bucket"):
        table(DataCacheDestination, **fields)


def test_field_has_name_type_and_text_of_its_typed_dict() -> None:
    field = table(DataCacheDestination, **dict.fromkeys(DataCacheDestination.__annotations__, Field()))["tags"]

    assert (field.name, field.type, field.required, field.is_plain) == ("tags", dict[str, str], False, False)
    assert field.doc == "Up to 19 tags."


def test_description_says_default_change_and_api_name() -> None:
    field = Field(Change.IN_PLACE, default="never expires", api="RetentionDays", unset="the API cannot")

    assert field.description == ("Default: never expires. A change: in place; cannot be unset. (RetentionDays)")


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_editor_accepts_stack_file(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text()), json_schema())
    assert path.read_text().startswith("# yaml-language-server: $schema=stack.schema.json\n")


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_editor_accepts_catalog(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text()), catalog_model.json_schema())
    assert path.read_text().startswith("# yaml-language-server: $schema=../stacks/catalog.schema.json\n")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"destinations": {"cn-hangzhou": {"retentionDay": 3}}}, "'retentionDay' was unexpected"),
        ({"destinations": {"cn-hangzhou": {"retentionDays": "3"}}}, "'3' is not"),
        ({"sources": {}}, "'sources' was unexpected"),
    ],
)
def test_editor_marks_a_mistake(entry: dict[str, Any], complaint: str) -> None:
    good = {"source": {"region": "cn-beijing", "id": "edc-1"}, "destinations": {"cn-hangzhou": {}}}
    file = {"config": {"replicas:dataCaches": {"w": {**copy.deepcopy(good), **entry}}}}

    errors = jsonschema.Draft202012Validator(json_schema()).iter_errors(file)

    assert complaint in json.dumps([_messages(error) for error in errors])


def test_editor_marks_a_misspelt_section() -> None:
    schema = jsonschema.Draft202012Validator(json_schema())

    assert schema.is_valid({"config": {"alicloud:profile": "x"}})
    assert not schema.is_valid({"config": {"replicas:dataCache": {}}})


def _messages(error: jsonschema.ValidationError) -> list[Any]:
    return [error.message, *(_messages(each) for each in error.context or ())]
