"""Arguments of ImageReplica. The text under each attribute is its documentation in the published schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class ImageSource(TypedDict):
    """The custom image to copy."""

    region: str
    """Region id of the source: `cn-hangzhou`. A plain value. (CopyImage `RegionId`)"""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `m-...`. Either this or `ids`. A change replaces all replicas. (`ImageId`)"""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region, and one that leaves the list is deleted.
    Plain values: they name children `<name>-<region>-<source id>`."""


class ImageDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[str]
    """The image is called `<name>-<hash>`; with `ids`, `{source_id}` stands for the generation. The hash is of stack,
    source and region, so that a newer image never has the name of an older one. Default: the child's name. Changed in
    place. A plain value. (CopyImage `DestinationImageName`)"""

    description: NotRequired[pulumi.Input[str]]
    """2 to 256 characters. Default: none. Changed in place. (`DestinationDescription`)"""

    encrypted: NotRequired[pulumi.Input[bool]]
    """Whether the copy is encrypted. Default: the account's choice in that region. A change replaces the replica.
    (`Encrypted`)"""

    kms_key_id: NotRequired[pulumi.Input[str]]
    """Key of the destination region to encrypt with; needs `encrypted`. Default: the service's key. A change replaces
    the replica. (`KMSKeyId`)"""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 20 tags. Default: none. Changed in place. (`Tag`)"""

    resource_group_id: NotRequired[pulumi.Input[str]]
    """Resource group, joined after the copy. Default: the account's. Changed in place. (JoinResourceGroup)"""

    force_delete: NotRequired[pulumi.Input[bool]]
    """Delete the image although instances use it. Default false. (DeleteImage `Force`)"""

    delete_auto_snapshot: NotRequired[pulumi.Input[bool]]
    """Ask the native resource to delete the image's snapshot with it. Default false. See docs/image.md."""


class ImageReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: ImageSource
    """The custom image to copy."""

    destinations: Mapping[str, ImageDestination]
    """Region id -> settings. Adding or removing a region adds or removes exactly one replica. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a copy: `90s`, `45m`, `6h`. Default `6h`: large and encrypted images take hours."""

    delete_timeout: NotRequired[str]
    """How long a delete may take. Default `2h`."""
