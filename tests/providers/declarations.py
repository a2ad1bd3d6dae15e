"""Hypothesis strategies of what people declare of a DataCache replica: what obeys every rule, and anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10)
_ascii_words = st.text(st.characters(categories=["L", "N"], max_codepoint=127), min_size=1, max_size=10)


def ids(prefix: str) -> st.SearchStrategy[str]:
    return _ascii_words.map(lambda word: f"{prefix}-{word}")


tags = st.dictionaries(words.map(lambda word: f"k{word}"), words, max_size=19)
data_sources = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["URL", "NAS", "OSS", "SNAPSHOT"]),
        "options": st.dictionaries(
            words | words.map(lambda word: f"#{len(word)}#{word}"), words, min_size=1, max_size=3
        ),
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
