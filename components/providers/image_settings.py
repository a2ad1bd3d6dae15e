"""Where the state of every stack finds the provider of ImageSettings: the path is a promise, the code is elsewhere."""

from __future__ import annotations

from components.image.companion import ImageSettingsProvider as _ImageSettingsProvider


class ImageSettingsProvider(_ImageSettingsProvider):
    """See the base class."""
