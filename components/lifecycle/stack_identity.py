"""A random id of the stack, made once: what is named after it can be told from anybody else's. No cloud is called."""

from __future__ import annotations

import uuid
from typing import Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult

from components.lifecycle.copy_state import declared


class StackIdentityProvider(ResourceProvider):
    """Draws the id in `check` and carries it over from then on."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Draw the id where there is none yet."""
        return CheckResult({**news, "value": _olds.get("value") or uuid.uuid4().hex}, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Nothing can change but the reference to this module."""
        return DiffResult(changes=_olds.get("__provider") != _news.get("__provider"))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the drawn value the resource's id."""
        return CreateResult(str(props["value"]), declared(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return what is recorded: it exists in the state only."""
        return ReadResult(id_, declared(props), declared(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Record the new reference."""
        del _id, _olds
        return UpdateResult(declared(_news))
