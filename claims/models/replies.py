"""The right of reply: whom the desk asked for comment on a claim, how and until when, and what came back.

A request belongs to the claim and not to one of its checks. So a verdict tells of everything that was asked about its
claim until then, in earlier checks too: whoever reads the latest verdict alone still learns of a reply that came before
the first. What is protected is told in none."""

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.checks import Check
from claims.models.claimants import Claimant
from claims.models.claims import Claim
from claims.models.fields import Day, Line, PastDay, Prose
from claims.models.guarded import Logged
from claims.models.keeping import keep_in_step, said
from claims.models.log import acting
from claims.models.periods import today
from claims.models.sources import ShieldedQuerySet
from claims.states import Refused
from claims.text import shows

# Few of many wait for an answer, and they alone stand in the index.
WAITING = Q(answered_on=None, no_reply_on=None)


class RequestQuerySet(ShieldedQuerySet):
    def unprotected(self):
        return self.filter(protected=False)

    def in_order(self):
        """As they were asked."""
        return self.order_by("asked_on", "pk")

    def waiting(self):
        """Nothing is recorded of them yet: neither an answer, nor that none came."""
        return self.filter(WAITING)

    def overdue(self, day=None):
        """Their last day is over, at the desk or on another day, and nothing is recorded."""
        return self.waiting().filter(deadline__lt=day or today())

    def late(self, deadline):
        """Those of this last day that still wait."""
        return self.waiting().filter(deadline=deadline)

    def of(self, user):
        """Those that this person asked, or that belong to a claim whose check they draft."""
        drafts = Check.objects.open().filter(claim=OuterRef("claim"), assignee=user)
        return self.filter(Q(asked_by=user) | Exists(drafts))

    def overdue_of(self, user):
        """What this person has to look after, the longest overdue first."""
        return self.overdue().of(user).order_by("deadline", "pk")

    def for_list(self):
        return self.select_related("claim__claimant", "claimant", "asked_by")


class RequestForComment(Logged):
    class Way(models.TextChoices):
        MAIL = "mail", _("By e-mail")
        TELEPHONE = "telephone", _("By telephone")
        LETTER = "letter", _("By letter")
        IN_PERSON = "in_person", _("In person")
        SOCIAL_MEDIA = "social_media", _("By social media")
        FORM = "form", _("By a form on their site")
        OTHER = "other", _("In another way")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="requests")
    claimant = models.ForeignKey(
        Claimant, models.PROTECT, null=True, blank=True, verbose_name=_("who was asked"), related_name="+"
    )
    whom = Line(
        _("whom, in words"), max_length=200, blank=True,
        help_text=_("Where it was an office of theirs, or somebody else. Readers see this."),
    )  # fmt: skip
    way = models.CharField(_("which way"), max_length=12, choices=Way, default=Way.MAIL)
    asked_by = models.ForeignKey(
        "claims.User", models.PROTECT, null=True, editable=False, verbose_name=_("asked by"), related_name="+"
    )
    asked_on = PastDay(_("asked on"))
    deadline = Day(_("answer until"), null=True, blank=True, help_text=_("The last day that they were given."))
    question = Prose(_("what was asked"), longest=10_000, help_text=_("It stays at the desk."))
    answered_on = PastDay(_("answered on"), null=True, blank=True)
    answer = Prose(_("answer"), blank=True, longest=10_000)
    quotable = models.BooleanField(
        _("may be quoted"), default=False,
        help_text=_("Readers see its words. Without this they learn only that an answer came."),
    )  # fmt: skip
    no_reply_on = PastDay(_("no answer by"), null=True, blank=True)
    protected = models.BooleanField(
        _("protected"), default=False, help_text=_("No verdict tells of it, and it never leaves the desk.")
    )
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    UNLOGGED = frozenset({"added_at"})
    GIVEN = frozenset({"claimant", "whom", "way", "asked_on", "deadline", "question", "protected"})
    objects = RequestQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("request for comment"), _("requests for comment")
        indexes = [
            models.Index(fields=["deadline", "asked_by", "claim"], condition=WAITING, name="requests_waiting"),
        ]

    def __str__(self):
        return self.person

    def get_absolute_url(self):
        return f"{self.claim.get_absolute_url()}#request-{self.pk}"

    @property
    def person(self):
        """Who was asked, in words."""
        names = [self.whom, self.claimant.name if self.claimant else ""]
        first, *rest = filter(None, names)
        return f"{first} ({rest[0]})" if rest else first

    @property
    def is_waiting(self):
        return self.answered_on is None and self.no_reply_on is None

    def told(self):
        """What a verdict tells its readers of it, as values of the canonical form; None where it is protected."""
        if self.protected:
            return None
        days = {name: getattr(self, name) for name in ("asked_on", "deadline", "answered_on", "no_reply_on")}
        return {
            "whom": self.person,
            "way": self.way,
            **{name: day and day.isoformat() for name, day in days.items()},
            "answer": self.answer if self.quotable else "",
        }

    def clean(self):
        errors = {}
        if not self.claimant_id and not shows(self.whom):
            errors["whom"] = _("Say who was asked.")
        if not shows(self.question):
            errors["question"] = _("Write what was asked.")
        for name in ("deadline", "answered_on", "no_reply_on"):
            day = getattr(self, name)
            if day and self.asked_on and day < self.asked_on:
                errors[name] = _("This day lies before the one on which they were asked.")
        if self.answered_on and not shows(self.answer):
            errors["answer"] = _("Write what came back.")
        if shows(self.answer) and not self.answered_on:
            errors["answered_on"] = _("Say on what day it came.")
        if errors:
            raise ValidationError(errors)


