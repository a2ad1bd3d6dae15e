"""DescribeImages: what it takes, and which images an answer has."""

import re
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import override

from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import STATUSES, Image
from sandbox.alibaba.ecs.requests import listed, refused
from sandbox.alibaba.errors import missing_parameter
from sandbox.alibaba.request import Flag, Region, Request, Truth, pairs, rule, whole
from sandbox.alibaba.tags import MAX_TAGS, TagFilter, has_tags
from sandbox.core.api_error import ApiError

_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"
FILTERS = {"CreationStartTime": _MINUTE, "CreationEndTime": _MINUTE, "NetworkType": "vpc|classic"}
"""Key of a filter -> what its value looks like."""
USABLE = frozenset({"Available", "Deprecated"})


def _status(sent: str) -> str:
    given = [part.strip() for part in sent.split(",")] if sent else []
    if given == ["ALL"]:
        return ",".join(STATUSES)
    if not set(given) <= set(STATUSES):
        raise ValueError("it must be ALL, or some of the statuses")
    return ",".join(given)


def _filters(filters: list[dict[str, str]]) -> list[dict[str, str]]:
    for one in filters:
        key, value = one.get("Key", ""), one.get("Value", "")
        ecs_errors.refuse({"InvalidFilterKey.NotFound": key not in FILTERS})
        code = "InvalidFilterValue.NetworkType" if key == "NetworkType" else "InvalidFilterValue"
        ecs_errors.refuse({code: not re.fullmatch(FILTERS[key], value)})
    return filters


class DescribeImages(Request):
    """What an image must be like to be answered. What is wrong without a code of its own has one code together."""

    region_id: Region
    status: Annotated[str, AfterValidator(_status)] = ""
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
    image_owner_alias: Annotated[
        str,
        listed("", "system", "self", "others", "marketplace", code="InvalidImageOwnerAlias.ValueNotSupported"),
    ] = ""
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
    filters: Annotated[list[dict[str, str]], BeforeValidator(pairs), AfterValidator(_filters)] = Field(
        default_factory=list, alias="Filter."
    )
    tags: Annotated[
        TagFilter,
        refused("InvalidTagCount", lambda tags, _: len(tags) > MAX_TAGS),
        refused("InvalidTag.Mismatch", lambda tags, _: any(not key for key, _ in tags)),
    ] = Field(default_factory=list, alias="Tag.")
    snapshot_id: str = ""
    page_number: Annotated[int, whole(1, 10**9)] = 1
    page_size: Annotated[int, whole(1, 100)] = 10

    @classmethod
    @override
    def invalid(cls, name: str, reason: str) -> ApiError:
        return ecs_errors.documented("InvalidParamter")

    def page(self, images: list[Image]) -> list[Image]:
        """The part of the found images that is answered."""
        return images[(self.page_number - 1) * self.page_size : self.page_number * self.page_size]

    def matches(self, image: Image, account: str, now: float) -> bool:
        """Whether an image is found; `account` is the caller's."""
        status = image.status(now)
        entry = image.described(account, now)
        exact = {
            "Usage": self.usage,
            "OSType": self.os_type,
            "Architecture": self.architecture,
            "ImageFamily": self.image_family,
            "ResourceGroupId": self.resource_group_id,
            "IsSupportCloudinit": self.is_support_cloudinit,
            "IsSupportIoOptimized": self.is_support_io_optimized,
        }
        return (
            image.visible(now)
            and status in (self.status or "Available").split(",")
            and (not self.image_id or image.id in [part.strip() for part in self.image_id.split(",")])
            and _has_in_order(image.name.lower(), self.image_name.lower().split("*"))
            and self.usable in {None, status in USABLE}
            and has_tags(image.tags, self.tags)
            and all(value in {"", None, entry[field]} for field, value in exact.items())
            and self.image_owner_alias in {"", entry["ImageOwnerAlias"]}
            and self.image_owner_id in {"", image.account}
            and (not self.snapshot_id or (image.has_snapshot(now) and image.snapshot.id == self.snapshot_id))
            and not self.is_public
        )


def _has_in_order(text: str, parts: list[str]) -> bool:
    place = 0
    for part in parts:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True
