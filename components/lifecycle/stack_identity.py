"""A random id of the stack, made once: what is named after it can be told from anybody else's. No cloud is called."""

from __future__ import annotations

import uuid
from typing import Any

from components.lifecycle.copy_state import declared
from components.lifecycle.results import Checked, Difference, Present, Properties, Started


class StackIdentityLifecycle:
    """Draws the id in `check` and carries it over from then on."""

    config_keys: tuple[str, ...] = ()

    def connect(self, config: Properties) -> None:
        """Do nothing: it exists in the state only."""

    def check(self, olds: Properties, news: Properties) -> Checked:
        """Draw the id where there is none yet."""
        return Checked({**news, "value": olds.get("value") or uuid.uuid4().hex})

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> Difference:
        """Report no change: there is nothing to declare."""
        return Difference(changes=False)

    def create(self, inputs: Properties) -> Started:
        """Make the drawn value the resource's id."""
        return Started(str(inputs["value"]), declared(inputs))

    def read(self, id_: str, outputs: Properties) -> Present:
        """Return what is recorded."""
        return Present(id_, declared(outputs), declared(outputs))

    def update(self, _id: str, _olds: Properties, news: Properties) -> dict[str, Any]:
        """Record what is declared."""
        return declared(news)

    def delete(self, id_: str, outputs: Properties) -> None:
        """Do nothing: there is nothing to delete."""
