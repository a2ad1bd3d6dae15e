"""Catalogs: how a stack is laid over them, what is selected, and every mistake with its file, line and path."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.kinds import OF_NAME
from components.replica import catalog, catalog_model, settings, stack_config
from components.replica.catalog import StackFiles, declared
from components.replica.settings import InvalidConfig, PolicyViolated, Settings, load
from components.replica.written import Place, Written, YamlFile, merged, of
from tests.replica.fakes import mocked, run

CATALOG = """\
x-tags: &tags {team: ml, tier: gold}
dataCaches:
  llm-weights:
    labels: {tier: gold, team: ml}
    source: {region: cn-beijing, ids: [edc-2, edc-1]}
    defaults:
      path: /models/{source_id}
      retentionDays: 30
      tags: *tags
    regions:
      cn-shanghai: {resourceGroupId: rg-sh}
    readyTimeout: 3h
  corpus:
    labels: {tier: gold}
    source: {region: cn-shanghai, id: edc-9}
    defaults:
      <<: {bucket: data, path: /corpus}
images:
  golden:
    source: {region: cn-hangzhou, id: m-1}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "catalogs").mkdir()
    (tmp_path / "catalogs" / "prod.yaml").write_text(CATALOG)
    return tmp_path


def config_of(project: Path, text: str) -> dict[str, str]:
    """Write the stack `s`, and return its config as the engine passes it on."""
    (project / "stacks" / "Pulumi.s.yaml").write_text("config:\n" + text)
    config = yaml.safe_load(text)
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def loaded(project: Path, text: str) -> Settings:
    return load(config_of(project, "  replicas:catalog: catalogs/prod.yaml\n" + text), directory=project, stack="s")


def args(project: Path, text: str, section: str = "dataCaches") -> dict[str, dict[str, Any]]:
    return {name: entry.args() for name, entry in loaded(project, text).entries[section].items()}


def mistakes(project: Path, text: str, *, first: str = "  replicas:catalog: catalogs/prod.yaml\n") -> list[str]:
    with pytest.raises(InvalidConfig) as raised:
        load(config_of(project, first + text), directory=project, stack="s")
    return [line.strip() for line in str(raised.value).splitlines()[1:]]


def test_entry_names_only_regions(project: Path) -> None:
    found = args(project, "  replicas:dataCaches:\n    llm-weights: {destinations: {cn-shanghai: {}}}\n")

    assert found == {
        "llm-weights": {
            "source": {"region": "cn-beijing", "ids": ["edc-2", "edc-1"]},
            "destinations": {
                "cn-shanghai": {
                    "path": "/models/{source_id}",
                    "retention_days": 30,
                    "tags": {"team": "ml", "tier": "gold"},
                    "resource_group_id": "rg-sh",
                }
            },
            "ready_timeout": "3h",
        }
    }


def test_merge_keys_of_yaml_are_honoured(project: Path) -> None:
    found = args(project, "  replicas:dataCaches:\n    corpus: {destinations: {cn-beijing: }}\n")

    assert found["corpus"]["destinations"] == {"cn-beijing": {"bucket": "data", "path": "/corpus"}}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{destinations: {cn-hangzhou: {retentionDays: 7}}}", {"retention_days": 7}),
        ("{defaults: {retentionDays: 7}, destinations: {cn-hangzhou: {}}}", {"retention_days": 7}),
        ("{defaults: {retentionDays: null}, destinations: {cn-hangzhou: {}}}", {"retention_days": None}),
        ("{destinations: {cn-hangzhou: {retentionDays: null}}}", {"retention_days": None}),
        ("{destinations: {cn-hangzhou: {tags: {tier: silver}}}}", {"tags": {"team": "ml", "tier": "silver"}}),
        ("{destinations: {cn-hangzhou: {tags: {tier: null}}}}", {"tags": {"team": "ml"}}),
        (
            "{defaults: {tags: {tier: null, new: x}}, destinations: {cn-hangzhou: }}",
            {"tags": {"team": "ml", "new": "x"}},
        ),
        ("{defaults: {tags: null}, destinations: {cn-hangzhou: }}", {"tags": None}),
        ("{destinations: {cn-shanghai: {resourceGroupId: rg-x}}}", {"resource_group_id": "rg-x"}),
        ("{destinations: {cn-shanghai: {resourceGroupId: null}}}", {"resource_group_id": None}),
    ],
)
def test_stack_wins_and_null_deletes(project: Path, entry: str, expected: dict[str, Any]) -> None:
    found = args(project, f"  replicas:dataCaches:\n    llm-weights: {entry}\n")

    ((_, destination),) = found["llm-weights"]["destinations"].items()
    assert {key: destination.get(key) for key in expected} == expected


