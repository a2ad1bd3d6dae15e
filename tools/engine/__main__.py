"""Command line of the engine resolver: `python -m tools.engine` installs an engine if need be and prints which."""

import argparse
import json
import os
import sys

from tools.engine import EngineNotFound, resolve_engine


def say(line: str) -> None:
    """Show a progress line, apart from the answer on standard output."""
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Resolve the engine and print the answer.

    Args:
        arguments: The command line; that of this process if None.

    Returns:
        The exit code: 0, 1 if there is no engine, 130 if interrupted.
    """
    parser = argparse.ArgumentParser("python -m tools.engine", description="Finds or installs a Pulumi engine.")
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--json", action="store_true", help="print the engine as JSON")
    answer.add_argument("--path", action="store_true", help="print the directories to put first on PATH")
    parser.add_argument(
        "--language-host",
        action="store_true",
        help="an engine that starts Python programs by itself",
    )
    options = parser.parse_args(arguments)
    try:
        engine = resolve_engine(python_host=options.language_host, say=say)
    except EngineNotFound as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("engine: interrupted; an unfinished engine was removed")
        return 130
    if options.json:
        fields = {
            "pulumi": str(engine.pulumi),
            "version": engine.version,
            "origin": engine.origin,
            "launcher_dir": str(engine.launcher_dir),
            "language_host": engine.language_host,
            "path_dirs": [str(directory) for directory in engine.path_dirs],
        }
        print(json.dumps(fields, indent=2))
    elif options.path:
        print(os.pathsep.join(str(directory) for directory in engine.path_dirs))
    else:
        print(engine.describe())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
