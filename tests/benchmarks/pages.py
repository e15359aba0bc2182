"""Steps that measure pages, and the stock admin changelist of the same rows beside them."""

import json
import sys
import time
from functools import partial
from math import ceil

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.http import urlencode

from claims.admin.site import site
from claims.filters import SORTS, WORK, filtered_claims
from claims.models import Appearance, Claim, Claimant, DryRun, Publisher, Redaction, Source, Topic, User
from claims.models.redaction.redacting import ask, withdraw
from claims.paging import _token
from tests.benchmarks.newsroom import BASE, EDITOR, vocabulary

A_PAGE = 100  # of the stock changelist


class StockAdmin(ModelAdmin):
    """The changelist as Django makes it, with the columns of our own list and no other care."""

    list_display = ["statement", "claimant", "status", "rating", "priority", "assignee", "said_on_key", "id"]
    sortable_by = list_display
    search_fields = ["statement"]
    list_select_related = ["claimant", "rating", "assignee"]

    def has_view_permission(self, request, obj=None):
        return True

    def lookup_allowed(self, lookup, value, request=None):
        return True


# The column of the stock changelist that each sort of ours is.
COLUMNS = {"noted": 8, "statement": 1, "who": 2, "said_on": 7, "rating": 4, "status": 3, "priority": 5}


def _in_use(model, among):
    """One that many claims belong to, and that is there at every size."""
    return model.objects.filter(pk__gt=BASE).order_by("pk")[among]


def _filters():
    """(name, our parameters, those of the stock changelist or None where it has no such filter)."""
    words = vocabulary()
    person = User.objects.get(username=EDITOR)
    claimant, publisher, topic = (_in_use(model, 1) for model in (Claimant, Publisher, Topic))
    source = Source.objects.get(pk=BASE + 50)
    assigned = {"assignee__id__exact": person.pk}
    open_work = {**assigned, "unfinished__exact": 1}
    yield "the list", {}, {}
    yield "text, a common word", {"text": words[0]}, {"q": words[0]}
    yield "text, a rare word", {"text": words[4_000]}, {"q": words[4_000]}
    yield "text, two words", {"text": " ".join(words[5:7])}, {"q": " ".join(words[5:7])}
    yield "claimant", {"claimant": claimant.name}, {"claimant__name_key": claimant.name_key}
    yield "claimant, a part of names", {"claimant": words[30]}, {"claimant__name_key__contains": words[30]}
    yield "publisher", {"publisher": publisher.name}, {"appearances__source__publisher__name_key": publisher.name_key}
    yield "source", {"source": source.title}, {"appearances__source__title_key": source.title_key}
    yield "topic", {"topic": topic.name}, {"topics__name_key": topic.name_key}
    for status in ("noted", "published", "submitted"):
        yield f"status {status}", {"status": status}, {"status__exact": status}
    yield "kind", {"kind": "promise"}, {"kind__exact": "promise"}
    yield "rating", {"rating": "false"}, {"rating__slug__exact": "false"}
    yield "rating, none", {"rating": "none"}, {"verdict__isnull": "True"}
    yield "rating, attribution alone", {"rating": "attribution"}, {"verdict__isnull": "False", "rating__isnull": "True"}
    yield "assignee me", {"assignee": "me"}, assigned
    yield "assignee nobody", {"assignee": "nobody"}, {"assignee__isnull": "True"}
    for part in WORK:
        yield f"work {part}", {"work": part}, open_work if part == "assigned" else None
    yield "priority urgent", {"priority": 4}, {"priority__exact": 4}
    yield "evidence with", {"evidence": "with"}, {"has_evidence__exact": 1}
    yield "evidence without", {"evidence": "without"}, {"has_evidence__exact": 0}
    yield "said from", {"said_from": "2020-01-01"}, {"said_on_key__gte": "2020-01-01"}
    yield "said until", {"said_to": "2018-01-01"}, {"said_on_key__lte": "2018-01-01", "said_on_key__gt": "0001-01-01"}
    for name, column in COLUMNS.items():
        yield f"sort {name}", {"sort": name}, {"o": column}
        yield f"sort -{name}", {"sort": f"-{name}"}, {"o": -column}


def _counted(fetch):
    """How many queries it asks."""
    queries = 0

    def count(execute, *args):
        nonlocal queries
        queries += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        fetch()
    return queries


def _milliseconds(fetch):
    start = time.perf_counter()
    fetch()
    return (time.perf_counter() - start) * 1000


