"""What an environment demands of its replicas."""

from enum import Enum


class Severity(Enum):
    """What a finding weighs."""

    MANDATORY = "mandatory"
    WARNING = "warning"
    NOTE = "note"
