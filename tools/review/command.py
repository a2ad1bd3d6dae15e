"""What `replicas review` and `replicas drift` do beside running the engine: make a report, write it, end with its code.

Everything that is written but report.json is rendered from that, by the same functions whether it was made now or read.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from components.clouds.errors import ReplicaError
from components.replica import catalog, settings
from components.review import policies
from components.review.replicas import Replica
from tools.review import cost, github, gitlab, html, junit, markdown, sarif
from tools.review.build import Context, Sizes, build
from tools.review.events import Recorder
from tools.review.lines import ConfigLines
from tools.review.report import Report
from tools.runner import outages
from tools.runner.stack import Stack

REPORT = "report.json"

RENDERINGS: Mapping[str, tuple[str, Callable[[Report], str]]] = {
    "markdown": ("review.md", markdown.render),
    "html": ("review.html", html.render),
    "summary": ("summary.md", github.render_summary),
    "annotations": ("annotations.txt", github.render),
    "sarif": ("review.sarif", sarif.render),
    "terraform": ("gitlab-terraform.json", gitlab.render_terraform),
    "code-quality": ("gitlab-code-quality.json", gitlab.render_code_quality),
    "junit": ("junit.xml", junit.render),
}
"""Value of `--format` -> name of the file, and what writes it."""


def make(stack: Stack, recorded: Recorder, prices: Path | None, *, mode: Literal["review", "drift"]) -> Report:
    """Make the report of what the engine said.

    Raises:
        PricesUnusable: The file of prices cannot be used.
        PoliciesUnusable: The stack's policies cannot be used.
    """
    directory = stack.project.directory
    declared = catalog.declared(settings.parsed(stack.config), catalog.StackFiles(directory, stack.name))
    context = Context(
        project=stack.project.name,
        stack=stack.name.rpartition("/")[2],
        engine=str(stack.command.version),
        policies=policies.parse(declared.values.get(catalog.POLICIES), declared.files.shown),
        prices=cost.read(prices),
        lines=ConfigLines(declared, _root(directory)),
        sizes=_sizes(stack, recorded),
        now=datetime.now(UTC),
        secrets=frozenset(_secrets(stack)),
    )
    return build(recorded, context, mode=mode)


def finish(report: Report, options: argparse.Namespace) -> int:
    """Write the report, say its verdict, and return the exit code.

    Raises:
        ReplicaError: It cannot be written.
    """
    try:
        written = write(report, options.out, options.format)
    except OSError as error:
        raise ReplicaError(f"{options.out} cannot be written: {error.strerror}", "choose another --out") from None
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _tell_github(report)
    what = "drift" if report.mode == "drift" else "review"
    print(f"{what} of {report.stack}: {report.verdict}")
    print(f"{what} of {report.stack}: {', '.join(path.name for path in written)} in {options.out}", flush=True)
    if not options.exit_code:
        return 1 if report.exit_code == 1 else 0
    return report.exit_code


def renderings(report: Report, formats: Sequence[str] | None = None) -> Mapping[str, str]:
    """Return name of the file -> its text, for all formats or some."""
    chosen = {key: RENDERINGS[key] for key in RENDERINGS if not formats or key in formats}
    return {REPORT: report.model_dump_json(indent=2) + "\n"} | {name: do(report) for name, do in chosen.values()}


def write(report: Report, directory: Path, formats: Sequence[str] | None = None) -> list[Path]:
    """Write the report and its renderings; a file is there whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in renderings(report, formats).items():
        path = directory / name
        partial = path.with_name(f".{name}.partial")
        partial.write_text(text, encoding="utf-8")
        written.append(partial.replace(path))
    return written


def _tell_github(report: Report) -> None:
    """Show annotations and the step's summary, as GitHub Actions reads them."""
    sys.stdout.write(github.render(report))
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(github.render_summary(report))


def _root(directory: Path) -> Path:
    """Return the top of the repository, from which pipelines name files."""
    return next((each for each in (directory, *directory.parents) if (each / ".git").exists()), directory)


def _sizes(stack: Stack, recorded: Recorder) -> Sizes:
    """Ask the clouds how big copies and sources are; where that is not known, the report says so."""
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for change in recorded.changes():
        for one in filter(None, (change.before, change.after)):
            for region, id_ in _things(one):
                places[one.of_kind.type, region][id_] = str(one.value("bucket") or "")
    sizes: dict[tuple[str, str], int] = {}

    def look(place: tuple[str, str]) -> Mapping[str, Any]:
        type_, region = place
        try:
            if outages.known(stack, type_, region):
                return {}
            return stack.cloud(type_).service.look_up(region, places[place])
        except ReplicaError:
            return {}

    with ThreadPoolExecutor(max_workers=8) as pool:
        for place, states in zip(sorted(places), pool.map(look, sorted(places)), strict=True):
            sizes |= {(place[1], id_): state.size_gib for id_, state in states.items() if state.size_gib}
    return sizes


def _things(one: Replica) -> Iterator[tuple[str, str]]:
    """Yield region and id of what says how big a replica is: itself, what it takes over, its source."""
    for region, id_ in ((one.region, one.id), (one.region, one.adopts), (one.source_region, one.source_id)):
        if region and id_:
            yield region, id_


def _secrets(stack: Stack) -> Iterator[str]:
    """Yield the texts that the stack's config file holds encrypted, which may turn up anywhere."""
    written = stack.project.stack_config(stack.name)
    for key, value in written.items():
        if "secure" in json.dumps(value, default=str):
            yield from _encrypted(value, _parsed(stack.config.get(key, "")))


def _encrypted(written: Any, plain: Any) -> Iterator[str]:
    """Walk an encrypted value and its plain one side by side."""
    if isinstance(written, Mapping) and [*written] == ["secure"]:
        yield from _texts(plain)
    elif isinstance(written, Mapping) and isinstance(plain, Mapping):
        for key, inner in written.items():
            yield from _encrypted(inner, plain.get(key))
    elif isinstance(written, list) and isinstance(plain, list):
        for inner, text in zip(written, plain, strict=False):
            yield from _encrypted(inner, text)


def _texts(plain: Any) -> Iterator[str]:
    if isinstance(plain, Mapping | list):
        for inner in plain.values() if isinstance(plain, Mapping) else plain:
            yield from _texts(inner)
    elif plain is not None and not isinstance(plain, bool):
        yield str(plain)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
