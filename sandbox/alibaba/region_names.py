"""The regions that exist, with their names in Chinese and in English, as DescribeRegions answers them.

A list of its own, so that a misspelt region is refused as the cloud refuses it. Languages other than Chinese get the
English names.
"""

import tomllib
from pathlib import Path

REGION_NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("regions.toml").read_text(encoding="utf-8"))


def described_regions(language: str) -> list[dict[str, str]]:
    """The entries of an answer of DescribeRegions."""
    chosen = 0 if (language or "zh").lower().startswith("zh") else 1
    return [
        {
            "RegionId": region,
            "RegionEndpoint": f"ecs.{region}.aliyuncs.com",
            "LocalName": names[chosen],
            "Status": "available",
        }
        for region, names in REGION_NAMES.items()
    ]
