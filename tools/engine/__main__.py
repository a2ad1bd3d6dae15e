"""Command line of the engine resolver: `python -m tools.engine` installs an engine if need be and prints which."""

import argparse
import dataclasses
import json
import os

from tools.engine import EngineNotFound, resolve_engine
from tools.steps import say


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
    parser.add_argument("--language-host", action="store_true", help="an engine that starts Python programs by itself")
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
        fields = {**dataclasses.asdict(engine), "path_dirs": engine.path_dirs}
        print(json.dumps(fields, indent=2, default=str))
    elif options.path:
        print(os.pathsep.join(map(str, engine.path_dirs)))
    else:
        print(engine.describe())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
