"""Rules about where data is and who can read it: regions, jurisdictions, encryption, keys."""

import re
from collections import defaultdict
from collections.abc import Iterator

from components.review.geography import UNKNOWN
from components.review.policies import Rule, Severity
from components.review.replicas import Change, Replica
from components.review.situation import Finding, Situation, label, listed, of_replica, source_name

ENCRYPTED, KEY = "encrypted", "kms_key_id"
_KEY_WITH_REGION = re.compile(r"acs:kms:([a-z0-9-]+):[^:]*:key/.+")
"""The full name of a key, as the vendor's pages write it; a bare id does not say where the key is."""


def _region(situation: Situation) -> Iterator[Finding]:
    regions = situation.policies.regions
    for replica in situation.after:
        if replica.region in regions.forbidden:
            reason, next_step = (
                "is forbidden",
                "remove the region from the entry, or from regions.forbidden of the policies",
            )
        elif regions.allowed is not None and replica.region not in regions.allowed:
            allowed = ", ".join(regions.allowed) or "none"
            reason = f"is not allowed (allowed: {allowed})"
            next_step = "choose an allowed region, or add it to regions.allowed of the policies"
        else:
            continue
        message = f"{label(replica)}: the region {reason}"
        yield of_replica(replica, Rule.REGION, message, next_step, "region")


def _leaves_jurisdiction(situation: Situation) -> Iterator[Finding]:
    residency = situation.policies.residency
    for change in situation.changes:
        replica = change.after
        if not replica:
            continue
        home, abroad = situation.jurisdiction(replica.source_region), situation.jurisdiction(replica.region)
        allowed = residency.get(home, [])
        if home == abroad != UNKNOWN or abroad in allowed or "*" in allowed:
            continue
        if residency and UNKNOWN in {home, abroad}:
            unknown = replica.source_region if home == UNKNOWN else replica.region
            yield of_replica(
                replica,
                Rule.RESIDENCY,
                f"{label(replica)}: whose law holds in {unknown} is not known",
                f"add {unknown} to jurisdictions of the policies",
                "region",
            )
        elif home in residency:
            yield of_replica(
                replica,
                Rule.RESIDENCY,
                f"{label(replica)}: data of {source_name(replica)} leaves {home} for {abroad}, which is not allowed",
                f"choose a region in {listed([home, *allowed])}, or add {abroad} to residency.{home} of the policies",
                "region",
            )
        elif UNKNOWN not in {home, abroad} and _leaves_now(situation, change):
            yield of_replica(
                replica,
                Rule.LEAVES_JURISDICTION,
                f"{label(replica)}: data of {source_name(replica)} leaves {home} for {abroad}",
                f"make sure that it may, and write it down as residency.{home} of the policies",
                "region",
            )


def _leaves_now(situation: Situation, change: Change) -> bool:
    """Report whether data goes where the replica before the change did not bring it, or must never go there."""
    before, after = change.before, change.after
    if situation.policies.weight(Rule.LEAVES_JURISDICTION) is Severity.MANDATORY or not (before and after):
        return True
    ways = [[situation.jurisdiction(place) for place in (it.source_region, it.region)] for it in (before, after)]
    return ways[0] != ways[1]


def _no_encryption(situation: Situation) -> Iterator[Finding]:
    if situation.policies.encryption:
        for replica in situation.after:
            if _lacks_encryption(replica):
                yield of_replica(
                    replica,
                    Rule.NO_ENCRYPTION,
                    f"{label(replica)} is not encrypted, which the policies demand",
                    "set encrypted: true, and kmsKeyId for a key of your own",
                    ENCRYPTED,
                )


def _unencrypted(situation: Situation) -> Iterator[Finding]:
    if situation.policies.encryption:
        return  # the rule above has all of them
    encrypted = {*situation.policies.encrypted_sources}
    encrypted |= {each.id for each in situation.before if each.id and each.value(ENCRYPTED) is True}
    for change in situation.changes:
        replica = change.after
        if not replica or not _lacks_encryption(replica):
            continue
        was = bool(change.before and change.before.value(ENCRYPTED) is True)
        if was or replica.source_id in encrypted:
            what = "its replica so far is" if was else f"{source_name(replica)} is"
            yield of_replica(
                replica,
                Rule.UNENCRYPTED,
                f"{label(replica)} is not encrypted, and {what}",
                "set encrypted: true",
                ENCRYPTED,
            )


def _foreign_key(situation: Situation) -> Iterator[Finding]:
    users: defaultdict[str, list[Replica]] = defaultdict(list)
    for replica in situation.after:
        if KEY in replica.of_kind.settings and isinstance(key := replica.value(KEY), str):
            users[key].append(replica)
    for key, replicas in users.items():
        named = _KEY_WITH_REGION.fullmatch(key)
        regions = sorted({replica.region for replica in replicas})
        for replica in replicas:
            if named and named[1] != replica.region:
                message = f"{label(replica)}: the key {key} is of {named[1]}"
            elif not named and len(regions) > 1:
                message = f"{label(replica)}: the key {key} is used in {listed(regions)}; a key belongs to one region"
            else:
                continue
            yield of_replica(replica, Rule.FOREIGN_KEY, message, f"set kmsKeyId to a key of {replica.region}", KEY)


def _lacks_encryption(replica: Replica) -> bool:
    if ENCRYPTED not in replica.of_kind.settings or replica.is_unknown(ENCRYPTED):
        return False
    return replica.value(ENCRYPTED) is not True


RULES = (_region, _leaves_jurisdiction, _no_encryption, _unencrypted, _foreign_key)
