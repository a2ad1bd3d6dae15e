"""DescribeImages: which images an answer has."""

import re
from dataclasses import dataclass

from sandbox import alibaba_errors
from sandbox.alibaba_rpc import Parameters
from sandbox.alibaba_tags import has_tags, read_tag_filter
from sandbox.image import STATUSES, Image

MAX_PAGE = 100
USABLE = frozenset({"Available", "Deprecated"})


@dataclass(frozen=True)
class Page:
    """The part of the found images that is answered."""

    number: int
    size: int

    def of(self, images: list[Image]) -> list[Image]:
        """The images on the page."""
        return images[(self.number - 1) * self.size : self.number * self.size]


def read_page(params: Parameters) -> Page:
    """Pages are numbered from 1 and have 10 entries unless told otherwise."""
    return Page(params.integer("PageNumber", 1, 10**9) or 1, params.integer("PageSize", 1, MAX_PAGE) or 10)


@dataclass(frozen=True)
class ImageFilter:
    """What an image must be like to be answered."""

    statuses: frozenset[str]
    ids: frozenset[str] | None
    name: re.Pattern[str] | None
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
            and (self.name is None or bool(self.name.search(image.name)))
            and self.usable in {None, status in USABLE}
            and has_tags(image.tags, self.tags)
            and all(str(entry[field]) == value for field, value in self.exact.items())
            and self.owner_alias in {"", entry["ImageOwnerAlias"]}
            and self.owner_id in {None, image.account}
            and (self.snapshot is None or (image.has_snapshot(now) and image.snapshot.id == self.snapshot))
            and not self.public
        )


def read_filter(params: Parameters) -> ImageFilter:
    """Read and check the parameters."""
    statuses = _statuses(params)
    usable = params.boolean("Usable") if params.text("Usable") else None
    if usable is not None and not params.text("Status"):
        raise alibaba_errors.missing_parameter("Status")
    ids = params.text("ImageId")
    name = params.text("ImageName")
    fuzzy = ".*".join(re.escape(part) for part in name.split("*")) if name else None
    exact = {
        "Usage": params.one_of("Usage", ("instance", "none")),
        "OSType": params.one_of("OSType", ("windows", "linux")),
        "Architecture": params.one_of("Architecture", ("i386", "x86_64", "arm64")),
        "ImageFamily": params.text("ImageFamily"),
        "ResourceGroupId": params.text("ResourceGroupId"),
    }
    for flag in ("IsSupportCloudinit", "IsSupportIoOptimized"):
        exact[flag] = str(params.boolean(flag)) if params.text(flag) else None
    params.one_of("ActionType", ("CreateEcs", "ChangeOS"))
    return ImageFilter(
        statuses=statuses,
        ids=None if not ids else frozenset(part.strip() for part in ids.split(",")),
        name=None if fuzzy is None else re.compile(fuzzy, re.IGNORECASE | re.DOTALL),
        usable=usable,
        tags=read_tag_filter(params),
        exact={field: value for field, value in exact.items() if value},
        owner_alias=params.one_of("ImageOwnerAlias", ("", "system", "self", "others", "marketplace")) or "",
        owner_id=params.text("ImageOwnerId") or None,
        snapshot=params.text("SnapshotId") or None,
        public=params.boolean("IsPublic"),
    )


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
