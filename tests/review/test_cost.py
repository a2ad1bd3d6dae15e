"""Sums of GiB and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.review.replicas import Action, Change, Replica
from tests.review.scenarios import created, deleted, replaced, replica, same
from tools.review.cost import Prices, PricesUnusable, cost, read

TODAY = date(2026, 11, 26)
ROW: dict[str, object] = {"service": "cbs", "currency": "CNY", "as_of": "2026-11-01", "source": "a page"}
OWN = Prices.model_validate(
    {
        "storage": [
            {**ROW, "price": 0.1, "regions": ["ap-shanghai"]},
            {**ROW, "price": 0.02, "currency": "USD", "regions": ["ap-shanghai", "ap-tokyo"]},
        ],
        "traffic": [{**ROW, "price": 0.5, "from": ["ap-guangzhou"], "to": ["ap-shanghai"]}],
    }
)


def disk(region: str, gib: int | None = 50, **more: Any) -> Replica:
    return replace(replica("disk", region, "snapshot", "ap-guangzhou", "snap-1", "snap-2", **more), size_gib=gib)


def test_new_copy_costs_traffic_once_and_storage_each_month() -> None:
    made = cost([created(disk("ap-shanghai"))], OWN, today=TODAY)

    assert (made.traffic_gib, made.stored_gib_before, made.stored_gib_after) == (50, 0, 50)
    assert [(each.currency, each.at_most) for each in made.traffic] == [("CNY", 25.0)]
    assert [(each.currency, each.at_most) for each in made.monthly_after] == [("CNY", 5.0), ("USD", 1.0)]
    assert made.monthly_before == []


def test_deleted_replica_is_not_stored_any_more() -> None:
    made = cost([deleted(disk("ap-shanghai"))], OWN, today=TODAY)

    assert (made.traffic_gib, made.stored_gib_before, made.stored_gib_after) == (0, 50, 0)


def test_replica_that_stays_in_the_cloud_is_billed_on() -> None:
    assert cost([deleted(disk("ap-shanghai"), retained=True)], OWN, today=TODAY).stored_gib_after == 50


def test_replacement_is_copied_again_and_stored_once() -> None:
    made = cost([replaced(disk("ap-shanghai"), disk("ap-shanghai", 60))], OWN, today=TODAY)

    assert (made.traffic_gib, made.stored_gib_before, made.stored_gib_after) == (60, 50, 60)


@pytest.mark.parametrize(
    "change", [same(disk("ap-shanghai")), Change(Action.UPDATE, disk("ap-shanghai"), disk("ap-shanghai"))]
)
def test_what_stays_is_not_copied(change: Change) -> None:
    assert cost([change], OWN, today=TODAY).traffic_gib == 0


def test_adopted_replica_is_stored_and_not_copied() -> None:
    made = cost([created(disk("ap-shanghai", existing_id="snap-9"))], OWN, today=TODAY)

    assert (made.traffic_gib, made.stored_gib_after) == (0, 50)


def test_price_that_is_not_known_is_counted() -> None:
    made = cost([same(disk("ap-shanghai")), same(disk("ap-tokyo"))], OWN, today=TODAY)

    amounts = [(each.currency, each.at_most, each.without_price) for each in made.monthly_after]
    assert amounts == [("CNY", 5.0, 1), ("USD", 2.0, 0)]


def test_currencies_are_never_added_up() -> None:
    made = cost([same(disk("ap-shanghai")), same(disk("ap-shanghai"))], OWN, today=TODAY)

    assert [(each.currency, each.at_most) for each in made.monthly_after] == [("CNY", 10.0), ("USD", 2.0)]


def test_size_that_is_not_known_is_in_no_figure() -> None:
    made = cost([created(disk("ap-shanghai", None))], OWN, today=TODAY)

    assert (made.stored_gib_after, made.unknown_sizes, made.monthly_after, made.traffic) == (0, 1, [], [])


def test_data_caches_have_no_price() -> None:
    cache = replace(replica("w", "cn-hangzhou", "data_cache", "cn-beijing", "edc-1", "edc-2"), size_gib=20)

    assert cost([same(cache)], read(), today=TODAY).monthly_after == []


@pytest.mark.parametrize(
    ("as_of", "shown", "is_old"),
    [("2026-11-01", "2026-11-01", False), ("2026-05-01", "2026-05-01", True), (None, "undated", True)],
)
def test_old_price_is_said_to_be_old(as_of: str | None, shown: str, *, is_old: bool) -> None:
    row = {**ROW, "price": 1, "regions": ["ap-shanghai"], "as_of": as_of}

    made = cost([same(disk("ap-shanghai"))], Prices.model_validate({"storage": [row]}), today=TODAY)

    assert (made.prices_as_of, made.prices_are_old) == (shown, is_old)


def test_every_price_names_its_source() -> None:
    table = read()

    assert len(table.storage) >= 8
    assert all(row.source.startswith("https://") for row in (*table.storage, *table.traffic))


def test_own_rows_win_over_those_of_the_table(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    row = "{service: cbs, currency: CNY, price: 0.01, regions: [ap-shanghai], as_of: 2026-11-20, source: our contract}"
    own.write_text(f"storage:\n- {row}\n")

    made = cost([same(disk("ap-shanghai")), same(disk("ap-singapore"))], read(own), today=TODAY)

    assert [each.at_most for each in made.monthly_after] == [0.5 + 8.4]


def test_example_of_the_page_is_a_table(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
    about = page.partition("## Cost")[2]
    own = tmp_path / "prices.yaml"
    own.write_text(about.partition("```yaml\n")[2].partition("```")[0])

    assert read(own).storage[0].source == read(own).traffic[0].source == "our contract"


@pytest.mark.parametrize("text", ["- a list", "storage: [{service: cbs}]", "storage: [}", "prices: {}"])
def test_file_that_is_no_table_is_one_line(tmp_path: Path, text: str) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(text)

    with pytest.raises(PricesUnusable, match=r"is not a table of prices: .*Next: ") as caught:
        read(own)
    assert "\n" not in str(caught.value)
