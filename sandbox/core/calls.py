"""The record of every API call: what tests and people look at to see what a client really did.

It must never hold a signature, a nonce or a secret.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.alibaba.signatures import SIGNATURE_PARAMETERS
from sandbox.core.store import Store

KEPT = 100_000  # newest calls; a sandbox that runs for weeks does not grow without end
_SECRET_OPTION = re.compile(r"DataSource\.Options\..*(secret|password|passwd|token|access_?key)", re.IGNORECASE)


class Calls:
    """The calls in the order in which they ended."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, service: str | None, action: str | None, entry: dict[str, Any]) -> None:
        """Add a call."""
        index = self._store.run(
            "INSERT INTO calls (service, action, body) VALUES (?, ?, ?)", (service, action, json.dumps(entry))
        )
        self._store.run("DELETE FROM calls WHERE idx <= ?", (index - KEPT,))

    def every(self, *, service: str | None, action: str | None, since: int, limit: int | None) -> list[dict[str, Any]]:
        """Calls with an index greater than `since`, oldest first."""
        rows = self._store.rows(
            "SELECT idx, service, action, body FROM calls WHERE idx > ? AND (? IS NULL OR service = ?)"
            " AND (? IS NULL OR action = ?) ORDER BY idx LIMIT ?",
            (since, service, service, action, action, -1 if limit is None else limit),
        )
        return [
            {"index": index, "service": its_service, "action": its_action} | json.loads(body)
            for index, its_service, its_action, body in rows
        ]

    def clear(self) -> None:
        """Forget all calls; the index continues."""
        self._store.run("DELETE FROM calls")


def harmless(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters that may be recorded: without what authenticates, and with secret source options hidden."""
    return {
        name: "***" if _SECRET_OPTION.match(name) else value
        for name, value in params.items()
        if name not in SIGNATURE_PARAMETERS
    }
