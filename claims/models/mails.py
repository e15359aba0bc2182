"""Mails on their way. A row for each, so that two workers never send one twice and none is lost by a crash."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Longer than a slow mail server can hold one mail up; a worker that is not heard of by then is dead.
LEASE = timedelta(minutes=10)
# Begun and never heard of again: who sends a third time only fills a mailbox.
MOST_STARTS = 2
# A mail that its server refuses, while it takes others.
MOST_REFUSALS = 8
LONGEST_PAUSE = timedelta(hours=1)


class MailQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(sent_at=None, given_up_at=None)

    def ready(self, now):
        """What may be sent now: waiting, not put off, and in no other worker's hands."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.waiting().filter(free, next_at__lte=now).order_by("pk")

    def put_off(self, until):
        """The mail server is away: no mail is tried before this moment."""
        return self.waiting().filter(next_at__lt=until).update(next_at=until)


class Mail(models.Model):
    """One mail to one person about one or more notifications, and how far it got."""

    person = models.ForeignKey("claims.User", models.PROTECT, related_name="mails")
    made_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    starts = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    refusals = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("mail"), _("mails")
        indexes = [models.Index(fields=["next_at"], condition=Q(sent_at=None, given_up_at=None), name="mails_waiting")]

    def __str__(self):
        return f"{self.pk}"

    def lease(self, now):
        """Take it in hand: True for one worker alone. A mail begun too often is given up instead."""
        if self.starts >= MOST_STARTS:
            self._settle(given_up_at=now, last_error=self.last_error or "A worker died twice while sending it.")
            return False
        found = Mail.objects.ready(now).filter(pk=self.pk)
        taken = found.update(lease_until=now + LEASE, starts=F("starts") + 1)
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def _settle(self, **values):
        """Write how it ended, unless another worker took it over meanwhile."""
        mine = Mail.objects.waiting().filter(pk=self.pk, lease_until=self.lease_until, starts=self.starts)
        return mine.update(lease_until=None, **values)

    def sent(self, now):
        return self._settle(sent_at=now, last_error="")

    def needless(self, now):
        """Nothing in it still holds, or the person wants no mail any more."""
        return self._settle(given_up_at=now)

    def refused(self, now, error):
        """The mail server will not have this one. It is tried again at growing distances, and then given up."""
        refusals, tries = self.refusals + 1, self.tries + 1
        values = {"given_up_at": now} if refusals >= MOST_REFUSALS else {"next_at": now + pause(tries)}
        return self._settle(refusals=refusals, tries=tries, starts=0, last_error=str(error)[:300], **values)

    def unreached(self, now, error, *, begun):
        """The mail server is away: this one and all that wait are put off. Returns until when.

        None is given up for that, unless the server went away while it took the mail (`begun`): it may have it, and so
        is sent once more and not again."""
        until = now + pause(self.tries + 1)
        starts = self.starts if begun else 0
        self._settle(tries=self.tries + 1, starts=starts, last_error=str(error)[:300], next_at=until)
        Mail.objects.put_off(until)
        return until


def pause(tries):
    """How long to wait after so many tries in vain: 1, 2, 4, 8… minutes."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_PAUSE)
