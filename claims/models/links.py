"""Links looked after: for each address of a source, when it is asked next and what came back so far.

These are the worker's own notes: no verb writes them, the log does not know of them, and without them nothing is lost
but time. What is protected has none, since to ask a host is to tell it that somebody looks."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from claims.fetching.troubles import Trouble
from claims.models.fields import Hash
from claims.text import BLOCK

# Longer than a fetch may take; a worker that is not heard of by then is dead.
LEASE = timedelta(minutes=2)
# A link at which workers died so often is put off like one that does not answer.
MOST_BEGUN = 3
# Between two questions to one host.
PAUSE = timedelta(seconds=10)
# Whoever adds a source has time to mark it as protected.
FIRST = timedelta(hours=1)
USUAL = timedelta(days=30)
# What a verdict in force rests on.
OFTEN = timedelta(days=7)
# A changed text is read again soon: only words that stay are a change, and not what a page shows anew each time.
SOON = timedelta(days=1)
AGAIN = timedelta(hours=12)
GONE = {404, 410}
NOT_OURS = {Trouble.NOT_WEB, Trouble.PORT, Trouble.NOT_PUBLIC}
# Names that are nobody's, for examples and tests (RFC 2606).
NOBODY = (".example", ".test", ".invalid", ".localhost", ".example.com", ".example.net", ".example.org")


class LinkState(models.TextChoices):
    UNCHECKED = "unchecked", pgettext_lazy("link", "Not looked at yet")
    ALIVE = "alive", pgettext_lazy("link", "Link works")
    MOVED = "moved", pgettext_lazy("link", "Link leads elsewhere")
    CLOSED = "closed", pgettext_lazy("link", "Link is closed to the desk")
    MISSING = "missing", pgettext_lazy("link", "Page not found lately")
    SILENT = "silent", pgettext_lazy("link", "No answer lately")
    DEAD = "dead", pgettext_lazy("link", "Link is dead")


# How often in a row, half a day, a day, two, four… apart, until it counts as dead.
MOST_IN_VAIN = {LinkState.MISSING: 3, LinkState.SILENT: 6}


def host_of(url):
    try:
        return (urlsplit(url).hostname or "")[:255]
    except ValueError:
        return ""


def place_of(url):
    """What of an address tells one page from another, so that https or www alone is no other place."""
    _scheme, _colon, rest = url.partition("#")[0].partition("://")
    host, _slash, path = rest.partition("/")
    return host.lower().removeprefix("www."), path.rstrip("/")


def is_nobody(host):
    return f".{host}".endswith(NOBODY)


def is_watched(source):
    """May the worker ask for it? Not where the source or evidence from it is protected."""
    host = host_of(source.url)
    if not host or source.protected or is_nobody(host) or BLOCK in source.url:
        return False
    return not source.evidence.filter(protected=True).exists()


def follow_link(source, now, *, anew=False):
    """Call in an open act after a source, or evidence from it, changed; `anew` where its address did."""
    if source is None:
        return
    watched, found = is_watched(source), LinkCheck.objects.filter(source=source)
    if anew or not watched:
        found.delete()
    if watched:
        LinkCheck.objects.get_or_create(
            source=source, defaults={"host": host_of(source.url), "next_due_at": now + FIRST}
        )


class HostTurn(models.Model):
    """When a host may be asked again: one question at a time, whichever worker asks."""

    name = models.CharField(max_length=255, primary_key=True)
    free_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.name

    @classmethod
    def take(cls, name, now):
        """True for one worker alone."""
        turn, made = cls.objects.get_or_create(name=name, defaults={"free_at": now + LEASE})
        return made or bool(cls.objects.filter(pk=turn.pk, free_at__lte=now).update(free_at=now + LEASE))

    @classmethod
    def leave(cls, name, until):
        cls.objects.filter(name=name).update(free_at=until)


class LinkCheckQuerySet(models.QuerySet):
    def ready(self, now):
        """What may be looked at now, the longest due first: in no other worker's hands, of a host that nobody asks."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        busy = HostTurn.objects.filter(free_at__gt=now)
        ready = self.filter(free, next_due_at__lte=now).exclude(host__in=busy.values("name"))
        # Those that are protected have no row; should one be left, it is not asked for all the same.
        ready = ready.filter(source__protected=False).exclude(source__evidence__protected=True)
        return ready.order_by("next_due_at", "pk")

    def take(self, now):
        """One of those, in this worker's hands alone and its host's turn with it; or None."""
        for link in self.ready(now).select_related("source")[:10]:
            if HostTurn.take(link.host, now):
                if link.lease(now):
                    return link
                HostTurn.leave(link.host, now)
        return None

    def look_often(self, sources, now):
        """A verdict rests on these sources from now on."""
        return self.filter(source__in=sources, next_due_at__gt=now + OFTEN).update(next_due_at=now + OFTEN)


