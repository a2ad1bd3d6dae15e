"""DescribeImages: which images an answer has."""

import re
from dataclasses import dataclass

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import STATUSES, Image
from sandbox.alibaba.rpc import Parameters
from sandbox.alibaba.tags import MAX_TAGS, has_tags, read_tag_filter
from sandbox.core.api_error import ApiError

MAX_PAGE = 100
OWNERS = ("", "system", "self", "others", "marketplace")
_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"
FILTERS = {"CreationStartTime": _MINUTE, "CreationEndTime": _MINUTE, "NetworkType": "vpc|classic"}
"""Key of a filter -> what its value looks like."""
USABLE = frozenset({"Available", "Deprecated"})


@dataclass(frozen=True)
class Page:
    """The part of the found images that is answered."""

    number: int
    size: int

    def of(self, images: list[Image]) -> list[Image]:
        """The images on the page."""
        return images[(self.number - 1) * self.size : self.number * self.size]


def _read_page(params: Parameters) -> Page:
    """Pages are numbered from 1 and have 10 entries unless told otherwise."""
    return Page(params.integer("PageNumber", 1, 10**9) or 1, params.integer("PageSize", 1, MAX_PAGE) or 10)


@dataclass(frozen=True)
class ImageFilter:
    """What an image must be like to be answered."""

    statuses: frozenset[str]
    ids: frozenset[str] | None
    name: list[str]
    """What stands one after the other in its name."""
    usable: bool | None
    tags: list[tuple[str, str | None]]
    exact: dict[str, str]
    """Fields of an answered image that must have exactly these values."""
    owner_alias: str
    owner_id: str | None
    snapshot: str | None
    public: bool

    def matches(self, image: Image, account: str, now: float) -> bool:
        """Whether an image is found; `account` asks."""
        status = image.status(now)
        entry = image.described(account, now)
        return (
            image.visible_from <= now
            and status in self.statuses
            and (self.ids is None or image.id in self.ids)
            and _has_in_order(image.name.lower(), self.name)
            and self.usable in {None, status in USABLE}
            and has_tags(image.tags, self.tags)
            and all(str(entry[field]) == value for field, value in self.exact.items())
            and self.owner_alias in {"", entry["ImageOwnerAlias"]}
            and self.owner_id in {None, image.account}
            and (self.snapshot is None or (image.has_snapshot(now) and image.snapshot.id == self.snapshot))
            and not self.public
        )


def read(params: Parameters) -> tuple[ImageFilter, Page]:
    """Read and check the parameters; the reference has one code for all that is wrong with one without its own."""
    try:
        return _read_filter(params), _read_page(params)
    except ApiError as error:
        if error.code.startswith("InvalidParameter."):
            raise ecs_errors.documented("InvalidParamter") from None
        raise


def _read_filter(params: Parameters) -> ImageFilter:
    statuses = _statuses(params)
    usable = params.boolean("Usable") if params.text("Usable") else None
    if usable is not None and not params.text("Status"):
        raise alibaba_errors.missing_parameter("Status")
    ids = params.text("ImageId")
    name = params.text("ImageName")
    exact = {
        "Usage": _one_of(params, "Usage", ("instance", "none"), "InvalidUsage"),
        "OSType": _one_of(params, "OSType", ("windows", "linux"), "InvalidOSType"),
        "Architecture": _one_of(params, "Architecture", ("i386", "x86_64", "arm64"), "InvalidArchitecture"),
        "ImageFamily": params.text("ImageFamily"),
        "ResourceGroupId": params.text("ResourceGroupId"),
    }
    for flag in ("IsSupportCloudinit", "IsSupportIoOptimized"):
        exact[flag] = str(params.boolean(flag)) if params.text(flag) else None
    params.one_of("ActionType", ("CreateEcs", "ChangeOS"))
    alias = _one_of(params, "ImageOwnerAlias", OWNERS, "InvalidImageOwnerAlias.ValueNotSupported") or ""
    public, owner_id = params.boolean("IsPublic"), params.text("ImageOwnerId") or None
    if public and alias != "others":
        raise ecs_errors.documented("InvalidImageOwnerAlias.PublicImageUnsupported")
    if owner_id and alias not in {"", "others"}:
        raise ecs_errors.documented("InvalidOperation.ImageOwnerIdUnsupported")
    _check_filters(params)
    return ImageFilter(
        statuses=statuses,
        ids=None if not ids else frozenset(part.strip() for part in ids.split(",")),
        name=(name or "").lower().split("*"),
        usable=usable,
        tags=_tags(params),
        exact={field: value for field, value in exact.items() if value},
        owner_alias=alias,
        owner_id=owner_id,
        snapshot=params.text("SnapshotId") or None,
        public=public,
    )


def _has_in_order(text: str, parts: list[str]) -> bool:
    place = 0
    for part in parts:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _one_of(params: Parameters, name: str, allowed: tuple[str, ...], code: str) -> str | None:
    value = params.text(name)
    if value is not None and value not in allowed:
        raise ecs_errors.documented(code)
    return value


def _tags(params: Parameters) -> list[tuple[str, str | None]]:
    tags = read_tag_filter(params)
    if len(tags) > MAX_TAGS:
        raise ecs_errors.documented("InvalidTagCount")
    if any(not key for key, _ in tags):
        raise ecs_errors.documented("InvalidTag.Mismatch")
    return tags


def _check_filters(params: Parameters) -> None:
    """Refuse what no filter can be; those that can be are not emulated."""
    for one in params.records("Filter", ("Key", "Value")):
        key, value = one.get("Key", ""), one.get("Value", "")
        if key not in FILTERS:
            raise ecs_errors.documented("InvalidFilterKey.NotFound")
        if not re.fullmatch(FILTERS[key], value):
            code = "InvalidFilterValue.NetworkType" if key == "NetworkType" else "InvalidFilterValue"
            raise ecs_errors.documented(code)


def _statuses(params: Parameters) -> frozenset[str]:
    text = params.text("Status")
    if not text:
        return frozenset({"Available"})
    given = [part.strip() for part in text.split(",")]
    if given == ["ALL"]:
        return frozenset(STATUSES)
    for one in given:
        if one not in STATUSES:
            reason = "ALL cannot be combined" if one == "ALL" else f"{one!r} is not a status"
            raise alibaba_errors.invalid_parameter("Status", reason)
    return frozenset(given)
