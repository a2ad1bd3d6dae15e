"""The report as a pull request comment: Markdown of GitHub and GitLab, small enough for both, with nothing cut.

Every text of users and clouds is escaped: it can neither format anything, nor mention a person, nor refer to an issue.
What is too long gives way section by section, the least important first, and the end says what was left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.review.policies import Severity
from tools.review import phrases
from tools.review.report import (
    SIGNS,
    Action,
    Edge,
    FoundProblem,
    Location,
    RegionPlace,
    ReplicaChange,
    Report,
    printable,
)

LIMIT = 60_000
"""Bytes. GitHub takes 65,536 characters."""
MOST_EDGES = 400
"""Mermaid draws 500 at most."""
MOST_ALIKE = 5
"""Findings of one rule that are written out where room is scarce."""
MOST_VALUE = 160
"""Characters of a value of a property."""

_ENTITIES: Mapping[str, str] = {each: f"&#{ord(each)};" for each in "&<>`*_[]{}\\|~#^$"}
_ZERO_WIDTH = "&#8203;"
_LIVE = re.compile(r"(?<=[@#!$%~&^])(?=\w)|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-\d)")
"""Where a reference, a mention or a link begins to be one. It is broken there, by nothing that can be seen."""
_STARTS = re.compile(r"^(?:[-+=>]|\d+[.)])")
"""What makes a list, a quote or a heading at the start of a line."""


def render(report: Report, limit: int = LIMIT) -> str:
    """Write the report in at most `limit` bytes."""
    sections = list(_sections(report))
    while True:
        left_out = [section.title for section in sections if not section.texts[0]]
        text = (
            "\n\n".join(filter(None, [*(section.texts[0] for section in sections), _footer(report, left_out)])) + "\n"
        )
        giving = [section for section in sections if section.can_give]
        if len(text.encode()) <= limit or not giving:
            return text
        last = max(giving, key=lambda section: section.rank)
        sections[sections.index(last)] = _Section(last.title, last.rank, last.texts[1:])


def escaped(text: str) -> str:
    """Return a text of others as Markdown that shows it, on one line, and does nothing else."""
    broken = _LIVE.sub("\N{ZERO WIDTH SPACE}", printable(text))
    started = "".join(_ENTITIES.get(each, each) for each in broken).replace("\N{ZERO WIDTH SPACE}", _ZERO_WIDTH)
    return _STARTS.sub(lambda match: f"{_ZERO_WIDTH}{match[0]}", started)


def code(text: str) -> str:
    """Return a text of others as code on one line, where nothing is live."""
    clean = printable(text)
    if not clean:
        return "` `"
    longest = max((len(run) for run in re.findall("`+", clean)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest and (clean.startswith("`") or clean.endswith("`")) else ""
    return f"{fence}{space}{clean}{space}{fence}"


@dataclass(frozen=True)
class _Section:
    """A section, from its longest text to its shortest; an empty one leaves it out. Higher ranks give way first."""

    title: str
    rank: int
    texts: Sequence[str]

    @property
    def can_give(self) -> bool:
        return len(self.texts) > 1


def _sections(report: Report) -> Iterator[_Section]:
    what = "Drift" if report.mode == "drift" else "Review"
    yield _Section("verdict", 0, [f"### {what} of {code(report.stack)}\n\n**{escaped(report.verdict)}**"])
    if report.problems:
        yield _problems(report)
    weighed: dict[Severity, list[FoundProblem]] = defaultdict(list)
    for finding in report.findings:
        weighed[finding.severity].append(finding)
    yield from _findings("mandatory finding", weighed[Severity.MANDATORY], 1)
    yield from _changes(report, Action.DELETE, 2)
    yield from _changes(report, Action.REPLACE, 3)
    yield from _findings("warning", weighed[Severity.WARNING], 4)
    if not report.is_empty:
        costs = _bullets(f"{label}: {escaped(text)}" for label, text in phrases.costs(report))
        yield _titled("Cost", 5, [costs, ""])
        yield _map(report)
    yield from _changes(report, Action.CREATE, 6)
    yield from _changes(report, Action.UPDATE, 7)
    if report.other:
        lines = (f"{code(each.name)} ({code(each.type)}): {escaped(each.action)}" for each in report.other)
        title = phrases.counted(len(report.other), "other resource")
        yield _Section(title, 8, [_folded(title, _bullets(lines)), ""])
    if weighed[Severity.NOTE]:
        title = phrases.counted(len(weighed[Severity.NOTE]), "note")
        texts = [_folded(title, _joined(weighed[Severity.NOTE], room)) for room in (None, MOST_ALIKE)]
        yield _Section(title, 9, [*texts, ""])
    if report.unchanged and not report.is_empty:
        said = "as recorded" if report.mode == "drift" else "unchanged"
        yield _Section("unchanged", 0, [f"{phrases.counted(report.unchanged, 'replica')} {said}."])


def _titled(title: str, rank: int, texts: Iterable[str]) -> _Section:
    return _Section(title, rank, [f"#### {title}\n\n{text}" if text else "" for text in texts])


def _problems(report: Report) -> _Section:
    title = phrases.counted(len(report.problems), "error")
    texts = [_bullets(escaped(_short(text, most)) for text in report.problems) for most in (2000, 200)]
    first = _bullets([escaped(_short(report.problems[0], 200)), f"and {len(report.problems) - 1} more"])
    return _titled(title, 0, [*texts, first])


def _findings(what: str, findings: Sequence[FoundProblem], rank: int) -> Iterator[_Section]:
    if not findings:
        return
    title = phrases.counted(len(findings), what)
    texts = [_joined(findings, room) for room in (None, MOST_ALIKE, 1, 0)]
    last = f"{title}: all of them are in `report.json`." if rank == 1 else ""
    yield _titled(title, rank, [*texts, last])


def _joined(findings: Sequence[FoundProblem], room: int | None) -> str:
    """Write findings as a list; of each rule at most so many, and how many more there are."""
    by_rule: dict[str, list[FoundProblem]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule].append(finding)
    lines = []
    for rule, alike in by_rule.items():
        shown = alike if room is None else alike[:room]
        lines += [_finding(finding) for finding in shown]
        if more := len(alike) - len(shown):
            places = list(dict.fromkeys(filter(None, (_place(finding) for finding in alike[len(shown) :]))))
            named = f": {', '.join(places)}" if places and len(places) <= 20 and room != 0 else ""
            lines.append(f"**{escaped(rule)}**: {more:,}{' more' if shown else ''}{named}")
    return _bullets(lines)


def _finding(finding: FoundProblem) -> str:
    excepted = f" Excepted: {escaped(finding.excepted)}." if finding.excepted else ""
    message = finding.message.rstrip(".")
    next_step = f" Next: {escaped(finding.next_step.rstrip('.'))}." if finding.next_step else ""
    return f"**{escaped(finding.rule)}**{_at(finding.where)}: {escaped(message)}.{excepted}{next_step}"


def _place(finding: FoundProblem) -> str:
    parts = [code(finding.entry)] if finding.entry else []
    return " in ".join([*parts, code(finding.region)] if finding.region else parts)


def _at(where: Location | None) -> str:
    return f" ({code(f'{where.file}:{where.line}')})" if where else ""


def _changes(report: Report, action: Action, rank: int) -> Iterator[_Section]:
    changes = report.done(action)
    if not changes:
        return
    title = f"{phrases.title(report, action)} ({len(changes):,})"
    full = _bullets("\n".join([_row(change), *(f"  - {line}" for line in _what(change))]) for change in changes)
    short = _bullets(_row(change) for change in changes)
    regions: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        regions[change.entry].append(code(change.region))
    names = _bullets(f"{code(entry)}: {', '.join(places)}" for entry, places in regions.items())
    number = f"{phrases.counted(len(changes), 'replica')}: all of them are in `report.json`."
    yield _titled(title, rank, [full, short, names, number if action is Action.DELETE else ""])


def _row(change: ReplicaChange) -> str:
    source = f"{change.source_region} {change.source_id}".strip()
    thing = f"{escaped(change.thing)} {code(change.id)}" if change.id else escaped(change.thing)
    return (
        f"{SIGNS[change.action]} {code(change.entry)} in {code(change.region)}: {thing}, {phrases.size(change)},"
        f" of {code(source)}{_at(change.where)}"
    )


def _what(change: ReplicaChange) -> Iterator[str]:
    """Yield why a change is made, and what differs; what replaces comes first."""
    yield from (escaped(reason) for reason in phrases.reasons(change))
    for each in sorted(change.properties, key=lambda each: not each.replaces):
        if change.action is Action.CREATE:
            yield f"{code(each.name)}: {_value(each.new)}"
        else:
            why = "**replaces**: " if each.replaces else ""
            yield f"{why}{code(each.name)}: {_value(each.old)} → {_value(each.new)}"


def _value(text: str | None) -> str:
    return phrases.value(None) if text is None else code(_short(text, MOST_VALUE))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _map(report: Report) -> _Section:
    places = {place.region: place for place in report.regions}
    texts = [_drawn(report, report.edges, places)] if len(report.edges) <= MOST_EDGES else []
    laws = {place.region: place.jurisdiction for place in report.regions}
    grouped = _by_law(report.edges, laws)
    if len(grouped) <= MOST_EDGES:
        texts.append(_drawn(report, grouped, {}))
    return _titled("Map", 10, [*texts, ""])


def _by_law(edges: Sequence[Edge], laws: Mapping[str, str]) -> list[Edge]:
    """Add up the edges between each two jurisdictions."""
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for edge in edges:
        of = sums[laws.get(edge.source, edge.source), laws.get(edge.region, edge.region)]
        for name in ("created", "updated", "replaced", "deleted", "unchanged"):
            of[name] += getattr(edge, name)
    return [Edge(source=source, region=region, **sums[source, region]) for source, region in sorted(sums)]


def _drawn(report: Report, edges: Sequence[Edge], places: Mapping[str, RegionPlace]) -> str:
    """Draw sources and destinations; without places, the names are those of jurisdictions."""
    names = sorted({name for edge in edges for name in (edge.source, edge.region)})
    ids = {name: f"r{number}" for number, name in enumerate(names)}
    by_law: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_law[places[name].jurisdiction if name in places else ""].append(name)
    lines = ["flowchart LR"]
    for number, (law, members) in enumerate(sorted(by_law.items())):
        nodes = [f'  {ids[name]}["{_label(name, places)}"]' for name in members]
        lines += (
            [f'  subgraph j{number}["{_mermaid(law)}"]', *(f"  {node}" for node in nodes), "  end"] if law else nodes
        )
    lines += [
        f'  {ids[edge.source]} {_arrow(edge)}|"{_mermaid(phrases.edge(edge, report.past))}"| {ids[edge.region]}'
        for edge in edges
    ]
    return "\n".join(["```mermaid", *lines, "```"])


def _label(name: str, places: Mapping[str, RegionPlace]) -> str:
    city = places[name].city if name in places else ""
    return f"{_mermaid(name)}<br/>{_mermaid(city)}" if city and city != name else _mermaid(name)


def _arrow(edge: Edge) -> str:
    """Thick where copies are made, dotted where they are only deleted, thin where they stay or change in place."""
    if edge.created or edge.replaced:
        return "==>"
    return "-.->" if edge.deleted else "-->"


def _mermaid(text: str) -> str:
    """Return a text of others as a part of a label: anything but letters, digits and a few signs is a number."""
    return "".join(each if each.isalnum() or each in " .,:-/" else f"#{ord(each)};" for each in printable(text))


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _footer(report: Report, left_out: Sequence[str]) -> str:
    lines = []
    if left_out:
        named = ", ".join(left_out)
        lines.append(f"Left out for length: {named}. `report.json` and `review.html` have everything.")
    return "\n\n".join([*lines, f"<sub>{escaped(phrases.footer(report))}</sub>"])
