"""Claims: one checkable statement each, with its sightings, its status and who works on it."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.claimants import Claimant
from claims.models.fields import Day, LanguageCode, Line, Prose, SortKey
from claims.models.guarded import Guarded, Logged, RefusingQuerySet
from claims.models.log import acting
from claims.models.notifications import Notification, tell_assigned
from claims.models.periods import A_DAY, midnight, today
from claims.models.topics import Topic
from claims.models.users import must_check
from claims.states import OPEN, STATUS_ORDER, ClaimStatus, Decision, WrongState
from claims.text import sort_key

UNKNOWN_DAY = date.min
# A claim is due soon so many days ahead.
SOON = 7
UNFINISHED = [
    ClaimStatus.SELECTED,
    ClaimStatus.DRAFTING,
    ClaimStatus.SUBMITTED,
    ClaimStatus.APPROVED,
    ClaimStatus.REOPENED,
]
# What the partial indexes of "My work" hold. A database uses one only where the query says the same.
TO_DO = Q(unfinished=True)
DUE = TO_DO & Q(due_on__isnull=False)
FREE = TO_DO & Q(assignee=None)
# Half of all claims have no rating, and hardly one of those a verdict.
ATTRIBUTION_ALONE = Q(verdict__isnull=False, rating=None, retracted=False)
RETRACTED = Q(retracted=True)
DUE_AGAIN = Q(recheck_due__isnull=False)
IN_HAND = [ClaimStatus.NOTED, *UNFINISHED]


class ClaimQuerySet(RefusingQuerySet):
    def visible_to(self, user):
        """Who may see which claims, written once: readers of the desk all of them, everybody the published ones."""
        if user.is_authenticated and user.may("read_desk"):
            return self
        return self.published()

    def published(self):
        """Claims with a verdict in force."""
        return self.filter(verdict__isnull=False)

    def without_verdict(self):
        return self.filter(verdict=None)

    def rated(self, slug):
        """Claims whose verdict in force gives this rating."""
        return self.published().filter(rating__slug=slug)

    def judged_by_attribution_alone(self):
        """Claims whose verdict in force says whether it was said, and nothing about its truth."""
        return self.filter(ATTRIBUTION_ALONE)

    def retracted(self):
        """Claims whose verdict was retracted: the page stays, and says nothing about the claim any more."""
        return self.filter(RETRACTED)

    def assigned_to(self, user):
        """What this person works on; None means nobody."""
        return self.filter(assignee=user)

    def in_hands_of(self, user):
        """What this person has still to finish: their claims, noted ones too, and the claims of their open checks."""
        given = self.filter(assignee=user, status__in=IN_HAND).values("pk")
        checked = self.filter(checks__assignee=user, checks__state__in=OPEN).values("pk")
        return self.filter(pk__in=given.union(checked))

    def unassigned(self):
        """Selected, and nobody's yet."""
        return self.unfinished().filter(status=ClaimStatus.SELECTED, assignee=None).most_urgent_first()

    def awaiting_review(self):
        """Whose check was submitted or approved, and is not published."""
        return self.in_status(ClaimStatus.SUBMITTED, ClaimStatus.APPROVED)

    def work_of(self, user):
        """What is assigned to this person and not yet published."""
        return self.assigned_to(user).unfinished().most_urgent_first()

    def due_soon_of(self, user):
        """The part of it that is due within a week, the most overdue first."""
        last = timezone.localdate() + timedelta(days=SOON)
        return self.work_of(user).filter(due_on__lte=last).order_by("due_on", "pk")

    def most_urgent_first(self):
        return self.order_by("-priority", "-pk")

    def due_again(self):
        """Published claims to look at again: the day came that was set for it, or something happened since. The
        longest due first."""
        return self.filter(recheck_due__lte=today()).order_by("recheck_due", "pk")

    def in_status(self, *statuses):
        return self.filter(status__in=statuses)

    def unfinished(self):
        """What is to be checked, or is being checked, and is not yet published."""
        return self.filter(unfinished=True)

    def due_untold(self, day):
        """What is due by this day, in the hands of somebody who works here, and whose assignee was not told so yet."""
        told = Notification.objects.due_told(claim=OuterRef("pk"), person=OuterRef("assignee"), on=OuterRef("due_on"))
        return self.unfinished().filter(due_on__lte=day, assignee__is_active=True).exclude(Exists(told))

    def noted_until(self, day):
        """Those that were noted when this day ended at the desk."""
        return self.filter(noted_at__lt=midnight(day + A_DAY))

    def with_evidence(self):
        return self.filter(has_evidence=True)

    def without_evidence(self):
        return self.filter(has_evidence=False)

    def for_list(self):
        """With what a row of the list shows, at a constant number of queries."""
        return self.select_related(
            "claimant", "assignee", "verdict", "principal_appearance", "principal_appearance__source"
        ).prefetch_related("topics")


