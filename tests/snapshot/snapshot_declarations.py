"""Hypothesis strategies of what people declare of a snapshot replica: what obeys every rule, and anything else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from components.lifecycle.default_name import MAX_NAME

names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=MAX_NAME)
zones = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
moments = st.datetimes(datetime(2100, 1, 1), datetime(9998, 1, 1), timezones=zones).map(  # noqa: DTZ001 - zones follow
    lambda moment: moment.replace(microsecond=0)
)
deadlines = moments.map(datetime.isoformat)
_rest: dict[str, st.SearchStrategy[Any]] = {"name": names, "delete_bound_images": st.booleans()}
settings = st.fixed_dictionaries({}, optional={**_rest, "is_permanent": st.just(value=True)}) | st.fixed_dictionaries(
    {"deadline": deadlines}, optional={**_rest, "is_permanent": st.just(value=False)}
)
"""What obeys every rule."""

_odd_deadlines = st.sampled_from(
    [
        *("", " ", "soon", "2100-01-31", "2100-01-31T00:00:00", "2100-02-30T00:00:00Z", "2020-01-31T00:00:00Z"),
        *("9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00", "21000131T000000Z"),
        *("2100-01-31T00:00:00.5Z", "2100-01-31 00:00:00+08:00", "2100-01-31T00:00+08:00", "2100-W05-7T00:00:00Z"),
    ]
)
_odd = st.integers(0, 3) | st.text(max_size=4) | st.booleans() | st.lists(st.text(max_size=2), max_size=1)
_each: dict[str, st.SearchStrategy[Any]] = {
    "name": names | st.text(max_size=70) | st.sampled_from(["", " ", "n" * 60, "n" * 61, "ü" * 60, "ü" * 61]) | _odd,
    "deadline": deadlines | _odd_deadlines | _odd,
    "is_permanent": st.booleans() | _odd,
    "region": st.sampled_from(["ap-beijing", "ap-shanghai", "ap-guangzhou", "Beijing", ""]),
    "source_id": st.sampled_from(["snap-source01", "", " "]) | st.integers(0, 3),
}
anything = st.fixed_dictionaries({}, optional=_each) | st.one_of(
    [st.fixed_dictionaries({key: values}) for key, values in _each.items()]
)
"""What may break any rule, or none."""
