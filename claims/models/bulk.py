"""Bulk acts: one deed on many claims, a thousand at a time, each thousand one act in a transaction of its own.

A bulk act is staged first: which claims, in which version, and what is to be done. Then it can be tried, which changes
nothing, and done portion by portion. Where it breaks off, it goes on from there; nothing is done twice, since its
progress is written in the transaction of the portion."""

import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.deeds import DEEDS, LABELS
from claims.models.fields import Prose
from claims.models.log import Act, acting
from claims.models.many import change_many, derive_many, lock_many, touch_many
from claims.models.notifications import Notification, tell, tell_assigned
from claims.models.undoing import may_undo, undo_lines
from claims.states import OPEN, VERBS, CheckState, NotAllowed, Refused, Stale

PORTION = 1_000
MOST_CLAIMS = 100_000
UNDO = "undo"
# SQLite wakes nobody: who waits for its one write lock looks again up to every 0.1 s. Portions that follow each other
# without a gap longer than that could keep everybody else out until the last is done.
SECONDS_FOR_OTHERS = 0.15


class BulkAct(models.Model):
    """Staged work, and how far it has come. Not itself in the log: its acts are, with its id as their batch."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deed = models.CharField(max_length=20)
    values = models.JSONField(default=dict)
    reason = Prose(blank=True, longest=2_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bulk_acts")
    # Of each claim its number and the version that was seen; of an undoing the positions of the acts.
    rows = models.JSONField()
    total = models.PositiveIntegerField(default=0)
    staged_at = models.DateTimeField(auto_now_add=True)
    begun = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undoings")

    class Meta:
        verbose_name, verbose_name_plural = _("bulk act"), _("bulk acts")
        indexes = [models.Index(fields=["-staged_at"], name="bulk_acts_by_time")]

    def __str__(self):
        return str(self.label)

    @property
    def label(self):
        return _("Undo: %(what)s") % {"what": self.undoes.label} if self.undoes else LABELS[self.deed]

    @property
    def verb(self):
        return UNDO if self.deed == UNDO else DEEDS[self.deed].verb

    @property
    def finished(self):
        return self.begun and self.done >= self.total

    @property
    def unchanged(self):
        """How many claims were as wanted already; an undoing leaves none as it was."""
        return 0 if self.deed == UNDO else self.done - self.changed - len(self.refused)

    def made(self, act=None):
        values = dict(self.values)
        if "rows" in values:
            values["rows"] = {int(number): row for number, row in values["rows"].items()}
        deed = DEEDS[self.deed](by=self.by, reason=self.reason, **values)
        deed.act = act
        return deed


@dataclass
class Tried:
    """What a bulk act would do: (claim, deeds.Change) and (claim, why not), and how many claims were tried."""

    changes: list
    refused: list
    tried: int


def _may(by, verb):
    permission = VERBS[verb].permission
    if not by.may("bulk_edit") or not (permission is None or by.may(permission)):
        raise NotAllowed(_("Your role does not allow this."))


def stage(deed, claims, *, by, reason="", **values):
    """Write down a deed on these claims, in the versions they have now. `values` are what the deed takes, as JSON.

    Raises NotAllowed, ValidationError, and Refused where there are none or too many."""
    kind = DEEDS[deed]
    _may(by, kind.verb)
    kind(by=by, reason=reason, **values).check_reason()
    if kind.about is Check:
        draft = Check.objects.filter(claim=OuterRef("pk"), state__in=OPEN).values("version")
        seen = claims.order_by("pk").values_list("pk", Subquery(draft))
    else:
        seen = claims.order_by("pk").values_list("pk", "version")
    rows = [list(row) for row in seen[: MOST_CLAIMS + 1]]
    if not rows:
        raise Refused(_("No claim was chosen."))
    if len(rows) > MOST_CLAIMS:
        raise Refused(_("At most %(most)d claims at once. Narrow the list first.") % {"most": MOST_CLAIMS})
    return BulkAct.objects.create(deed=deed, values=values, reason=reason, by=by, rows=rows, total=len(rows))


def stage_undo(bulk, *, by):
    """Write down the undoing of a bulk act, its last portion first."""
    _may(by, bulk.verb)
    acts = list(Act.objects.filter(batch=bulk.pk).order_by("-position"))
    if not acts:
        raise Refused(_("This bulk act changed nothing, so there is nothing to undo."))
    if not may_undo(acts[0], by):
        raise NotAllowed(_("Your role does not allow undoing this."))
    rows = [[act.position, None] for act in acts]
    return BulkAct.objects.create(deed=UNDO, by=by, rows=rows, total=len(rows), undoes=bulk)


def attempt(bulk, *, most=PORTION):
    """What the bulk act would do to the first `most` of its claims; nothing is written. Raises ValidationError."""
    deed, rows = bulk.made(), bulk.rows[bulk.done : bulk.done + most]
    changes, refused = [], []
    for first in range(0, len(rows), PORTION):
        some = _plan(deed, rows[first : first + PORTION], lambda records: list(records.order_by("pk")))
        changes += some[0]
        refused += some[1]
    return Tried(changes, refused, len(rows))


def go_on(bulk, *, by, expected):
    """Do the next portion, where the act has come as far as `expected` says; where not, somebody else did it.

    Returns the bulk act as it stands then."""
    if by != bulk.by:
        raise NotAllowed(_("Only who began this goes on with it."))
    _may(by, bulk.verb)
    with acting(bulk.verb, by=by, reason=bulk.reason, batch=bulk.pk, undoes=_undone(bulk)) as act:
        bulk = BulkAct.objects.select_for_update().get(pk=bulk.pk)
        if bulk.done == expected and not bulk.finished:
            size = 1 if bulk.deed == UNDO else PORTION
            portion = bulk.rows[bulk.done : bulk.done + size]
            changed, refused = (undo_lines if bulk.deed == UNDO else _do)(act, *_work(bulk, act, portion))
            bulk.begun = True
            bulk.done += len(portion)
            bulk.changed += len(changed)
            bulk.refused += refused
            bulk.save(update_fields=["begun", "done", "changed", "refused"])
    if connection.vendor == "sqlite" and not bulk.finished and not connection.in_atomic_block:
        time.sleep(SECONDS_FOR_OTHERS)
    return bulk


def _undone(bulk):
    """The act that the next portion of an undoing undoes."""
    if bulk.deed != UNDO or bulk.done >= bulk.total:
        return None
    return Act.objects.get(position=bulk.rows[bulk.done][0])


def _work(bulk, act, portion):
    return [act.undoes] if bulk.deed == UNDO else [bulk.made(act), portion]


def _plan(deed, rows, read):
    """([(claim, Change)], [(claim, reason)]) of a portion. `read` gives the records of a queryset, locked or not."""
    versions = dict(rows)
    claims = read(Claim.objects.filter(pk__in=versions))
    drafts = {check.claim_id: check for check in read(Check.objects.filter(claim__in=versions, state__in=OPEN))}
    for claim in claims:
        claim.draft = drafts.get(claim.pk)
        if claim.draft:
            claim.draft.claim = claim
    deed.prepare(claims)
    changes, refused = [], []
    for claim in claims:
        try:
            seen = claim if deed.about is Claim else claim.draft
            if seen is not None and seen.version != versions[claim.pk]:
                raise Stale(seen)
            changes.append((claim, deed.change(claim)))
        except (Refused, ValidationError) as why:
            refused.append((claim, in_words(why)))
    return changes, refused


def in_words(refusal):
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


def _do(act, deed, rows):
    """(numbers of the claims changed, [[number, reason]] of those refused)."""
    changes, refused = _plan(deed, rows, lock_many)
    before = {claim.pk: (claim.kind, claim.assignee_id) for claim, _change in changes}
    related = [({"topics": each.topics} if each.topics is not None else {}) for _claim, each in changes]
    claims = change_many(act, [(claim, each.claim, more) for (claim, each), more in zip(changes, related, strict=True)])
    checks = change_many(act, [(claim.draft, each.check, {}) for claim, each in changes if each.check])
    for status in {each.status for _claim, each in changes if each.status}:
        derive_many([claim for claim, each in changes if each.status == status], status=status)
    # Nobody submits what they have not seen: the kind is part of what a verdict says.
    touch_many([claim.draft for claim in claims if _is_drafted(claim) and claim.kind != before[claim.pk][0]])
    tell_assigned(act, [claim for claim in claims if claim.assignee_id != before[claim.pk][1]])
    for claim, each in changes:
        tell(act, Notification.Kind.SENT_BACK, each.back_to, claim, check=claim.draft)
    changed = {claim.pk for claim in claims} | {check.claim_id for check in checks}
    return changed, [[claim.pk, str(why)] for claim, why in refused]


def _is_drafted(claim):
    return claim.draft is not None and claim.draft.state == CheckState.DRAFTING
