"""Hypothesis strategies of what people declare of an image replica: what obeys every rule, and what nearly does."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from components.image.fields import MAX_NAME

_letters = st.sampled_from("abzAZ\u4e2d\u955c\u3400")
_more = st.text(st.sampled_from("abzAZ019\u4e2d.:_-"), min_size=1, max_size=12)
names = st.builds(str.__add__, _letters, _more).filter(lambda name: not name.lower().startswith(("aliyun", "acs:")))
_texts = st.text(st.characters(categories=["L", "N"]), min_size=2, max_size=12)
_words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
groups = st.text(st.sampled_from("abz019AZ"), min_size=1, max_size=12).map(lambda word: f"rg-{word}")
tags = st.dictionaries(_words.map(lambda word: f"k{word}"), _words, max_size=20)
_each: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "description": _texts,
    "encrypted": st.booleans(),
    "tags": tags,
    "resource_group_id": groups,
}
settings = st.fixed_dictionaries({}, optional=_each)
"""What obeys every rule."""

_names_nearby = st.sampled_from(
    [
        *(
            "1st",
            "_a",
            "-a",
            ".a",
            ":a",
            "a b",
            "a/b",
            "a\n",
            "ab\n",
            "\u00fcber",
            "\u0394elta",
            "n\u00e4me",
            "a\u00b2",
        ),
        *("aliyun-x", "Aliyun", "acs:x", "ACS:x", "my-aliyun", "x:acs:", "a:http://b", "https"),
        *("n" * MAX_NAME, "n" * (MAX_NAME + 1)),
    ]
)
_descriptions_nearby = st.sampled_from(
    ["d" * 256, "d" * 257, "http://x", "HTTP://x", "https://x", "see http://x", "http:/x", "\u4e2d\u6587"]
)
_reserved = st.sampled_from(["acs:x", "ACS:x", "aliyun", "Aliyun-x", "my aliyun", "http://x", "k" * 128, "k" * 129])
_near: dict[str, st.SearchStrategy[Any]] = {
    "name": _names_nearby,
    "description": _descriptions_nearby,
    "encrypted": st.booleans(),
    "kms_key_id": st.just("key-enabled"),
    "tags": st.dictionaries(_words | _reserved, _words | _reserved, max_size=3)
    | st.sampled_from([20, 21]).map(lambda count: {f"k{number}": "" for number in range(count)}),
    "resource_group_id": st.sampled_from(["rg-", "rg", "rg_a", "rg-a b", "rg-a_b", "rg-a\n", "xrg-a", "RG-a"]),
}
anything = st.fixed_dictionaries({}, optional={key: _each.get(key, of) | of for key, of in _near.items()}) | st.one_of(
    [st.fixed_dictionaries({key: of}) for key, of in _near.items()]
)
"""Values of the right type that may break any rule, or none."""
