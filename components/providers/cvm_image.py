"""Where the state of a stack finds the dynamic provider of CvmImageCopy: this path is a promise."""

from components.cvm_image.lifecycle import CvmImageLifecycle
from components.hosts.dynamic import DynamicProvider


class CvmImageProvider(DynamicProvider[CvmImageLifecycle]):
    """Serves `CvmImageLifecycle`."""

    served = CvmImageLifecycle
