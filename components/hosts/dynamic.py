"""Serves a lifecycle as a Pulumi dynamic provider: translates its results, and reports how each creation ended.

Pickled by reference into the state, so an instance holds nothing: it is connected in `configure`. Nothing is decided
here but what the protocol demands. Expected errors leave the process as their one line: the SDK's server answers
every exception with `traceback.format_exc()` of its own `__main__` module, where this module puts its own formatter
(docs/decisions/0003-one-line-errors.md). Unexpected errors keep their traceback.
"""

import sys
import traceback
from collections.abc import Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from components.clouds.errors import ReplicaError
from components.lifecycle import outcome
from components.lifecycle.results import Lifecycle

L = TypeVar("L", bound=Lifecycle)

_PROVIDER = "__provider"
"""The engine's reference to the provider among the properties: the SDK's server puts it back into each answer."""


class DynamicProvider(ResourceProvider, Generic[L]):
    """A dynamic provider of one lifecycle; a subclass names it and is what the state refers to."""

    serialize_as_secret_always = False

    served: type[L]

    @cached_property
    def lifecycle(self) -> L:
        """The lifecycle that is served, made where it is first asked: never in the program, which only pickles this."""
        return self.served()

    def configure(self, req: ConfigureRequest) -> None:
        """Connect with the environment and the stack config, once per provider process."""
        show_in_one_line()
        is_known = any(":" in key for key in req.config._props)  # noqa: SLF001 - an explicit provider has its own only
        self.lifecycle.connect({key: req.config.get(key) for key in self.lifecycle.config_keys} if is_known else {})

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Complete the inputs; each broken rule is a failure of its property."""
        checked = self.lifecycle.check(_own(_olds), _own(news))
        return CheckResult(checked.inputs, [CheckFailure(*found) for found in checked.violations])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare; a moved module is a change, too: update rewrites the reference."""
        found = self.lifecycle.diff(_id, _own(_olds), _own(_news))
        moved = _olds.get(_PROVIDER) != _news.get(_PROVIDER)
        return DiffResult(found.changes or moved, found.replaces, delete_before_replace=found.delete_first)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Start what is declared, and write down how that ended before the engine is answered."""
        token = str(props.get("copy_token") or "")
        try:
            started = self.lifecycle.create(_own(props))
        except Exception as error:
            if token:
                outcome.write(token, outcome.of_error(error))
            raise
        if token:
            outcome.write(token, outcome.Outcome.STARTED, started.id)
        return CreateResult(started.id, started.outputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read; an empty id means gone."""
        found = self.lifecycle.read(id_, _own(props))
        return ReadResult(found.id, found.outputs, found.inputs) if found else ReadResult("", {}, {})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send what changed in place."""
        return UpdateResult(self.lifecycle.update(_id, _own(_olds), _own(_news)))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete."""
        self.lifecycle.delete(_id, _own(_props))


def _own(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != _PROVIDER}


def show_in_one_line() -> None:
    """Install the formatter, where this process is the SDK's dynamic provider server."""
    server = sys.modules.get("__main__")
    if getattr(server, "DynamicResourceProviderServicer", None) and getattr(server, "traceback", None) is traceback:
        setattr(server, "traceback", SimpleNamespace(format_exc=_format_exc))  # noqa: B010 - mypy knows no such module attribute


def _format_exc() -> str:
    error = sys.exc_info()[1]
    return str(error) if isinstance(error, ReplicaError) else traceback.format_exc()
