"""What the Tag service's actions take: the parameters with their types, and the rules that need no resource."""

import re
from typing import Annotated, NamedTuple, Self

from pydantic import Field, ValidationInfo, model_validator

from sandbox.tencent.api import REGIONS
from sandbox.tencent.errors import bad_value, common
from sandbox.tencent.request import Request, Whole, call_of, one_of, rule
from sandbox.tencent.tag.errors import documented

MAX_IDS = 50
MAX_CHANGES = 10
MAX_FILTERS, MAX_VALUES = 6, 10
MAX_KEY, MAX_VALUE = 127, 255
PREFIXES = ("snapshot", "image")
"""Resources of CVM that have tags here."""
_SIX_SEGMENTS = re.compile(r"qcs::cvm:([a-z0-9-]+):uin/([0-9]*):([a-z]+)/(\S+)")
_FIT = re.compile(r"[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff +\-=._:/@()\[\],;><\uff08\uff09\u3010\u3011\uff1a]*")
_RESERVED = re.compile(r"qcs:|qcloud|tencent|project|\u9879\u76ee", re.IGNORECASE)

Offset = Annotated[Whole, rule(lambda offset: offset >= 0, "it cannot be negative")]
Limit = Annotated[Whole, rule(lambda limit: limit >= 1, "it must be at least 1")]


class Resource(NamedTuple):
    """What a resource is named by."""

    region: str
    prefix: str
    id: str


class DescribeResourceTagsByResourceIds(Request):
    """A resource is named by parts of its six-segment name: qcs::<service type>:<region>:uin/<uin>:<prefix>/<id>."""

    service_type: str
    resource_prefix: str
    resource_ids: list[str]
    resource_region: str
    offset: Offset = 0
    limit: Limit = 15
    category: Annotated[str, one_of("Custom", "System", "All")] = "All"

    @model_validator(mode="after")
    def _known(self) -> Self:
        _refuse_unknown(self.service_type, self.resource_prefix, self.resource_region)
        if not 1 <= len(self.resource_ids) <= MAX_IDS or "" in self.resource_ids:
            raise documented("InvalidParameterValue.ResourceIdInvalid")
        if self.offset % self.limit:
            raise bad_value("Offset", "it must be a multiple of Limit")
        return self


class TagFilter(Request):
    """Without values, any value fits."""

    tag_key: str
    tag_value: list[str] = Field(default_factory=list)

    def fits(self, tags: dict[str, str]) -> bool:
        """Whether a resource with these tags passes."""
        return self.tag_key in tags and (not self.tag_value or tags[self.tag_key] in self.tag_value)


class DescribeResourcesByTags(Request):
    """Of one kind of resource in one region."""

    tag_filters: list[TagFilter]
    create_uin: Whole | None = None
    offset: Offset = 0
    limit: Limit = 15
    resource_prefix: str
    resource_id: str | None = None
    resource_region: str
    service_type: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not 1 <= len(self.tag_filters) <= MAX_FILTERS or any(
            len(one.tag_value) > MAX_VALUES for one in self.tag_filters
        ):
            raise documented("InvalidParameterValue.TagFilters")
        _refuse_unknown(self.service_type, self.resource_prefix, self.resource_region)
        if self.offset % self.limit:
            raise bad_value("Offset", "it must be a multiple of Limit")
        return self


class Tag(Request):
    """A tag to put on."""

    tag_key: str
    tag_value: str


class TagKey(Request):
    """A tag to take off."""

    tag_key: str


class ModifyResourceTags(Request):
    """At least one of both lists, and an empty one is refused."""

    resource: str
    replace_tags: list[Tag] | None = None
    delete_tags: list[TagKey] | None = None

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> Self:
        if self.replace_tags is None and self.delete_tags is None:
            raise common("MissingParameter", "ReplaceTags")
        lists = [one for one in (self.replace_tags, self.delete_tags) if one is not None]
        keys = [tag.tag_key for one in lists for tag in one]
        if any(not 1 <= len(one) <= MAX_CHANGES for one in lists):
            raise documented("InvalidParameter.Tag")
        for key in keys:
            _refuse_key(key)
        for tag in self.replace_tags or ():
            _refuse_value(tag.tag_value)
        if {tag.tag_key for tag in self.replace_tags or ()} & {tag.tag_key for tag in self.delete_tags or ()}:
            raise documented("InvalidParameterValue.DeleteTagsParamError")
        if len(set(keys)) < len(keys):
            raise documented("InvalidParameter.Tag")
        self.named(call_of(info).account)
        return self

    def named(self, account: str) -> Resource:
        """The resource; raises ApiError when it is not named as it must be, or is another account's."""
        found = _SIX_SEGMENTS.fullmatch(self.resource)
        if found is None or found[1] not in REGIONS or found[2] not in {"", account} or found[3] not in PREFIXES:
            raise documented("InvalidParameterValue.ResourceDescriptionError")
        return Resource(found[1], found[3], found[4])


def _refuse_unknown(service_type: str, prefix: str, region: str) -> None:
    if service_type != "cvm":
        raise documented("InvalidParameterValue.ServiceTypeInvalid")
    if prefix not in PREFIXES:
        raise documented("InvalidParameterValue.ResourcePrefixInvalid")
    if region not in REGIONS:
        raise documented("InvalidParameterValue.RegionInvalid")


def _refuse_key(key: str) -> None:
    if not key:
        raise documented("InvalidParameterValue.TagKeyEmpty")
    if len(key) > MAX_KEY:
        raise documented("InvalidParameterValue.TagKeyLengthExceeded")
    if _RESERVED.match(key):
        raise documented("InvalidParameter.ReservedTagKey")
    if not _fits(key):
        raise documented("InvalidParameterValue.TagKeyCharacterIllegal")


def _refuse_value(value: str) -> None:
    if not value:
        raise documented("InvalidParameterValue.TagValueEmpty")
    if len(value) > MAX_VALUE:
        raise documented("InvalidParameterValue.TagValueLengthExceeded")
    if not _fits(value):
        raise documented("InvalidParameterValue.TagValueCharacterIllegal")


def _fits(text: str) -> bool:
    return bool(_FIT.fullmatch(text)) and text == text.strip(" ")