@pytest.mark.parametrize("source", ["{id: edc-7}", "{region: cn-beijing, id: edc-7}"])
def test_id_replaces_ids(project: Path, source: str) -> None:
    """A canary stack keeps one generation of its own."""
    text = f"  replicas:dataCaches:\n    llm-weights: {{source: {source}, destinations: {{cn-hangzhou: {{}}}}}}\n"

    assert args(project, text)["llm-weights"]["source"] == {"region": "cn-beijing", "id": "edc-7"}


def test_entry_of_the_stack_alone(project: Path) -> None:
    text = (
        "  replicas:dataCaches:\n    own: {source: {region: cn-beijing, id: edc-5}, destinations: {cn-hangzhou: {}}}\n"
    )

    assert args(project, text)["own"]["source"] == {"region": "cn-beijing", "id": "edc-5"}


def test_nothing_is_kept_that_no_stack_names(project: Path) -> None:
    assert not any(loaded(project, "").entries.values())


def test_selection_by_label(project: Path) -> None:
    """It leaves out the region that an entry is copied from."""
    regions = "{cn-shanghai: , cn-hangzhou: {retentionDays: 5}}"
    text = f"  replicas:select:\n    dataCaches: [{{labels: {{tier: gold}}, destinations: {regions}}}]\n"

    found = args(project, text)

    assert {name: sorted(each["destinations"]) for name, each in found.items()} == {
        "llm-weights": ["cn-hangzhou", "cn-shanghai"],
        "corpus": ["cn-hangzhou"],
    }
    assert found["llm-weights"]["destinations"]["cn-hangzhou"]["retention_days"] == 5


def test_entry_adds_to_what_is_selected_and_null_leaves_it_out(project: Path) -> None:
    text = (
        "  replicas:select:\n    dataCaches: [{labels: {}, destinations: {cn-hangzhou: {}}}]\n"
        "  replicas:dataCaches:\n    llm-weights: {destinations: {cn-hangzhou: , cn-shenzhen: {}}}\n    corpus: null\n"
    )

    assert {name: sorted(each["destinations"]) for name, each in args(project, text).items()} == {
        "llm-weights": ["cn-hangzhou", "cn-shenzhen"]
    }


def test_secret_of_a_selection_stays_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_config, "is_config_secret", lambda key: key == "replicas:select")
    reload = "{dataSource: {type: URL, options: {aToken: s3cr3t}}}"
    destinations = f"{{cn-hangzhou: {{reload: {reload}}}}}"
    text = f"  replicas:select:\n    dataCaches: [{{labels: {{}}, destinations: {destinations}}}]\n"

    found: dict[str, Any] = {}
    with mocked():  # an output belongs to a program
        run(lambda: found.update(args(project, text)["llm-weights"]["destinations"]["cn-hangzhou"]))

    assert isinstance(found["reload"]["data_source"]["options"]["aToken"], pulumi.Output)


def test_rotated_source_changes_exactly_the_stacks_that_keep_it(project: Path) -> None:
    """Thirty artefacts, each declared once, for ten regional stacks that keep every third of them."""
    path = project / "catalogs" / "prod.yaml"
    names = [f"artefact-{number}" for number in range(30)]
    sources = {name: {"source": {"region": "cn-beijing", "id": f"edc-{name}"}} for name in names}

    def all_stacks() -> dict[int, dict[str, dict[str, Any]]]:
        path.write_text(yaml.safe_dump({"dataCaches": sources}))
        kept: dict[int, dict[str, Any]] = {
            stack: {name: {"destinations": {f"cn-r{stack}": {}}} for name in names[stack % 3 :: 3]}
            for stack in range(10)
        }
        return {stack: args(project, f"  replicas:dataCaches: {json.dumps(each)}\n") for stack, each in kept.items()}

    before = all_stacks()
    sources["artefact-4"]["source"]["id"] = "edc-newer"
    after = all_stacks()

    changed = {(stack, name) for stack in before for name in before[stack] if before[stack][name] != after[stack][name]}
    assert changed == {(stack, "artefact-4") for stack in (1, 4, 7)}


