"""What CVM's image actions take: the parameters with their types, and the rules that need no image."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from sandbox.tencent.api import REGIONS
from sandbox.tencent.cvm.errors import documented
from sandbox.tencent.cvm.image import Image, ImageType
from sandbox.tencent.errors import bad_value, common
from sandbox.tencent.request import Request, Truth, Whole, call_of, one_of, rule

MAX_NAME = 60
MAX_DESCRIPTION = 256
MAX_LIMIT = 100
MAX_IDS = 100
MAX_FILTERS = 10
MAX_VALUES = 5
_IMAGE_ID = re.compile(r"img-[0-9A-Za-z]+")
_INSTANCE_ID = re.compile(r"ins-[0-9A-Za-z]+")
_FILTERS: dict[str, tuple[tuple[str, ...], Callable[[Image], list[str]]]] = {
    "image-id": ((), lambda image: [image.id]),
    "image-type": (get_args(ImageType), lambda image: [image.type]),
    "image-name": ((), lambda image: [image.name]),
    "platform": ((), lambda _: ["TencentOS"]),
    "tag-key": ((), lambda image: list(image.tags)),
    "tag-value": ((), lambda image: list(image.tags.values())),
}
"""The filters, each with its values, none where any text may be one, and with what an image has."""
_FUZZY = ("image-name", "platform")
"""The filters that look for any part, in any case."""


def _image_id(text: str) -> str:
    if not _IMAGE_ID.fullmatch(text):
        raise documented("InvalidImageId.Malformed", text)
    return text


def _instance_id(text: str) -> str:
    if not _INSTANCE_ID.fullmatch(text):
        raise documented("InvalidInstanceId.Malformed", text)
    return text


def _image_ids(ids: list[str]) -> list[str]:
    if len(ids) > MAX_IDS:
        raise documented("InvalidParameterValue.LimitExceeded")
    if len(set(ids)) < len(ids):
        raise bad_value("ImageIds", "it must have no value twice")
    return [_image_id(one) for one in ids]


def _not_too_long(most: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > most:
            raise documented("InvalidParameterValue.TooLarge")
        return text

    return AfterValidator(check)


ImageId = Annotated[str, AfterValidator(_image_id)]
ImageIds = Annotated[list[str], AfterValidator(_image_ids)]
Name = Annotated[str, rule(lambda name: name.strip(), "it must not consist of spaces only"), _not_too_long(MAX_NAME)]
Description = Annotated[
    str, rule(lambda text: text.strip(), "it must not consist of spaces only"), _not_too_long(MAX_DESCRIPTION)
]


class SyncImages(Request):
    """One image a call."""

    image_ids: ImageIds
    destination_regions: list[str]
    dry_run: Truth = False
    image_name: Name | None = None
    image_set_required: Truth = False
    encrypt: Truth = False
    kms_key_id: str | None = None

    @field_validator("image_ids")
    @classmethod
    def _one(cls, ids: list[str]) -> list[str]:
        if len(ids) != 1:
            raise documented("InvalidParameterValue.LimitExceeded")
        return ids

    @field_validator("destination_regions")
    @classmethod
    def _regions(cls, named: list[str]) -> list[str]:
        if not named or len(set(named)) < len(named):
            raise bad_value("DestinationRegions", "it must have at least one value, and no value twice")
        if any(region not in REGIONS for region in named):
            raise documented("InvalidRegion.NotFound")
        return named

    @model_validator(mode="after")
    def _elsewhere(self, info: ValidationInfo) -> Self:
        is_here = self.destination_regions == [call_of(info).region]
        if self.encrypt or self.kms_key_id is not None:
            if self.kms_key_id is not None and not self.encrypt:
                raise bad_value("KmsKeyId", "it needs Encrypt")
            if not is_here:
                raise documented("InvalidParameterValue.InvalidRegion")
        elif call_of(info).region in self.destination_regions:
            raise documented("InvalidParameterValue.InvalidRegion")
        return self


class Filter(Request):
    """One of the filters of DescribeImages; any of its values may fit."""

    name: str
    values: list[str]

    def check(self) -> None:
        """Raise ApiError for a filter or a value that does not exist."""
        if self.name not in _FILTERS and not self.name.startswith("tag:"):
            raise documented("InvalidFilter", self.name)
        if not self.values:
            raise bad_value("Filters", f"{self.name} has no values")
        if len(self.values) > MAX_VALUES:
            raise documented("InvalidFilterValue.LimitExceeded")
        allowed = _FILTERS[self.name][0] if self.name in _FILTERS else ()
        for value in self.values:
            if allowed and value not in allowed:
                raise bad_value("Filters", f"{self.name} cannot be {value!r}")

    def fits(self, image: Image) -> bool:
        """Whether an image passes."""
        if self.name.startswith("tag:"):
            return image.tags.get(self.name.removeprefix("tag:")) in self.values
        its_own = _FILTERS[self.name][1](image)
        if self.name in _FUZZY:
            return any(value.lower() in one.lower() for value in self.values for one in its_own)
        return any(value in its_own for value in self.values)


class DescribeImages(Request):
    """An empty list of ids or filters is none."""

    image_ids: ImageIds = Field(default_factory=list)
    filters: list[Filter] = Field(default_factory=list)
    limit: Annotated[Whole, rule(lambda limit: 1 <= limit <= MAX_LIMIT, f"it must be from 1 to {MAX_LIMIT}")] = 20
    offset: Annotated[Whole, rule(lambda offset: offset >= 0, "it cannot be negative")] = 0

    @model_validator(mode="after")
    def _known_filters(self) -> Self:
        if self.filters and self.image_ids:
            raise documented("InvalidParameter.InvalidParameterCoexistImageIdsFilters")
        if len(self.filters) > MAX_FILTERS:
            raise documented("InvalidFilterValue.LimitExceeded")
        for one in self.filters:
            one.check()
        return self


class ModifyImageAttribute(Request):
    """What stays None is left as it is."""

    image_id: ImageId
    image_name: Name | None = None
    image_description: Description | None = None
    image_family: str | None = None
    image_deprecated: Truth | None = None

    @model_validator(mode="after")
    def _any(self) -> Self:
        if self.model_dump(exclude={"image_id"}, exclude_none=True) == {}:
            raise common("MissingParameter", "ImageName")
        return self


class DeleteImages(Request):
    """All of them or none."""

    image_ids: ImageIds
    delete_binded_snap: Truth = False
    dry_run: Truth = False

    @field_validator("image_ids")
    @classmethod
    def _some(cls, ids: list[str]) -> list[str]:
        if not ids:
            raise bad_value("ImageIds", "it must have at least one value")
        return ids


class TagOfImage(Request):
    """A tag of a new image."""

    key: str
    value: str


class TagSpecification(Request):
    """Tags of what is made."""

    resource_type: Annotated[str, one_of("image")]
    tags: list[TagOfImage]


class CreateImage(Request):
    """Of an instance: images of snapshots are not emulated."""

    image_name: Name
    instance_id: Annotated[str, AfterValidator(_instance_id)] | None = None
    image_description: Description | None = None
    force_poweroff: str | None = None
    sysprep: str | None = None
    data_disk_ids: list[str] = Field(default_factory=list)
    snapshot_ids: list[str] = Field(default_factory=list)
    dry_run: Truth = False
    tag_specification: list[TagSpecification] = Field(default_factory=list)
    image_family: str | None = None

    @field_validator("force_poweroff", "sysprep")
    @classmethod
    def _truth(cls, text: str | None) -> str | None:
        if text not in {None, "TRUE", "FALSE", "true", "false"}:
            raise bad_value("ForcePoweroff", "it must be true or false")
        return text

    @model_validator(mode="after")
    def _of_an_instance(self) -> Self:
        if self.snapshot_ids:
            raise bad_value("SnapshotIds", "the sandbox makes images of instances only")
        if self.instance_id is None:
            raise common("MissingParameter", "InstanceId")
        return self

    def tags(self) -> dict[str, Any]:
        """All its tags."""
        return {tag.key: tag.value for one in self.tag_specification for tag in one.tags}
