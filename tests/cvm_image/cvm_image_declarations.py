"""Hypothesis strategies of what people declare of a CVM image replica: what obeys every rule, and anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from components.cvm_image.fields import MAX_DESCRIPTION
from components.lifecycle.default_name import MAX_NAME

_letters = st.characters(categories=["L", "N", "P", "S"])
names = st.text(_letters, min_size=1, max_size=MAX_NAME)
descriptions = st.text(_letters, min_size=1, max_size=MAX_DESCRIPTION)
settings = st.fixed_dictionaries(
    {}, optional={"name": names, "description": descriptions, "delete_bound_snapshots": st.booleans()}
)
"""What obeys every rule."""

_odd = st.integers(0, 3) | st.text(max_size=4) | st.booleans() | st.lists(st.text(max_size=2), max_size=1)
_each: dict[str, st.SearchStrategy[Any]] = {
    "name": names | st.sampled_from(["", " ", "n" * 60, "n" * 61, "ü" * 60, "ü" * 61]) | _odd,
    "description": descriptions | st.sampled_from(["", " ", "d" * 256, "d" * 257, "ü" * 257]) | _odd,
    "region": st.sampled_from(["ap-beijing", "ap-shanghai", "ap-guangzhou", "Beijing", ""]),
    "source_id": st.sampled_from(["img-source01", "", " "]) | st.integers(0, 3),
}
anything = st.fixed_dictionaries({}, optional=_each) | st.one_of(
    [st.fixed_dictionaries({key: values}) for key, values in _each.items()]
)
"""What may break any rule, or none."""
