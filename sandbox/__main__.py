"""The command line: `python -m sandbox`.

It starts a server, asks one through its control plane, or prints what a run on the sandbox needs. What goes wrong is
one line on stderr and exit code 1.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.core import background, claim
from sandbox.core.control_client import ControlClient, ControlError, NoSandboxError
from sandbox.core.default_key import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.target import target

COLUMNS = ("SERVICE", "REGION", "ID", "STATUS", "COPY OF")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        line = options.run(options)
    except (claim.CannotServeError, ControlError, NoSandboxError, ValueError, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    if line:
        print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--port",
        type=_port,
        help=f"of the server; default: SANDBOX_PORT, else the running server's, else {claim.DEFAULT_PORT}",
    )
    where.add_argument(
        "--state",
        type=lambda text: Path(text).resolve(),
        default=claim.state_directory(os.environ),
        metavar="DIR",
        help=f"its state; default: SANDBOX_STATE, else {claim.DEFAULT_STATE}",
    )
    parser = argparse.ArgumentParser(
        prog="sandbox",
        description="A local cloud on loopback, called with the vendors' own SDKs. It holds metadata only.",
        epilog=f"Access key id {ACCESS_KEY_ID}, secret {ACCESS_KEY_SECRET}. More in docs/sandbox.md.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[where], help=text, description=text)
        added.set_defaults(run=run)
        return added

    serve = command("serve", _serve, "run the server")
    serve.add_argument("--host", default="127.0.0.1", help="a loopback address; default: 127.0.0.1")
    serve.add_argument("--background", action="store_true", help="detach, and return once it answers")
    serve.add_argument("--verbose", action="store_true", help="log every call")
    status = command("status", _status, "list the resources that exist")
    status.add_argument("--json", action="store_true", help="the whole inventory as JSON")
    command("reset", _reset, "delete everything: resources, accounts, settings, faults, recorded calls")
    seed = command("seed", _seed, "add resources and accounts, or put them back to what a file says")
    seed.add_argument("file", metavar="FILE", help="JSON; - reads standard input")
    of_run = command("target", _target, "print what a Pulumi run on the sandbox needs, as JSON")
    of_run.add_argument(
        "--directory", type=Path, default=Path(), metavar="DIR", help="of the project, for its stack state; default: ."
    )
    command("stop", lambda options: background.stop(options.state), "stop the server; its state stays")
    return parser


def _serve(options: argparse.Namespace) -> str:
    if not claim.is_loopback(options.host):
        raise claim.CannotServeError(f"the sandbox listens on loopback only, not on {options.host}")
    state, port = options.state, _wanted_port(options)
    if options.background:
        return background.start(state, options.host, port, verbose=options.verbose)
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stdout)
    background.serve(state, options.host, port)
    return ""


def _status(options: argparse.Namespace) -> str:
    inventory = _control(options).get("inventory")
    return json.dumps(inventory, indent=1) if options.json else _table(inventory)


def _reset(options: argparse.Namespace) -> str:
    _control(options).post("reset")
    return "sandbox is empty"


def _seed(options: argparse.Namespace) -> str:
    text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
    try:
        seed = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{options.file} is not JSON: {error}") from None
    planted = _control(options).post("seed", seed)
    counted = [f"{count} {kind.replace('_', ' ')}" for kind, count in planted.items() if count]
    return "seeded " + (", ".join(counted) or "nothing")


def _target(options: argparse.Namespace) -> str:
    base = {**os.environ, "SANDBOX_PORT": str(_wanted_port(options))}
    return json.dumps(target(options.directory.resolve(), base), indent=1)


def _table(inventory: dict[str, dict[str, list[dict[str, Any]]]]) -> str:
    rows = [
        (service, region, one["id"], one["status"], _origin(one["copied_from"]))
        for service, regions in inventory.items()
        for region, resources in regions.items()
        for one in resources
    ]
    if not rows:
        return "sandbox is empty"
    table = [COLUMNS, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in table)
    replicas = sum(origin != "-" for *_, origin in rows)
    total = f"{replicas or 'no'} replica{'' if replicas == 1 else 's'}, {len(rows) - replicas} other"
    return "\n".join([*lines, total])


def _origin(origin: dict[str, str] | None) -> str:
    return f"{origin['region']}/{origin['id']}" if origin else "-"


def _control(options: argparse.Namespace) -> ControlClient:
    port, holder = _wanted_port(options), claim.claimed(options.state)
    return ControlClient(holder.host if holder and holder.port == port else "127.0.0.1", port)


def _wanted_port(options: argparse.Namespace) -> int:
    return claim.port_of(options.state, os.environ) if options.port is None else int(options.port)


def _port(text: str) -> int:
    try:
        return claim.parsed_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
