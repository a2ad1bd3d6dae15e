"""The project on disk: its name, and the config files of its stacks."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from components import kinds
from components.clouds.errors import ReplicaError
from components.model.kind import Kind

if TYPE_CHECKING:  # it takes a tenth of a second
    from components.replica.catalog import Declared

NAMESPACE = "replicas:"
CATALOG = f"{NAMESPACE}catalog"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen by what is installed
    """Reads dates as the texts that they are; in Python, config of a thousand replicas takes a quarter of a second."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


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
    def pack(self) -> Path | None:
        """The policy pack, as an engine without a language host can start it; None where there is none."""
        program = self.directory / "policy" / "run"
        return program if os.access(program, os.X_OK) else None

    def policies(self, stack: str) -> Any:
        """Return what a stack's config demands of its replicas, as it is written; None where it demands nothing."""
        return self._values(stack).get("policies")

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

    def stacks(self) -> list[str]:
        """Return the names of all stacks that have a file, in their order."""
        return sorted(found.name[len("Pulumi.") : -len(".yaml")] for found in self._stack_files.glob("Pulumi.*.yaml"))

    def stack_config(self, stack: str) -> Mapping[str, Any]:
        """Read the config of a stack, secrets still encrypted.

        Raises:
            UnusableStack: There is no such file, or it is not YAML of the expected shape.
        """
        return dict(self._stack_file(stack)["config"])

    def has_config(self, stack: str) -> bool:
        """Report whether there is a config file of the stack."""
        return self._path(stack).is_file()

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
        return sum(map(_copies_of, self._entries(stack, [kind for kind in kinds.KINDS if kind.holds_a_slot])))

    def destinations(self, stack: str) -> tuple[list[str], int]:
        """Return the regions that a stack declares replicas in, and how many replicas; a wrong entry declares none.

        Raises:
            UnusableStack: The stack's config file cannot be used.
        """
        entries = self._entries(stack, kinds.KINDS)
        named = (entry.get("destinations") for entry in entries)
        regions = {str(region) for each in named if isinstance(each, dict) for region in each}
        return sorted(regions), sum(map(_copies_of, entries))

    def _entries(self, stack: str, of: Sequence[Kind]) -> list[Mapping[str, Any]]:
        values = self._values(stack)
        sections = [values.get(kind.section) for kind in of]
        entries = [entry for section in sections if isinstance(section, dict) for entry in section.values()]
        return [entry for entry in entries if isinstance(entry, dict)]

    @property
    def _stack_files(self) -> Path:
        return self.directory / "stacks"

    def declared(self, stack: str) -> "Declared":
        """Return what a stack declares, catalogs included, and where; what is wrong with it, the program reports.

        Secrets are still encrypted.

        Raises:
            UnusableStack: There is no config file of the stack, or it is not YAML of the expected shape.
        """
        from components.replica import catalog  # noqa: PLC0415 - as above

        return catalog.declared(self._own_values(stack), catalog.StackFiles(self.directory, stack))

    def _own_values(self, stack: str) -> dict[str, Any]:
        config = self.stack_config(stack)
        return {key.removeprefix(NAMESPACE): value for key, value in config.items() if key.startswith(NAMESPACE)}

    def _values(self, stack: str) -> dict[str, Any]:
        """Return the values of our own namespace, catalogs included, without their places."""
        own = self._own_values(stack)
        return dict(self.declared(stack).values) if CATALOG.removeprefix(NAMESPACE) in own else own

    def _path(self, stack: str) -> Path:
        return self._stack_files / f"Pulumi.{stack.rpartition('/')[2]}.yaml"

    def _stack_file(self, stack: str) -> dict[str, Any]:
        path = self._path(stack)
        if not path.is_file():
            known = ", ".join(self.stacks())
            raise UnusableStack(
                f"there is no stack {stack!r}: {path.relative_to(self.directory)} does not exist",
                f"name one of: {known}; or write that file",
            )
        try:
            file = dict(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {})  # noqa: S506 - a safe one
            # The engine takes a key without a value for an empty text.
            file["config"] = {key: "" if value is None else value for key, value in (file.get("config") or {}).items()}
        except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
            raise UnusableStack(f"stacks/{path.name} is not a stack config: {error}", "correct the file") from None
        return file


def _copies_of(entry: Mapping[str, Any]) -> int:
    destinations, source = entry.get("destinations"), entry.get("source")
    generations = source.get("ids") if isinstance(source, dict) else None
    regions = len(destinations) if isinstance(destinations, dict) else 0
    return regions * (len(generations) if isinstance(generations, list) else 1)
