"""What a record said before: the values that stood when somebody opened a form of it, read back from the log."""

from datetime import timedelta

from django.db.models import Q

from claims.models.guarded import Logged
from claims.models.log import Act, Change, kind_of, logged_fields
from claims.models.withholding import PERHAPS_PROTECTED, withheld
from claims.seals import plain

# So many lines of one record are read back; who opened a form longer ago is told that it is not known any more.
MOST_LINES = 200
MOST_ACTS = 5
# An act bears the time at which it began, and the clocks of two machines never quite agree.
SLACK = timedelta(seconds=2)
# What a draft rests on.
BENEATH_A_DRAFT = ("claim", "appearance", "evidence", "requestforcomment")


class Earlier:
    """The lines of a record that may have been written since it had `version`, newest first; `user` reads them.

    Every line raised the version by one, but a version is also raised without a line, where something changed that the
    record rests on. So these lines are enough, and may be more than enough. An account's version is no counter."""

    def __init__(self, record, version, user):
        self.record = record
        self.lines = []
        since = min(record.version - version, MOST_LINES) if isinstance(record, Logged) else MOST_LINES
        if since > 0 and not kept_from(record, user):
            lines = Change.objects.filter(kind=kind_of(type(record)), object_id=record.pk)
            self.lines = list(lines.select_related("act__actor").order_by("-act_id", "-line")[:since])

    def of(self, name):
        """[(the act that wrote a value, the value it replaced)] of a field, newest first."""
        return [(line.act, line.values[name][0]) for line in self.lines if name in line.values]

    def acts(self, opened, known):
        """The acts that made the form stale, newest first, at most MOST_ACTS: `known` are some that did. `opened` is
        when it was opened, or None; a draft also follows what it rests on, which leaves no line of its own."""
        acts = {*known, *(line.act for line in self.lines if opened and line.act.at > opened - SLACK)}
        if opened and kind_of(type(self.record)) == "check":
            lines = Change.objects.filter(kind__in=BENEATH_A_DRAFT, claim_id=self.record.claim_id)
            beneath = Act.objects.filter(position__in=lines.values("act_id")).select_related("actor")
            acts |= {act for act in beneath.order_by("-position")[:MOST_ACTS] if act.at > opened - SLACK}
        return sorted(acts, key=lambda act: -act.position)[:MOST_ACTS]


def kept_from(record, user):
    """May the person not read what stood in this record before? As withheld() says of the log."""
    kind, claim = kind_of(type(record)), getattr(record, "claim_touched", None)
    if claim is None:
        return kind in PERHAPS_PROTECTED and not user.may("see_protected")
    return (kind, record.pk) in withheld([claim], user)


def parts_before(parts, owner, name):
    """What the parts of a record were, step by step back, newest first: [(the act that changed them, {primary key:
    values of the log by name})].

    `parts` is a model whose records belong to `owner` by the field `name`; they come and go, and never change."""
    kind, mine = kind_of(parts), str(owner.pk)
    fields = logged_fields(parts)
    standing = {
        part.pk: {field.name: plain(field.value_from_object(part)) for field in fields}
        for part in parts.objects.filter(**{name: owner})
    }
    ours = Q(**{f"values__{name}__0": mine}) | Q(**{f"values__{name}__1": mine})
    steps = []
    lines = Change.objects.filter(ours, kind=kind).select_related("act__actor")
    for line in lines.order_by("-act_id", "-line")[:MOST_LINES]:
        if line.values[name][1] == mine:
            standing.pop(line.object_id, None)
        else:
            standing[line.object_id] = {field: old for field, (old, _new) in line.values.items()}
        steps.append((line.act, dict(standing)))
    return steps