class LinkCheck(models.Model):
    source = models.OneToOneField("claims.Source", models.CASCADE, primary_key=True, related_name="link")
    host = models.CharField(max_length=255)
    state = models.CharField(max_length=9, choices=LinkState, default=LinkState.UNCHECKED)
    next_due_at = models.DateTimeField(db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    begun = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=12, choices=Trouble, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    final_address = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    # The first look in a row that failed; since when it counts as dead; since when its words are others.
    failing_since = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    # What came back, byte for byte; its words; and other words, read since, that may be a change or a whim.
    sha256 = Hash(blank=True, default="")
    words_sha256 = Hash(blank=True, default="")
    other_sha256 = Hash(blank=True, default="")
    other_at = models.DateTimeField(null=True, blank=True)
    restless = models.BooleanField(default=False)

    objects = LinkCheckQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("link"), _("links")

    def __str__(self):
        return self.get_state_display()

    @property
    def dead_since(self):
        """The first look in vain, where it counts as dead."""
        return self.failing_since if self.state == LinkState.DEAD else None

    def lease(self, now):
        """Take it in hand: True for one worker alone."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        found = LinkCheck.objects.filter(free, pk=self.pk, next_due_at__lte=now)
        if not found.update(lease_until=now + LEASE, begun=F("begun") + 1):
            return False
        self.refresh_from_db(fields=["lease_until", "begun"])
        return True

    def settle(self):
        """Write down what this worker saw, unless the link went to another or away meanwhile."""
        mine = LinkCheck.objects.filter(pk=self.pk, lease_until=self.lease_until, begun=self.begun)
        names = [field.attname for field in self._meta.concrete_fields if field.attname not in KEPT]
        seen = {name: getattr(self, name) for name in names}
        return bool(mine.update(**seen, lease_until=None, begun=0))

    def looked(self, found, words, now):
        """What came back (a fetching.Fetched), and the hash of its words; `words` is empty where there are none."""
        self.checked_at, self.status, self.last_error = now, found.status, found.trouble
        if in_vain := _in_vain(found):
            self._failed(now, in_vain)
            return
        self.attempts, self.failing_since, self.dead_at = 0, None, None
        if found.status is None or not 200 <= found.status < 300:
            self.state, self.next_due_at = LinkState.CLOSED, now + self._usual()
            return
        elsewhere = place_of(found.address) != place_of(self.source.url)
        self.state = LinkState.MOVED if elsewhere else LinkState.ALIVE
        self.final_address = found.address if elsewhere else ""
        self.next_due_at = now + self._usual()
        if words:
            self.sha256 = found.sha256
            self._compare(words, now)

    def _failed(self, now, state):
        """Nothing was there (MISSING), or nobody answered (SILENT)."""
        self.attempts = min(self.attempts + 1, 1_000) if self.state in {state, LinkState.DEAD} else 1
        self.failing_since = self.failing_since or now
        dead = self.state == LinkState.DEAD or self.attempts >= MOST_IN_VAIN[state]
        self.state = LinkState.DEAD if dead else state
        self.dead_at = (self.dead_at or now) if dead else None
        self.next_due_at = now + min(AGAIN * 2 ** min(self.attempts - 1, 10), USUAL)

    def _usual(self):
        resting = self.source.evidence.filter(chosen_by__published_as__in_force_for__isnull=False)
        return OFTEN if resting.exists() else USUAL

    def _compare(self, words, now):
        """Is it another text? Only where the same other words come back twice: many a page reads anew each time."""
        if not self.words_sha256 or words == self.words_sha256:
            self.words_sha256, self.other_sha256, self.other_at = words, "", None
        elif words == self.other_sha256:
            self.changed_at, self.words_sha256 = self.other_at, words
            self.other_sha256, self.other_at, self.restless = "", None, False
        else:
            self.restless = bool(self.other_sha256)
            self.other_sha256, self.other_at = words, now
            self.next_due_at = now + (self._usual() if self.restless else SOON)

    def worker_ended(self, now):
        """Workers died over it: it is put off as if nobody had answered."""
        self.last_error = Trouble.UNREADABLE
        self._failed(now, LinkState.SILENT)


def _in_vain(found):
    """The state to which a look in vain leads; None where somebody answered for the page."""
    if found.status in GONE or found.trouble == Trouble.NO_HOST:
        return LinkState.MISSING
    silent = found.trouble not in NOT_OURS if found.status is None else found.status >= 500
    return LinkState.SILENT if silent else None


# What settle() leaves to those who lease a link, and to the source.
KEPT = {"source_id", "host", "lease_until", "begun"}
