"""Walking the log: does every act follow the one before it, and does every value fit its seal?"""

from claims.models.log import Act, Change, LogHead
from claims.seals import ORIGIN, chained


def _fault(act, lines, previous):
    if act.previous != previous:
        return "does not follow the act before it"
    if act.hash != chained(act.position, act.previous, act.body):
        return "does not have the hash that its place and body give"
    if act.body != act.computed_body(lines):
        return "or one of its changes was altered"
    if not act.values_hold(lines):
        return "carries a value that does not fit its seal"
    return None


def chain_breaks(*, chunk=1_000):
    """Yield (position, what is wrong) for each act that does not fit; memory stays constant."""
    previous, expected = ORIGIN, 1
    while acts := list(Act.objects.filter(position__gte=expected).order_by("position")[:chunk]):
        lines = {}
        for line in Change.objects.filter(act_id__in=[act.pk for act in acts]).order_by("act_id", "line"):
            lines.setdefault(line.act_id, []).append(line)
        for act in acts:
            if act.position != expected:
                yield expected, "is missing"
            elif fault := _fault(act, lines.get(act.position, []), previous):
                yield act.position, fault
            previous, expected = act.hash, act.position + 1
    head = LogHead.objects.get(pk=1)
    if (head.position, head.hash) != (expected - 1, previous):
        yield expected, "is where the chain ends, but the head says otherwise"
