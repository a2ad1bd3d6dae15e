"""Settings of one generation: what is written once for all of them is made its own."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.model.field import Table


def of_generation(fields: Table, settings: Mapping[str, Any], source_id: str) -> dict[str, Any]:
    """Put the source's id in place of `{source_id}`, in the settings that are templates.

    Args:
        fields: The table of the settings.
        settings: Settings of a destination, plain or Outputs.
        source_id: Id of the generation's source.
    """
    own = {name: _with_id(settings[name], source_id) for name in settings if name in fields and fields[name].template}
    return {**settings, **own}


def _with_id(value: Any, source_id: str) -> Any:
    if isinstance(value, pulumi.Output):
        return value.apply(lambda text: _with_id(text, source_id))
    return value.replace("{source_id}", source_id) if isinstance(value, str) else value
