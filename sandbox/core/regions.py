"""The regions that exist in the sandbox.

Lists of its own, so that a misspelt region is refused as the cloud refuses it. They say nothing about zones.
"""

import tomllib
from pathlib import Path

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ALIBABA, TENCENT = frozenset(_LISTED["alibaba"]), frozenset(_LISTED["tencent"])
