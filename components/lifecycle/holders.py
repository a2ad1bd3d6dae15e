"""Which rows of the state hold one id, as far as this process knows: only the last of them deletes the thing.

From an adoption under another name, or for a replacement, an id has two rows until the old one is deleted; a run that
fails or is stopped in between leaves both. An `up` compares every declared row before it deletes any. A `destroy`
compares none, nor does the engine what is no target: so the runner names the rows that share an id.
"""

import json
import os
from collections import defaultdict
from threading import Lock

SHARED = "REPLICAS_SHARED"
"""The environment variable in which the runner names them."""


class Holders:
    """The rows that hold each id.

    Args:
        shared: JSON: region, id and token of each row that shares its id.
    """

    def __init__(self, shared: str = "") -> None:
        self._tokens: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._lock = Lock()
        for region, id_, token in json.loads(shared or "[]"):
            self.add(region, id_, token)

    def add(self, region: str, id_: str, token: str) -> None:
        """Take note of the row with this token."""
        with self._lock:
            self._tokens[region, id_].add(token)

    def release(self, region: str, id_: str, token: str) -> bool:
        """Forget a row that is to be deleted, and report whether another one holds the id still."""
        with self._lock:
            self._tokens[region, id_].discard(token)
            return bool(self._tokens[region, id_])


def of_this_run() -> Holders:
    """Start with what the runner has named, if it runs at all."""
    return Holders(os.environ.get(SHARED, ""))
