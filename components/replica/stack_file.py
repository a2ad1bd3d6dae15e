"""The config file of a stack, as it is written: what is secret in it is still encrypted. It decides nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen by what is installed
    """Reads dates as the texts that they are; in Python, config of a thousand replicas takes a quarter of a second."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class NotAStackFile(Exception):
    """The file is no YAML of the expected shape."""


def place(directory: Path, stack: str) -> Path:
    """Return where the config file of a stack is: `prod`, or `organization/replicas/prod`."""
    return directory / "stacks" / f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def read(path: Path) -> dict[str, Any]:
    """Read a file; `config` is always there.

    Raises:
        OSError: It cannot be read.
        NotAStackFile: It is no YAML of the expected shape.
    """
    try:
        file = dict(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {})  # noqa: S506 - a safe one
        # The engine takes a key without a value for an empty text.
        file["config"] = {key: "" if value is None else value for key, value in (file.get("config") or {}).items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise NotAStackFile(str(error)) from None
    return file


def config(directory: Path, stack: str) -> Mapping[str, Any]:
    """Return what the file of a stack says, nothing where it cannot be read."""
    try:
        return dict(read(place(directory, stack))["config"])
    except (OSError, NotAStackFile):
        return {}
