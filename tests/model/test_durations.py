"""Durations, as they are written and as they are said."""

import pytest

from components.model import durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("45m", 2700), ("2h", 7200), ("1h30m", 5400), ("1h1m1s", 3661), (" 5m ", 300)],
)
def test_seconds(text: str, expected: float) -> None:
    assert durations.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "0s", "5", "1d", "m", "-5m", "5 m", "1m1h", "1.5h", "٣s"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as"):
        durations.seconds(text)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.4, "0s"), (12, "12s"), (185, "3m05s"), (3720, "1h02m"), (59.9, "1m00s")]
)
def test_text(seconds: float, expected: str) -> None:
    assert durations.text(seconds) == expected
