"""Blind second opinions: somebody rates a claim, with reasons, before anything shows them what the draft says.

From the request until the opinion is given (or the request withdrawn) that person is blind: Check.objects.visible_to()
leaves the check out for them, and with it every list, page, table and form; comments and the log follow in comments.py
and withholding.py; and the verbs of a check refuse them. What somebody read before, the log does not know. So nobody is
asked who did anything to the draft, wrote or was named in a comment on its words, or gave an opinion on it already."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.checks import Check
from claims.models.comments import Comment
from claims.models.fields import Prose
from claims.models.guarded import Logged, RefusingQuerySet
from claims.models.keptdrafts import KeptDraft
from claims.models.log import Change, acting
from claims.models.notifications import Notification, tell
from claims.models.ratings import Rating
from claims.states import OPEN, NotAllowed, WrongState
from claims.text import shows

AWAITED = Q(given_at=None, withdrawn_at=None)


class SecondOpinionQuerySet(RefusingQuerySet):
    def visible_to(self, user):
        """As the checks they are about. Who is still to judge blind sees their own request, and no other opinion."""
        if not user.is_authenticated or not user.may("read_desk"):
            return self.none()
        return self.exclude(~Q(asked_of=user), check_file__in=Check.objects.kept_from(user).values("pk"))

    def awaited(self):
        """Asked for, and neither given nor withdrawn while the draft was open."""
        return self.filter(AWAITED, check_file__state__in=OPEN)

    def awaited_from(self, user):
        """Those that this person is to give, the oldest request first."""
        return self.awaited().filter(asked_of=user).order_by("pk")

    def given(self):
        return self.filter(given_at__isnull=False)

    def for_review(self):
        return self.select_related(
            "check_file__claim__claimant", "check_file__rating", "asked_by", "asked_of", "rating", "first_rating"
        )


class SecondOpinion(Logged):
    check_file = models.ForeignKey(Check, models.PROTECT, verbose_name=_("check"), related_name="opinions")
    asked_by = models.ForeignKey(
        "claims.User", models.PROTECT, null=True, verbose_name=_("asked by"), related_name="+", editable=False
    )
    asked_of = models.ForeignKey(
        "claims.User", models.PROTECT, verbose_name=_("asked of"), related_name="opinions", db_index=False
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now, editable=False)
    rating = models.ForeignKey(
        Rating, models.PROTECT, null=True, blank=True, verbose_name=_("rating"), related_name="+",
        limit_choices_to={"offered": True},
    )  # fmt: skip
    reasons = Prose(_("reasons"), blank=True, longest=10_000)
    # What the draft said when the opinion was given: later it may follow the opinion.
    first_rating = models.ForeignKey(
        Rating, models.PROTECT, null=True, blank=True, verbose_name=_("the draft’s rating then"), related_name="+",
        editable=False,
    )  # fmt: skip
    given_at = models.DateTimeField(_("given at"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    UNLOGGED = frozenset({"asked_at"})
    objects = SecondOpinionQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("second opinion"), _("second opinions")
        constraints = [
            models.UniqueConstraint(fields=["asked_of", "check_file"], condition=AWAITED, name="one_awaited_opinion"),
        ]
        indexes = [models.Index(fields=["given_at"], condition=Q(given_at__isnull=False), name="opinions_given")]

    def __str__(self):
        return _("Second opinion of %(person)s") % {"person": self.asked_of}

    def get_absolute_url(self):
        return self.check_file.get_absolute_url()

    @property
    def claim_touched(self):
        return self.check_file.claim_id

    @property
    def is_awaited(self):
        return self.given_at is None and self.withdrawn_at is None and self.check_file.is_open

    # Verbs

    def _hold(self, act, version):
        check = self.check_file
        claim = act.lock(check.claim)
        act.lock(check)
        act.lock(self, version=version)
        check.claim, self.check_file = claim, check
        if not self.is_awaited:
            raise WrongState(_("This opinion is not awaited any more."))

    def give(self, *, by, rating, reasons, version=None, once=None):
        """Record the opinion of who was asked. From then on both see both. Raises ValidationError without reasons."""
        with acting("opinion.give", by=by, once=once) as act:
            self._hold(act, version)
            check = self.check_file
            if by != self.asked_of:
                raise NotAllowed(_("Somebody else is asked for this opinion."))
            if not shows(reasons):
                raise ValidationError({"reasons": _("Give your reasons: a rating alone settles nothing.")})
            if rating is not None and not rating.offered:
                raise ValidationError({"rating": _("This rating has left the desk’s scale. Choose another.")})
            act.change(self, rating=rating, reasons=reasons, first_rating=check.rating, given_at=act.at)
            self._asked_for_no_more()
            tell(act, Notification.Kind.OPINION_GIVEN, [self.asked_by, check.assignee], check.claim, check=check)
        return self

    def withdraw(self, *, by, reason, version=None, once=None):
        """Ask no longer, or decline, with the reason; whoever was asked may read the draft then.

        For who asked, who was asked, and who approves."""
        with acting("opinion.withdraw", by=by, reason=reason, needs_reason=True, once=once) as act:
            self._hold(act, version)
            if by not in {self.asked_by, self.asked_of} and not by.may("approve_checks"):
                raise NotAllowed(_("Only who asked, who was asked or who approves can withdraw this."))
            act.change(self, withdrawn_at=act.at)
            self._asked_for_no_more()
        return self

    def _asked_for_no_more(self):
        """What told them so has had its answer."""
        asked = Notification.objects.filter(kind=Notification.Kind.OPINION, check_file=self.check_file)
        asked.filter(person=self.asked_of).mark_read()


def ask_opinion(check, *, by, asked_of, once=None):
    """Ask somebody to judge the claim of an open check without having seen its draft.

    Raises ValidationError where it would not be blind, and WrongState where no draft is open."""
    with acting("opinion.ask", by=by, once=once) as act:
        check.hold(act, None)
        if not check.is_open:
            raise WrongState(_("No draft is open that an opinion could be about."))
        _must_be_blind(check, asked_of, by)
        opinion = act.add(SecondOpinion(check_file=check, asked_by=by, asked_of=asked_of, asked_at=act.at))
        tell(act, Notification.Kind.OPINION, [asked_of], check.claim, check=check)
    return opinion


def _must_be_blind(check, person, by):
    said = None
    if person == by:
        said = _("You have seen the draft. Ask somebody else.")
    elif not person.may("draft_checks"):
        said = _("%(person)s may not check claims.")
    elif SecondOpinion.objects.awaited().filter(check_file=check, asked_of=person).exists():
        said = _("%(person)s is asked already.")
    elif has_seen(check, person):
        said = _("%(person)s has worked on this draft or was shown it, so it would be no blind opinion.")
    if said:
        raise ValidationError({"asked_of": said % {"person": person}})


def has_seen(check, person):
    """Does the desk know that this person had the draft before them? By what they did: what is read is not noted."""
    did = Change.objects.filter(kind="check", object_id=check.pk, act__actor=person)
    spoke = Comment.objects.filter(Q(author=person) | Q(mentioned=person), check_file=check)
    gave = check.opinions.filter(asked_of=person).exclude(AWAITED)
    typed = KeptDraft.objects.of(person).filter(key=f"check.edit:{check.pk}")
    return person.pk == check.assignee_id or any(each.exists() for each in (did, spoke, gave, typed))
