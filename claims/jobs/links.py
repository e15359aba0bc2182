"""Looking whether links still lead where they led."""

import time
from hashlib import sha256

from django.conf import settings
from django.utils import timezone
from django.utils.translation import ngettext

from claims.fetching.fetch import Fetcher
from claims.fetching.readable import words_of_page
from claims.models import HostTurn, LinkCheck
from claims.models.links import MOST_BEGUN, PAUSE
from claims.models.rechecking import link_turned

# Seconds; so long mails wait for it at most, and one fetch more.
A_TURN = 15
PAGES = {"text/html", "application/xhtml+xml"}


def look_after_links(clock=timezone.now, fetch=None):
    """Ask, one after another, for what is due. No transaction is open meanwhile: a host may be slow."""
    if not settings.CHECK_LINKS:
        return ""
    fetch, looked, end = fetch or Fetcher(), 0, time.monotonic() + A_TURN
    while time.monotonic() < end and (link := LinkCheck.objects.take(clock())):
        look(link, clock, fetch)
        looked += 1
    words = ngettext("%d link was looked at.", "%d links were looked at.", looked)
    return words % looked if looked else ""


def look(link, clock, fetch):
    before = link.dead_at, link.changed_at
    if link.begun > MOST_BEGUN:
        link.worker_ended(clock())
    else:
        found = fetch(link.source.url)
        link.looked(found, words_hash(found), clock())
    if (link.dead_at, link.changed_at) == before:
        link.settle()
    else:
        link_turned(link, link.settle)
    HostTurn.leave(link.host, clock() + PAUSE)


def words_hash(found):
    """Of a page its words count, of anything else each byte."""
    if not found.content or found.media_type not in PAGES:
        return found.sha256
    return sha256(words_of_page(found.content)).hexdigest()
