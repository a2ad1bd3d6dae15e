"""Shows the config of a stack as its program gets it, and where each value is written: `replicas config`.

What is encrypted, or looks like a secret, is never shown. It needs no engine and calls no cloud.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pulumi import RunError
from rich.cells import cell_len

from components.replica import catalog_model, settings
from components.replica.catalog import Declared
from components.replica.stack_config import NAMESPACE
from components.replica.written import Place, Written
from tools.runner.project import Project

SECRET = "[secret]"  # noqa: S105 - shown in place of one
_PLACES_FROM, _PLACES_UP_TO = 24, 72
"""Columns between which the places stand."""


def show(project: Project, stack: str, *, as_json: bool = False) -> int:
    """Print the merged config with places, and what is wrong with it; returns 1 if anything is.

    Args:
        project: The stack's project.
        stack: The stack's name.
        as_json: Print a list of values with path, file and line in place of YAML.

    Raises:
        UnusableStack: There is no config file of the stack, or it is not YAML of the expected shape.
    """
    declared = project.declared(stack)
    whole = _whole(declared, project.stack_config(stack))
    if as_json:
        listed = [_as_json(declared, path, each) for path, each in _values(whole, ())]
        sys.stdout.write(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(["config:", *_laid_out(declared, whole)]) + "\n")
    try:
        own = {key: _without_secrets(value) for key, value in project.stack_config(stack).items()}
        ours = {key: value for key, value in own.items() if key.startswith(f"{NAMESPACE}:")}
        raw = {key: value if isinstance(value, str) else json.dumps(value) for key, value in ours.items()}
        settings.load(raw, directory=project.directory, stack=stack)
    except RunError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def _whole(declared: Declared, config: Mapping[str, Any]) -> Written:
    """Return everything below `config` in the order of the file; what comes from catalogs alone is at the end."""
    of_catalogs = {catalog_model.CATALOG, catalog_model.SELECT}
    ours = {f"{NAMESPACE}:{key}": each for key, each in declared.root.entries.items() if key not in of_catalogs}
    files = declared.files
    others = {key: each for key, each in files.config.entries.items() if not key.startswith(f"{NAMESPACE}:")}
    named = [key for key in config if key in ours or key in others]
    return declared.root.holding({key: (ours | others)[key] for key in [*named, *(set(ours) - set(named))]})


def _values(written: Written, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Written]]:
    """Yield every value that is to be shown, with its path: maps are entered, lists are values."""
    if written.deletes:
        return
    if _is_block(written):
        for key, each in written.entries.items():
            yield from _values(each, (*path, key))
    else:
        yield path, written


def _is_block(written: Written) -> bool:
    return bool(written.entries) and written.entries.keys() != {"secure"}


def _shown(path: tuple[str, ...], written: Written) -> Any:
    value = _without_secrets(written.plain())
    return (
        SECRET
        if catalog_model.SECRET_NAME.search(path[-1]) and isinstance(value, str) and "tags" not in path
        else value
    )


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        is_secret = value.keys() == {"secure"}
        return SECRET if is_secret else {key: _without_secrets(each) for key, each in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


def _as_json(declared: Declared, path: tuple[str, ...], written: Written) -> dict[str, Any]:
    place = _place(declared, written)
    return {"path": list(path), "value": _shown(path, written), "file": place.file, "line": place.line or None}


def _place(declared: Declared, written: Written) -> Place:
    return declared.files.located(written.place)


def _laid_out(declared: Declared, whole: Written) -> list[str]:
    """Lay everything out as YAML, with the places in one column of comments."""
    rows: list[tuple[str, str]] = []
    before: tuple[str, ...] = ()
    for path, written in _values(whole, ()):
        same = next((at for at, (a, b) in enumerate(zip(before, path, strict=False)) if a != b), len(before))
        rows += [(f"{'  ' * (at + 1)}{_inline(path[at])}:", "") for at in range(same, len(path) - 1)]
        text = f"{'  ' * len(path)}{_inline(path[-1])}: {_inline(_shown(path, written))}"
        rows.append((text, str(_place(declared, written))))
        before = path
    widths = [cell_len(text) for text, place in rows if place]
    column = max(_PLACES_FROM, max((width for width in widths if width <= _PLACES_UP_TO), default=0))
    return [f"{text}{' ' * max(0, column - cell_len(text))}  # {place}" if place else text for text, place in rows]


def _inline(value: Any) -> str:
    """Write a value on one line of YAML."""
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=sys.maxsize, sort_keys=False)
    return dumped.removesuffix("\n").removesuffix("\n...")
