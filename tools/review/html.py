"""The report as a web page: one file that reaches for nothing, for a screen and a phone, light and dark.

Every text of users and clouds is escaped, and what slips through can do nothing: the page forbids scripts, pictures,
forms and requests, and takes no style but its own, which it knows by its hash.
"""

import hashlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path

from components.review.policies import Severity
from tools.review import phrases, worldmap
from tools.review.report import (
    SIGNS,
    Action,
    FoundProblem,
    Location,
    PropertyChange,
    RegionPlace,
    ReplicaChange,
    Report,
    printable,
)

MOST_ALIKE = 10
"""Findings of one rule that are shown before the others are folded."""

WIDE, SMALL = 980, 358
"""Widths that the map is drawn for: a screen and a phone."""

POLICY = "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """Write the page."""
    name = f"{'Drift' if report.mode == 'drift' else 'Review'} of {report.stack}"
    style = _style()
    policy = POLICY.format(hash=b64encode(hashlib.sha256(style.encode()).digest()).decode())
    sections = "\n".join(filter(None, _sections(report)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(name)}: {_text(report.verdict)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{_header(report, name)}\n<main>\n{sections}\n</main>\n"
        f"<footer>{_text(phrases.footer(report))}</footer>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("html.css").read_text("utf-8")


def _header(report: Report, name: str) -> str:
    first, *more = report.verdict.split("; ")
    rest = f"<span>; {_text('; '.join(more))}</span>" if more else ""
    mark, state = _state(report)
    chips = "".join(
        f'<li class="{action.value}">{_sign(action)} {len(done):,} {_text(report.past[action])}</li>'
        for action in (Action.DELETE, Action.REPLACE, Action.CREATE, Action.UPDATE)
        if (done := report.done(action))
    )
    same = f"<li>= {report.unchanged:,} {'as recorded' if report.mode == 'drift' else 'unchanged'}</li>"
    return (
        f'<header><p class="kicker">{_text(name)}<span class="state {mark}">{state}</span></p>'
        f'<h1>{_text(first)}{rest}</h1><ul class="chips">{chips}{same if report.unchanged else ""}</ul></header>'
    )


def _state(report: Report) -> tuple[str, str]:
    """Return what the report comes to: a class and words."""
    if report.problems:
        return "mandatory", "The engine failed"
    if any(found.severity is Severity.MANDATORY for found in report.findings):
        return "mandatory", "Stopped by a mandatory finding"
    if report.is_empty:
        return "calm", "As recorded" if report.mode == "drift" else "Nothing to do"
    if any(found.severity is Severity.WARNING for found in report.findings):
        return "warning", "Look at the warnings"
    return "plain", "Drift" if report.mode == "drift" else "Changes"


def _sections(report: Report) -> Iterator[str]:
    weighed: dict[Severity, list[FoundProblem]] = defaultdict(list)
    for finding in report.findings:
        weighed[finding.severity].append(finding)
    if report.problems:
        items = "".join(f'<li class="finding mandatory"><p>{_text(each)}</p></li>' for each in report.problems)
        yield _section("Errors of the engine", f'<ul class="cards">{items}</ul>', len(report.problems))
    yield _findings("Mandatory findings", weighed[Severity.MANDATORY])
    yield _changes(report, Action.DELETE)
    yield _changes(report, Action.REPLACE)
    yield _findings("Warnings", weighed[Severity.WARNING])
    if not report.is_empty:
        yield _costs(report)
        yield _map(report)
    yield _changes(report, Action.CREATE)
    yield _changes(report, Action.UPDATE)
    if report.other:
        items = "".join(
            f"<li>{_code(each.name)} <small>{_text(each.type)}</small> {_text(each.action)}</li>"
            for each in report.other
        )
        yield _details("Other resources", f'<ul class="plain">{items}</ul>', len(report.other))
    if notes := weighed[Severity.NOTE]:
        yield _details("Notes", f'<ul class="cards">{"".join(map(_finding, notes))}</ul>', len(notes))


def _section(title: str, content: str, count: int | None = None) -> str:
    number = f' <span class="count">{count:,}</span>' if count is not None else ""
    return f"<section><h2>{_text(title)}{number}</h2>{content}</section>"


def _details(title: str, content: str, count: int) -> str:
    summary = f'<summary><h2>{_text(title)} <span class="count">{count:,}</span></h2></summary>'
    return f"<section><details>{summary}{content}</details></section>"


def _findings(title: str, findings: Sequence[FoundProblem]) -> str:
    """Write findings; of a rule with many, the later ones are folded."""
    if not findings:
        return ""
    by_rule: dict[str, list[FoundProblem]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule].append(finding)
    parts = []
    for rule, alike in by_rule.items():
        shown, folded = alike[:MOST_ALIKE], alike[MOST_ALIKE:]
        parts.append(f'<ul class="cards">{"".join(map(_finding, shown))}</ul>')
        if folded:
            items = "".join(map(_finding, folded))
            summary = f"<summary>{len(folded):,} more of {_code(rule)}</summary>"
            parts.append(f'<details>{summary}<ul class="cards">{items}</ul></details>')
    return _section(title, "".join(parts), len(findings))


def _finding(finding: FoundProblem) -> str:
    excepted = f"<p>Excepted: {_text(finding.excepted)}</p>" if finding.excepted else ""
    next_step = f'<p class="next"><b>Next</b> {_text(_capital(finding.next_step))}</p>' if finding.next_step else ""
    weight = finding.severity.value
    return (
        f'<li class="finding {weight}"><p class="rule"><span class="weight">{_text(_capital(weight))}</span> '
        f"{_code(finding.rule)}{_where(finding.where)}</p><p>{_text(finding.message)}</p>"
        f"{excepted}{next_step}</li>"
    )


def _changes(report: Report, action: Action) -> str:
    changes = report.done(action)
    rows = "".join(map(_row, changes))
    return _section(phrases.title(report, action), f'<ul class="cards">{rows}</ul>', len(changes)) if changes else ""


def _row(change: ReplicaChange) -> str:
    source = f"{change.source_region} {change.source_id}".strip()
    facts = [f"{change.thing} {change.id}".strip(), phrases.size(change), f"of {source}"]
    reasons = "".join(f"<li>{_text(_capital(reason))}</li>" for reason in phrases.reasons(change))
    return (
        f'<li class="change {change.action.value}"><p class="what">{_sign(change.action)} '
        f"<b>{_text(change.entry)}</b> in <b>{_text(change.region)}</b>{_where(change.where)}</p>"
        f'<p class="facts">{"".join(f"<span>{_text(fact)}</span>" for fact in facts)}</p>'
        + (f'<ul class="reasons">{reasons}</ul>' if reasons else "")
        + _properties(change)
        + "</li>"
    )


def _properties(change: ReplicaChange) -> str:
    """Write what differs, what replaces first; of a new replica, what it is made with."""
    rows = "".join(
        _property(each, is_new=change.action is Action.CREATE)
        for each in sorted(change.properties, key=lambda each: not each.replaces)
    )
    if not rows:
        return ""
    if change.action is Action.CREATE and len(change.properties) > 4:
        return (
            f'<details><summary>{len(change.properties)} properties</summary><ul class="values">{rows}</ul></details>'
        )
    return f'<ul class="values">{rows}</ul>'


def _property(change: PropertyChange, *, is_new: bool) -> str:
    why = '<em class="why">replaces</em>' if change.replaces else ""
    old = "" if is_new else f'{_old(change.old)}<span class="to" aria-label="becomes">→</span>'
    return f'<li>{_code(change.name)}{why}<span class="pair">{old}<ins>{_value(change.new)}</ins></span></li>'


def _old(text: str | None) -> str:
    return _value(None) if text is None else f"<del>{_text(text)}</del>"


def _value(text: str | None) -> str:
    return f"<i>{_text(phrases.value(None))}</i>" if text is None else _text(text)


def _costs(report: Report) -> str:
    rows = "".join(f"<div><dt>{_text(label)}</dt><dd>{_text(text)}</dd></div>" for label, text in phrases.costs(report))
    return _section("Cost", f'<dl class="costs">{rows}</dl>')


def _map(report: Report) -> str:
    drawn = worldmap.located(report)
    if not report.regions:
        return ""
    pictures = ""
    if drawn:
        wide = worldmap.draw(report, width=WIDE, name="wide")
        small = worldmap.draw(report, width=SMALL, name="small", by_number=True)
        pictures = f'<div class="map wide">{wide}</div><div class="map small">{small}</div>{_legend(report)}'
    numbers = {place.region: number for number, place in enumerate(drawn, 1)}
    return _section("Map", pictures + _grid(report, numbers))


def _legend(report: Report) -> str:
    """Explain the lines and shapes that the map has."""
    kinds = (
        ("deleted", SIGNS[Action.DELETE], Action.DELETE),
        ("replaced", SIGNS[Action.REPLACE], Action.REPLACE),
        ("created", SIGNS[Action.CREATE], Action.CREATE),
        ("updated", SIGNS[Action.UPDATE], Action.UPDATE),
    )
    lines = [
        _sample(f'<g class="arc {name}"><path d="M2 7H38"/></g>', f"{sign} {report.past[action]}")
        for name, sign, action in kinds
        if any(getattr(edge, name) for edge in report.edges)
    ]
    if any(edge.unchanged for edge in report.edges):
        lines.append(_sample('<g class="arc unchanged"><path d="M2 7H38"/></g>', "= unchanged"))
    square = '<g class="region source"><rect x="1" y="1" width="12" height="12" rx="2"/></g>'
    circle = '<g class="region"><circle cx="7" cy="7" r="5.5"/></g>'
    lines += [_sample(square, "source", 14), _sample(circle, "destination", 14)]
    return f'<ul class="legend">{"".join(lines)}</ul>'


def _sample(drawing: str, words: str, width: int = 40) -> str:
    size = f'viewBox="0 0 {width} 14" width="{width}" height="14"'
    return f'<li><svg {size} aria-hidden="true">{drawing}</svg>{_text(words)}</li>'


def _grid(report: Report, numbers: dict[str, int]) -> str:
    """Write all regions down, by continent: the map in words, and all there is of regions that no map knows."""
    continents: dict[str, list[RegionPlace]] = defaultdict(list)
    for place in report.regions:
        continents[place.continent if place.region in numbers else "Not on the map"].append(place)
    groups = "".join(
        f'<h3>{_text(_capital(name))}</h3><ul class="plain">'
        f"{''.join(_region(place, numbers.get(place.region), report) for place in places)}</ul>"
        for name, places in sorted(continents.items(), key=lambda item: (item[0] == "Not on the map", item[0]))
    )
    return f'<div class="regions">{groups}</div>'


def _region(place: RegionPlace, number: int | None, report: Report) -> str:
    shown = f'<span class="number">{number or ""}</span>'
    city = f"{place.city}, {place.jurisdiction}" if place.city != place.region else place.jurisdiction
    return (
        f"<li>{shown}<b>{_text(place.region)}</b> <small>{_text(city)}</small>"
        f"<span>{_text(worldmap.said(report, place.region))}</span></li>"
    )


def _where(where: Location | None) -> str:
    return f' <span class="where">{_text(f"{where.file}:{where.line}")}</span>' if where else ""


def _sign(action: Action) -> str:
    return f'<span class="sign" aria-hidden="true">{SIGNS[action]}</span>'


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _text(text: str) -> str:
    return escape(printable(text))
