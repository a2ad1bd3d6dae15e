"""A map of where copies go: a picture (SVG) on a real projection, of the part of the world that a report is about.

What is done shows in signs, words, shapes and line styles; colour only repeats it. Colours are those of the page's
style: the picture has classes, and no style of its own.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tools.review import phrases
from tools.review.projection import Box, Point, View, fit, nearest, world, xy
from tools.review.report import Edge, RegionPlace, Report, printable

LETTER = 6.4
"""Pixels that a letter of a label is wide, at most."""
LINE = 13.0
"""Pixels from one line of a label to the next."""
MARKER = 6.0
NUMBERED = 9.0
"""Radius of a marker, and of one with a number in it."""
LONGEST_LABEL = 28


@dataclass(frozen=True)
class _Arc:
    """An edge as it is drawn."""

    edge: Edge
    points: Sequence[Point]


def located(report: Report) -> list[RegionPlace]:
    """List the regions whose coordinates are known, in the order of their numbers."""
    return [place for place in report.regions if place.latitude is not None and place.longitude is not None]


def draw(report: Report, *, width: int, name: str, by_number: bool = False) -> str:
    """Draw the map.

    Args:
        report: At least one of its regions is located.
        width: Of the picture, in pixels.
        name: Start of the ids in it, which must be unique in a page.
        by_number: Write numbers instead of names: those of `located`, from 1.
    """
    places = located(report)
    room, most, least = (Point(24, 30), 1.0, 0.62) if by_number else (Point(130, 60), 0.62, 0.42)
    view = fit([(p.latitude or 0, p.longitude or 0) for p in places], width, room, most, least)
    radius = NUMBERED if by_number else MARKER
    spots = {p.region: view.pixel(view.east(p.longitude or 0), p.latitude or 0) for p in places}
    at = _apart(spots, 2 * radius + 4, view)
    edges = [edge for edge in report.edges if {edge.source, edge.region} <= at.keys()]
    arcs = [_Arc(edge, _curve(at[edge.source], at[edge.region], radius)) for edge in sorted(edges, key=_weight)]
    taken = [_around(point, radius + 1) for point in at.values()]
    parts = [*world(view, name), *(_line(arc) for arc in arcs)]
    badges = list(_badges(arcs, taken, view))
    labels = [] if by_number else list(_labels(report, at, arcs, taken, view))
    numbers = {place.region: number for number, place in enumerate(places, 1)} if by_number else {}
    parts += [*(_marker(region, at[region], report, numbers.get(region), radius) for region in at), *labels, *badges]
    described = "; ".join(
        f"{edge.source} to {edge.region}: {phrases.edge(edge)}" for edge in report.edges if phrases.edge(edge)
    )
    return (
        f'<svg viewBox="0 0 {view.width:g} {view.height:g}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">Map of {phrases.counted(len(places), "region")}</title>'
        f'<desc id="{name}-desc">{_text(described)}</desc>{"".join(parts)}</svg>'
    )


def _apart(spots: Mapping[str, Point], least: float, view: View) -> dict[str, Point]:
    """Move markers that would cover each other as far as it needs, in steps that always come out the same."""
    at = dict(spots)
    inside = Box(least, least, view.width - least, view.height - least)
    for _ in range(200):
        moved = False
        for first, second in ((a, b) for a in at for b in at if a < b):
            dx, dy = at[second].x - at[first].x, at[second].y - at[first].y
            distance = math.hypot(dx, dy)
            if distance >= least - 0.01:
                continue
            unit = Point(dx / distance, dy / distance) if distance > 0.01 else Point(0.8, 0.6)
            step = (least - distance) / 2
            at[first] = nearest(Point(at[first].x - unit.x * step, at[first].y - unit.y * step), inside)
            at[second] = nearest(Point(at[second].x + unit.x * step, at[second].y + unit.y * step), inside)
            moved = True
        if not moved:
            break
    return at


def _around(point: Point, radius: float) -> Box:
    return Box(point.x - radius, point.y - radius, point.x + radius, point.y + radius)


def _weight(edge: Edge) -> tuple[bool, bool]:
    """Order edges so that what is made is drawn above what goes, and both above what stays."""
    return bool(edge.created or edge.replaced), _is_changed(edge)


def _is_changed(edge: Edge) -> bool:
    return bool(edge.created or edge.updated or edge.replaced or edge.deleted)


def _done(edge: Edge) -> str:
    """Name the class of an edge: that of the weightiest thing that is done."""
    for action in ("deleted", "replaced", "created", "updated"):
        if getattr(edge, action):
            return action
    return "unchanged"


def _curve(source: Point, target: Point, radius: float) -> list[Point]:
    """Return an arc that leaves on the left, so that there and back are two, from marker to marker."""
    dx, dy = target.x - source.x, target.y - source.y
    distance = math.hypot(dx, dy)
    if distance < 2 * radius:  # a copy in the region of its source: a loop above the marker
        turns = [math.pi * (0.5 + (step - 10) / 14) for step in range(21)]
        return [Point(source.x + 12 * math.cos(turn), source.y - radius - 6 - 12 * math.sin(turn)) for turn in turns]
    bow = min(0.2 * distance, 70) if distance > 60 else 12
    middle = Point((source.x + target.x) / 2 + dy / distance * bow, (source.y + target.y) / 2 - dx / distance * bow)
    points = [_between(source, middle, target, step / 80) for step in range(81)]
    free = [p for p in points if math.dist(p, source) > radius and math.dist(p, target) > radius + 2]
    return free if len(free) > 1 else [source, target]


def _between(source: Point, middle: Point, target: Point, t: float) -> Point:
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
    return Point(a * source.x + b * middle.x + c * target.x, a * source.y + b * middle.y + c * target.y)


def _line(arc: _Arc) -> str:
    """Draw an arc and its head."""
    end, before = arc.points[-1], arc.points[max(0, len(arc.points) - 7)]
    turn = math.atan2(end.y - before.y, end.x - before.x)
    size = 9 if _is_changed(arc.edge) else 6
    sides = [Point(end.x - size * math.cos(turn + o), end.y - size * math.sin(turn + o)) for o in (0.42, -0.42)]
    return (
        f'<g class="arc {_done(arc.edge)}"><path d="M{"L".join(map(xy, arc.points))}"/>'
        f'<path class="head" d="M{xy(end)}L{xy(sides[0])}L{xy(sides[1])}Z"/></g>'
    )


def _badges(arcs: Iterable[_Arc], taken: list[Box], view: View) -> Iterator[str]:
    """Write on each line what is done, in signs."""
    for arc in arcs:
        if not _is_changed(arc.edge):
            continue
        text = phrases.signs(arc.edge.model_copy(update={"unchanged": 0}))
        half = len(text) * LETTER / 2 + 5
        last = len(arc.points) - 1
        spots = [arc.points[round(last * t)] for t in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)]
        boxes = [Box(spot.x - half, spot.y - 8.5, spot.x + half, spot.y + 8.5) for spot in spots]
        box = next((box for box in boxes if _is_free(box, taken, view)), None)
        if box is None:  # the label of its region says it, too
            continue
        taken.append(box)
        yield (
            f'<g class="badge {_done(arc.edge)}"><rect x="{box.left:.1f}" y="{box.top:.1f}" width="{2 * half:.1f}" '
            f'height="17" rx="8.5"/><text x="{box.left + half:.1f}" y="{box.top + 12.5:.1f}">{text}</text></g>'
        )


def _is_free(box: Box, taken: Iterable[Box], view: View) -> bool:
    is_shown = box.left >= 2 and box.top >= 2 and box.right <= view.width - 2 and box.bottom <= view.height - 2
    return is_shown and not any(box.overlaps(other) for other in taken)


def _marker(region: str, point: Point, report: Report, number: int | None, radius: float) -> str:
    """Draw a region: a square where something is copied from, else a circle; hollow where all of it goes."""
    total = _total(report.edges, region)
    is_source = any(edge.source == region for edge in report.edges)
    stays = total.created or total.updated or total.replaced or total.unchanged
    state = "source" if is_source else "" if stays else "gone"
    x, y, r = point.x, point.y, radius
    shape = (
        f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:g}" height="{2 * r:g}" rx="2"/>'
        if is_source
        else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}"/>'
    )
    text = f'<text x="{x:.1f}" y="{y + 3.8:.1f}">{number}</text>' if number else ""
    return f'<g class="region {state}"><title>{_text(region)}</title>{shape}{text}</g>'


def _total(edges: Iterable[Edge], region: str) -> Edge:
    """Add up what is done in a region."""
    into = [edge for edge in edges if edge.region == region]
    names = ("created", "updated", "replaced", "deleted", "unchanged")
    return Edge(source="", region=region, **{name: sum(getattr(edge, name) for edge in into) for name in names})


def said(report: Report, region: str) -> str:
    """Say what a region is and what is done there: `source; 1 added, 2 unchanged`."""
    is_source = any(edge.source == region for edge in report.edges)
    done = phrases.edge(_total(report.edges, region))
    return "; ".join(filter(None, ("source" if is_source else "", done)))


def _labels(
    report: Report, at: Mapping[str, Point], arcs: Sequence[_Arc], taken: list[Box], view: View
) -> Iterator[str]:
    """Write the names where they cover nothing, close to their markers, and off the lines where that can be."""
    ink = [point for arc in arcs for point in arc.points]
    busiest = sorted(located(report), key=lambda place: not _is_changed(_total(report.edges, place.region)))
    for place in busiest:
        lines = [place.region, *_folded(said(report, place.region))]
        lines = [
            line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…" for line in map(printable, lines)
        ]
        point = at[place.region]
        size = Point(max(map(len, lines)) * LETTER + 4, len(lines) * LINE + 2)
        boxes = [box for box in _candidates(point, size) if _is_free(box, taken, view)]
        if not boxes:  # the table below the map says it, too
            continue
        box = min(boxes, key=lambda box: _cost(point, box, ink))
        taken.append(box)
        yield _label(lines, point, box)


def _folded(text: str) -> list[str]:
    """Break a text at its commas, into lines of a label."""
    lines: list[str] = []
    for part in text.replace("; ", ", ").split(", "):
        if lines and len(lines[-1]) + len(part) + 2 <= 20:
            lines[-1] += f", {part}"
        elif part:
            lines.append(part)
    return lines


def _candidates(point: Point, size: Point) -> Iterator[Box]:
    for distance in (10.0, 18.0, 30.0, 46.0, 66.0, 90.0, 120.0):
        for step in range(16):
            turn = step * math.pi / 8
            x = point.x + math.cos(turn) * distance + (math.cos(turn) - 1) / 2 * size.x
            y = point.y + math.sin(turn) * distance + (math.sin(turn) - 1) / 2 * size.y
            yield Box(x, y, x + size.x, y + size.y)


def _cost(point: Point, box: Box, ink: Iterable[Point]) -> float:
    away = math.dist(point, nearest(point, box))
    return away + 6 * sum(box.holds(each) for each in ink)


def _label(lines: Sequence[str], point: Point, box: Box) -> str:
    near = nearest(point, box)
    away = math.dist(point, near)
    start = (
        Point(*(at + (end - at) * (MARKER + 2) / away for at, end in zip(point, near, strict=True))) if away else near
    )
    leader = f'<path class="leader" d="M{xy(start)}L{xy(near)}"/>' if away > 20 else ""
    is_left = box.right <= point.x + 4
    x = box.right - 2 if is_left else box.left + 2
    anchor = ' text-anchor="end"' if is_left else ""
    classes = [' class="name"', *("" for _ in lines[1:])]
    spans = "".join(
        f'<tspan{class_} x="{x:.1f}" y="{box.top + 11 + index * LINE:.1f}">{_text(line)}</tspan>'
        for index, (class_, line) in enumerate(zip(classes, lines, strict=True))
    )
    return f'{leader}<text class="label"{anchor}>{spans}</text>'


def _text(text: str) -> str:
    return escape(printable(text))
