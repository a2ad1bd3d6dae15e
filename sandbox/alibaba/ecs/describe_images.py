"""DescribeImages: what it takes, and which images an answer has."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from typing_extensions import override

from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import STATUSES, Image
from sandbox.alibaba.ecs.requests import listed
from sandbox.alibaba.errors import Refusal, missing_parameter
from sandbox.alibaba.request import Blank, Flag, Region, Request, Truth, pairs, whole
from sandbox.alibaba.tags import MAX_TAGS, TagFilter, has_tags

_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"
FILTERS = {"CreationStartTime": _MINUTE, "CreationEndTime": _MINUTE, "NetworkType": "vpc|classic"}
"""Key of a filter -> what its value looks like."""
USABLE = frozenset({"Available", "Deprecated"})


def _status(sent: str) -> str:
    given = [part.strip() for part in sent.split(",")] if sent else []
    for one in given:
        if one not in STATUSES and given != ["ALL"]:
            raise ValueError("ALL cannot be combined" if one == "ALL" else f"{one!r} is not a status")
    return ",".join(STATUSES if given == ["ALL"] else given)


def _filters(filters: list[dict[str, str]]) -> list[dict[str, str]]:
    for one in filters:
        key, value = one.get("Key", ""), one.get("Value", "")
        ecs_errors.refuse({"InvalidFilterKey.NotFound": key not in FILTERS})
        code = "InvalidFilterValue.NetworkType" if key == "NetworkType" else "InvalidFilterValue"
        ecs_errors.refuse({code: not re.fullmatch(FILTERS[key], value)})
    return filters


def _tags(tags: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    keyless = any(not key for key, _ in tags)
    ecs_errors.refuse({"InvalidTagCount": len(tags) > MAX_TAGS, "InvalidTag.Mismatch": keyless})
    return tags


class DescribeImages(Request):
    """What an image must be like to be answered. What is wrong without a code of its own has one code together."""

    region_id: Region
    status: Annotated[str, AfterValidator(_status)] = ""
    usable: Flag = None
    image_id: str = ""
    image_name: str = ""
    usage: Annotated[Blank, listed("instance", "none", code="InvalidUsage")] = None
    os_type: Annotated[Blank, listed("windows", "linux", code="InvalidOSType")] = Field(None, alias="OSType")
    architecture: Annotated[Blank, listed("i386", "x86_64", "arm64", code="InvalidArchitecture")] = None
    image_family: Blank = None
    resource_group_id: Blank = None
    is_support_cloudinit: Flag = None
    is_support_io_optimized: Flag = None
    action_type: Literal["CreateEcs", "ChangeOS"] | None = None
    image_owner_alias: Annotated[
        str,
        listed("", "system", "self", "others", "marketplace", code="InvalidImageOwnerAlias.ValueNotSupported"),
    ] = ""
    is_public: Truth = False
    image_owner_id: Blank = None
    filters: Annotated[list[dict[str, str]], BeforeValidator(pairs), AfterValidator(_filters)] = Field(
        default_factory=list, alias="Filter."
    )
    tags: Annotated[TagFilter, AfterValidator(_tags)] = Field(default_factory=list, alias="Tag.")
    snapshot_id: Blank = None
    page_number: Annotated[int, whole(1, 10**9)] = 1
    page_size: Annotated[int, whole(1, 100)] = 10

    @classmethod
    @override
    def invalid(cls, name: str, reason: str) -> Refusal:
        return ecs_errors.documented("InvalidParamter")

    @field_validator("usable")
    @classmethod
    def _of_a_status(cls, usable: bool | None, info: ValidationInfo) -> bool | None:
        if usable is not None and not info.data.get("status"):
            raise missing_parameter("Status")
        return usable

    @field_validator("is_public")
    @classmethod
    def _of_others(cls, public: bool, info: ValidationInfo) -> bool:
        alias = info.data.get("image_owner_alias")
        ecs_errors.refuse({"InvalidImageOwnerAlias.PublicImageUnsupported": public and alias != "others"})
        return public

    @field_validator("image_owner_id")
    @classmethod
    def _another(cls, owner: str | None, info: ValidationInfo) -> str | None:
        others = info.data.get("image_owner_alias") in {"", "others"}
        ecs_errors.refuse({"InvalidOperation.ImageOwnerIdUnsupported": bool(owner) and not others})
        return owner

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
            and all(value in {None, entry[field]} for field, value in exact.items())
            and self.image_owner_alias in {"", entry["ImageOwnerAlias"]}
            and self.image_owner_id in {None, image.account}
            and (self.snapshot_id is None or (image.has_snapshot(now) and image.snapshot.id == self.snapshot_id))
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
