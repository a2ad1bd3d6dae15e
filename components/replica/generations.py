"""Settings of one generation: what is written once for all of them is made its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

TEMPLATES = frozenset({"name", "path"})
"""Settings in which `{source_id}` stands for the generation."""


def of_generation(settings: Mapping[str, Any], source_id: str) -> dict[str, Any]:
    """Put the source's id in place of `{source_id}`.

    Args:
        settings: Settings of a destination, plain or Outputs.
        source_id: Id of the generation's source.
    """
    own = {key: _with_id(settings[key], source_id) for key in TEMPLATES & settings.keys()}
    return {**settings, **own}


def _with_id(value: Any, source_id: str) -> Any:
    if isinstance(value, pulumi.Output):
        return value.apply(lambda text: _with_id(text, source_id))
    return value.replace("{source_id}", source_id) if isinstance(value, str) else value
