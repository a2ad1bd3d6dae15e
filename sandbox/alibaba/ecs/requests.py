"""What ECS's image actions take, in the order in which it is checked; tag actions and DescribeImages are apart."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.request import Blank, Region, Request, Truth
from sandbox.alibaba.rpc import Call
from sandbox.alibaba.tags import Tags
from sandbox.core import regions

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_NAME = re.compile(rf"[A-Za-z{_CHINESE}][A-Za-z0-9{_CHINESE}.:_-]{{1,127}}")
_ADDRESSES = ("http://", "https://")


def _named(code: str) -> AfterValidator:
    """A name of 2 to 128 characters; None when it is blank, which means the default as absent does."""

    def check(name: str) -> str | None:
        lower = name.lower()
        reserved = lower.startswith(("aliyun", "acs:")) or any(address in lower for address in _ADDRESSES)
        ecs_errors.refuse({code: bool(name) and (reserved or not _NAME.fullmatch(name))})
        return name or None

    return AfterValidator(check)


def _description(text: str) -> str | None:
    malformed = text.lower().startswith(_ADDRESSES) or len(text) > 256
    ecs_errors.refuse({"InvalidDescription.Malformed": malformed})
    return text or None


def listed(*allowed: str, code: str) -> AfterValidator:
    """One of some values, or the error of a code."""

    def check(sent: str) -> str:
        ecs_errors.refuse({code: sent not in allowed})
        return sent

    return AfterValidator(check)


ImageName = Annotated[str | None, _named("InvalidImageName.Malformed")]
Description = Annotated[str | None, AfterValidator(_description)]


class CopyImage(Request):
    """What stays None is empty in the copy. That the resource group exists is checked behind all of this."""

    region_id: str
    image_id: str
    destination_region_id: str = Field("", validate_default=True)
    encrypted: Truth = False
    kms_key_id: Blank = Field(None, alias="KMSKeyId")
    destination_image_name: ImageName = None
    destination_description: Description = None
    tags: Tags = Field(default_factory=dict, alias="Tag.")
    resource_group_id: Blank = None

    @field_validator("destination_region_id")
    @classmethod
    def _another_region(cls, sent: str, info: ValidationInfo) -> str:
        source = info.data.get("region_id", "")
        destination = sent or source
        ecs_errors.refuse(
            {
                "SourceRegion.NotFound": source not in regions.ALIBABA,
                "DestinationRegion.NotFound": destination not in regions.ALIBABA,
                "IncorrectDestinationRegion": destination == source,
            }
        )
        return destination

    @field_validator("kms_key_id")
    @classmethod
    def _only_to_encrypt(cls, key: str | None, info: ValidationInfo) -> str | None:
        ecs_errors.refuse({"InvalidParameter.EncryptedIllegal": bool(key) and not info.data.get("encrypted")})
        return key


class CancelCopyImage(Request):
    """The copy is named in its own region."""

    region_id: Region
    image_id: str


class DeleteImage(Request):
    """Force is for an image that instances were made of."""

    region_id: Region
    image_id: str
    force: Truth = False


class ModifyImageAttribute(Request):
    """What stays None is left as it is."""

    region_id: Region
    image_id: str
    image_name: ImageName = None
    description: Description = None
    image_family: Annotated[str | None, _named("InvalidImageFamily.Malformed")] = None
    boot_mode: Annotated[Blank, listed("", "BIOS", "UEFI", "UEFI-Preferred", code="InvalidBootMode.NotSupport")] = None
    # The reference says to send BYOL, and has Auto for an example.
    license_type: Annotated[str | None, listed("", "Auto", "BYOL", code="InvalidLicenseType.NotSupported")] = None
    imds_support: Annotated[str | None, listed("v1", "v2", code="InvalidParameter.FeaturesImdsSupport")] = Field(
        None, alias="Features.ImdsSupport"
    )
    nvme_support: Literal["supported", "unsupported"] | None = Field(None, alias="Features.NvmeSupport")
    status: Literal["", "Deprecated", "Available"] | None = None


class DescribeRegions(Request):
    """Every language but Chinese, which is the default, gets the English names."""

    accept_language: Blank = None


class DryRun(Request):
    """Read last of all, by `end_dry_run`."""

    dry_run: Truth = False


def end_dry_run(call: Call) -> None:
    """End a request for a dry run, in which nothing wrong was found until here."""
    ecs_errors.refuse({"DryRunOperation": DryRun.read(call).dry_run})