class Claim(Logged):
    class Kind(models.TextChoices):
        EVENT = "event", _("Event or property")
        FIGURE = "figure", _("Figure")
        CAUSE = "cause", _("Cause")
        PREDICTION = "prediction", _("Prediction")
        PROMISE = "promise", _("Promise")
        POSITION = "position", _("Position")
        ATTRIBUTION = "attribution", _("Attribution")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")
        URGENT = 4, _("Urgent")

    class Why(models.TextChoices):
        REACH = "reach", _("Reach: many have met it")
        HARM = "harm", _("Harm: it may hurt somebody")
        REQUEST = "request", _("Request: somebody asked")
        OTHER = "other", _("Another reason")

    statement = Line(
        _("statement"),
        max_length=500,
        help_text=_("One sentence that can be checked, without a verdict in it."),
    )
    language = LanguageCode(_("language"), default="en")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.EVENT)
    claimant = models.ForeignKey(Claimant, models.PROTECT, verbose_name=_("who said it"), related_name="claims")
    topics = models.ManyToManyField(
        Topic, through="ClaimTopic", blank=True, verbose_name=_("topics"), related_name="claims"
    )
    principal_appearance = models.OneToOneField(
        "Appearance", models.PROTECT, null=True, blank=True, editable=False, related_name="principal_of"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("part of"), related_name="parts"
    )
    parts_needed = models.PositiveSmallIntegerField(
        _("parts needed"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_000)]
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    decision = models.CharField(max_length=12, choices=Decision, default=Decision.NOTED, editable=False)
    why_selected = models.CharField(_("why selected"), max_length=8, choices=Why, blank=True, editable=False)
    decision_reason = Prose(blank=True, longest=2_000, editable=False)
    assignee = models.ForeignKey(
        "claims.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("assignee"),
        related_name="assigned_claims",
    )
    due_on = Day(_("due"), null=True, blank=True)
    recheck_on = Day(_("re-check on"), null=True, blank=True)
    external_id = Line(_("external id"), max_length=200, null=True, blank=True, unique=True, default=None)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    noted_at = models.DateTimeField(auto_now_add=True, db_index=True)
    noted_by = models.ForeignKey(
        "claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="noted_claims"
    )

    # Written by the verbs for lists: see derived().
    status = models.CharField(max_length=12, choices=ClaimStatus, default=ClaimStatus.NOTED, editable=False)
    verdict = models.OneToOneField(
        "Verdict", models.PROTECT, null=True, blank=True, editable=False, related_name="in_force_for"
    )
    unfinished = models.BooleanField(default=False, editable=False)
    has_evidence = models.BooleanField(default=False, editable=False)
    rating = models.ForeignKey("Rating", models.PROTECT, null=True, blank=True, editable=False, related_name="claims")
    retracted = models.BooleanField(default=False, editable=False)
    # When its verdict was published or last found still right, on how many sightings; the first day of what happened
    # since (models/rechecking.py), and the day from which on it is due to be looked at again, for whatever reason.
    judged_at = models.DateTimeField(_("last judged"), null=True, blank=True, editable=False)
    appearances_judged = models.PositiveIntegerField(default=0, editable=False)
    recheck_since = models.DateField(null=True, blank=True, editable=False)
    recheck_due = models.DateField(null=True, blank=True, editable=False)
    rating_order = models.PositiveSmallIntegerField(default=0, editable=False)
    status_order = models.PositiveSmallIntegerField(default=0, editable=False)
    statement_key = SortKey()
    claimant_key = SortKey()
    said_on_key = models.DateField(default=UNKNOWN_DAY, editable=False)

    UNLOGGED = frozenset(
        {
            "status",
            "unfinished",
            "verdict",
            "rating",
            "retracted",
            "status_order",
            "rating_order",
            "statement_key",
            "claimant_key",
            "said_on_key",
            "has_evidence",
            "appearances_judged",
            "recheck_since",
            "recheck_due",
            "noted_at",
        }
    )
    GIVEN = frozenset(
        {
            "statement", "language", "kind", "claimant", "parent", "parts_needed", "priority", "assignee", "due_on",
            "recheck_on", "external_id",
        }
    )  # fmt: skip
    objects = ClaimQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("claim"), _("claims")
        indexes = [
            models.Index(fields=[key, "id"], name=f"claims_by_{key}")
            for key in (
                "statement_key", "claimant_key", "said_on_key", "rating_order", "status_order", "priority",
            )
        ] + [
            models.Index(fields=["status", "id"], name="claims_in_status"),
            # Read without the rows: a part of a name may be that of a thousand claimants.
            models.Index(fields=["claimant", "id"], name="claims_of_claimant"),
            models.Index(fields=["rating", "id"], condition=ATTRIBUTION_ALONE, name="claims_by_attribution"),
            models.Index(fields=["id"], condition=RETRACTED, name="claims_retracted"),
            # Few claims of many are unfinished, and they alone stand in these. Their last columns spare a count the
            # rows: SQLite looks up even what the condition says.
            models.Index(fields=["recheck_due", "id"], condition=DUE_AGAIN, name="claims_due_again"),
            models.Index(fields=["due_on"], condition=DUE, name="claims_due"),
            models.Index(
                fields=["assignee", "priority", "id", "unfinished"], condition=TO_DO, name="claims_of_assignee"
            ),
            models.Index(
                fields=["assignee", "due_on", "id", "unfinished"], condition=DUE, name="claims_due_of_assignee"
            ),
            models.Index(
                fields=["status", "priority", "id", "assignee", "unfinished"], condition=FREE, name="claims_of_nobody"
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.statement

    def get_absolute_url(self):
        return reverse("claim", args=[self.pk])

    def clean(self):
        if self.pk and self.parent_id == self.pk:
            raise ValidationError({"parent": _("A claim cannot be a part of itself.")})
        # Its beginning mostly says it already: this is asked of each of a thousand claims while others wait to write.
        if not (sort_key(self.statement[:30]) or sort_key(self.statement)):
            raise ValidationError({"statement": _("A statement needs words.")})

    def derived(self, changed=None):
        values = {"status_order": STATUS_ORDER[self.status], "unfinished": self.status in UNFINISHED}
        values["recheck_due"] = self._due_again_on()
        if changed is None or "statement" in changed:
            values["statement_key"] = sort_key(self.statement)
        if changed is None or "claimant" in changed:
            values["claimant_key"] = self.claimant.name_key
        if changed is None or "principal_appearance" in changed:
            values["said_on_key"] = self._day_for_all()
        if changed is None:
            values["rating_order"] = self.rating.order if self.rating_id else 0
        return values

    @property
    def status_in_draft(self):
        """What lists show while a check of it is being drafted."""
        return ClaimStatus.REOPENED if self.verdict_id else ClaimStatus.DRAFTING

    @property
    def status_without_check(self):
        """What lists show when its check was abandoned: what was decided, or the verdict that stayed in force."""
        return ClaimStatus.PUBLISHED if self.verdict_id else self.decision

    @property
    def is_unfinished(self):
        """What unfinished() says, for a claim at hand."""
        return self.status in UNFINISHED

    @property
    def is_due_again(self):
        """What due_again() says, for a claim at hand."""
        return self.recheck_due is not None and self.recheck_due <= today()

    def _due_again_on(self):
        """What is being checked again is in hand, and what has no verdict waits for its first."""
        days = [day for day in (self.recheck_on, self.recheck_since) if day]
        return min(days, default=None) if self.status == ClaimStatus.PUBLISHED else None

    def _day_for_all(self):
        """The day that lists sort and filter by. Everybody shares it, so that of a protected source is unknown."""
        first = self.principal_appearance if self.principal_appearance_id else None
        return UNKNOWN_DAY if first is None or first.source.protected else first.said_on or UNKNOWN_DAY

    def open_check(self):
        return self.checks.filter(state__in=OPEN).first()

    # Verbs

    def _decide(self, verb, *, by, reason="", needs_reason=False, why="", version=None, once=None):
        with acting(verb, by=by, reason=reason, needs_reason=needs_reason, once=once) as act:
            act.lock(self, version=version)
            if self.status != self.decision:
                raise WrongState(_("A check of this claim is open or published; decide there."))
            decision = act.move(self, self.decision)
            act.change(self, decision=decision, status=decision, why_selected=why, decision_reason=act.reason)
        return self

    def select(self, *, by, why, reason, version=None, once=None):
        """To be checked. `why` is one of Claim.Why; a reason in words is needed."""
        if why not in self.Why.values:
            raise ValidationError({"why": _("Say why the claim was selected.")})
        return self._decide(
            "claim.select", by=by, why=why, reason=reason, needs_reason=True, version=version, once=once
        )

    def decline(self, *, by, reason, version=None, once=None):
        """Not to be checked, with the reason: opinion, too vague, too small, checked elsewhere…"""
        return self._decide("claim.decline", by=by, reason=reason, needs_reason=True, version=version, once=once)

    def put_back(self, *, by, reason="", version=None, once=None):
        """Back to noted: neither selected nor declined."""
        return self._decide("claim.put_back", by=by, reason=reason, version=version, once=once)

    def assign(self, assignee, *, by, due_on=None, version=None, once=None):
        """Give the claim and its open check to a person, or to nobody (None)."""
        with acting("claim.assign", by=by, once=once) as act:
            act.lock(self, version=version)
            check = self.open_check()
            if check:
                act.lock(check)
            must_check(assignee)
            if "assignee" in act.change(self, assignee=assignee, due_on=due_on):
                tell_assigned(act, [self])
            if check:
                act.change(check, assignee=assignee)
        return self


class ClaimTopic(Guarded):
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="+")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="+")

    class Meta(Guarded.Meta):
        constraints = [models.UniqueConstraint(fields=["claim", "topic"], name="one_topic_once")]
