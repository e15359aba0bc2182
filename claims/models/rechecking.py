"""What asks for another look at a published claim, and the word that nothing is to be changed.

The reasons are the desk's own notes, taken by the verbs and by the worker when something happens that may matter to
the verdict in force; what happened stands elsewhere, in the log or with the link. The day that was set for another
look is a reason too: it stands with the claim, and needs no note."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from claims.models.appearances import Appearance
from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.links import LinkCheck
from claims.models.log import acting
from claims.models.many import derive_many, lock_many
from claims.models.periods import day_of, today
from claims.states import WrongState

# So many new sightings say that a claim is abroad again.
MANY = 5


class Recheck(models.Model):
    """One reason to look at a claim again, and the day it came up."""

    class Kind(models.TextChoices):
        # Stands with the claim and is never kept here.
        DAY = "day", _("The day that was set for another look has come")
        DEAD_LINK = "dead_link", _("A link that the verdict rests on is dead")
        CHANGED_LINK = "changed_link", _("A text that the verdict rests on has changed")
        EVIDENCE = "evidence", _("New evidence for or against it")
        APPEARANCES = "appearances", _("It was met again and again")
        FIGURE = "newer_figure", _("A newer figure was met")

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="rechecks")
    kind = models.CharField(_("reason"), max_length=12, choices=Kind)
    source = models.ForeignKey("claims.Source", models.CASCADE, null=True, blank=True, related_name="+")
    number = models.PositiveIntegerField(default=0)
    since = models.DateField()

    class Meta:
        verbose_name, verbose_name_plural = _("reason for another look"), _("reasons for another look")
        ordering = ["since", "pk"]

    def __str__(self):
        return self.get_kind_display()


@dataclass(frozen=True)
class Because:
    """A reason as a person may read it: the source is None where there is none, or where it is not
    shown to them."""

    kind: str
    since: date
    number: int = 0
    source: object = None

    @property
    def words(self):
        if self.kind == Recheck.Kind.EVIDENCE:
            words = ngettext("%d new piece of evidence on it", "%d new pieces of evidence on it", self.number)
            return words % self.number
        if self.kind == Recheck.Kind.APPEARANCES:
            return _("It was met %d times more") % self.number
        return Recheck.Kind(self.kind).label


def because_of(claims, user):
    """{primary key: [Because]} for claims at hand, the oldest reason first; as many queries for fifty as for one."""
    found = {claim.pk: [] for claim in claims}
    for claim in claims:
        if claim.is_due_again and claim.recheck_on and claim.recheck_on <= today():
            found[claim.pk].append(Because(Recheck.Kind.DAY, claim.recheck_on))
    due = [claim.pk for claim in claims if claim.is_due_again]
    for each in Recheck.objects.filter(claim__in=due).select_related("source"):
        shown = each.source if each.source and each.source.is_visible_to(user) else None
        found[each.claim_id].append(Because(each.kind, each.since, each.number, shown))
    return {pk: sorted(reasons, key=lambda each: each.since) for pk, reasons in found.items()}


def _reasons(claim):
    """{(kind, source): (number, day it came up, or None for today)} since the claim was last judged."""
    if claim.verdict_id is None or claim.judged_at is None:
        return {}
    since, found = claim.judged_at, {}
    turned = Q(dead_at__gt=since) | Q(changed_at__gt=since)
    for link in LinkCheck.objects.filter(turned, source__evidence__chosen_by=claim.verdict.check_file_id).distinct():
        for kind, moment in ((Recheck.Kind.DEAD_LINK, link.dead_at), (Recheck.Kind.CHANGED_LINK, link.changed_at)):
            if moment and moment > since:
                found[kind, link.pk] = (0, day_of(moment))
    pieces = claim.evidence.filter(added_at__gt=since).exclude(stance=Evidence.Stance.CONTEXT)
    new = pieces.aggregate(number=Count("pk"), first=Min("added_at"))
    if new["number"]:
        found[Recheck.Kind.EVIDENCE, None] = (new["number"], day_of(new["first"]))
    met = list(claim.appearances.order_by("pk")[claim.appearances_judged :].values_list("relation", "said_on"))
    if len(met) >= MANY:
        found[Recheck.Kind.APPEARANCES, None] = (len(met), None)
    newer = sum(_is_newer_figure(claim.verdict, *each) for each in met)
    if newer:
        found[Recheck.Kind.FIGURE, None] = (newer, None)
    return found


def _is_newer_figure(verdict, relation, said_on):
    """Does a sighting give another figure than the one judged, and not one from before it?"""
    earlier = said_on is not None and verdict.said_on is not None and said_on < verdict.said_on
    return relation == Appearance.Relation.OTHER_FIGURE and not earlier


def noticed(claim):
    """Call while the claim is locked: its reasons are brought into line with what happened. Returns the day since
    when there is one, for Claim.recheck_since; None where there is none."""
    wanted = _reasons(claim)
    kept = {(each.kind, each.source_id): each for each in claim.rechecks.all()}
    gone = [each.pk for key, each in kept.items() if key not in wanted]
    if gone:
        Recheck.objects.filter(pk__in=gone).delete()
    days = []
    for (kind, source), (number, day) in wanted.items():
        old = kept.get((kind, source))
        day = day or (old.since if old else today())
        days.append(day)
        if old is None:
            Recheck.objects.create(claim=claim, kind=kind, source_id=source, number=number, since=day)
        elif (old.number, old.since) != (number, day):
            Recheck.objects.filter(pk=old.pk).update(number=number, since=day)
    return min(days, default=None)


def notice(act, claim):
    """Call in an open act after something happened to a locked claim that may matter to its verdict."""
    if claim.verdict_id is not None:
        act.derive(claim, recheck_since=noticed(claim))


def link_turned(link, settle=lambda: True):
    """A link died, came back or changed: the claims whose verdict in force rests on it are told.

    `settle` writes that down and says whether it counts. The claims are locked before the link, as by every verb that
    protects a source or publishes: two that lock in one order never wait for each other."""
    with transaction.atomic():
        resting = Claim.objects.filter(verdict__check_file__evidence__source=link.source_id)
        claims = lock_many(Claim.objects.filter(pk__in=resting.values("pk")))
        for claim in claims if settle() else ():
            derive_many([claim], recheck_since=noticed(claim))


def judged_again(act, claim, at):
    """Call in an open act: the verdict in force was published, or found still right, on what was known `at`."""
    act.derive(claim, judged_at=at, appearances_judged=claim.appearances.count())
    notice(act, claim)


def recheck_done(claim, *, by, reason, recheck_on=None, version=None, once=None):
    """Somebody looked again, and nothing is to be changed, for the reason given; `recheck_on` is the day of the next
    look, or None. Raises WrongState where nothing asks for another look."""
    with acting("claim.recheck_done", by=by, reason=reason, needs_reason=True, once=once) as act:
        act.lock(claim, version=version)
        if not claim.is_due_again:
            raise WrongState(_("Nothing asks for another look at this claim now."))
        if recheck_on is not None and recheck_on <= today():
            raise ValidationError({"recheck_on": _("Choose a day to come, or none.")})
        act.change(claim, recheck_on=recheck_on, judged_at=act.at)
        judged_again(act, claim, act.at)
    return claim
