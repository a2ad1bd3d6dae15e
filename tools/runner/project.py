"""The project on disk: its name, and the config files of its stacks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components import kinds
from components.clouds.errors import ReplicaError
from components.replica import stack_file


class UnusableStack(ReplicaError):
    """The stack's config file cannot be used."""


@dataclass(frozen=True)
class Project:
    """This project, in the directory that holds Pulumi.yaml."""

    directory: Path

    @property
    def name(self) -> str:
        """The project's name, from Pulumi.yaml."""
        return str(self._file["name"])

    @property
    def plugins(self) -> dict[str, Path]:
        """The directories of native plugins that Pulumi.yaml itself names, which the engine prefers to all others."""
        listed = (self._file.get("plugins") or {}).get("providers") or []
        return {str(each["name"]): self.directory / str(each["path"]) for each in listed}

    @property
    def _file(self) -> dict[str, Any]:
        """What Pulumi.yaml says.

        Raises:
            UnusableStack: There is no such file, or it is not YAML of the expected shape.
        """
        path = self.directory / "Pulumi.yaml"
        try:
            settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError, ValueError) as error:
            raise UnusableStack(f"{path} is not a Pulumi project: {error}", "correct the file") from None
        if not isinstance(settings, dict) or not settings.get("name"):
            raise UnusableStack(f"{path} is not a Pulumi project: it has no name", "correct the file")
        return settings

    def stack_config(self, stack: str) -> Mapping[str, Any]:
        """Read the config of a stack, secrets still encrypted.

        Raises:
            UnusableStack: There is no such file, or it is not YAML of the expected shape.
        """
        return dict(self._stack_file(stack)["config"])

    def plain_config(self, stack: str) -> dict[str, str] | None:
        """Read the config of a stack as its program gets it; None where only the engine knows all of it."""
        file = self._stack_file(stack)
        written = file["config"]
        # A Pulumi ESC environment may add to it.
        if file.get("environment") or '"secure"' in json.dumps(written, default=str):
            return None
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in written.items()}

    def slots(self, stack: str) -> int:
        """Count the declared copies that each hold one of the engine's parallel slots until they are usable."""
        config = self.stack_config(stack)
        sections = [config.get(f"replicas:{kind.section}") for kind in kinds.KINDS if kind.holds_a_slot]
        entries = [entry for section in sections if isinstance(section, dict) for entry in section.values()]
        return sum(_copies_of(entry) for entry in entries if isinstance(entry, dict))

    def _stack_file(self, stack: str) -> dict[str, Any]:
        path = stack_file.place(self.directory, stack)
        if not path.is_file():
            known = ", ".join(sorted(found.name[7:-5] for found in path.parent.glob("Pulumi.*.yaml")))
            raise UnusableStack(
                f"there is no stack {stack!r}: {path.relative_to(self.directory)} does not exist",
                f"name one of: {known}; or write that file",
            )
        try:
            return stack_file.read(path)
        except stack_file.NotAStackFile as error:
            raise UnusableStack(f"stacks/{path.name} is not a stack config: {error}", "correct the file") from None


def _copies_of(entry: Mapping[str, Any]) -> int:
    destinations, source = entry.get("destinations"), entry.get("source")
    generations = source.get("ids") if isinstance(source, dict) else None
    regions = len(destinations) if isinstance(destinations, dict) else 0
    return regions * (len(generations) if isinstance(generations, list) else 1)
