"""The sandbox's memory: one SQLite database that survives restarts and kill -9.

Other modules own the meaning of their table and its SQL; this one owns the schema, the connection and the
transactions. It must not know any service.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Store:
    """One connection for all threads; a transaction holds it, so API calls happen one after another."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the database at `path`, or one in memory when there is none."""
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        # With a write-ahead log, NORMAL loses nothing when the process dies, however it dies: what was
        # committed is with the kernel. Only a power cut could take the last calls, and that is not worth an
        # fsync per call.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside, or nothing when it raises; one inside another is a savepoint."""
        with self._lock:
            name = f"depth_{self._depth}"
            self._connection.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._connection.execute(f"ROLLBACK TO {name}" if self._depth else "ROLLBACK")
                if self._depth:
                    self._connection.execute(f"RELEASE {name}")
                raise
            self._depth -= 1
            self._connection.execute(f"RELEASE {name}" if self._depth else "COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Every row that a statement returns."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Execute a statement that changes something; returns the id of the row it inserted, if it did."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def load(self, name: str) -> Any:
        """The JSON value kept under a name, or None."""
        rows = self.rows("SELECT body FROM singletons WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else None

    def keep(self, name: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        self.run("INSERT OR REPLACE INTO singletons VALUES (?, ?)", (name, json.dumps(value)))

    def forget(self) -> None:
        """Empty every table; counters start again."""
        with self.transaction():
            for (table,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own, and SQLite's counters

    def close(self) -> None:
        """Close the database, after the transaction that may be running."""
        with self._lock:
            self._connection.close()
