"""Hypothesis strategies of what people declare of a DataCache replica: allowed, nearly allowed, and anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10)
_ascii_words = st.text(st.characters(categories=["L", "N"], max_codepoint=127), min_size=1, max_size=10)


def ids(prefix: str) -> st.SearchStrategy[str]:
    return _ascii_words.map(lambda word: f"{prefix}-{word}")


def _option_name(word: str, reported_its_length: bool) -> str:
    return f"#{len(word)}#{word}" if reported_its_length else word


# By word, as a word may not stand there twice: plain and with its length in front.
_options = st.dictionaries(words, st.tuples(st.booleans(), words), min_size=1, max_size=3).map(
    lambda drawn: {_option_name(word, reported): value for word, (reported, value) in drawn.items()}
)
tags = st.dictionaries(words.map(lambda word: f"k{word}"), words, max_size=19)
data_sources = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["URL", "NAS", "OSS", "SNAPSHOT"]),
        "options": _options,
    }
)
_eips = st.fixed_dictionaries(
    {},
    optional={
        "bandwidth": st.integers(1, 1000),
        "common_bandwidth_package": ids("cbwp"),
        "internet_charge_type": st.sampled_from(["PayByBandwidth", "PayByTraffic"]),
        "public_ip_address_pool_id": ids("pippool"),
        "isp": st.sampled_from(["BGP", "BGP_PRO"]),
    },
)
_network = {"trigger": words, "security_group_id": ids("sg"), "v_switch_id": ids("vsw")}
reloads = (
    st.fixed_dictionaries({"data_source": data_sources}, optional=_network)
    | st.fixed_dictionaries({"eip_create_param": _eips}, optional={**_network, "data_source": data_sources})
    | st.fixed_dictionaries({"eip_instance_id": ids("eip")}, optional={**_network, "data_source": data_sources})
)
in_place: dict[str, st.SearchStrategy[Any]] = {
    "name": words,
    "bucket": words,
    "retention_days": st.integers(1, 36500),
    "resource_group_id": ids("rg"),
    "tags": tags,
    "size": st.integers(20, 32768),
    "reload": reloads,
}
_all = {**in_place, "path": words.map(lambda word: f"/{word}")}
settings = st.fixed_dictionaries({}, optional=_all)

_scalars = st.none() | st.booleans() | st.integers(-2, 40000) | st.text(max_size=12) | st.sampled_from(["x" * 129, " "])
_anything = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["type", "options", "trigger", "data_source", "bandwidth", "eip_instance_id", "v_switch_id"]
            )
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
anything = st.fixed_dictionaries({}, optional={key: st.one_of(valid, _anything) for key, valid in _all.items()})


def _up_to(longest: int, start: str = "") -> st.SearchStrategy[str]:
    """Texts at a limit and just over it."""
    return st.sampled_from([longest, longest + 1]).map(lambda length: start + "x" * (length - len(start)))


_blanks = st.sampled_from(["", " ", "\t\n", "\u3000"])
_wrong_texts = _blanks | st.text(max_size=5)
_numbers = st.sampled_from([-1, 0, 1, 10**30]) | st.integers(-2, 40000)


def _near_ids(prefix: str) -> st.SearchStrategy[str]:
    wrong = st.sampled_from([prefix, f"{prefix}-", f"{prefix}_1", f"{prefix}-a b", f"{prefix}-a\n", f"x{prefix}-1"])
    return ids(prefix) | wrong | _wrong_texts


_reserved = st.sampled_from(
    ["acs:x", "ACS:x", "aliyun", "Aliyun-x", "my aliyun", "http://x", "see HTTPS://x", "http:/x"]
)
_near_tag_texts = words | _wrong_texts | _reserved | _up_to(128)
_near_tags = st.dictionaries(_near_tag_texts, _near_tag_texts, max_size=3) | st.sampled_from([19, 20]).map(
    lambda count: {f"k{number}": "" for number in range(count)}
)
_near_options = st.dictionaries(
    words | _wrong_texts | st.sampled_from(["#", "#1", "#1#", "#0#", "#2#a", "#1#ab", "#02#ab", "#1#a", "#x#a"]),
    words | _wrong_texts,
    max_size=2,
)
_near_reloads = st.fixed_dictionaries(
    {},
    optional={
        "trigger": words | _blanks,
        "data_source": st.fixed_dictionaries(
            {"type": st.sampled_from(["URL", "NAS", "OSS", "SNAPSHOT", "url", "HTTP", ""]), "options": _near_options}
        ),
        "security_group_id": _near_ids("sg"),
        "v_switch_id": _near_ids("vsw"),
        "eip_instance_id": _near_ids("eip"),
        "eip_create_param": st.fixed_dictionaries(
            {},
            optional={
                "bandwidth": _numbers | st.sampled_from([1000, 1001]),
                "common_bandwidth_package": _near_ids("cbwp"),
                "internet_charge_type": st.sampled_from(["PayByBandwidth", "PayByTraffic", "paybytraffic", ""]),
                "public_ip_address_pool_id": _near_ids("pippool"),
                "isp": st.sampled_from(["BGP", "BGP_PRO", "bgp", "BGP2", ""]),
            },
        ),
    },
)
_near: dict[str, st.SearchStrategy[Any]] = {
    "name": _wrong_texts | _up_to(128),
    "bucket": _wrong_texts | _up_to(128) | st.sampled_from(["eci-system", "ECI-System", "eci-systems"]),
    "path": _wrong_texts | _up_to(1024, "/") | st.sampled_from(["/", "v1", " /v1", "/a b/ü"]),
    "retention_days": _numbers | st.sampled_from([36500, 36501]),
    "resource_group_id": _near_ids("rg") | _up_to(128, "rg-"),
    "tags": _near_tags,
    "size": _numbers | st.sampled_from([19, 20, 32768, 32769]),
    "reload": _near_reloads,
}
_sendable = {key: st.one_of(valid, _near[key]) for key, valid in _all.items()}
copied = st.fixed_dictionaries({}, optional={key: _sendable[key] for key in _all if key not in {"size", "reload"}})
"""What CopyDataCache sends: values of the right type, allowed or not."""
loaded = st.fixed_dictionaries({}, optional={key: _sendable[key] for key in ("size", "reload")})
"""What UpdateDataCache sends to load data again: values of the right type, allowed or not."""
