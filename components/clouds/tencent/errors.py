"""How an error of Tencent Cloud is judged: by the common codes, a service's own, and what an unlisted one looks like.

The codes are in the TOML files beside this module.
"""

import re
from pathlib import Path

from components.clouds.error_table import SHARED, ErrorTable, read_codes

_HERE = Path(__file__).parent
_RULES, COMMON = read_codes(_HERE / "common_errors.toml", SHARED)

_FAMILIES = {
    r".*NotFound\n": "gone",
    "AuthFailure": "keys",
    # An unknown code of a fault inside the cloud may have come after the request was carried out.
    "Internal": "fault",
}


def table(title: str, file: str = "") -> ErrorTable:
    """Build a service's error table: an unlisted `A.B.C` is judged as `A.B`, else as `A`.

    Args:
        title: The service's name in messages.
        file: Its codes, a file of this directory; without one, the common ones are all that is known.
    """
    rules, codes = read_codes(_HERE / file, _RULES) if file else (_RULES, COMMON)
    every = {**COMMON, **codes}
    nearest = [(rf"{re.escape(code)}\.", every[code]) for code in sorted(every, key=len, reverse=True)]
    families = [(pattern, rules[name]) for pattern, name in _FAMILIES.items()]
    return ErrorTable(title=title, rules=every, patterns=[*nearest, *families])
