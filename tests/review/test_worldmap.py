import re
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.review.scenarios import SCENARIOS, nothing_changed
from tools.review import worldmap
from tools.review.projection import Box, land, natural_earth
from tools.review.report import Edge, RegionPlace, Report

CITIES = {
    "cn-beijing": (39.9, 116.4),
    "cn-hangzhou": (30.3, 120.2),
    "cn-shanghai": (31.2, 121.5),
    "ap-shanghai": (31.2, 121.5),
    "ap-singapore": (1.3, 103.8),
    "ap-tokyo": (35.7, 139.7),
    "eu-frankfurt": (50.1, 8.7),
    "na-siliconvalley": (37.4, -121.9),
    "sa-saopaulo": (-23.5, -46.6),
    "nowhere": (),
}


def world(*regions: str, edges: Any = None) -> Report:
    """A report of these regions; what is copied goes from the first to all others."""
    places = [
        RegionPlace(
            region=region,
            city=region,
            jurisdiction="X",
            continent="Y",
            latitude=(CITIES.get(region) or (None, None))[0],
            longitude=(CITIES.get(region) or (None, None))[1],
        )
        for region in regions
    ]
    made = [Edge(source=regions[0], region=region, created=1) for region in regions[1:]]
    return nothing_changed().model_copy(update={"regions": places, "edges": made if edges is None else edges})


def drawn(report: Report, width: int = 980, *, by_number: bool = False) -> ET.Element:
    svg = worldmap.draw(report, width=width, name="map", by_number=by_number)
    return ET.fromstring(svg)  # noqa: S314 - our own


def markers(svg: ET.Element) -> dict[str, tuple[float, float, float]]:
    """Region -> middle and radius of its marker."""
    found = {}
    for group in svg.iter("g"):
        if (group.get("class") or "").startswith("region"):
            title, shape = list(group)[:2]
            size = {key: float(value) for key, value in shape.items() if key not in {"class", "rx"}}
            half = size.get("width", 0) / 2
            middle = (size["cx"], size["cy"]) if "cx" in size else (size["x"] + half, size["y"] + half)
            found[str(title.text)] = (*middle, size.get("r", half))
    return found


def labels(svg: ET.Element) -> list[list[str]]:
    return [["".join(line.itertext()) for line in text] for text in svg.iter("text") if text.get("class") == "label"]


def boxes(svg: ET.Element) -> list[Box]:
    """What labels cover, as their lines are placed."""
    made = []
    for text in svg.iter("text"):
        if text.get("class") != "label":
            continue
        x, y = float(text[0].get("x", "")), float(text[0].get("y", ""))
        width = max(len(line.text or "") for line in text) * 6.0
        left = x - width if text.get("text-anchor") == "end" else x
        made.append(Box(left, y - 9, left + width, y - 9 + len(text) * worldmap.LINE - 2))
    return made


# The lengths and distances of parallels in the table that the projection was designed with.
@pytest.mark.parametrize(
    ("longitude", "latitude", "x", "y"),
    [(0, 0, 0, 0), (180, 0, 2.73539, 0), (0, 90, 0, 1.42239), (90, 45, 1.2317, 0.7924), (90, 60, 1.1209, 1.0449)],
)
def test_projection_is_natural_earth(longitude: float, latitude: float, x: float, y: float) -> None:
    point = natural_earth(longitude, latitude)

    assert point.x == pytest.approx(x, abs=3e-3)
    assert point.y == pytest.approx(y, abs=3e-3)


def is_on_land(longitude: float, latitude: float) -> bool:
    crossings = 0
    for ring in land():
        for turn in (-360, 0, 360):
            for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
                if (y1 > latitude) != (y2 > latitude):
                    crossings += x1 + turn + (latitude - y1) / (y2 - y1) * (x2 - x1) > longitude
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("longitude", "latitude", "land_there"),
    [
        (116.4, 39.9, True),  # Beijing
        (8.7, 50.1, True),  # Frankfurt
        (-105.0, 39.7, True),  # Denver
        (-47.9, -15.8, True),  # Brasilia
        (133.9, -23.7, True),  # Alice Springs
        (179.0, 68.0, True),  # Chukotka, on both sides
        (-178.0, 68.0, True),  # of the 180th meridian
        (-30.0, 30.0, False),  # the Atlantic
        (170.0, 30.0, False),  # the Pacific
        (51.0, 42.0, False),  # the Caspian Sea
    ],
)
def test_coasts_are_those_of_the_earth(longitude: float, latitude: float, land_there: bool) -> None:
    assert is_on_land(longitude, latitude) is land_there


