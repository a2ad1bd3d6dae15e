"""How rows of native resources are read in a state. Their API has no token for us, so each has a name of its own.

No cloud is asked before `connect`, and nothing is written but what `Cloud` offers to end.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds.errors import ReplicaError, Rule, Throttled, Transient
from components.model.field import Table
from components.model.kind import Found, LostCreation, Row, Rows, shown

_REQUEST_ID = re.compile(r"\brequest[ _]?id\b|\(request ", re.IGNORECASE)
_CLOUDS_FAULT = re.compile(r"InternalError|ServiceUnavailable|Processing|status ?code: ?5", re.IGNORECASE)
"""What a cloud answers that may have done what was asked all the same, whatever else the message quotes."""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*")


def provider_name(plugin: str, region: str) -> str:
    """Return what the native provider of a region is called: an API, since the rows of its copies name it."""
    return f"replicas-{plugin}-{region}"


class NativeRows(Rows):
    """Rows of one native resource type."""

    is_native = True

    name: ClassVar[str]
    """Input that holds the name."""
    made_of: ClassVar[tuple[str, ...]]
    """Inputs that say what it is made of."""
    errors: ClassVar[Mapping[str, Rule]]
    """The error codes of its service."""
    name_is_taken: ClassVar[str] = ""
    """Code of a name that is in use: since the name is the stack's own, an earlier request has started the thing."""

    @override
    def token(self, inputs: Row) -> str:
        return str(inputs.get(self.name, ""))

    @override
    def place(self, row: Row, rows: Sequence[Row]) -> tuple[str, str]:
        """Return the region that the row's native provider is named after; there is no namespace in it.

        The provider itself may be gone: an engine that destroys the stack keeps a creation that it does not know of.
        """
        name = str(row.get("provider", "")).rpartition("::")[0].rpartition("::")[2]
        prefix = provider_name(str(row.get("type", "")).partition(":")[0], "")
        return name.removeprefix(prefix) if name.startswith(prefix) else "", ""

    @override
    def source(self, inputs: Row) -> str:
        return "/".join(shown(inputs.get(key)) for key in self.made_of)

    @override
    def declared(self, row: Row, rows: Sequence[Row], settings: Table) -> Mapping[str, Any]:
        from pydantic.alias_generators import to_camel  # noqa: PLC0415 - provider processes load no pydantic

        inputs = row.get("inputs") or {}
        named = {
            "name": self.name,
            **{name: to_camel(field.native) for name, field in settings.items() if field.native},
        }
        named |= dict(zip(("source_id", "source_region"), reversed(self.made_of), strict=False))
        found = {name: inputs[key] for name, key in named.items() if inputs.get(key) is not None}
        return {"region": self.place(row, rows)[0], **found}

    @override
    def identity(self, row: Row) -> tuple[Any, ...]:
        inputs = row.get("inputs") or {}
        return row.get("provider"), *(inputs.get(key) for key in self.made_of)

    @override
    def outputs(self, inputs: Row, id_: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        """Return the inputs and the id: the next refresh reads the rest."""
        return {**{key: value for key, value in inputs.items() if not key.startswith("__")}, "id": id_}

    @override
    def was_refused(self, message: str) -> bool:
        """Report whether the plugin passes on a refusal: a code of the service's table, with a request id.

        A code that is not listed, a fault of the cloud's own, or none at all leaves the outcome unknown.
        """
        if _CLOUDS_FAULT.search(message):
            return False
        codes = self.errors.keys() & set(_CODE.findall(message))
        unclear = any(
            issubclass(self.errors[code].kind, Transient) and not issubclass(self.errors[code].kind, Throttled)
            for code in codes
        )
        return bool(codes) and not unclear and self.name_is_taken not in codes and bool(_REQUEST_ID.search(message))

    @override
    def is_taken(self, message: str) -> bool:
        return bool(self.name_is_taken) and self.name_is_taken in _CODE.findall(message)

    def _finder(self, named: Callable[[str, str], Sequence[Found]]) -> Callable[[LostCreation], Found | None]:
        """Make a finder of a listing by region and name."""

        def find(lost: LostCreation) -> Found | None:
            region, _ = self.place(lost.row, lost.rows)
            name = self.token(lost.inputs)
            if not (region and name):
                missing = "name" if region else "region"
                raise ReplicaError(
                    f"{lost.row['urn']}: where its copy may be is not known: the state has no {missing} of it",
                    "delete it in the console if it is there; then run `pulumi refresh --clear-pending-creates` and "
                    "remove the file of this stack in .replicas/ if there is one",
                )
            return next((each for each in named(region, name) if each.id not in lost.recorded), None)

        return find
