"""The part of the earth that a map shows: its projection, its coastlines, and points and boxes in the picture."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

LEAST_SPAN = 0.8
"""Radians of the globe that are shown at least: a map of one city shows nothing."""


class Point(NamedTuple):
    """A place in the picture, or in the plane of the projection."""

    x: float
    y: float


class Box(NamedTuple):
    """An upright rectangle in the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, point: tuple[float, float]) -> bool:
        """Whether a point is in it."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


@dataclass(frozen=True)
class View:
    """The part of the world that is shown.

    Attributes:
        middle: Longitude of the middle.
        at: The middle of the picture in the plane of the projection.
        scale: Pixels of a radian.
    """

    middle: float
    at: Point
    scale: float
    width: float
    height: float

    def east(self, longitude: float) -> float:
        """Degrees east of the middle, from -180 to 180."""
        return (longitude - self.middle + 180) % 360 - 180

    def pixel(self, east: float, latitude: float) -> Point:
        """Where a place is in the picture."""
        plane = natural_earth(east, latitude)
        x = self.width / 2 + (plane.x - self.at.x) * self.scale
        return Point(x, self.height / 2 - (plane.y - self.at.y) * self.scale)

    @property
    def frame(self) -> Box:
        """The picture."""
        return Box(0, 0, self.width, self.height)


def natural_earth(longitude: float, latitude: float) -> Point:
    """Project a place (degrees) as the Natural Earth projection does: to radians of the globe, north is up."""
    phi = math.radians(latitude)
    p2 = phi * phi
    p4 = p2 * p2
    length = 0.870700 - 0.131979 * p2 - 0.013791 * p4 + p4 * p4 * p2 * (0.003971 - 0.001529 * p2)
    distance = phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)))
    return Point(math.radians(longitude) * length, distance)


@cache
def land() -> Sequence[Sequence[tuple[float, float]]]:
    """Read the coastlines: rings of longitude and latitude."""
    text = Path(__file__).with_name("land.txt").read_text("utf-8")
    return tuple(
        tuple((float(x), float(y)) for x, y in (pair.split(",") for pair in line.split()))
        for line in text.splitlines()
        if not line.startswith("#")
    )


def fit(places: Sequence[tuple[float, float]], width: int, room: Point, most: float, least: float) -> View:
    """Choose the view that shows all places, and some of the earth around them.

    Args:
        places: Latitudes and longitudes.
        width: Of the picture.
        room: What is kept free for labels at the sides, and above and below.
        most: Height of the picture at most, as a part of its width.
        least: The same at least.
    """
    longitudes = sorted({longitude % 360 for _, longitude in places})
    gaps = [(after - before, after) for before, after in itertools.pairwise(longitudes)]
    gap, start = max([*gaps, (longitudes[0] + 360 - longitudes[-1], longitudes[0])])
    middle = start + (360 - gap) / 2
    turned = View(middle, Point(0, 0), 1, 0, 0)
    planes = [natural_earth(turned.east(longitude), latitude) for latitude, longitude in places]
    left, right = min(p.x for p in planes), max(p.x for p in planes)
    low, high = min(p.y for p in planes), max(p.y for p in planes)
    free = Point(width - 2 * room.x, width * most - 2 * room.y)
    scale = min(free.x / max(right - left, LEAST_SPAN * free.x / width), free.y / max(high - low, 0.05))
    height = min(width * most, max((high - low) * scale + 2 * room.y, width * least))
    # Nothing is shown beyond the pole, unless there is room for the whole earth.
    y = min((low + high) / 2, max(natural_earth(0, 84).y - height / 2 / scale, 0))
    return View(middle, Point((left + right) / 2, y), scale, width, round(height))


def nearest(point: Point, box: Box) -> Point:
    """Return the point of a box that is nearest to another."""
    return Point(min(max(point.x, box.left), box.right), min(max(point.y, box.top), box.bottom))


def world(view: View, name: str) -> Iterator[str]:
    """Draw the sea, the grid of degrees and the land."""
    yield f'<rect class="sea" width="{view.width:g}" height="{view.height:g}" rx="10"/>'
    yield f'<clipPath id="{name}-clip"><rect width="{view.width:g}" height="{view.height:g}" rx="10"/></clipPath>'
    yield f'<g clip-path="url(#{name}-clip)"><path class="grid" d="{_grid(view)}"/>'
    rings = [_coast(ring, view, turn) for ring in land() for turn in (-360, 0, 360)]
    yield f'<path class="land" fill-rule="evenodd" d="{"".join(rings)}"/></g>'


def _grid(view: View) -> str:
    """Draw every 15th meridian and parallel."""
    first = -view.middle % 15
    easts = [first + 15 * step for step in range(-16, 16)]
    meridians = [[view.pixel(east, latitude) for latitude in range(-90, 91, 10)] for east in easts]
    parallels = [[view.pixel(easts[0], latitude), view.pixel(easts[-1], latitude)] for latitude in range(-75, 90, 15)]
    return "".join(
        f"M{'L'.join(map(xy, line))}"
        for line in [*meridians, *parallels]
        if any(0 <= point.x <= view.width for point in line) or line in parallels
    )


def _coast(ring: Sequence[tuple[float, float]], view: View, turn: float) -> str:
    """Draw what of a ring is in the picture; rings continue beyond the 180th meridian, and so does the projection."""
    margin = Box(-20, -20, view.width + 20, view.height + 20)
    shift = view.east(0) + turn
    points: list[Point] = [view.pixel(longitude + shift, latitude) for longitude, latitude in ring]
    drawn: list[Point] = []
    for point in _clipped(points, margin):
        if not drawn or math.dist(point, drawn[-1]) >= 1.2:
            drawn.append(point)
    return f"M{'L'.join(map(xy, drawn))}Z" if len(drawn) > 2 else ""


def _clipped(points: list[Point], box: Box) -> list[Point]:
    """Cut a ring at the edges of a box (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, box.left, 1), (0, box.right, -1), (1, box.top, 1), (1, box.bottom, -1)):
        kept: list[Point] = []
        for before, point in zip([*points[-1:], *points[:-1]], points, strict=True):
            inner, outer = (point[axis] - limit) * sign, (before[axis] - limit) * sign
            if (inner >= 0) != (outer >= 0):
                share = outer / (outer - inner)
                kept.append(Point(before.x + (point.x - before.x) * share, before.y + (point.y - before.y) * share))
            if inner >= 0:
                kept.append(point)
        points = kept
    return points


def xy(point: Point) -> str:
    """Write a point as the paths of SVG do."""
    return f"{point.x:.1f} {point.y:.1f}"
