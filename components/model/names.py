"""Names that are too long for an API: they keep what they differ in."""

import hashlib

HASH_LENGTH = 8


def hashed(*parts: str) -> str:
    """Return a hash of some texts, fit for a name."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:HASH_LENGTH]


def shortened(name: str, limit: int, *, keep: str) -> str:
    """Return `name` within `limit` characters: in front of the last `keep` it is cut, and a hash of it all put in.

    Args:
        name: The whole name.
        limit: Characters that it may have.
        keep: How the part begins that is kept whole, as long as it leaves room for more.
    """
    if len(name) <= limit:
        return name
    at = name.rfind(keep)
    tail = name[at:] if at >= 0 else ""
    if len(tail) + HASH_LENGTH + 2 > limit:
        tail = ""
    return f"{name[: limit - len(tail) - HASH_LENGTH - 1]}-{hashed(name)}{tail}"
