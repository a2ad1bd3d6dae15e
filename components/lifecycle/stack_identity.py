"""A random id of the stack, made once: what is named after it is unlike any other stack's. No cloud is called."""

import uuid
from typing import Any

from typing_extensions import override

from components.lifecycle.results import Checked, Difference, Lifecycle, Present, Properties, Started, declared

OWNERS = "owners"
"""What the runner notes in its row: type of a native resource -> whose such copies are. It outlives all of them."""


class StackIdentityLifecycle(Lifecycle):
    """Draws the id in `check` and carries it over from then on; it exists in the state only."""

    @override
    def check(self, olds: Properties, news: Properties) -> Checked:
        return Checked({**news, "value": olds.get("value") or uuid.uuid4().hex})

    @override
    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        return Difference(changes=False)

    @override
    def create(self, inputs: Properties) -> Started:
        return Started(str(inputs["value"]), declared(inputs))

    @override
    def read(self, id_: str, outputs: Properties) -> Present:
        known = declared(outputs)
        return Present(id_, known, {key: value for key, value in known.items() if key != OWNERS})

    @override
    def update(self, id_: str, olds: Properties, news: Properties) -> dict[str, Any]:
        return declared(news)
