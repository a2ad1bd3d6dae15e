"""Which tags of a copy are this stack's, and which are others' that the declaration leaves alone."""

from collections.abc import Callable, Mapping

from components.lifecycle.results import Properties
from components.model.tag_rules import left_alone

Reserved = Callable[[str], bool]
"""Reports whether a key is that of our mark, or one of the cloud's own."""


def ignored(tags: Mapping[str, str], props: Properties, is_reserved: Reserved) -> dict[str, str]:
    """Pick the tags that others have put on and that are to be left alone."""
    declared = props.get("tags")
    others = left_alone(tags, declared if isinstance(declared, Mapping) else {}, props.get("ignore_tags"))
    return {key: value for key, value in others.items() if not is_reserved(key)}


def seen(tags: Mapping[str, str], props: Properties, is_reserved: Reserved) -> dict[str, str]:
    """Return the tags to record: those that are declared, and those of others that are not to be left alone."""
    wanted, others = props.get("tags") or {}, ignored(tags, props, is_reserved)
    return {key: value for key, value in tags.items() if key in wanted or not (key in others or is_reserved(key))}


def without_ignored(olds: Properties, news: Properties, is_reserved: Reserved) -> Properties:
    """Leave out the tags of others that an earlier refresh has recorded."""
    tags = olds.get("tags")
    if not news.get("ignore_tags") or not isinstance(tags, Mapping):
        return olds
    others = ignored(tags, news, is_reserved)
    return {**olds, "tags": {key: value for key, value in tags.items() if key not in others}}
