"""Hypothesis strategies of what people declare of an ECS snapshot replica: allowed, and nearly allowed."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_letters = st.characters(categories=["L"])
_rest = st.characters(categories=["L", "Nd"], include_characters=".:_-")
names = st.builds(lambda first, rest: first + rest, _letters, st.text(_rest, min_size=1, max_size=20))
_odd_names = ["auto", "AUTOmatic", "automobile", "aut", "http://x", "HTTPS://x", "a:b", "a b", "ab\n", "\u540d1"]
_near_names = st.text(max_size=6) | st.sampled_from([*_odd_names, "1a", "_a", "-a", "n" * 128, "n" * 129, "", " "])
_odd_texts = ["x", "x" * 256, "x" * 257, "http://x", "a http://x", "", " "]
_texts = st.text(min_size=2, max_size=10) | st.sampled_from(_odd_texts)
_days = st.integers(-1, 3) | st.sampled_from([65536, 65537, 10**20])
_tag_texts = st.sampled_from(["team", "acs:x", "aliyun", "my aliyun", "http://x", "k" * 128, "k" * 129, "é"])
_tags = st.dictionaries(_tag_texts, _tag_texts, max_size=3) | st.sampled_from([19, 20]).map(
    lambda count: {f"k{number}": "" for number in range(count)}
)
_each: dict[str, st.SearchStrategy[Any]] = {
    "name": names | _near_names,
    "description": _texts,
    "retention_days": _days,
    "encrypted": st.booleans(),
    "kms_key_id": st.just("key-1"),
    "tags": _tags,
}
sendable = st.fixed_dictionaries({}, optional=_each)
"""Values of the right type, allowed or not."""
