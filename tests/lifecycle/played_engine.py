"""Plays the engine for DataCache copies: what it calls on the provider, in its order, and what it then records.

The state has the shape of a real deployment, so that the runner's own repair works on it. Components, dependencies and
previews are not played: the engine tests have the real one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from components.lifecycle.results import UNSEEN
from components.lifecycle.waiting import Waiter
from components.model.kind import Found
from tests.lifecycle.provider_process import PROVIDER, REFERENCE, CallFailed, Difference, ProviderProcess
from tools.runner import repair

DATA_CACHE_COPY = "pulumi-python:dynamic/alibaba:DataCacheCopy"

Row = dict[str, Any]


class PlayedEngine:
    """A state, and the operations of the engine on it.

    Args:
        process: Gives the provider process to call.
    """

    def __init__(self, process: Callable[[], ProviderProcess]) -> None:
        self._process = process
        self._runs = 0
        self.rows: list[Row] = []
        self.pending: list[Row] = []

    def live(self, name: str) -> Row | None:
        """The row of a replica, None where it has none."""
        return next((row for row in self.rows if row["urn"] == _urn(name) and not row.get("delete")), None)

    def pending_tokens(self) -> set[str]:
        """The tokens of creations that were started and not recorded."""
        return {operation["resource"]["inputs"]["copy_token"] for operation in self.pending}

    def up(self, name: str, declared: dict[str, Any]) -> Difference | None:
        """Bring one replica in line; answers what Diff said, None where there was nothing to compare.

        Raises:
            CallFailed: The provider refused.
            ProcessDied: In the middle of it; a creation is pending then.
        """
        self.delete_replaced()
        process, news = self._process(), {**declared, PROVIDER: REFERENCE}
        row = self.live(name)
        if row is None or row.get("pendingReplacement"):
            self._create(name, news)
            return None
        difference, inputs = self._compared(row, news)
        if not difference.changes:
            row["inputs"] = inputs
        elif not difference.replaces:
            row["outputs"] = process.update(row["id"], row["outputs"], inputs)
            row["inputs"] = inputs
        else:
            if difference.delete_first:
                process.delete(row["id"], row["outputs"])
                row["pendingReplacement"] = True
            self._create(name, news)
            self.delete_replaced()
        return difference

    def diff(self, name: str, declared: dict[str, Any]) -> Difference:
        """What a preview says of a replica that has a row."""
        row = self.live(name)
        assert row is not None
        return self._compared(row, {**declared, PROVIDER: REFERENCE})[0]

    def refresh(self) -> None:
        """Ask the cloud permanentlyy row; what is gone has none any more."""
        self._runs += 1
        # The engine has a process, and so a listing, for each run. A reference of another spelling, which unpickles
        # to the same, makes this process read the cloud again.
        reference = REFERENCE + "\n" * self._runs
        for row in [row for row in self.rows if not row.get("delete")]:
            outputs = {**row["outputs"], PROVIDER: reference}
            id_, outputs, inputs = self._process().read(row["id"], outputs, row["inputs"])
            if not id_:
                self.rows.remove(row)
                continue
            row["outputs"], row["inputs"] = {**outputs, PROVIDER: REFERENCE}, {**inputs, PROVIDER: REFERENCE}

    def destroy(self, name: str) -> None:
        """Delete one replica, and what it replaced."""
        self.delete_replaced()
        row = self.live(name)
        if row is None:
            return
        if not row.get("pendingReplacement"):
            self._process().delete(row["id"], row["outputs"])
        self.rows.remove(row)

    def delete_replaced(self) -> None:
        """Delete what earlier runs replaced."""
        for row in [row for row in self.rows if row.get("delete")]:
            self._process().delete(row["id"], row["outputs"])
            self.rows.remove(row)

    def repair(self, find: Callable[[dict[str, Any]], str | None], *, patience: float) -> None:
        """What the runner does before each run."""
        deployment = {
            "manifest": {"time": datetime.now(UTC).isoformat()},
            "resources": self.rows,
            "pending_operations": self.pending,
        }
        creations = repair.pending_copies(deployment)
        found = repair.look_up(
            creations,
            lambda creation: Found(id_) if (id_ := find(dict(creation.inputs))) else None,
            say=lambda _: None,
            waiter=Waiter(sleep=time.sleep),
            patience=patience,
        )
        state, _ = repair.repaired(deployment, creations, found)
        self.rows, self.pending = state["resources"], state["pending_operations"]

    def _compared(self, row: Row, news: dict[str, Any]) -> tuple[Difference, dict[str, Any]]:
        inputs = self._process().check(row["inputs"], news)
        return self._process().diff(row["id"], row["outputs"], inputs), inputs

    def _create(self, name: str, news: dict[str, Any]) -> None:
        """Create, written down before it is asked for; a replacement is checked as a new instance."""
        inputs = self._process().check({}, news)
        row: Row = {"urn": _urn(name), "type": DATA_CACHE_COPY, "custom": True, "inputs": inputs}
        operation = {"resource": row, "type": "creating"}
        self.pending.append(operation)
        try:
            id_, outputs = self._process().create(inputs)
        except CallFailed:
            self.pending.remove(operation)
            raise
        self.pending.remove(operation)
        outputs.pop(UNSEEN)  # the program waits until the copy is usable, and the runner knows that it was
        made, old = {**row, "id": id_, "outputs": outputs}, self.live(name)
        if old is None:
            self.rows.append(made)
            return
        self.rows[self.rows.index(old)] = made
        if not old.get("pendingReplacement"):
            self.rows.append({**old, "delete": True})


def _urn(name: str) -> str:
    return f"urn:pulumi:test::replicas::{DATA_CACHE_COPY}::{name}"
