"""What a person works on or follows, and what others did there since that person was last here."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Count, F, Max, Window
from django.db.models.functions import DenseRank
from django.utils.translation import gettext_lazy as _

from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.comments import Comment
from claims.models.log import Act, Change, LogHead
from claims.models.users import User
from claims.models.withholding import without_secret_reasons

# Of each way to follow a claim so many count, the newest, that years of work cost what a week's does.
MOST_FOLLOWED = 200
PARTS_IN_A_CHECK = ("assignee", "started_by", "submitted_by", "approved_by")


class LastSeenQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(person=user)


class LastSeen(models.Model):
    """Up to which place of the log somebody has seen what others did. A bookmark of theirs, and so not logged."""

    person = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="+")
    position = models.BigIntegerField(default=0)

    objects = LastSeenQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("bookmark"), _("bookmarks")

    def __str__(self):
        return str(self.person)


@dataclass(frozen=True)
class Changed:
    """A claim that others changed: their last acts on it, newest first, and how many there are beside these."""

    claim: Claim
    acts: list
    more: int


def log_end():
    """The place of the last act."""
    return LogHead.objects.get(pk=1).position


def last_seen(user):
    return LastSeen.objects.filter(person=user).values_list("position", flat=True).first() or 0


def mark_seen(user, position):
    """Move the bookmark forward; never back, and never beyond the end of the log."""
    LastSeen.objects.get_or_create(person=user)
    LastSeen.objects.filter(person=user, position__lt=position).update(position=min(position, log_end()))


def visit_begins(user):
    """At log-in: who left without logging out has seen what came before their own last act, and a newcomer is not
    told of years before them."""
    new = not LastSeen.objects.filter(person=user).exists()
    own = Act.objects.filter(actor=user).order_by("-position").values_list("position", flat=True).first()
    mark_seen(user, own or (log_end() if new else 0))


def visit_ends(user):
    mark_seen(user, log_end())


def followed_by(user):
    """Primary keys of the claims that somebody works on or commented, or of which they started, submitted or approved
    a check."""
    found = set(Claim.objects.work_of(user).values_list("pk", flat=True)[:MOST_FOLLOWED])
    for part in PARTS_IN_A_CHECK:
        checks = Check.objects.filter(**{part: user}).order_by("-pk")
        found.update(checks.values_list("claim_id", flat=True)[:MOST_FOLLOWED])
    found.update(Comment.objects.filter(author=user).order_by("-pk").values_list("claim_id", flat=True)[:MOST_FOLLOWED])
    return found


def changes_for(user):
    """The log's lines about what the person follows, by others, since the bookmark."""
    since = Change.objects.filter(claim_id__in=followed_by(user), act_id__gt=last_seen(user))
    return since.exclude(act__actor=user)


def changed_for(user, *, claims, acts):
    """([Changed], how many claims in all), the latest first: so many claims at most, with so many acts each."""
    lines = changes_for(user)
    latest = lines.values("claim_id").annotate(last=Max("act_id"), acts=Count("act_id", distinct=True))
    latest = list(latest.order_by("-last").values_list("claim_id", "acts"))
    shown = dict(latest[:claims])
    ranked = lines.filter(claim_id__in=shown).annotate(
        place=Window(DenseRank(), partition_by="claim_id", order_by=F("act_id").desc())
    )
    pairs = list(ranked.filter(place__lte=acts).order_by("-act_id").values_list("claim_id", "act_id").distinct())
    done = Act.objects.select_related("actor").in_bulk({act for _pk, act in pairs})
    without_secret_reasons(done.values(), user)
    known = Claim.objects.visible_to(user).select_related("claimant").in_bulk(shown)
    found = []
    for pk in shown.keys() & known.keys():
        theirs = [done[act] for claim, act in pairs if claim == pk]
        found.append(Changed(known[pk], theirs, shown[pk] - len(theirs)))
    return sorted(found, key=lambda each: -each.acts[0].position), len(latest)
