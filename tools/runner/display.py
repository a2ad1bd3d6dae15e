"""Which lines of the engine's own display are shown: all as they are, except those that carry no information.

Without a terminal of its own the engine writes a line for every row it looks at. One that says that nothing changed
would hide, and be mistaken for, one that says that something does.
"""

import re
from pathlib import Path

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_NOTHING_CHANGED = re.compile(r" ~  \S+ \S+ refresh(ing)?( \(\S+\))?|    \S+:\S+ \S+( running)?|@ .*")
_PLUGIN_ON_PATH = re.compile(r".*warning: using pulumi-resource-\S+ from \$PATH at (.+)")
_WARNINGS_COUNTED = re.compile(r"    pulumi:pulumi:Stack \S+  \d+ warnings?")  # they stand below
_HEADING = re.compile(r"Diagnostics:|  \S+ \(\S+\):")
_REPEATED_ERROR = re.compile(r".*error: (?:an unhandled error occurred|Exception calling application): (.*)")


class Display:
    """The display of one operation.

    Args:
        stand_ins: The directory of stand-ins for native plugins; the runner has named them, so the engine's warning is
            hidden.
        is_hidden: Nothing is printed: a live view says it.
    """

    def __init__(self, stand_ins: str = "", *, is_hidden: bool = False) -> None:
        self._stand_ins = stand_ins
        self._is_hidden = is_hidden
        self._errors: set[str] = set()
        self._lines: set[str] = set()
        self._is_repeating = False
        self._headings: list[str] = []

    def show(self, line: str) -> None:
        """Print a line of the engine, unless it carries no information."""
        plain = _COLOR.sub("", line)
        if _HEADING.fullmatch(plain):
            self._headings.append(line)
        elif not self.is_empty(plain) and not self._is_repeated(plain):
            # Headings of blocks of which nothing was shown are left out with their blocks.
            shown = [*self._headings, line] if plain.strip() else [line]
            self._headings = []
            if not self._is_hidden:
                print("\n".join(shown), flush=True)

    def has_shown(self, error: str) -> bool:
        """Report whether this error was among the lines so far."""
        return error in self._errors

    def is_empty(self, line: str) -> bool:
        """Report whether a line without colours is about a row that did not change, or repeats what the runner said."""
        if _NOTHING_CHANGED.fullmatch(line) or _WARNINGS_COUNTED.fullmatch(line):
            return True
        plugin = _PLUGIN_ON_PATH.fullmatch(line)
        return bool(plugin and self._stand_ins and Path(plugin[1]).is_relative_to(self._stand_ins))

    def _is_repeated(self, line: str) -> bool:
        # An inline program's error comes once from the program and once from the engine.
        if again := _REPEATED_ERROR.fullmatch(line):
            self._is_repeating = again[1] in self._errors
            return self._is_repeating
        self._is_repeating = self._is_repeating and bool(line.strip()) and line.strip() in self._lines
        if self._is_repeating:
            return True
        self._lines.add(line.strip())
        if " error: " in line:
            self._errors.add(line.partition(" error: ")[2])
        return False
