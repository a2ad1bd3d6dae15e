"""The standard streams of a command: what nobody can be shown is dropped, and never ends a run.

A reader may go away (`| head -1`), a terminal may be gone, a disk full, a stream closed from the start (`<&-`), and its
encoding may lack a letter. None of that may keep the runner from reading the engine's output: the engine would never
end, and the stack stay locked.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast


class _Lasting:
    """A stream that drops what cannot be written.

    Args:
        stream: The stream that is written to while it can be.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or drop the text."""
        try:
            return self._stream.write(text)
        except UnicodeEncodeError:
            return self.write(text.encode("ascii", "backslashreplace").decode())
        except (OSError, ValueError):
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what was buffered."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._drop()

    def _drop(self) -> None:
        # What is buffered goes there, too: at its end, Python would fail to write it and change the exit code.
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def lasting() -> Iterator[None]:
    """Have standard streams that can always be used."""
    before = sys.stdin, sys.stdout, sys.stderr
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # the lowest free number is this one; else the next file that is opened would become a stream
            os.open(os.devnull, os.O_RDWR)
    with open(os.devnull, "r+", encoding="utf-8") as null:  # noqa: PTH123 - no file
        sys.stdin = sys.stdin or null
        sys.stdout, sys.stderr = (cast("TextIO", _Lasting(each or null)) for each in before[1:])
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            sys.stdin, sys.stdout, sys.stderr = before