def _reader():
    """A managing editor who is logged in, and a function that fetches a page for them."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    QuerySet(User).filter(username=EDITOR).update(must_change_password=False)
    user, client = User.objects.get(username=EDITOR), Client()
    client.force_login(user)

    def fetch(path, params):
        answer = client.get(path, params)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}?{urlencode(params)}: {answer.status_code}")

    fetch("/desk/claims/", {})
    return user, fetch


def _lists(user, fetch):
    """(name, how it is fetched, how the stock changelist of the same rows is, or None): first pages and far ones."""
    assert COLUMNS.keys() == SORTS.keys()
    for name, params, stock in _filters():
        claims, filterset = filtered_claims(QueryDict(urlencode(params)), user)
        if not filterset.is_valid():
            raise RuntimeError(f"{name}: {filterset.errors}")
        rows = claims.order_by().count()
        yield name, partial(fetch, "/desk/claims/", params), stock and partial(_changelist, user, stock)
        far = _far_back(claims, filterset.order[0], rows)
        if far:
            # A search of the stock changelist reads the statement alone, and so has fewer pages.
            beside = {**stock, "p": min(rows * 9 // 10 // A_PAGE + 1, ceil(rows / A_PAGE))} if stock else {"q": ""}
            stock_far = None if "q" in beside else partial(_changelist, user, beside)
            yield f"{name}, far back", partial(fetch, "/desk/claims/", {**params, "after": far}), stock_far


def _far_back(claims, key, rows):
    """The token of a page after nine tenths of the rows, or None where all fit on one page or two."""
    return _token(claims[rows * 9 // 10], key) if rows > 200 else None


def _changelist(user, params):
    request = RequestFactory().get("/admin/claims/claim/", params)
    request.user = user
    answer = StockAdmin(Claim, site).changelist_view(request)
    if answer.status_code != 200:
        raise RuntimeError(f"The stock changelist refuses {params}.")
    answer.render()


def _pages(_user, fetch):
    seen = Appearance.objects.get(pk=BASE + 1_001)
    paths = {
        "the claim page": f"/desk/claims/{seen.claim_id}/",
        "the source page": f"/desk/sources/{seen.source_id}/",
        "my work": "/desk/",
        "the review queue": "/desk/review/",
        "due again": "/desk/recheck/",
        "statistics": "/desk/statistics/",
    }
    for name, path in paths.items():
        yield name, partial(fetch, path, {}), None
    words = vocabulary()
    admin = {
        "": {},
        ", by statement": {"o": 1},
        ", published": {"status__exact": "published"},
        ", a word": {"q": words[9]},
    }
    for name, params in admin.items():
        yield f"the admin's list{name}", partial(fetch, "/admin/claims/claim/", params), None


def look_through():
    """The dry run of a redaction of a common word, slice by slice, as its page asks for it."""
    user, _fetch = _reader()
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    asked = ask(by=user, words=vocabulary()[9], reason="Benchmark", ground="Benchmark")
    path, slices = reverse("look_through", args=[asked.pk]), []
    while not Redaction.objects.get(pk=asked.pk).may_be_confirmed:
        slices.append(_milliseconds(partial(client.post, path)) / 1000)
    shown = _milliseconds(partial(client.get, asked.get_absolute_url())) / 1000
    run = DryRun.objects.get(pk=asked.pk)
    found = sum(run.counts.values())
    withdraw(Redaction.objects.get(pk=asked.pk), by=user, reason="Benchmark")
    return {"rows": run.looked_at, "seconds": sum(slices), "longest": max(*slices, shown), "found": found}


def serve(what):
    """Answer for "lists" or "pages" line by line, so that desks of two sizes are measured in turn: first the names of
    all that is offered, then for each name that comes what it took: [milliseconds, queries, milliseconds of the stock
    changelist or None]. Queries and the changelist are told when a name comes for the first time, and then None."""
    reader = _reader()
    offered = {name: (fetch, stock) for name, fetch, stock in {"lists": _lists, "pages": _pages}[what](*reader)}
    told = set()
    print(json.dumps(list(offered)), flush=True)
    for line in sys.stdin:
        name = line.rstrip("\n")
        fetch, stock = offered[name]
        first = name not in told
        told.add(name)
        queries = _counted(fetch) if first else None
        beside = _milliseconds(stock) if stock and first else None
        print(json.dumps([_milliseconds(fetch), queries, beside]), flush=True)
    return {}
