"""Steps that measure a bulk act and its undoing, and how long somebody else's writes wait meanwhile."""

import resource
import time
from pathlib import Path

from django.db import connection

from claims.models import Claim, User
from claims.models.bulk import go_on, stage, stage_undo
from claims.models.noting import edit_claim
from tests.benchmarks.newsroom import BASE, EDITOR


def bulk(number):
    """Assign so many claims to the editor and undo it: queries of each portion, seconds, memory."""
    person = User.objects.get(username=EDITOR)
    claims = Claim.objects.filter(pk__gt=BASE, pk__lte=BASE + int(number))
    start = time.perf_counter()
    done = stage("assign", claims, by=person, assignee=person.pk)
    queries, done = _all_of(done, person)
    middle = time.perf_counter()
    undone, back = _all_of(stage_undo(done, by=person), person)
    end = time.perf_counter()
    return {
        "changed": done.changed,
        "undone": back.changed,
        "refused": [len(done.refused), len(back.refused)],
        "queries": queries,
        "undo_queries": undone,
        "seconds": middle - start,
        "undo_seconds": end - middle,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _all_of(act, person):
    queries = []

    def count(execute, *args):
        queries[-1] += 1
        return execute(*args)

    while not act.finished:
        queries.append(0)
        with connection.execute_wrapper(count):
            act = go_on(act, by=person, expected=act.done)
    return queries, act


def edit_until(path):
    """Edit a claim of its own again and again, until the file is there; the longest that one edit took."""
    person = User.objects.get(username=EDITOR)
    claim = Claim.objects.order_by("pk").first()
    longest, edits = 0, 0
    while not Path(path).exists():
        start = time.perf_counter()
        edit_claim(claim, by=person, priority=1 + claim.priority % 4)
        longest, edits = max(longest, time.perf_counter() - start), edits + 1
        time.sleep(0.01)
    return {"longest": longest, "edits": edits}
