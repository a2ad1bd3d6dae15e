"""What ECI's data cache actions take, in the order in which it is checked."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.page_tokens import NextToken
from sandbox.alibaba.request import Blank, Map, Region, Request, Sent, Texts, Truth, matching, whole
from sandbox.alibaba.tags import TagFilter, Tags

DEFAULT_BUCKET = "default"
PAGE = 20


def _not_reserved(bucket: str) -> str:
    if bucket == "eci-system":
        raise ValueError("eci-system is reserved")
    return bucket


def _id(prefix: str) -> AfterValidator:
    return matching(rf"{prefix}-[0-9A-Za-z]+", f"an id that starts with {prefix}-")


Name = Annotated[str, matching(r"(?=.*\S).{1,128}", "1 to 128 characters long and not blank")]
Bucket = Annotated[Name, AfterValidator(_not_reserved)]
Path = Annotated[str, matching(r"/.{0,1023}", "an absolute path of at most 1024 characters")]
Days = Annotated[int, whole(1, 36500)]
GroupId = Annotated[str, matching(r"rg-\S{1,125}", "an id such as rg-acfmzw2jz2z")]


class CopyDataCache(Request):
    """What stays None is the source's, or the service's default."""

    region_id: Region
    data_cache_id: str
    destination_region_id: Region
    name: Name | None = None
    bucket: Bucket = DEFAULT_BUCKET
    path: Path | None = None
    tags: Tags = Field(default_factory=dict, alias="Tag.")
    retention_days: Days | None = None
    resource_group_id: GroupId | None = None
    dry_run: Truth = False

    @field_validator("destination_region_id")
    @classmethod
    def _another(cls, destination: str, info: ValidationInfo) -> str:
        if destination == info.data.get("region_id"):
            raise ValueError("it must be another region than RegionId")
        return destination


class DescribeDataCaches(Request):
    """Without ids, those of one bucket."""

    region_id: Region
    ids: Texts = Field(default_factory=list, alias="DataCacheId.")
    limit: Annotated[int, whole(1, PAGE)] = PAGE
    after: NextToken = Field(0, alias="NextToken")
    bucket: Blank = None
    path: str | None = None
    resource_group_id: str | None = None
    tags: TagFilter = Field(default_factory=list, alias="Tag.")

    @field_validator("ids")
    @classmethod
    def _few(cls, ids: list[str]) -> list[str]:
        if len(ids) > PAGE:
            raise ValueError(f"at most {PAGE} ids can be given")
        return ids


class DataSourceOfRequest(Request):
    """Where the data is to be loaded from."""

    type: Literal["URL", "NAS", "OSS", "SNAPSHOT"] = Field(alias=".Type")
    options: Map = Field(alias=".Options.")

    @field_validator("options")
    @classmethod
    def _some(cls, options: dict[str, str]) -> dict[str, str]:
        if not options:
            raise alibaba_errors.missing_parameter("DataSource.Options")
        return options


class UpdateDataCache(Request):
    """What stays None is left as it is; a data source, another size or a way to the source reloads the data."""

    region_id: Region
    data_cache_id: str
    name: Name | None = None
    bucket: Bucket | None = None
    retention_days: Days | None = None
    tags: Tags = Field(default_factory=dict, alias="Tag.")
    resource_group_id: GroupId | None = None
    data_source: DataSourceOfRequest | None = Field(None, alias="DataSource.")
    size: Annotated[int, whole(20, 32768)] | None = None
    security_group_id: Annotated[str, _id("sg")] | None = None
    v_switch_id: Annotated[str, _id("vsw")] | None = None
    eip_instance_id: Annotated[str, _id("eip")] | None = None
    creates_eip: Sent = Field(default=False, alias="EipCreateParam.")
    eip_bandwidth: Annotated[int, whole(1, 1000)] | None = Field(None, alias="EipCreateParam.Bandwidth")
    eip_charge: Literal["PayByBandwidth", "PayByTraffic"] | None = Field(
        None, alias="EipCreateParam.InternetChargeType"
    )
    eip_isp: Literal["BGP", "BGP_PRO"] | None = Field(None, alias="EipCreateParam.ISP")
    eip_package: Annotated[str, _id("cbwp")] | None = Field(None, alias="EipCreateParam.CommonBandwidthPackage")
    eip_pool: Annotated[str, _id("pippool")] | None = Field(None, alias="EipCreateParam.PublicIpAddressPoolId")
    dry_run: Truth = False

    @field_validator("creates_eip")
    @classmethod
    def _one_eip(cls, creates: bool, info: ValidationInfo) -> bool:
        if creates and info.data.get("eip_instance_id"):
            raise ValueError("it excludes EipInstanceId")
        return creates

    @property
    def through_network(self) -> bool:
        """Whether it says how to reach the data source, which makes sense only for a reload."""
        return bool(self.security_group_id or self.v_switch_id or self.eip_instance_id or self.creates_eip)


class DeleteDataCache(Request):
    """The data cache is named by its id, its path, or both."""

    region_id: Region
    bucket: Bucket | None = None
    path: Path | None = None
    data_cache_id: Blank = Field(None, validate_default=True)

    @field_validator("data_cache_id")
    @classmethod
    def _named(cls, cache_id: str | None, info: ValidationInfo) -> str | None:
        if not cache_id and info.data.get("path") is None:
            raise alibaba_errors.missing_parameter("DataCacheId")
        return cache_id
