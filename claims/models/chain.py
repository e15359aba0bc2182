"""Walking the log: does every act follow the one before it, and does every value fit its seal?"""

from django.db.models import Count, Exists, OuterRef, Q

from claims.models.log import Act, Change, LogHead
from claims.models.redaction.blanked import unnamed
from claims.seals import ORIGIN, chained, holds

ACTS_AT_ONCE, LINES_AT_ONCE = 1_000, 2_000
# What altered bytes make of a value, a list or a mapping that is read.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def portions():
    """Yield (head, acts, {position: lines}) in the order of the log, each bounded, so that memory stays constant.

    The last is without acts. The head is read before the acts: whatever is written meanwhile stands behind it.
    Raises UNREADABLE where an act's row cannot be read at all."""
    start = -(2**63)
    while True:
        head = LogHead.objects.filter(pk=1).first()
        acts = _acts_from(start)
        for some in _bounded(acts):
            yield head, some, _lines_of(some)
        if not acts:
            yield head, [], {}
            return
        start = acts[-1].position + 1


def _acts_from(start, most=ACTS_AT_ONCE):
    """The next acts up to the first that cannot be read; where it is the very next, that is raised."""
    try:
        return list(Act.objects.filter(position__gte=start).order_by("position")[:most])
    except UNREADABLE:
        if most == 1:
            raise
        return _acts_from(start, most // 2)


def _between(acts):
    return Change.objects.filter(act_id__gte=acts[0].pk, act_id__lte=acts[-1].pk) if acts else Change.objects.none()


def _bounded(acts):
    """The acts in groups whose lines can be held in memory; a bulk act has thousands."""
    lines = _between(acts).order_by()
    counts = dict(lines.values_list("act_id").annotate(Count("pk")))
    some, held = [], 0
    for act in acts:
        if some and held + counts.get(act.pk, 0) > LINES_AT_ONCE:
            yield some
            some, held = [], 0
        some.append(act)
        held += counts.get(act.pk, 0)
    if some:
        yield some


def _lines_of(acts):
    lines = {}
    for line in _between(acts).order_by("act_id", "line"):
        lines.setdefault(line.act_id, []).append(line)
    return lines


class Chain:
    """The log as far as it was read: `acts` and `lines` so many, and where the next act belongs."""

    def __init__(self):
        self.acts = self.lines = 0
        self.previous, self.expected = ORIGIN, 1

    def breaks(self, head, acts, lines):
        """Yield (position, what is wrong) for what does not fit in the next portion, and at the end for the head."""
        for act in acts:
            if act.position > self.expected:
                yield self.expected, "is missing"
                self.previous = act.previous  # what else it says can be looked at all the same
            if fault := self._fault(act, lines.get(act.position, [])):
                yield act.position, fault
            self.previous, self.expected = act.hash, act.position + 1
        if not acts:
            yield from self._end(head)

    def _fault(self, act, lines):
        self.acts, self.lines = self.acts + 1, self.lines + len(lines)
        if act.position < self.expected:
            return "stands before the first act"
        if act.previous != self.previous:
            return "does not follow the act before it"
        if act.hash != chained(act.position, act.previous, act.body):
            return "does not have the hash that its place and body give"
        try:
            if act.body != act.computed_body(lines) or [line.line for line in lines] != list(range(1, len(lines) + 1)):
                return "or one of its changes was altered"
            return _misfit(act, lines)
        except UNREADABLE:
            return "or one of its changes cannot be read"

    def _end(self, head):
        if head is None or (head.position, head.hash) != (self.expected - 1, self.previous):
            yield self.expected, "is where the chain ends, but the head says otherwise"
        known = head.position if head else 0
        stray = Change.objects.filter(Q(act_id__lt=1) | Q(act_id__gt=known))
        stray = stray.exclude(Exists(Act.objects.filter(position=OuterRef("act_id"))))
        for position in stray.order_by("act_id").values_list("act_id", flat=True):
            yield position, "does not exist, but a change of it does"


def _misfit(act, lines):
    if not holds(act.reason, act.reason_seal):
        return "carries a reason that does not fit its seal"
    for line in lines:
        if line.values.keys() != line.seals.keys():
            return f"carries other values than seals, in line {line.line}"
        for name, seals in line.seals.items():
            for side, value, a_seal in zip(("old", "new"), line.values[name], seals, strict=True):
                if not holds(value, a_seal):
                    return f"carries a value that does not fit its seal: the {side} {name} of line {line.line}"
    for record, name in unnamed([act, *lines]):
        where = f"of line {record.line} " if isinstance(record, Change) else ""
        return f"lost its {name.partition('.')[2] or name} {where}otherwise than a redaction says"
    return None


def chain_breaks():
    """Yield (position, what is wrong) for each act that does not fit; memory stays constant."""
    chain = Chain()
    for portion in portions():
        yield from chain.breaks(*portion)
