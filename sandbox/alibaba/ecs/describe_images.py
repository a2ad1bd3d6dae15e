"""DescribeImages: what it takes, and which images an answer has."""

import re
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import STATUSES, Image
from sandbox.alibaba.ecs.requests import listed, refused
from sandbox.alibaba.errors import missing_parameter
from sandbox.alibaba.request import Flag, Region, Request, Truth, pairs, rule, whole
from sandbox.alibaba.tags import MAX_TAGS, TagFilter, has_tags

_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"
FILTERS = {"CreationStartTime": _MINUTE, "CreationEndTime": _MINUTE, "NetworkType": "vpc|classic"}
"""Key of a filter -> what its value looks like."""
OWNERS = ("", "system", "self", "others", "marketplace")
USABLE = frozenset({"Available", "Deprecated"})
EXACT = {
    *("usage", "os_type", "architecture", "image_family", "resource_group_id", "image_owner_alias"),
    *("is_support_cloudinit", "is_support_io_optimized"),
}
"""Fields that find the images whose entries have the same value."""


def _parts(sent: str) -> list[str]:
    return [part.strip() for part in sent.split(",")]


def _statuses(sent: str) -> list[str]:
    given = _parts(sent) if sent else []
    if given == ["ALL"]:
        return list(STATUSES)
    if not set(given) <= set(STATUSES):
        raise ValueError("it must be ALL, or some of the statuses")
    return given


def _check_filters(sent: dict[str, str]) -> None:
    for one in pairs(sent):
        key, value = one.get("Key", ""), one.get("Value", "")
        ecs_errors.refuse({"InvalidFilterKey.NotFound": key not in FILTERS})
        code = "InvalidFilterValue.NetworkType" if key == "NetworkType" else "InvalidFilterValue"
        ecs_errors.refuse({code: not re.fullmatch(FILTERS[key], value)})


class DescribeImages(Request):
    """What an image must be like to be answered. What is wrong without a code of its own has one code together."""

    invalid = staticmethod(lambda name, reason: ecs_errors.documented("InvalidParamter"))  # noqa: ARG005 - one for all
    region_id: Region
    status: Annotated[list[str], BeforeValidator(_statuses)] = Field(default_factory=list)
    usable: Annotated[
        Flag, rule(partial(missing_parameter, "Status"), lambda it, sent: it is not None and not sent.get("status"))
    ] = None
    image_id: str = ""
    image_name: str = ""
    usage: Annotated[str, listed("instance", "none", code="InvalidUsage")] = ""
    os_type: Annotated[str, listed("windows", "linux", code="InvalidOSType")] = Field("", alias="OSType")
    architecture: Annotated[str, listed("i386", "x86_64", "arm64", code="InvalidArchitecture")] = ""
    image_family: str = ""
    resource_group_id: str = ""
    is_support_cloudinit: Flag = None
    is_support_io_optimized: Flag = None
    action_type: Literal["CreateEcs", "ChangeOS"] | None = None
    image_owner_alias: Annotated[str, listed(*OWNERS, code="InvalidImageOwnerAlias.ValueNotSupported")] = ""
    is_public: Annotated[
        Truth,
        refused(
            "InvalidImageOwnerAlias.PublicImageUnsupported",
            lambda public, sent: public and sent.get("image_owner_alias") != "others",
        ),
    ] = False
    image_owner_id: Annotated[
        str,
        refused(
            "InvalidOperation.ImageOwnerIdUnsupported",
            lambda owner, sent: owner and sent.get("image_owner_alias") not in {"", "others"},
        ),
    ] = ""
    filters: Annotated[None, BeforeValidator(_check_filters)] = Field(None, alias="Filter.")
    tags: Annotated[
        TagFilter,
        refused("InvalidTagCount", lambda tags, _: len(tags) > MAX_TAGS),
        refused("InvalidTag.Mismatch", lambda tags, _: any(not key for key, _ in tags)),
    ] = Field(default_factory=list, alias="Tag.")
    snapshot_id: str = ""
    page_number: Annotated[int, whole(1, 10**9)] = 1
    page_size: Annotated[int, whole(1, 100)] = 10

    @property
    def _name_pattern(self) -> str:
        # Atomic groups: each part is sought once behind the one before it, so that many * stay cheap.
        return "".join(f"(?>.*?{re.escape(part)})" for part in self.image_name.lower().split("*"))

    def matches(self, image: Image, account: str, now: float) -> bool:
        """Whether an image is found; `account` is the caller's."""
        status = image.status(now)
        entry = image.described(account, now)
        exact = self.model_dump(by_alias=True, include=EXACT)
        return (
            image.visible(now)
            and status in (self.status or ["Available"])
            and (not self.image_id or image.id in _parts(self.image_id))
            and re.match(self._name_pattern, image.name.lower(), re.DOTALL) is not None
            and self.usable in {None, status in USABLE}
            and has_tags(image.tags, self.tags)
            and all(value in {"", None, entry[field]} for field, value in exact.items())
            and self.image_owner_id in {"", image.account}
            and (not self.snapshot_id or (image.has_snapshot(now) and image.snapshot.id == self.snapshot_id))
            and not self.is_public
        )