def _follow(act, request, told_before):
    """A draft tells readers what was asked and what came back, so its approval falls with it."""
    if request.told() != told_before:
        keep_in_step(act, [request.claim_id], because=said(_("What readers learn of a request for comment")))


def ask_for_comment(claim, *, by, once=None, **values):
    """Record that somebody was asked; today where no day is given."""
    with acting("reply.ask", by=by, once=once) as act:
        act.lock(claim)
        values = {"asked_on": today()} | RequestForComment.given(values)
        request = act.add(RequestForComment(claim=claim, asked_by=by, added_at=act.at, **values))
        _follow(act, request, None)
    return request


@contextmanager
def _changing(verb, request, *, by, version, once):
    with acting(verb, by=by, once=once) as act:
        claim = act.lock(request.claim)
        act.lock(request, version=version)
        request.claim = claim
        told = request.told()
        yield act
        _follow(act, request, told)


def edit_request(request, *, by, version=None, once=None, **values):
    """Change what was asked of whom; what came back has verbs of its own."""
    with _changing("reply.edit", request, by=by, version=version, once=once) as act:
        act.edit(request, **values)
    return request


def record_answer(request, *, by, answer, answered_on, quotable=False, version=None, once=None):
    """Record what came back, or change what is recorded. It may come after the desk gave up waiting."""
    with _changing("reply.record", request, by=by, version=version, once=once) as act:
        if not shows(answer):
            raise ValidationError({"answer": _("Write what came back.")})
        act.change(request, answer=answer, answered_on=answered_on, quotable=quotable, no_reply_on=None)
    return request


def record_no_reply(request, *, by, no_reply_on=None, version=None, once=None):
    """Record that no answer had come by a day: today where none is given."""
    with _changing("reply.none", request, by=by, version=version, once=once) as act:
        if request.answered_on:
            raise Refused(_("An answer is recorded already. Correct that instead."))
        act.change(request, no_reply_on=no_reply_on or today())
    return request


def remove_request(request, *, by, reason, version=None, once=None):
    """Take away what was recorded by mistake, with the reason. What a verdict may have told readers of stays."""
    with acting("reply.remove", by=by, reason=reason, needs_reason=True, once=once) as act:
        claim = act.lock(request.claim)
        act.lock(request, version=version)
        if claim.verdicts.filter(published_at__gte=request.added_at).exists():
            raise Refused(_("A verdict was published since it was recorded, so it stays."))
        told = request.told()
        act.remove(request)
        if told is not None:
            keep_in_step(act, [claim.pk], because=said(_("What readers learn of a request for comment")))
    return claim
