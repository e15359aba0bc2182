"""Who is to know of what. A verb that concerns somebody tells them in its own transaction; the worker mails it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.states import CheckState


class NotificationQuerySet(models.QuerySet):
    def of(self, person):
        """Without mentions in what is kept from this person for now: they come when it is not kept any more."""
        kept = self.model._meta.get_field("check_file").related_model.objects.kept_from(person)
        return self.filter(person=person).exclude(kind=Notification.Kind.MENTIONED, claim__in=kept.values("claim"))

    def visible_to(self, user):
        """Who was told of what, and when they read it, is nobody else's business, in the admin neither."""
        return self.of(user)

    def unread(self, person):
        """What this person has not marked as read."""
        return self.of(person).filter(read_at=None)

    def mentions(self, person):
        """Where somebody named this person, not yet marked as read; newest first."""
        return self.unread(person).filter(kind=Notification.Kind.MENTIONED).order_by("-pk")

    def of_claim(self, claim):
        return self.filter(claim=claim)

    def due_told(self, *, claim, person, on):
        """That the claim is due on that day, as its assignee was told."""
        return self.filter(kind=Notification.Kind.DUE, claim=claim, person=person, due_on=on)

    def for_list(self):
        """With what a row shows, newest first, at a constant number of queries."""
        return self.select_related("claim", "act__actor").order_by("-pk")

    def unmailed(self):
        """What is still to be mailed, or to be found not worth a mail."""
        return self.filter(unmailed=True)

    def mark_read(self):
        return self.filter(read_at=None).update(read_at=timezone.now(), unmailed=False)


class Notification(models.Model):
    """One person is to know of one act, or that a claim of theirs is due."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("Assigned to you")
        MENTIONED = "mentioned", _("You were mentioned")
        SENT_BACK = "sent_back", _("Sent back to you")
        APPROVED = "approved", _("Approved")
        DUE = "due", _("Due")
        NO_ANSWER = "no_answer", _("No answer in time")
        OPINION = "opinion", _("Second opinion asked of you")
        OPINION_GIVEN = "given", _("Second opinion given")

    person = models.ForeignKey("claims.User", models.PROTECT, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind)
    claim = models.ForeignKey("claims.Claim", models.PROTECT, related_name="notifications")
    check_file = models.ForeignKey("claims.Check", models.PROTECT, null=True, blank=True, related_name="+")
    comment = models.ForeignKey("claims.Comment", models.PROTECT, null=True, blank=True, related_name="notifications")
    # What told them; none where it is the calendar.
    act = models.ForeignKey("claims.Act", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    due_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    unmailed = models.BooleanField(default=True)
    mail = models.ForeignKey("claims.Mail", models.PROTECT, null=True, blank=True, related_name="notifications")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("notification"), _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "claim", "due_on"],
                condition=Q(due_on__isnull=False),
                name="due_is_told_once",
            )
        ]
        indexes = [
            models.Index(fields=["person", "id"], name="notifications_of_person"),
            models.Index(fields=["person", "kind", "id"], condition=Q(read_at=None), name="notifications_unread"),
            models.Index(fields=["person", "id"], condition=Q(unmailed=True), name="notifications_unmailed"),
        ]

    def __str__(self):
        return self.get_kind_display()

    def get_absolute_url(self):
        address = self.claim.get_absolute_url()
        if self.comment_id:
            return f"{address}#comment-{self.comment_id}"
        if self.kind == self.Kind.NO_ANSWER:
            return f"{address}#reply"
        return f"{address}#check" if self.check_file_id else address

    def still_holds(self):
        """Is it worth a mail? Not where it was read, or is so no longer: the work went to somebody else, the draft or
        the words of the comment changed. Expects person, claim, check and comment with who is mentioned in it."""
        return self.read_at is None and self._is_so()

    def _is_so(self):
        claim, check, comment = self.claim, self.check_file, self.comment
        match self.kind:
            case self.Kind.ASSIGNED:
                return self.person_id == (check or claim).assignee_id
            case self.Kind.DUE:
                theirs = self.person_id == claim.assignee_id and self.due_on == claim.due_on
                return theirs and claim.is_unfinished
            case self.Kind.NO_ANSWER:
                return claim.requests.visible_to(self.person).of(self.person).late(self.due_on).exists()
            case self.Kind.SENT_BACK:
                return check.sent_back
            case self.Kind.OPINION:
                return type(check).objects.kept_from(self.person).filter(pk=check.pk).exists()
            case self.Kind.OPINION_GIVEN:
                return check.is_open
            case self.Kind.APPROVED:
                return check.state in {CheckState.APPROVED, CheckState.PUBLISHED}
        open_to_them = not comment.protected or self.person.may("see_protected")
        return open_to_them and self.person in comment.mentioned.all()

    @property
    def by(self):
        """Who did it; None is the system, or the calendar."""
        return self.act.actor if self.act else None

    @property
    def says(self):
        """What happened, in a sentence without the claim's words."""
        return SAYINGS[self.kind] % {"person": self.by or _("The system"), "number": self.claim_id}


SAYINGS = {
    Notification.Kind.ASSIGNED: _("%(person)s assigned claim %(number)d to you"),
    Notification.Kind.MENTIONED: _("%(person)s mentioned you in a comment on claim %(number)d"),
    Notification.Kind.SENT_BACK: _("%(person)s sent the draft of claim %(number)d back"),
    Notification.Kind.APPROVED: _("%(person)s approved the draft of claim %(number)d"),
    Notification.Kind.DUE: _("Claim %(number)d is due"),
    Notification.Kind.NO_ANSWER: _("An answer asked for on claim %(number)d is overdue"),
    Notification.Kind.OPINION: _("%(person)s asks for your blind opinion on claim %(number)d"),
    Notification.Kind.OPINION_GIVEN: _("%(person)s gave a second opinion on claim %(number)d"),
}


def tell(act, kind, people, claim, *, check=None, comment=None):
    """In an open act: these people (None is nobody) are to know of it, save who does it. Written with the act."""
    own = {None, act.by and act.by.pk}
    known = {each.pk: each for each in people if each is not None}
    act.told += [
        Notification(person=person, kind=kind, claim=claim, check_file=check, comment=comment)
        for pk, person in known.items()
        if pk not in own
    ]


def tell_assigned(act, claims):
    """In an open act that gave these claims to their assignees: each assignee is to know. Call it with those whose
    assignee changed; a thousand are written in one statement, and need no query here."""
    own = {None, act.by and act.by.pk}
    act.told += [
        Notification(person_id=claim.assignee_id, kind=Notification.Kind.ASSIGNED, claim=claim)
        for claim in claims
        if claim.assignee_id not in own
    ]
