"""Who has a claim open just now: told to colleagues, and nobody is locked out by it. It is no record of the log."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from claims.models.claims import Claim

# A page says every half minute that it is looked at. So long after the last word somebody is still named, with how long
# ago that was, since they may come back to a page that they left open.
SHOWN = timedelta(minutes=5)
NOW = timedelta(seconds=75)


class PresenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For readers of the desk, as the claims themselves."""
        return self if user.is_authenticated and user.may("read_desk") else self.none()

    def say(self, claim, person, doing):
        """This person has the claim open. In one statement, whoever else says it at the same moment."""
        self.bulk_create(
            [Presence(claim=claim, person=person, doing=doing, seen_at=timezone.now())],
            update_conflicts=True,
            unique_fields=["claim", "person", "doing"],
            update_fields=["seen_at"],
        )

    def leave(self, claim, person, doing):
        self.filter(claim=claim, person=person, doing=doing).delete()
        self.filter(seen_at__lte=timezone.now() - SHOWN).delete()

    def beside(self, claim, person):
        """Who else has it open, each once with the most that they do there, in the order of names."""
        since = timezone.now() - SHOWN
        rows = self.filter(claim=claim, seen_at__gt=since).exclude(person=person).select_related("person")
        found = {}
        for row in sorted(rows, key=lambda row: (row.is_now, STRENGTH[row.doing], row.seen_at)):
            found[row.person_id] = row
        return sorted(found.values(), key=lambda row: (row.person.name_key, row.person_id))


class Presence(models.Model):
    """One person at one claim, by what they do there: with two pages open somebody both reads and drafts."""

    class Doing(models.TextChoices):
        READING = "reading", pgettext_lazy("at a claim", "reading")
        WRITING = "writing", pgettext_lazy("at a claim", "writing")
        DRAFTING = "drafting", pgettext_lazy("at a claim", "drafting")

    claim = models.ForeignKey(Claim, models.CASCADE, verbose_name=_("claim"), related_name="+", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("person"), related_name="+", db_index=False
    )
    doing = models.CharField(_("doing"), max_length=8, choices=Doing)
    seen_at = models.DateTimeField(_("last seen"), db_index=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("presence"), _("who has which claim open")
        constraints = [models.UniqueConstraint(fields=["claim", "person", "doing"], name="one_presence_a_person")]

    def __str__(self):
        return f"{self.person}: {self.get_doing_display()}"

    @property
    def away(self):
        return timezone.now() - self.seen_at

    @property
    def is_now(self):
        return self.away <= NOW

    @property
    def ago(self):
        """How long ago their page was last looked at, in words; empty while it is."""
        minutes = int(self.away.total_seconds() // 60)
        words = ngettext("%(minutes)d minute ago", "%(minutes)d minutes ago", minutes)
        return "" if self.is_now else words % {"minutes": minutes}


STRENGTH = {doing: strength for strength, doing in enumerate(Presence.Doing.values)}
