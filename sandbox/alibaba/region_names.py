"""The regions that exist, with their names in Chinese and in English, as DescribeRegions answers them.

A list of its own, so that a misspelt region is refused as the cloud refuses it.
"""

import tomllib
from pathlib import Path

REGION_NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("regions.toml").read_text(encoding="utf-8"))
