"""List the words of `words.txt` in the tracked text files, names of code included, with what to write instead.

It reads files and changes none. A line that needs such a word says why: `plain-english: <reason>`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
WORDS = "tools/words.txt"
TEXT = ("*.py", "*.md", "*.yaml", "*.txt", "*.toml", "Makefile", f":!{WORDS}")
ALLOWED = re.compile(r"plain-english: \w")


def rules() -> Iterator[tuple[re.Pattern[str], str]]:
    """Read the list: what to look for, and what to write instead."""
    for words, instead in re.findall(r"^([^#\n].*?) -> (.*)$", (CHECKOUT / WORDS).read_text(), re.MULTILINE):
        spaced = words.replace(" ", r"[\s_#]+")
        yield re.compile(rf"(?<![a-z])(?:{spaced})(?![a-z])", re.IGNORECASE), instead


def hits(text: str) -> list[tuple[int, str, str]]:
    """Find listed words: number of the line, the words, what to write instead."""
    lines = text.splitlines()
    found = [
        (text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead)
        for pattern, instead in rules()
        for match in pattern.finditer(text)
    ]
    return sorted(hit for hit in found if not ALLOWED.search(lines[hit[0] - 1]))


def main() -> int:
    """Print every hit as `path:line: 'words' -> instead`; 1 if there is one."""
    listing = subprocess.run(["git", "ls-files", "-z", *TEXT], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE)  # noqa: S603, S607 - fixed arguments; the user's own git
    found = False
    for path in filter(None, listing.stdout.decode().split("\0")):
        for number, words, instead in hits((CHECKOUT / path).read_text(encoding="utf-8")):
            print(f"{path}:{number}: {words!r} -> {instead}")
            found = True
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
