"""Copies that this stack has started and that its state does not record: their run was killed on another machine.

A creation uses one that is a copy of the same thing, instead of starting another.
"""

from collections.abc import Collection
from threading import Lock

from components.clouds.copies import Copy, Phase
from components.clouds.errors import CloudError
from components.lifecycle import mark
from components.lifecycle.copy_part import CopyPart
from components.lifecycle.results import Properties


class LostCopies:
    """Those of one kind, each given out once in the life of this process.

    Args:
        part: Lists and reads marks.
    """

    def __init__(self, part: CopyPart) -> None:
        self._part = part
        self._lock = Lock()
        self._begun: set[str] = set()
        self._listed: dict[tuple[str, str], list[Copy]] = {}

    def take(self, wanted: Properties, recorded: Collection[str]) -> tuple[Copy, str] | None:
        """Return a copy that a creation can use and the token in its mark, None where there is none.

        Args:
            wanted: What the creation declares.
            recorded: Ids that belong to a row, or will.

        Raises:
            CloudError: The region could not be asked; nothing was started.
        """
        part, place = self._part, (str(wanted["region"]), self._part.group(wanted))
        with self._lock:
            # What this process has asked for itself is not lost, however late it is listed.
            self._begun.add(str(wanted["copy_token"]))
            if place not in self._listed:
                try:
                    marked = part.marked(*place, str(wanted["stack_id"]))
                except CloudError as error:
                    error.maybe_done = False
                    raise
                self._listed[place] = [each for each in marked if each.id not in recorded and lives(each)]
            for copy in self._listed[place]:
                token = part.marked_token(copy, wanted)
                is_ours = mark.is_copy_of(token, wanted["stack_id"], part.identity_of(wanted))
                if is_ours and not any(each.startswith(token) for each in self._begun):
                    self._listed[place].remove(copy)
                    return copy, token
        return None


def lives(copy: Copy) -> bool:
    """Report whether a copy can become usable: one that failed, or is being deleted, never does."""
    return copy.state.phase is not Phase.FAILED and not is_going(copy)


def is_going(copy: Copy) -> bool:
    """Report whether a copy is being deleted."""
    return copy.status.upper().startswith("DELET")
