"""What the law orders gone: which words or which file, why, who asked, who confirmed, and how far it has come."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from claims.models.fields import Hash, Line, Prose
from claims.models.files import SnapshotFile
from claims.models.guarded import Logged, RefusingQuerySet
from claims.text import Words


class RedactionQuerySet(RefusingQuerySet):
    def visible_to(self, user):
        """For those who may redact: until it is done, its words stand in it."""
        return self if user.is_authenticated and user.may("redact") else self.none()

    def for_list(self):
        return self.select_related("asked_by", "confirmed_by", "dry_run")

    def waiting(self):
        """Confirmed, and not yet carried out and cleaned up after."""
        return self.filter(state__in=Redaction.UNDER_WAY).order_by("pk")


class Redaction(Logged):
    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("redaction", "Waits for a second person")
        WITHDRAWN = "withdrawn", pgettext_lazy("redaction", "Withdrawn")
        CONFIRMED = "confirmed", pgettext_lazy("redaction", "Confirmed, being carried out")
        BLANKED = "blanked", pgettext_lazy("redaction", "Blanked, the database is still to be cleaned")
        DONE = "done", pgettext_lazy("redaction", "Done")

    # Emptied when it is withdrawn or done; what stays of them is a hash whose salt is gone.
    words = Prose(
        _("words that must go"), blank=True, longest=2_000,
        help_text=_(
            "A line for each form: name, surname alone, other spellings, an address that holds it. Capitals, accents "
            "and hyphens do not count. A * at the end of a line lets the word go on."
        ),
    )  # fmt: skip
    salt = models.CharField(max_length=32, editable=False, default="")
    words_hash = Hash(blank=True, default="")
    file_sha256 = Hash(blank=True, default="")
    reason = Prose(
        _("reason"), longest=2_000, help_text=_("It stays in the history: write it without the words themselves.")
    )
    ground = Line(_("legal ground"), max_length=300, help_text=_("The law, order or ruling, with its number and day."))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED, editable=False)
    # The acts of one redaction carry it, so that the database itself finds them.
    batch = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.ForeignKey("claims.User", models.PROTECT, editable=False, related_name="+")
    asked_at = models.DateTimeField(editable=False)
    withdrawn_by = models.ForeignKey("claims.User", models.PROTECT, null=True, editable=False, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    confirmed_by = models.ForeignKey("claims.User", models.PROTECT, null=True, editable=False, related_name="+")
    confirmed_at = models.DateTimeField(null=True, editable=False)
    blanked_at = models.DateTimeField(null=True, editable=False)
    cleaned_at = models.DateTimeField(null=True, editable=False)
    # {kind of record: how many of them held the words}.
    places = models.JSONField(default=dict, editable=False)

    UNDER_WAY = (State.CONFIRMED, State.BLANKED)
    UNLOGGED = frozenset({"words", "salt", "places", "batch"})
    GIVEN = frozenset({"words", "reason", "ground", "file_sha256"})
    objects = RedactionQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("redaction"), _("redactions")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("asked_by")),
                name="a_redaction_takes_two",
                violation_error_message=_("A second person must confirm it."),
            )
        ]

    def __str__(self):
        return _("Redaction %(number)d") % {"number": self.pk}

    def get_absolute_url(self):
        return reverse("redaction", args=[self.pk])

    def sought(self):
        return Words(self.words)

    def files(self):
        """Where the file hangs that is to go."""
        return SnapshotFile.objects.filter(sha256=self.file_sha256).select_related("snapshot__source").order_by("pk")

    @property
    def waits(self):
        return self.state == self.State.ASKED

    @property
    def is_under_way(self):
        return self.state in self.UNDER_WAY

    @property
    def run(self):
        """Its dry run, or None where nobody began it or there is none to make."""
        return getattr(self, "dry_run", None) if self.waits and self.words else None

    @property
    def may_be_confirmed(self):
        """Does it wait, and was every record looked through?"""
        return self.waits and (not self.words or bool(self.run and self.run.ended_at))
