"""Error codes as reference data: a TOML file beside the `errors` of a place, read into a table."""

import tomllib
from pathlib import Path


def read(path: Path, table: str = "codes") -> dict[str, tuple[int, str]]:
    """Code -> HTTP status and message, from one table of a file; its rows are `"code" = [status, "message"]`."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))[table]
    return {code: (int(status), str(message)) for code, (status, message) in rows.items()}
