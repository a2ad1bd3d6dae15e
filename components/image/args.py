"""Arguments of ImageReplica. The text under each attribute is its documentation in the published schema."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class ImageSource(TypedDict):
    """The custom image to copy."""

    region: str
    """Region id of the source: `cn-hangzhou`. A plain value."""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `m-...`."""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region. Plain values: they name children
    `<name>-<region>-<source id>`."""


class ImageDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[str]
    """2 to 119 characters, a plain value: the image is called `<name>-<hash>`; with `ids`, `{source_id}` stands for
    the generation. The hash is of stack, source and region, so that a newer image never has the name of an older one.
    """

    description: NotRequired[pulumi.Input[str]]
    """2 to 256 characters, not beginning with `http://` or `https://`."""

    encrypted: NotRequired[pulumi.Input[bool]]
    """Whether the copy is encrypted."""

    kms_key_id: NotRequired[pulumi.Input[str]]
    """Key of the destination region to encrypt with; needs `encrypted`."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 20 tags."""

    ignore_tags: NotRequired[Sequence[str]]
    """Names of tags that others put on, such as `cost-center`: they are no drift, and an update keeps them. Declared
    tags are never ignored. A plain value; wildcards are not possible."""

    resource_group_id: NotRequired[pulumi.Input[str]]
    """Resource group, joined after the copy: `rg-...`."""

    force_delete: NotRequired[pulumi.Input[bool]]
    """Delete the image although instances use it."""

    delete_auto_snapshot: NotRequired[pulumi.Input[bool]]
    """Ask the native resource to delete the image's snapshot with it. See docs/image.md."""


class ImageReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: ImageSource
    """The custom image to copy."""

    destinations: Mapping[str, ImageDestination]
    """Region id -> settings. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a copy: `90s`, `45m`, `6h`."""

    delete_timeout: NotRequired[str]
    """How long a delete may take."""