def test_later_catalog_wins(project: Path) -> None:
    (project / "catalogs" / "canary.yaml").write_text(
        "dataCaches:\n  llm-weights: {source: {id: edc-3}, defaults: {tags: {tier: null}}}\n"
    )
    text = (
        "  replicas:catalog: [catalogs/prod.yaml, catalogs/canary.yaml]\n"
        "  replicas:dataCaches:\n    llm-weights: {destinations: {cn-hangzhou: {}}}\n"
    )

    entry = load(config_of(project, text), directory=project, stack="s").entries["dataCaches"]["llm-weights"].args()

    assert entry["source"] == {"region": "cn-beijing", "id": "edc-3"}
    assert entry["destinations"]["cn-hangzhou"]["tags"] == {"team": "ml"}


def test_policies_of_a_catalog_are_merged_under_the_stacks(project: Path) -> None:
    path = project / "catalogs" / "prod.yaml"
    path.write_text(CATALOG + "policies:\n  requiredTags: [owner]\n  expiry: {required: true, maxDays: 60}\n")
    entry = "  replicas:dataCaches:\n    llm-weights: {destinations: {cn-hangzhou: {}}}\n"

    with pytest.raises(PolicyViolated) as raised:
        loaded(project, entry)
    found = loaded(project, entry + "  replicas:policies: {requiredTags: [team], expiry: {maxDays: 40}}\n").policies

    assert "catalogs/prod.yaml:9: dataCaches.llm-weights.defaults.tags: " in str(raised.value)
    assert (found.required_tags, found.expiry.required, found.expiry.max_days) == (["team"], True, 40)


def test_catalog_is_found_from_the_project_not_from_where_the_program_runs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "Pulumi.yaml").write_text("name: replicas\n")
    (project / "app").mkdir()
    monkeypatch.chdir(project / "app")

    assert catalog.project_directory() == project


# -- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("path: /models", "pth: /models", "catalogs/prod.yaml:7: dataCaches.llm-weights.defaults.pth: 'pth' is not a"),
        ("Days: 30", "Days: x", "catalogs/prod.yaml:8: dataCaches.llm-weights.defaults.retentionDays: should be a"),
        ("Days: 30", "Days: 0", "catalogs/prod.yaml:8: dataCaches.llm-weights.defaults.retentionDays: must be a whole"),
        ("path: /corpus", "path: corpus", "catalogs/prod.yaml:17: dataCaches.corpus.defaults.path: 'corpus' must"),
        ("tier: gold}\nd", "tier: 1}\nd", "catalogs/prod.yaml:1: dataCaches.llm-weights.defaults.tags.tier: should"),
        ("rg-sh", "group", "catalogs/prod.yaml:11: dataCaches.llm-weights.regions.cn-shanghai.resourceGroupId: must"),
        ("3h", "soon", "catalogs/prod.yaml:12: dataCaches.llm-weights.readyTimeout: 'soon' is not a duration"),
        ("  corpus:", "  llm-weights:", "catalogs/prod.yaml:13: dataCaches.llm-weights: is there a second time: the"),
        ("images:", "image:", "catalogs/prod.yaml:18: image: 'image' is not a known key here"),
        ("images:", "1:", "catalogs/prod.yaml:18: a key must be text: put it in quotes"),
        ("id: m-1}", "id: m-1", "catalogs/prod.yaml:21: is not YAML: while parsing a flow mapping; did not find"),
        ("id: m-1", "id: 2026-11-24", "catalogs/prod.yaml:20: images.golden.source.id: is a date: put it in quotes"),
        ("id: m-1", "id: !secret m-1", "catalogs/prod.yaml:20: images.golden.source.id: has a tag that is not known"),
        ("id: m-1", "destinations: {}", "catalogs/prod.yaml:20: images.golden.source.destinations: 'destinations' is"),
        ("*tags", "*tag", "catalogs/prod.yaml:9: is not YAML: found undefined alias"),
        ("{bucket: data, path: /corpus}", "text", "catalogs/prod.yaml:17: dataCaches.corpus.defaults.<<: `<<` takes a"),
    ],
)  # fmt: skip
def test_mistake_in_a_catalog(project: Path, old: str, new: str, expected: str) -> None:
    path = project / "catalogs" / "prod.yaml"
    assert old in CATALOG
    path.write_text(CATALOG.replace(old, new, 1))

    found = mistakes(project, "")

    assert any(line.startswith(expected) for line in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("catalog: catalogs/prd.yaml", "catalogs/prd.yaml does not exist: is 'catalogs/prod.yaml' meant?"),
        ("catalog: catalogs", "catalogs is not a file: known are (none)"),
        ("catalog: ../prod.yaml", "../prod.yaml is outside the project: name a file of it"),
        ("catalog: catalogs/link.yaml", "catalogs/link.yaml is outside the project"),
        ("catalog: /etc/hosts", "/etc/hosts is outside the project"),
        ("catalog: {a: b}", "should be the name of a file, relative to the project, or a list of names"),
        ("catalog: []", "names no file: give one or a list"),
        ("select: {dataCaches: [{labels: {}, destinations: {}}]}", "selects from catalogs: name them in"),
    ],
)  # fmt: skip
def test_mistake_in_the_name_of_a_catalog(project: Path, text: str, expected: str) -> None:
    (project / "catalogs" / "link.yaml").symlink_to(Path(os.devnull))

    found = mistakes(project, f"  replicas:{text}\n", first="")

    key = text.partition(":")[0]
    assert len(found) == 1
    assert found[0].startswith(f"stacks/Pulumi.s.yaml:2: replicas:{key}: {expected}")


