"""What of the engine's own display is shown: its lines as they are, without those that say nothing.

Without a terminal of its own the engine writes a line for every row it looks at. One that says that nothing changed
would hide, and be mistaken for, one that says that something does.
"""

from __future__ import annotations

import re
import sys

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_NOTHING_CHANGED = re.compile(r" ~  \S+ \S+ refresh(ing)?( \(\S+\))?|    \S+:\S+ \S+( running)?|@ .*")
# What the engine says of a stand-in plugin, once per process of it: the runner said it already.
_STAND_IN = re.compile(r".*warning: using pulumi-resource-\S+ from \$PATH at \S+/sandbox/plugins/bin/\S+")
_WARNINGS_COUNTED = re.compile(r"    pulumi:pulumi:Stack \S+  \d+ warnings?")  # they stand below
_HEADING = re.compile(r"Diagnostics:|  \S+ \(\S+\):")
_TOLD_TWICE = re.compile(r".*error: (?:an unhandled error occurred|Exception calling application): (.*)")


class Display:
    """The display of one operation."""

    def __init__(self) -> None:
        self._errors: set[str] = set()
        self._lines: set[str] = set()
        self._is_repeating = False
        self._headings: list[str] = []

    def show(self, line: str) -> None:
        """Print a line of the engine, unless it says nothing."""
        plain = _COLOR.sub("", line)
        if _HEADING.fullmatch(plain):
            self._headings.append(line)
        elif not says_nothing(plain) and not self._was_told(plain):
            # Headings of blocks of which nothing was shown are left out with their blocks.
            shown = [*self._headings, line] if plain.strip() else [line]
            self._headings = []
            print("\n".join(shown), flush=True)

    def has_shown(self, error: str) -> bool:
        """Tell whether this error was among the lines so far."""
        return error in self._errors

    def show_error(self, line: str) -> None:
        """Print a line of the engine's error output."""
        print(line, file=sys.stderr, flush=True)

    def _was_told(self, line: str) -> bool:
        # An inline program's error comes once from the program and once from the engine.
        if again := _TOLD_TWICE.fullmatch(line):
            self._is_repeating = again[1] in self._errors
            return self._is_repeating
        self._is_repeating = self._is_repeating and bool(line.strip()) and line.strip() in self._lines
        if self._is_repeating:
            return True
        self._lines.add(line.strip())
        if " error: " in line:
            self._errors.add(line.partition(" error: ")[2])
        return False


def says_nothing(line: str) -> bool:
    """Tell whether a line without colours reports a row that did not change, or repeats what the runner said."""
    return any(pattern.fullmatch(line) for pattern in (_NOTHING_CHANGED, _STAND_IN, _WARNINGS_COUNTED))
