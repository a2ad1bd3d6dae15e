"""What a stack demands: how it is written, and that the program refuses what breaks it before it registers anything."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic.alias_generators import to_camel

from components.replica.settings import REVIEWED, InvalidConfig, PolicyViolated, Settings, load
from components.review import geography
from components.review.policies import Policies, PoliciesUnusable, age, parse
from components.review.replicas import DAY

IMAGE: dict[str, Any] = {
    "source": {"region": "cn-hangzhou", "id": "m-1"},
    "destinations": {"cn-shanghai": {"encrypted": True}, "us-west-1": None},
    "defaults": {"tags": {"team": "web"}, "encrypted": False},
}
CACHE: dict[str, Any] = {
    "source": {"region": "cn-beijing", "ids": ["edc-2", "edc-1"]},
    "destinations": {"cn-hangzhou": None},
}


def loaded(policies: Any, **sections: Any) -> Settings:
    keys = {"images": {"web": IMAGE}, "dataCaches": {"w": CACHE}, "policies": policies, **sections}
    return load({f"replicas:{key}": json.dumps(value) for key, value in keys.items()})


def violations(policies: Any, **sections: Any) -> list[str]:
    with pytest.raises(PolicyViolated) as raised:
        loaded(policies, **sections)
    return [line.strip() for line in str(raised.value).splitlines()]


def test_violations_are_listed_all_at_once_with_their_paths() -> None:
    demanded = {
        "regions": {"allowed": ["cn-shanghai", "cn-hangzhou"]},
        "encryption": True,
        "requiredTags": ["team"],
        "maxRegions": 1,
        "expiry": {"required": True},
    }

    head, *lines = violations(demanded)

    assert head == "5 violations of mandatory policies; nothing was started:"
    assert [line.partition(": ")[0] for line in lines] == [
        "replicas:dataCaches.w.destinations.cn-hangzhou.retentionDays",
        "replicas:dataCaches.w.destinations.cn-hangzhou.tags",
        "replicas:images.web.defaults.encrypted",
        "replicas:images.web.destinations.us-west-1",
        "replicas:images.web.destinations",
    ]
    assert lines[3] == (
        "replicas:images.web.destinations.us-west-1: web in us-west-1: the region is not allowed "
        "(allowed: cn-shanghai, cn-hangzhou) (region). "
        "Next: choose an allowed region, or add it to regions.allowed of the policies."
    )


def test_only_mandatory_violations_stop_the_program() -> None:
    demanded = {"regions": {"forbidden": ["us-west-1"]}, "severity": {"region": "warning"}}

    assert loaded(demanded).policies.regions.forbidden == ["us-west-1"]
    assert len(violations({**demanded, "severity": {}})) == 2


def test_exception_lets_it_pass_until_it_ends() -> None:
    def excepted(until: str) -> dict[str, Any]:
        exception = {"rule": "region", "entry": "web", "region": "us-west-1", "reason": "moves", "until": until}
        return {"regions": {"forbidden": ["us-west-1"]}, "exceptions": [exception]}

    assert loaded(excepted("9999-12-31"))
    assert violations(excepted("2020-01-01"))[1].count("the exception for it ended on 2020-01-01") == 1


def test_reading_the_entries_alone_judges_nothing() -> None:
    """The runner asks where the replicas of a stack are, whatever is demanded of them."""
    assert load({"replicas:images": json.dumps({"web": IMAGE})}).policies == Policies()


@pytest.mark.parametrize(
    ("written", "reported"),
    [
        ({"regions": {"alowed": []}}, "regions.alowed: 'alowed' is not a known key here: check its spelling"),
        ({"severity": {"tags": "no"}}, "severity.tags: should be 'mandatory', 'warning' or 'note'"),
        ({"severity": {"colour": "note"}}, ": severity: no rule is called colour; known are adopted, "),
        ({"maxAge": "30"}, "maxAge: '30' is not an age such as 30d or 12h"),
        ({"expiry": {"minDays": 5, "maxDays": 3}}, "expiry: minDays 5 is more than maxDays 3"),
        ({"budget": {"currency": "yuan", "perMonth": 3}}, "budget.currency: 'yuan' is not a currency such as CNY"),
        (
            {"exceptions": [{"rule": "tags", "entry": "web", "reason": " ", "until": "2027-01-31"}]},
            "exceptions.0.reason: must not be empty",
        ),
        (
            {"exceptions": [{"rule": "tags", "entry": "web", "reason": "x", "until": "2027-01-31 00:00:00 +0000 UTC"}]},
            "exceptions.0.until: is a date: put it in quotes",
        ),
    ],
)
def test_mistake_in_the_policies_has_its_path(written: Any, reported: str) -> None:
    with pytest.raises(InvalidConfig, match=r"replicas:policies" + f"[.]?{re.escape(reported)}"):
        loaded(written)
    if "quotes" not in reported and "known key" not in reported and "should" not in reported:
        with pytest.raises(PoliciesUnusable, match=r"^stack prod: replicas:policies" + f"[.]?{re.escape(reported)}"):
            parse(written, "stack prod")


def test_mistake_in_the_policies_hides_none_in_the_entries() -> None:
    with pytest.raises(InvalidConfig) as raised:
        loaded({"exceptions": [{"rule": "nothing"}]}, images={"web": {**IMAGE, "defaults": {"kmsKeyId": "key-1"}}})

    assert "replicas:images.web.defaults.kmsKeyId: needs `encrypted: true` beside it" in str(raised.value)


def test_example_of_the_page_is_well_formed_and_shows_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
    about = page.partition("## Policies and findings")[2]
    example = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", about, re.DOTALL)[0])["config"]["replicas:policies"]

    assert parse(example, "the page").max_regions == 4
    assert example.keys() == {to_camel(name) for name in Policies.model_fields}


@given(days=st.integers(1, 9999))
def test_age_in_days(days: int) -> None:
    assert age(f"{days}d") == days * DAY


@pytest.mark.parametrize("region", ["cn-hangzhou", "ap-guangzhou", "eu-central-1"])
def test_region_is_found_in_the_table(region: str) -> None:
    assert geography.place(region).jurisdiction in {"CN", "EU"}


def test_table_of_regions_is_whole() -> None:
    assert date.fromisoformat(geography.as_of())
    for region, place in geography.places().items():
        latitude, longitude = place.at
        assert -90 < latitude < 90, region
        assert -180 < longitude < 180, region
        assert geography.UNKNOWN not in {place.city, place.country, place.jurisdiction, place.continent}
    assert geography.place("xx-nowhere-1") == geography.Place("xx-nowhere-1")


def test_regions_of_the_local_cloud_are_in_the_table() -> None:
    from sandbox.alibaba.region_names import REGION_NAMES  # noqa: PLC0415 - only this test looks at it

    assert set(REGION_NAMES) <= geography.places().keys()


def test_preview_of_a_review_shows_what_is_forbidden_and_an_up_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report judges the same, and sees more; a variable that was left in the environment opens nothing."""
    monkeypatch.setenv(REVIEWED, "1")
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    assert loaded({"maxRegions": 1}).entries

    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: False)
    with pytest.raises(PolicyViolated):
        loaded({"maxRegions": 1})