def test_name_that_is_there_twice(project: Path) -> None:
    found = mistakes(project, "  replicas:catalog:\n  - catalogs/prod.yaml\n  - catalogs/prod.yaml\n", first="")

    assert found == ["stacks/Pulumi.s.yaml:4: replicas:catalog.1: catalogs/prod.yaml is there a second time"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "catalogs/prod.yaml: is empty"),
        (b"- 1", "catalogs/prod.yaml:1: is not a catalog: it should be a map"),
        (b"a: \xff", "catalogs/prod.yaml: is not YAML: it holds bytes that are no text in UTF-8"),
        (b"dataCaches: &a {x: *a}", "catalogs/prod.yaml:1: dataCaches.x: holds itself"),
        (b"dataCaches: &a {<<: *a}", "catalogs/prod.yaml:1: dataCaches.<<: holds itself"),
        (b"[" * 5000 + b"]" * 5000, "catalogs/prod.yaml: is nested too deeply"),
    ],
)
def test_file_that_is_no_catalog(project: Path, content: bytes, expected: str) -> None:
    (project / "catalogs" / "prod.yaml").write_bytes(content)

    assert expected in mistakes(project, "")


def test_aliases_that_multiply_are_bounded(project: Path) -> None:
    lines = ["x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (project / "catalogs" / "prod.yaml").write_text("\n".join(lines))

    assert any("holds more than 200000 values" in line for line in mistakes(project, ""))


def test_unreadable_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    config = config_of(project, "  replicas:catalog: catalogs/prod.yaml\n")
    (project / "stacks" / "Pulumi.s.yaml").unlink()
    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(InvalidConfig, match=r"\n  catalogs/prod.yaml: cannot be read: Permission denied$"):
        load(config, directory=project, stack="s")


def test_mistakes_of_the_stack_name_its_own_lines(project: Path) -> None:
    text = (
        "  replicas:dataCaches:\n"
        "    llm-weight: {destinations: {cn-hangzhou: {}}}\n"
        "    llm-weights:\n"
        "      destinations:\n"
        "        cn-beijing: {}\n"
        "        cn-hangzhou: {retentionDay: 3}\n"
        "  replicas:select:\n"
        "    dataCaches:\n"
        "      - labels: {tier: silver}\n"
        "        destinations: {cn-hangzhou: {}}\n"
    )

    section = "replicas:dataCaches"
    beginnings = [
        f"stacks/Pulumi.s.yaml:4: {section}.llm-weight: has no source, and no catalog has it (catalogs/prod.yaml)",
        f"stacks/Pulumi.s.yaml:7: {section}.llm-weights.destinations.cn-beijing: 'cn-beijing' is the source region",
        f"stacks/Pulumi.s.yaml:8: {section}.llm-weights.destinations.cn-hangzhou.retentionDay: 'retentionDay' is not a",
        "stacks/Pulumi.s.yaml:11: replicas:select.dataCaches.0.labels: no entry of a catalog has these labels: known",
    ]
    found = mistakes(project, text)
    assert len(found) == len(beginnings)
    assert [line[: len(start)] for line, start in zip(found, beginnings, strict=True)] == beginnings


def test_mistakes_of_all_files_at_once(project: Path) -> None:
    (project / "catalogs" / "prod.yaml").write_text(CATALOG.replace("Days: 30", "Days: 0").replace("m-1", "2026-11-24"))

    found = mistakes(
        project, "  replicas:catalogue: x\n  replicas:dataCaches: {corpus: {destinations: {cn-x: {a: 1}}}}\n"
    )

    assert [line.partition(": ")[0] for line in found] == [
        "catalogs/prod.yaml:8",
        "catalogs/prod.yaml:20",
        "stacks/Pulumi.s.yaml:3",
        "stacks/Pulumi.s.yaml:4",
    ]


def test_tag_without_a_value_that_deletes_nothing(project: Path) -> None:
    text = "  replicas:dataCaches:\n    corpus: {destinations: {cn-beijing: {tags: {team: }}}}\n"

    (found,) = mistakes(project, text)

    assert found.endswith("destinations.cn-beijing.tags.team: is empty: give it a value, or remove the key")


SECRETS = {
    "reload: {dataSource: {type: URL, options: {aToken: s3cr3t}}}": "reload.dataSource.options.aToken: may be a secret",
    "path: {secure: v1:s3cr3t}": "path: is an encrypted value",
    "tags: {key: LTAI5tABCDEFGHs3cr3t}": "tags.key: may be a secret",
}


@pytest.mark.parametrize(("setting", "expected"), SECRETS.items())
def test_secret_in_a_catalog_is_refused(project: Path, setting: str, expected: str) -> None:
    (project / "catalogs" / "prod.yaml").write_text(f"dataCaches:\n  w:\n    defaults: {{{setting}}}\n")

    (found,) = mistakes(project, "")

    assert found.startswith(f"catalogs/prod.yaml:3: dataCaches.w.defaults.{expected}, and catalogs are plain files: ")
    assert "`pulumi config set --secret --path 'replicas:dataCaches.w.defaults." in found
    assert "s3cr3t" not in found


def test_reload_option_that_is_no_secret(project: Path) -> None:
    options = "{repoSource: HuggingFace/Model, repoId: a/b}"
    text = f"dataCaches:\n  w:\n    defaults: {{reload: {{dataSource: {{type: URL, options: {options}}}}}}}\n"
    (project / "catalogs" / "prod.yaml").write_text(text)

    assert loaded(project, "")


def test_places_through_catalog_and_merges(project: Path) -> None:
    own = "  replicas:dataCaches:\n    corpus:\n      destinations: {cn-beijing: {}}\n"
    text = f"  replicas:catalog: catalogs/prod.yaml\n{own}"
    found = declared(settings.parsed(config_of(project, text)), StackFiles(project, "s"))

    def place(*path: str) -> tuple[int, str]:
        depth, at = found.find(["replicas:dataCaches", *path])
        return depth, str(at)

    assert place("corpus") == (2, "stacks/Pulumi.s.yaml:4")
    assert place("corpus", "source", "id") == (4, "catalogs/prod.yaml:15")
    assert place("corpus", "defaults", "bucket") == (4, "catalogs/prod.yaml:17")
    assert place("corpus", "destinations", "cn-beijing", "tags") == (4, "stacks/Pulumi.s.yaml:5")
    assert place("absent") == (1, "stacks/Pulumi.s.yaml:3")


# -- laws of merging ---------------------------------------------------------------------------------------------------

PLACE = Place("f", 1)
_leaves = st.none() | st.integers(0, 3) | st.just(["a"])
_maps = st.fixed_dictionaries({}, optional={"m": st.fixed_dictionaries({}, optional={"x": _leaves, "y": _leaves})})
_layers = st.builds(
    lambda leaves, maps: {**leaves, **maps}, st.fixed_dictionaries({}, optional={"a": _leaves, "b": _leaves}), _maps
)


def laid(*layers: Any) -> Written:
    """Lay layers over each other from the left, the first one lowest."""
    result, *rest = [each if isinstance(each, Written) else of(each, PLACE) for each in layers]
    for layer in rest:
        result = merged(result, layer)
    return result


@given(_layers, _layers, _layers)
def test_grouping_of_layers_does_not_matter(low: Any, middle: Any, high: Any) -> None:
    """It holds where a path is a map everywhere, or nowhere: as the schema of catalogs demands."""
    assert laid(laid(low, middle), high).plain() == laid(low, laid(middle, high)).plain()


@given(_layers)
def test_layer_over_itself_and_over_nothing(layer: Any) -> None:
    without_nulls = laid({}, layer).plain()

    assert laid(layer, {}).plain() == of(layer, PLACE).plain()
    assert without_nulls == layer
    assert {key: value for key, value in laid(layer, layer).plain().items() if value is not None} == {
        key: {inner: each for inner, each in value.items() if each is not None} if isinstance(value, dict) else value
        for key, value in layer.items()
        if value is not None
    }


@given(_layers, _layers)
def test_upper_layer_wins_and_null_deletes(low: Any, high: Any) -> None:
    both = laid(low, high).plain()

    for key, value in high.items():
        if value is None and key in low:
            assert key not in both
        elif not isinstance(value, dict):
            assert both[key] == value
    assert {key: both[key] for key in low.keys() - high.keys()} == {key: low[key] for key in low.keys() - high.keys()}


_sources = st.fixed_dictionaries(
    {}, optional={"region": st.just("cn-a"), "id": st.just("i"), "ids": st.lists(st.just("j"), min_size=1, max_size=1)}
).filter(lambda source: not {"id", "ids"} <= source.keys())


@given(_sources, _sources, _sources)
def test_sources_of_several_layers_have_one_id_or_ids(low: Any, middle: Any, high: Any) -> None:
    kind = OF_NAME["data_cache"]
    one, two, three = (of({"source": each}, PLACE) for each in (low, middle, high))

    left = catalog._laid_over(kind, catalog._laid_over(kind, one, two), three)
    right = catalog._laid_over(kind, one, catalog._laid_over(kind, two, three))

    assert left.plain() == right.plain()
    assert not {"id", "ids"} <= left.plain()["source"].keys()


_texts = st.text(st.characters(categories=["L", "N", "P"], include_characters=" "), max_size=4)


@given(st.dictionaries(_texts.filter(bool), st.integers(0, 9) | _texts, max_size=4))
def test_what_is_written_is_read(values: dict[str, Any]) -> None:
    """Whatever PyYAML writes is read as it was, dotted keys and all."""
    text = yaml.safe_dump({"top": values}, allow_unicode=True)
    file = YamlFile("f")
    read = file.parse(text.encode())

    assert read is not None, file.mistakes
    assert read.plain() == {"top": values}
    for key in values:
        assert read.find(read.keys_of(f"top.{key}"))[0] == 2


# -- schema ------------------------------------------------------------------------------------------------------------


def test_editor_accepts_a_catalog_and_marks_a_mistake() -> None:
    schema = jsonschema.Draft202012Validator(catalog_model.json_schema())

    assert schema.is_valid(yaml.safe_load(CATALOG))
    assert not schema.is_valid(yaml.safe_load(CATALOG.replace("retentionDays", "retentionDay")))
    assert not schema.is_valid({"policies": {"encrypt": True}})


@pytest.mark.parametrize(
    ("config", "is_valid"),
    [
        ({"replicas:dataCaches": {"w": {"destinations": {"cn-x": {}}}}}, False),
        ({"replicas:catalog": "c.yaml", "replicas:dataCaches": {"w": {"destinations": {"cn-x": {}}}}}, True),
        ({"replicas:catalog": ["c.yaml"], "replicas:dataCaches": {"w": {"source": {"id": "x"}}, "v": None}}, True),
        ({"replicas:dataCaches": {"w": {"source": {"id": "x"}, "destinations": {}}}}, False),
        ({"replicas:catalog": "c.yaml", "replicas:select": {"images": [{"labels": {}, "destinations": {}}]}}, True),
        ({"replicas:catalog": "c.yaml", "replicas:select": {"images": [{"destinations": {}}]}}, False),
        ({"replicas:catalog": 3}, False),
    ],
)
def test_editor_knows_what_a_catalog_says_for_a_stack(config: dict[str, Any], is_valid: bool) -> None:
    assert jsonschema.Draft202012Validator(settings.json_schema()).is_valid({"config": config}) is is_valid
