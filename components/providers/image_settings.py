"""Where the state of a stack finds the dynamic provider of ImageSettings: this path is a promise."""

from components.hosts.dynamic import DynamicProvider
from components.image.companion import ImageSettingsLifecycle


class ImageSettingsProvider(DynamicProvider[ImageSettingsLifecycle]):
    """Serves `ImageSettingsLifecycle`."""

    served = ImageSettingsLifecycle