def test_every_region_has_a_marker_of_its_own_inside_the_picture() -> None:
    report = world(*(region for region, at in CITIES.items() if at))
    for width, by_number in ((980, False), (358, True)):
        svg = drawn(report, width, by_number=by_number)
        height = float(str(svg.get("viewBox")).split()[-1])
        found = markers(svg)
        assert len(found) == len(CITIES) - 1
        assert all(r < x < width - r and r < y < height - r for x, y, r in found.values())
        for (x1, y1, r1), (x2, y2, r2) in combinations(found.values(), 2):
            assert (x1 - x2) ** 2 + (y1 - y2) ** 2 >= (r1 + r2) ** 2


def test_regions_are_west_and_north_of_each_other_as_on_the_earth() -> None:
    found = markers(drawn(world("cn-beijing", "ap-singapore", "ap-tokyo", "eu-frankfurt")))

    assert found["eu-frankfurt"][0] < found["ap-singapore"][0] < found["cn-beijing"][0] < found["ap-tokyo"][0]
    assert found["eu-frankfurt"][1] < found["cn-beijing"][1] < found["ap-singapore"][1]


def test_pacific_is_crossed_where_that_is_shorter() -> None:
    found = markers(drawn(world("ap-tokyo", "na-siliconvalley")))

    assert found["ap-tokyo"][0] < found["na-siliconvalley"][0]


def test_labels_cover_neither_each_other_nor_markers() -> None:
    for report in (world(*(region for region, at in CITIES.items() if at)), SCENARIOS["everything"]()):
        svg = drawn(report)
        covered = boxes(svg)
        assert len(covered) >= 8
        assert not [pair for pair in combinations(covered, 2) if pair[0].overlaps(pair[1])]
        spots = [Box(x - r, y - r, x + r, y + r) for x, y, r in markers(svg).values()]
        assert not [spot for spot in spots for box in covered if spot.overlaps(box)]


def test_label_says_what_is_done_in_words() -> None:
    edges = [Edge(source="cn-beijing", region="ap-tokyo", created=2, deleted=1, unchanged=4)]

    assert sorted(labels(drawn(world("cn-beijing", "ap-tokyo", edges=edges)))) == [
        ["ap-tokyo", "1 deleted, 2 added", "4 unchanged"],
        ["cn-beijing", "source"],
    ]


def test_lines_differ_by_more_than_colour() -> None:
    edges = [
        Edge(source="cn-beijing", region="ap-tokyo", created=2),
        Edge(source="cn-beijing", region="ap-singapore", deleted=1),
        Edge(source="cn-beijing", region="eu-frankfurt", unchanged=1),
    ]
    svg = drawn(world("cn-beijing", "ap-tokyo", "ap-singapore", "eu-frankfurt", edges=edges))
    classes = [group.get("class") for group in svg.iter("g")]

    assert {"arc created", "arc deleted", "arc unchanged"} <= set(classes)
    assert "region gone" in classes
    assert [text.text for text in svg.iter("text") if text.get("class") is None] in (["+2", "−1"], ["−1", "+2"])  # noqa: RUF001


def test_there_and_back_are_two_lines() -> None:
    edges = [
        Edge(source="cn-beijing", region="ap-tokyo", created=1),
        Edge(source="ap-tokyo", region="cn-beijing", created=1),
    ]
    svg = drawn(world("cn-beijing", "ap-tokyo", edges=edges))
    lines = [group[0].get("d", "") for group in svg.iter("g") if (group.get("class") or "").startswith("arc")]
    middles = [re.split("[ML]", line)[len(re.split("[ML]", line)) // 2].split() for line in lines]

    assert abs(float(middles[0][1]) - float(middles[1][1])) > 20


def test_copy_in_its_own_region_is_a_loop() -> None:
    svg = drawn(world("cn-beijing", edges=[Edge(source="cn-beijing", region="cn-beijing", created=1)]))

    assert len([group for group in svg.iter("g") if group.get("class") == "arc created"]) == 1


def test_numbers_stand_for_names_where_there_is_little_room() -> None:
    svg = drawn(world("cn-beijing", "ap-tokyo"), 358, by_number=True)

    assert labels(svg) == []
    assert {"1", "2"} <= {text.text for text in svg.iter("text")}


def test_regions_without_coordinates_are_not_drawn() -> None:
    assert list(markers(drawn(world("cn-beijing", "nowhere")))) == ["cn-beijing"]


def test_picture_has_a_title_and_a_description() -> None:
    svg = drawn(world("cn-beijing", "ap-tokyo"))

    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "map-title map-desc"
    assert [svg[0].text, svg[1].text] == ["Map of 2 regions", "cn-beijing to ap-tokyo: 1 added"]


def test_texts_of_others_are_escaped() -> None:
    CITIES["<b>&\x00"] = (0.0, 0.0)
    try:
        svg = worldmap.draw(world("cn-beijing", "<b>&\x00"), width=980, name="map")
    finally:
        del CITIES["<b>&\x00"]

    assert "<b>" not in svg
    assert "\x00" not in svg
    assert ET.fromstring(svg) is not None  # noqa: S314 - our own
