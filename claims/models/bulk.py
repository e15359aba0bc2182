"""Bulk acts: one deed on many claims, a thousand at a time, each thousand one act in a transaction of its own.

A bulk act is staged first: which claims, in which version, and what is to be done. Then it can be tried, which changes
nothing, and done portion by portion. Where it breaks off, whoever may do such a thing goes on from there, stops it, or
undoes what was done; nothing is done twice, since its progress is written in the transaction of the portion."""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.checks import KEPT, Check
from claims.models.claims import Claim
from claims.models.deeds import DEEDS, LABELS
from claims.models.deskwords import in_words_of_the_desk
from claims.models.fields import Prose
from claims.models.log import Act, acting
from claims.models.many import change_many, derive_many, lock_many, must_fit, touch_many
from claims.models.notifications import Notification, tell, tell_assigned
from claims.models.undoing import firsts_of, may_undo, undo_lines
from claims.states import OPEN, VERBS, CheckState, NotAllowed, Refused, Stale

PORTION = 1_000
MOST_CLAIMS = 100_000
UNDO = "undo"
# So long a staged act waits for somebody to begin it.
KEPT_STAGED = timedelta(days=1)
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
    # Of each claim its number and the versions that were seen (Deed.about); of an undoing the positions of the acts.
    rows = models.JSONField()
    total = models.PositiveIntegerField(default=0)
    staged_at = models.DateTimeField(auto_now_add=True)
    begun = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undoings")
    # Stopped before it was through, by hand or by the staging of its undoing: it never goes on.
    ended_at = models.DateTimeField(_("stopped at"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("stopped by")
    )

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
    def over(self):
        return self.finished or self.ended_at is not None

    @property
    def unchanged(self):
        """How many claims were as wanted already; an undoing leaves none as it was."""
        return 0 if self.deed == UNDO else self.done - self.changed - len(self.refused)

    def made(self, by, act=None):
        """The deed in the name of who does it, who need not be who staged it. Raises ValidationError where what it
        names is gone meanwhile."""
        values = dict(self.values)
        if "rows" in values:
            values["rows"] = {int(number): row for number, row in values["rows"].items()}
        deed = DEEDS[self.deed](by=by, reason=self.reason, **values)
        deed.act = act
        return deed


@dataclass
class Tried:
    """What a bulk act would do: (claim, deeds.Change) and (claim, why not), and how many claims were tried."""

    changes: list
    refused: list
    tried: int


def may_do(verb, by):
    """May this person do such a thing in bulk, go on with it, or end it?"""
    permission = VERBS[verb].permission
    return by.may("bulk_edit") and (permission is None or by.may(permission))


def _must_be_allowed(verb, by):
    if not may_do(verb, by):
        raise NotAllowed(_("Your role does not allow this."))


def stage(deed, claims, *, by, reason="", **values):
    """Write down a deed on these claims, in the versions they have now. `values` are what the deed takes, as JSON.

    Raises NotAllowed, ValidationError, and Refused where there are none or too many."""
    kind = DEEDS[deed]
    _must_be_allowed(kind.verb, by)
    meant = kind(by=by, reason=reason, **values)
    meant.check_reason()
    draft = Check.objects.filter(claim=OuterRef("pk"), state__in=OPEN).values("version")
    version = {Claim: F("version"), Check: Subquery(draft)}
    seen = claims.order_by("pk").values_list("pk", *(version[model] for model in meant.about))
    rows = [list(row) for row in seen[: MOST_CLAIMS + 1]]
    if not rows:
        raise Refused(_("No claim was chosen."))
    if len(rows) > MOST_CLAIMS:
        raise Refused(_("At most %(most)d claims at once. Narrow the list first.") % {"most": MOST_CLAIMS})
    return BulkAct.objects.create(deed=deed, values=values, reason=reason, by=by, rows=rows, total=len(rows))


def stage_undo(bulk, *, by):
    """Write down the undoing of a bulk act, its last portion first; where one is open already, that one it is.

    From then on the bulk act itself goes no further, or it would do the other half after its undoing."""
    _must_be_allowed(bulk.verb, by)
    with transaction.atomic():
        bulk = _locked(bulk)
        waiting = next((each for each in bulk.undoings.order_by("staged_at") if not each.over), None)
        if waiting is not None:
            return waiting
        acts = list(Act.objects.filter(batch=bulk.pk).order_by("-position"))
        if not acts:
            raise Refused(_("This bulk act changed nothing, so there is nothing to undo."))
        firsts = firsts_of(acts)
        if not all(may_undo(act, by, firsts[act.position]) for act in acts):
            raise NotAllowed(_("Your role does not allow undoing this."))
        _end(bulk, by)
        rows = [[act.position, None] for act in acts]
        return BulkAct.objects.create(deed=UNDO, by=by, rows=rows, total=len(rows), undoes=bulk)


def stop(bulk, *, by):
    """What was done stands; the rest is never done. Returns the bulk act as it stands then."""
    _must_be_allowed(bulk.verb, by)
    with transaction.atomic():
        bulk = _locked(bulk)
        _end(bulk, by)
    return bulk


def _end(bulk, by):
    if not bulk.over:
        bulk.ended_at, bulk.ended_by = timezone.now(), by
        bulk.save(update_fields=["ended_at", "ended_by"])


def discard(bulk, *, by):
    """Throw away what was staged and never begun. Raises Refused where somebody began it meanwhile."""
    _must_be_allowed(bulk.verb, by)
    with transaction.atomic():
        bulk = _locked(bulk)
        if bulk.begun:
            raise Refused(_("It has begun meanwhile. Stop it, or undo what was done."))
        bulk.delete()


def discard_forgotten(clock=timezone.now):
    """Throw away what was staged a day ago and never begun; how many that were."""
    with transaction.atomic():
        forgotten = BulkAct.objects.filter(begun=False, staged_at__lt=clock() - KEPT_STAGED).order_by("pk")
        numbers = [bulk.pk for bulk in forgotten.only("pk").select_for_update()]
        BulkAct.objects.filter(pk__in=numbers).delete()
    return len(numbers)


def _locked(bulk):
    found = BulkAct.objects.select_for_update().filter(pk=bulk.pk).first()
    if found is None:
        raise Refused(_("Somebody threw this away before it was begun."))
    return found


def attempt(bulk, *, by, first=0, most=PORTION):
    """What the bulk act would do to `most` of its claims, from this place on; nothing is written. Raises
    ValidationError."""
    deed, rows = bulk.made(by), bulk.rows[first : first + most]
    changes, refused = [], []
    for first in range(0, len(rows), PORTION):
        some = _plan(deed, rows[first : first + PORTION], lambda records: list(records.order_by("pk")))
        changes += some[0]
        refused += some[1]
    return Tried(changes, refused, len(rows))


def go_on(bulk, *, by, expected):
    """Do the next portion, where the act has come as far as `expected` says; where not, somebody else did it, and
    where it is over, nobody does.

    Returns the bulk act as it stands then. Raises NotAllowed, Refused and ValidationError; then nothing was done."""
    _must_be_allowed(bulk.verb, by)
    with acting(bulk.verb, by=by, reason=bulk.reason, batch=bulk.pk, undoes=_undone(bulk)) as act:
        bulk = _locked(bulk)
        if bulk.done == expected and not bulk.over:
            size = 1 if bulk.deed == UNDO else PORTION
            portion = bulk.rows[bulk.done : bulk.done + size]
            with in_words_of_the_desk():
                changed, refused = undo_lines(act, act.undoes) if bulk.deed == UNDO else _do(act, bulk, portion)
            bulk.begun = True
            bulk.done += len(portion)
            bulk.changed += len(changed)
            bulk.refused += refused
            bulk.save(update_fields=["begun", "done", "changed", "refused"])
    if connection.vendor == "sqlite" and not bulk.over and not connection.in_atomic_block:
        time.sleep(SECONDS_FOR_OTHERS)
    return bulk


def _undone(bulk):
    """The act that the next portion of an undoing undoes."""
    if bulk.deed != UNDO or bulk.done >= bulk.total:
        return None
    return Act.objects.get(position=bulk.rows[bulk.done][0])


def _plan(deed, rows, read):
    """([(claim, Change)], [(claim, reason)]) of a portion. `read` gives the records of a queryset, locked or not."""
    versions = {number: seen for number, *seen in rows}
    claims = read(Claim.objects.filter(pk__in=versions))
    drafts = {check.claim_id: check for check in read(Check.objects.filter(claim__in=versions, state__in=OPEN))}
    for claim in claims:
        claim.draft = drafts.get(claim.pk)
        if claim.draft:
            claim.draft.claim = claim
    deed.prepare(claims)
    kept = _kept_from(deed, drafts.values())
    changes, refused, good = [], [], set()
    for claim in claims:
        try:
            if claim.draft and claim.draft.pk in kept:
                raise NotAllowed(KEPT)
            for model, version in zip(deed.about, versions[claim.pk], strict=True):
                record = claim if model is Claim else claim.draft
                if record is not None and record.version != version:
                    raise Stale(record)
            change = deed.change(claim)
            must_fit(claim, change.claim, good)
            must_fit(claim.draft, change.check, good)
            changes.append((claim, change))
        except (Refused, ValidationError) as why:
            refused.append((claim, in_words(why)))
    return changes, refused


def _kept_from(deed, drafts):
    """Numbers of the drafts that a deed about drafts would show, and that are kept from who does it."""
    if Check not in deed.about or not drafts:
        return set()
    kept = Check.objects.kept_from(deed.by).filter(pk__in=[check.pk for check in drafts])
    return set(kept.values_list("pk", flat=True))


def in_words(refusal):
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


def _do(act, bulk, rows):
    """(numbers of the claims changed, [[number, reason]] of those refused)."""
    try:
        changes, refused = _plan(bulk.made(act.by, act), rows, lock_many)
    except ValidationError as why:
        # Whom or what the deed names is gone: that holds for each of these claims, and the act comes to its end.
        return set(), [[number, in_words(why)] for number, *_seen in rows]
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
