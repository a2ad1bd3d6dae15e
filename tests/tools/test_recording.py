"""The picture of the live view in README."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tools import recording


def test_picture_shows_the_run_and_loads_nothing() -> None:
    drawn = recording.svg()

    words = "".join(ET.fromstring(drawn).itertext()).replace("\xa0", " ")  # noqa: S314 - our own
    assert "prod-ap-southeast-1" in words
    assert "QuotaExceeded" in words
    assert "more errors" not in words  # all of it fits
    assert "... and" not in words
    assert "url(http" not in drawn
    assert "@font-face" not in drawn


def test_picture_is_the_one_in_the_repository() -> None:
    assert recording.PICTURE.read_text(encoding="utf-8") == recording.svg(), "run `make recording`"
