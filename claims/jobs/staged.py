"""Throwing away the bulk acts that somebody staged and nobody began."""

from django.utils import timezone
from django.utils.translation import ngettext

from claims.models.bulk import discard_forgotten


def drop_staged(clock=timezone.now):
    gone = discard_forgotten(clock)
    words = ngettext(
        "%d bulk act that nobody began was thrown away.", "%d bulk acts that nobody began were thrown away.", gone
    )
    return words % gone if gone else ""
