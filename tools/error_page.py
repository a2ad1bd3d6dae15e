"""Writes docs/errors.md from the error tables of all kinds: `python -m tools.error_page`.

The page is generated so that it says exactly what the code does; a test compares the two.
"""

from collections.abc import Mapping
from pathlib import Path

from components.clouds import errors
from components.kinds import KINDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"

MEANINGS: dict[type[errors.CloudError], str] = {
    errors.InvalidInput: "fix your input",
    errors.NotFound: "does not exist",
    errors.PermissionDenied: "permission",
    errors.CredentialsExpired: "permission, read again once",
    errors.QuotaReached: "quota",
    errors.AccountBlocked: "billing or account",
    errors.NotReady: "wait: changes and deletes do, within deleteTimeout",
    errors.Throttled: "retried",
    errors.Unavailable: "retried",
}

TABLES: Mapping[str, Mapping[str, errors.Rule]] = {kind.title: kind.service.errors.rules for kind in KINDS}


def page() -> str:
    """Lay the error tables out as Markdown."""
    lines = [
        "# Error codes",
        "",
        "<!-- Written by `make docs` from the error tables of components/clouds/. -->",
        "",
        "An error of the cloud is shown as one line: what was being done, to which thing, in which region, the",
        "cloud's code, message and request id, and the next step. A code that is not listed is judged by its HTTP",
        "status and family.",
        "",
    ]
    for title, rules in TABLES.items():
        rows = [f"| `{code}` | {MEANINGS[rule.kind]} | {rule.next_step} |" for code, rule in sorted(rules.items())]
        lines += [f"## {title}", "", "| code | what it is | next step |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())
