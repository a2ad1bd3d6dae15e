"""Finds or installs a real Pulumi engine: the command line program and what it needs to run Python resources.

It does not run stacks, and nothing is ever written to the user's own Pulumi home.
"""

from tools.engine.found import Engine, EngineNotFound
from tools.engine.resolve import resolve_engine

__all__ = ["Engine", "EngineNotFound", "resolve_engine"]
