"""The table at the end of a run: every replica of the stack, with what the cloud reports of it now."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TextIO

from components import kinds
from components.clouds.copies import CopyService, CopyState, Phase
from components.clouds.errors import ReplicaError

HEADINGS = ("REPLICA", "SOURCE", "REGION", "ID", "STATUS", "SIZE", "EXPIRES")

_STATUS = HEADINGS.index("STATUS")
_COLORS = {
    Phase.USABLE.name: "green",
    Phase.FAILED.name: "red",
    Phase.COPYING.name: "cyan",
    Phase.OUTDATED.name: "yellow",
}


@dataclass(frozen=True)
class Replica:
    """One replica that the stack's state records."""

    type: str
    name: str
    source: str
    region: str
    id: str
    group: str


def recorded(rows: Sequence[Mapping[str, Any]]) -> list[Replica]:
    """Read the replicas from the rows of a state, failed and unfinished ones included."""
    replicas = [row for row in rows if row["type"] in kinds.OF_TYPE and row.get("id") and not row.get("delete")]
    return [_replica(row, rows) for row in replicas]


def _replica(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Replica:
    reader = kinds.rows()[row["type"]]
    region, group = reader.place(row, rows)
    return Replica(
        type=str(row["type"]),
        name=str(row["urn"]).rpartition("::")[2].rpartition(f"-{region}")[0],
        source=reader.source(row["inputs"]),
        region=region,
        id=str(row["id"]),
        group=group,
    )


def look_up(
    replicas: Sequence[Replica], service_of: Callable[[str], CopyService]
) -> tuple[dict[str, CopyState | None], list[str]]:
    """Ask the clouds about all replicas, region by region; a region that does not answer is reported, not raised.

    Args:
        replicas: What to ask about.
        service_of: Finds the service of a resource type.

    Returns:
        Id -> state, None for one that is not listed; the ids of a region that did not answer are absent. Then one line
        for each region that did not answer.
    """
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for replica in replicas:
        places[replica.type, replica.region][replica.id] = replica.group

    def look(place: tuple[str, str]) -> Mapping[str, CopyState]:
        return service_of(place[0]).look_up(place[1], places[place])

    states: dict[str, CopyState | None] = {}
    problems = []
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = {place: pool.submit(look, place) for place in sorted(places)}
        for place, answer in asked.items():
            try:
                states |= {**dict.fromkeys(places[place]), **answer.result()}
            except ReplicaError as error:
                problems.append(str(error))
    return states, list(dict.fromkeys(problems))


def lines(replicas: Sequence[Replica], states: Mapping[str, CopyState | None]) -> list[list[str]]:
    """Write the cells of the replicas' lines, and behind them what the state of each means."""
    found = []
    for replica in sorted(replicas, key=lambda each: (each.name, each.region)):
        state = states.get(replica.id)
        status = state.status if state else "not listed" if replica.id in states else "unknown"
        size = f"{state.size_gib} GiB" if state and state.size_gib else "-"
        expires = f"{state.expires:%Y-%m-%d %H:%M}" if state and state.expires else "never" if state else "-"
        cells = [replica.name, replica.source, replica.region, replica.id, status, size, expires]
        found.append([*cells, state.phase.name if state else ""])
    return found


def show(replicas: Sequence[Replica], states: Mapping[str, CopyState | None], output: TextIO) -> None:
    """Print the replicas in columns; as plain text where the output is no terminal."""
    show_columns(HEADINGS, styled(lines(replicas, states)), output)


def styled(lines: Sequence[Sequence[str]]) -> list[list[tuple[str, str]]]:
    """Give each cell its style; what the state means is no cell."""
    return [
        [(cell, _COLORS.get(meaning, "") if index == _STATUS else "") for index, cell in enumerate(cells)]
        for *cells, meaning in lines
    ]


def show_columns(headings: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]], output: TextIO) -> None:
    """Print lines in columns, each cell with its style; as plain text where the output is no terminal."""
    # Takes a tenth of a second to import, and not every command shows a table.
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - as above
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    is_terminal = output.isatty()
    console = Console(file=output, width=None if is_terminal else 10_000)
    layout = Table(box=SIMPLE_HEAD if is_terminal else None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for heading in headings:
        layout.add_column(heading, overflow="fold")  # an id that is cut off names nothing
    for row in rows:
        layout.add_row(*(Text(cell, style=style) for cell, style in row))
    with console.capture() as printed:
        console.print(layout)
    output.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))
    output.flush()
