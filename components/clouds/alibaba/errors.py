"""How an error of Alibaba Cloud is judged: by the codes of gateway and service, and by what an unlisted one is like.

The codes are in the TOML files beside this module.
"""

from pathlib import Path

from components.clouds.error_table import SHARED, ErrorTable, read_codes

_HERE = Path(__file__).parent
_RULES, GATEWAY = read_codes(_HERE / "gateway_errors.toml", SHARED)

_FAMILIES = {
    "Throttling": "too-many",
    "InvalidAccessKeyId": "keys",
    "Signature": "keys",
    "InvalidSecurityToken": "token",
    "Forbidden": "grant",
    "QuotaExceed": "quota",
    "InvalidRegionId": "region",
}
_ENDINGS = {
    r".*(NotFound|NotExists?)\n": "gone",
    r".*(In(correct|valid)\w*Status|OperationConflict|Processing|Locked)": "unsettled",
}


def table(title: str, file: str = "", **patterns: str) -> ErrorTable:
    """Build a service's error table.

    Args:
        title: The service's name in messages.
        file: Its codes, a file of this directory; without one, those of the gateway are all that is known.
        patterns: Name of a rule -> regular expression of codes and messages that mean it.
    """
    rules, codes = read_codes(_HERE / file, _RULES) if file else (_RULES, GATEWAY)
    own = {pattern: name for name, pattern in patterns.items()}
    return ErrorTable(
        title=title,
        rules={**GATEWAY, **codes},
        patterns=[(pattern, rules[name]) for pattern, name in {**_FAMILIES, **own, **_ENDINGS}.items()],
        statuses={409: rules["unsettled"], 500: rules["fault"], 403: rules["grant"]},
    )
