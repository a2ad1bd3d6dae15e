"""Durations as people write them in stack config: `90s`, `45m`, `2h`, `1h30m`."""

import re

_SHAPE = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")


def seconds(duration: str) -> float:
    """Turn a duration into seconds.

    Raises:
        ValueError: It is not a duration of at least one second.
    """
    match = _SHAPE.fullmatch(duration.strip())
    total = 0
    if match:
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        total = hours * 3600 + minutes * 60 + rest
    if total < 1:
        raise ValueError(f"{duration!r} is not a duration such as 90s, 45m, 2h or 1h30m")
    return float(total)


def text(elapsed: float) -> str:
    """Write a number of seconds as the input is written: `1h02m`, `3m05s`, `12s`."""
    whole = round(elapsed)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
