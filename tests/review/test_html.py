import re
from html.parser import HTMLParser
from typing import Any

import pytest
from typing_extensions import override

from components.review.policies import Severity
from tests.review import chromium
from tests.review.scenarios import SCENARIOS, large
from tools.review.html import MOST_ALIKE, render
from tools.review.report import FoundProblem, Report

VOID = {"meta", "path", "rect", "circle"}
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\x00'

needs_chromium = pytest.mark.skipif(chromium.BROWSER is None, reason="no Chromium is installed")


class Page(HTMLParser):
    """The elements of a page, each closed where it has to be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def made(scenario: str, **more: Any) -> Report:
    return SCENARIOS[scenario]().model_copy(update=more)


def finding(severity: Severity = Severity.WARNING, **more: Any) -> FoundProblem:
    settings: dict[str, Any] = {"rule": "too-old", "message": "it is old", "next_step": "copy it"}
    return FoundProblem(severity=severity, **(settings | more))


def evil() -> Report:
    """A report in which every text that comes from outside tries to be an element."""

    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoilt(each) for key, each in value.items()}
        if isinstance(value, list):
            return [spoilt(each) for each in value]
        return EVIL if isinstance(value, str) else value

    report = made("everything", findings=[finding(Severity.MANDATORY), finding(), finding(Severity.NOTE)])
    fixed = {"version", "mode", "action", "severity"}
    data = report.model_dump(mode="json")
    return Report.model_validate(_with_fixed(spoilt(data), data, fixed))


def _with_fixed(spoilt: Any, data: Any, fixed: set[str]) -> Any:
    if isinstance(data, dict):
        return {key: data[key] if key in fixed else _with_fixed(spoilt[key], data[key], fixed) for key in data}
    if isinstance(data, list):
        return [_with_fixed(a, b, fixed) for a, b in zip(spoilt, data, strict=True)]
    return spoilt


PAGES = {**SCENARIOS, "evil": evil, "large": large}


def headings(text: str) -> list[str]:
    return [re.sub("<[^>]*>", "", each).strip() for each in re.findall("<h2>(.*?)</h2>", text)]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_well_formed_and_reaches_for_nothing(name: str) -> None:
    page = Page(render(PAGES[name]()))

    assert page.open == []
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "link", "iframe", "object", "a", "form", "base"})
    for tag, attributes in page.tags:
        assert not [key for key in attributes if key in {"style", "src", "href"} or key.startswith("on")], tag
    policies = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert [str(policy).split(";")[0] for policy in policies] == ["default-src 'none'"]


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_references_have_one(name: str) -> None:
    text = render(PAGES[name]())
    ids = re.findall(r'\bid="([^"]*)"', text)
    references = " ".join(re.findall(r'aria-labelledby="([^"]*)"', text)).split() + re.findall(r"url\(#([^)]*)\)", text)

    assert len(ids) == len(set(ids))
    assert set(references) <= set(ids)


def test_texts_of_others_are_shown_as_they_are() -> None:
    text = render(evil())

    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in text
    assert "\x00" not in text


def test_order_is_that_of_the_issue() -> None:
    findings = [finding(Severity.MANDATORY, rule="region"), finding(), finding(Severity.NOTE)]

    assert headings(render(made("everything", findings=findings, problems=["it broke"]))) == [
        "Errors of the engine 1",
        "Mandatory findings 1",
        "Deleted 2",
        "Replaced 3",
        "Warnings 1",
        "Cost",
        "Map",
        "Added 2",
        "Updated 1",
        "Other resources 1",
        "Notes 1",
    ]


def test_verdict_is_the_heading() -> None:
    report = made("everything")
    (heading,) = re.findall("<h1>(.*?)</h1>", render(report))

    assert re.sub("<[^>]*>", "", heading) == report.verdict


def test_nothing_changed_is_a_verdict_and_a_number() -> None:
    text = render(made("nothing-changed", findings=[]))

    assert headings(text) == []
    assert "= 6 unchanged" in text
    assert "Nothing to do" in text


def test_replacement_shows_why_with_both_values() -> None:
    text = render(made("everything"))

    assert (
        '<code>path</code><em class="why">replaces</em><span class="pair"><del>/models/llm/v1</del>'
        '<span class="to" aria-label="becomes">→</span><ins>/models/llm/v2</ins></span>'
    ) in text


def test_drift_is_called_that() -> None:
    text = render(made("drifted"))

    assert "Drift of prod" in text
    assert "Gone 2" in headings(text)


def test_many_findings_of_a_rule_are_folded() -> None:
    text = render(made("everything", findings=[finding(entry=f"e{number}") for number in range(MOST_ALIKE + 3)]))

    assert f"Warnings {MOST_ALIKE + 3}" in headings(text)
    assert "3 more of <code>too-old</code>" in text


def test_regions_without_coordinates_are_listed() -> None:
    report = made("everything")
    places = [place.model_copy(update={"latitude": None, "longitude": None}) for place in report.regions]
    text = render(report.model_copy(update={"regions": places}))

    assert "<h3>Not on the map</h3>" in text
    assert all(f"<b>{place.region}</b>" in text for place in places)
    assert 'class="map' not in text


def test_page_of_300_replicas_stays_small() -> None:
    assert len(render(large()).encode()) < 150_000


@needs_chromium
def test_pages_do_not_scroll_sideways_on_a_screen_and_a_phone() -> None:
    pages = [(render(PAGES[name]()), width) for name in ("everything", "drifted") for width in (1280, 390)]

    pages += [(render(PAGES[name]()), 390) for name in ("evil", "large")]
    found = chromium.layouts(pages)

    assert [layout.scrolls for layout in found] == [width for _, width in pages]
    for layout in found[:4]:
        assert (layout.has_wide_map, layout.has_small_map) == (layout.width == 1280, layout.width == 390)


@needs_chromium
def test_page_is_dark_where_people_want_that() -> None:
    page = render(made("everything"))
    ((light,), (dark,)) = (chromium.layouts([(page, 390)], *options) for options in ((), (chromium.DARK,)))

    assert light.paper != dark.paper
    assert (light.has_wide_map, light.has_small_map) == (False, True)
