"""Writes what is generated from the kinds' tables: `python -m tools.reference`.

The inputs tables of the kinds' pages, between their markers, the page of error codes, and the JSON Schemas of stack
config files and of review reports. A test compares them with the code, so that they never say anything else.
"""

import json
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.clouds import errors
from components.kinds import KINDS
from components.model.field import Field, Table
from components.model.kind import Kind
from components.replica import catalog_model
from components.replica.settings import json_schema
from tools.review import report

CHECKOUT = Path(__file__).resolve().parents[1]
ERRORS = CHECKOUT / "docs" / "errors.md"
SCHEMA = CHECKOUT / "stacks" / "stack.schema.json"
REPORT_SCHEMA = CHECKOUT / "docs" / "report.schema.json"
CATALOG_SCHEMA = CHECKOUT / "stacks" / "catalog.schema.json"
BEGIN, END = "<!-- inputs: begin -->", "<!-- inputs: end -->"
TYPES: dict[Any, str] = {str: "text", int: "whole number", bool: "true or false", dict: "block"}


def inputs(kind: Kind) -> str:
    """Lay a kind's inputs out as a Markdown table."""
    rows = ["| input | type | required | default | a change | meaning |", "|---|---|---|---|---|---|"]
    rows += _rows("source.", kind.source_fields)
    args = dict(kind.args_fields)
    del args["source"]
    rows += _rows("", {"destinations": args.pop("destinations")})
    rows += _rows("destinations.*.", kind.settings)
    rows += _rows("", args)
    return "\n".join(rows)


def _rows(path: str, fields: Table) -> Iterator[str]:
    for field in fields.values():
        required = "yes" if field.required else "one of these" if path == "source." else "no"
        cells = (f"`{path}{field.name}`", _type(field), required, field.default, field.consequence, field.doc)
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
        if field.fields:
            yield from _rows(f"{path}{field.name}.", field.fields)


def _type(field: Field) -> str:
    plain = ", plain" if field.is_plain else ""
    if typing.get_origin(field.type) is list:
        return f"list of text{plain}"
    if typing.get_origin(field.type) is dict:
        return "map" + plain
    return TYPES[field.type] + plain


def page(kind: Kind) -> str:
    """Return a kind's page with its inputs table brought up to date."""
    before, _, rest = (CHECKOUT / "docs" / kind.page).read_text().partition(BEGIN)
    return f"{before}{BEGIN}\n{inputs(kind)}\n{END}{rest.partition(END)[2]}"


def schema() -> str:
    """Return the JSON Schema of stack config files as text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def report_schema() -> str:
    """Return the JSON Schema of review reports as text."""
    return json.dumps(report.json_schema(), indent=2, ensure_ascii=False) + "\n"


def catalog_schema() -> str:
    """Return the JSON Schema of catalogs as text."""
    return json.dumps(catalog_model.json_schema(), indent=2, ensure_ascii=False) + "\n"


MEANINGS: dict[type[errors.CloudError], str] = {
    errors.InvalidInput: "fix your input",
    errors.NotFound: "does not exist",
    errors.PermissionDenied: "permission",
    errors.CredentialsExpired: "permission, read again once",
    errors.QuotaReached: "quota",
    errors.AccountBlocked: "billing or account",
    errors.NotReady: "wait: changes and deletes do, within deleteTimeout",
    errors.Throttled: "retried",
    errors.Unavailable: "retried",
}

BESIDE = dict.fromkeys(place for kind in KINDS for place in kind.service.beside)
TABLES: Mapping[str, Mapping[str, errors.Rule]] = {
    **{kind.title: kind.service.errors.rules for kind in KINDS},
    **{f"{table.title} service": table.rules for table in (place.load().errors for place in BESIDE)},
}


def errors_page() -> str:
    """Lay the error tables out as Markdown."""
    lines = [
        "# Error codes",
        "",
        "<!-- Written by `make docs` from the error tables of components/clouds/. -->",
        "",
        "An error of the cloud is shown as one line: what was being done, to which thing, in which region, the",
        "cloud's code, message and request id, and the next step. A code that is not listed is judged by its HTTP",
        "status and family.",
        "",
    ]
    for title, rules in TABLES.items():
        rows = [f"| `{code}` | {MEANINGS[rule.kind]} | {rule.next_step} |" for code, rule in sorted(rules.items())]
        lines += [f"## {title}", "", "| code | what it is | next step |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    SCHEMA.write_text(schema())
    REPORT_SCHEMA.write_text(report_schema())
    CATALOG_SCHEMA.write_text(catalog_schema())
    ERRORS.write_text(errors_page())
    for each in KINDS:
        (CHECKOUT / "docs" / each.page).write_text(page(each))
