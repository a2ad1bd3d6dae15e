"""Rules about what is left to recover from: last replicas, replacements that delete first, adopted replicas."""

from collections.abc import Iterator

from components.review.geography import UNKNOWN
from components.review.policies import Rule
from components.review.replicas import Action, Replica
from components.review.situation import Finding, Situation, by_entry, label, listed, of_entry, of_replica, source_name


def _last_replica(situation: Situation) -> Iterator[Finding]:
    for replicas in by_entry(_deleted(situation)).values():
        gone = [replica for replica in replicas if not _left_of(replica, situation)]
        if not gone:
            continue
        thing = gone[0].of_kind.thing
        where = listed(replica.region for replica in gone)
        message = (
            f"{gone[0].entry}: the last {thing} replica of {source_name(gone[0])}, in {where}, is deleted; "
            "only the source is left"
        )
        about = of_replica if len(gone) == 1 else of_entry
        yield about(gone[0], Rule.LAST_REPLICA, message, "keep one region, or confirm that the source is not needed")


def _last_abroad(situation: Situation) -> Iterator[Finding]:
    for replicas in by_entry(_deleted(situation)).values():
        gone = [replica for replica in replicas if _is_abroad(replica, situation)]
        if not gone:
            continue
        left = _left_of(gone[0], situation)
        if not left or any(_is_abroad(replica, situation) for replica in left):
            continue
        where, home = listed(replica.region for replica in gone), situation.jurisdiction(gone[0].source_region)
        message = (
            f"{gone[0].entry}: the last replica outside {home}, in {where}, is deleted; "
            f"what is left is in {listed(sorted(replica.region for replica in left))}"
        )
        about = of_replica if len(gone) == 1 else of_entry
        yield about(
            gone[0], Rule.LAST_ABROAD, message, f"keep one region outside {home}, or confirm that none is needed"
        )


def _deletes_first(situation: Situation) -> Iterator[Finding]:
    for change in situation.changes:
        if change.deletes_first and change.before and not change.failed:
            yield of_replica(
                change.replica,
                Rule.DELETES_FIRST,
                f"{label(change.replica)} is deleted first; until the new one is usable, the region has none",
                "remove deleteBeforeReplace from the entry if the new one can be made beside the old",
            )


def _adopted(situation: Situation) -> Iterator[Finding]:
    for change in situation.changes:
        before, after = change.before, change.after
        if before and before.adopts and not change.retained and change.action in {Action.DELETE, Action.REPLACE}:
            yield of_replica(
                before,
                Rule.ADOPTED,
                f"{label(before)}: {before.adopts}, which the stack took over and did not make, is deleted",
                "make sure that nothing else uses it, or take it out of the stack with `pulumi state delete` first",
            )
        if after and after.adopts and situation.is_news(change, Rule.ADOPTS):
            yield of_replica(
                after,
                Rule.ADOPTS,
                f"{label(after)}: {after.adopts} is taken over; removing it from the stack, or a destroy, deletes it",
                "make sure that nothing else relies on it",
                "existing_id",
            )


def _deleted(situation: Situation) -> Iterator[Replica]:
    """Yield the usable replicas that vanish from the cloud, and are not made again."""
    for change in situation.changes:
        if change.action is Action.DELETE and change.before and not change.retained and not change.failed:
            yield change.before


def _left_of(replica: Replica, situation: Situation) -> list[Replica]:
    """Return what is left in the cloud of a replica's source, or of a newer generation of its entry."""
    return [
        kept
        for kept in situation.kept
        if kept.kind == replica.kind
        and (kept.entry == replica.entry or (bool(replica.source_id) and _source(kept) == _source(replica)))
    ]


def _source(replica: Replica) -> tuple[str, str]:
    return replica.source_region, replica.source_id


def _is_abroad(replica: Replica, situation: Situation) -> bool:
    laws = {situation.jurisdiction(replica.source_region), situation.jurisdiction(replica.region)}
    return len(laws) == 2 and UNKNOWN not in laws


RULES = (_last_replica, _last_abroad, _deletes_first, _adopted)
