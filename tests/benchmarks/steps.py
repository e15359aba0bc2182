"""The steps of the benchmark. Each is run in a process of its own and prints one line of JSON."""

import json
import os
import resource
import statistics
import sys
import time

from django.core.management import call_command
from django.db import connection, models
from import_export.resources import ModelResource

from claims.exchange.csv_export import EXPORTS, SPREADSHEET, Stream
from claims.models import Act, Claim, User, Verdict
from claims.models.chain import chain_breaks
from claims.models.noting import edit_claim
from tests.benchmarks.bulks import bulk, edit_until
from tests.benchmarks.doors import self_approval
from tests.benchmarks.filling import fill_up
from tests.benchmarks.kills import kills
from tests.benchmarks.logs import log, log_out, verify
from tests.benchmarks.newsroom import open_desk
from tests.benchmarks.pages import look_through, serve
from tests.benchmarks.races import approvals, edits, one_form
from tests.life import lives


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(act):
    """What act() made, in how many seconds."""
    start = time.perf_counter()
    made = act()
    return made, time.perf_counter() - start


def prepare():
    with open(os.devnull, "w") as nowhere:
        call_command("migrate", verbosity=0)
        call_command("seed", "demo", stdout=nowhere)
    return {}


def fill(rows):
    fill_up(int(rows))
    return {"rows": Verdict.objects.count()}


def desk(rows):
    open_desk(int(rows))
    return {"rows": Claim.objects.count()}


def export(flavour=SPREADSHEET):
    """verdicts.csv as the view streams it, thrown away."""
    list(Stream(EXPORTS["verdicts"], Claim.objects.filter(pk=0), flavour))  # what is loaded and compiled but once
    stream = Stream(EXPORTS["verdicts"], Claim.objects.all(), flavour)

    def write():
        with open(os.devnull, "wb") as nowhere:
            for piece in stream:
                nowhere.write(piece)

    _nothing, seconds = timed(write)
    return {"rows": stream.rows, "seconds": seconds, "peak_mb": peak_mb()}


class VerdictResource(ModelResource):
    class Meta:
        model = Verdict
        fields = EXPORTS["verdicts"].fields
        export_order = EXPORTS["verdicts"].fields


def import_export():
    """The same queryset by django-import-export."""
    verdicts = Verdict.objects.filter(pk__in=Claim.objects.values("verdict")).in_order()
    VerdictResource().export(verdicts.filter(pk=0))
    data, seconds = timed(lambda: VerdictResource().export(verdicts).csv)
    return {"rows": verdicts.count(), "bytes": len(data), "seconds": seconds, "peak_mb": peak_mb()}


def copy():
    """The server's own export of the same columns, straight from the table."""
    sql = str(Verdict.objects.order_by("pk").values_list(*EXPORTS["verdicts"].fields).query)
    connection.ensure_connection()

    def write():
        with (
            open(os.devnull, "wb") as nowhere,
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ({sql}) TO STDOUT WITH CSV") as pieces,
        ):
            for piece in pieces:
                nowhere.write(piece)

    _nothing, seconds = timed(write)
    return {"rows": Verdict.objects.count(), "seconds": seconds, "peak_mb": peak_mb()}


def verbs(number):
    """One verb and one bare save() of the same row in turn, each first every other time, on different claims."""
    person = User.objects.get(username="marguerite.stoutbarrow")
    claims = list(Claim.objects.order_by("-pk")[: int(number)])
    # The yardstick is Django's own save(), which our models refuse; the verbs use neither of the two.
    Claim.save, Claim.save_base = models.Model.save, models.Model.save_base
    verb_times, save_times = [], []
    for turn, claim in enumerate(claims):
        acts = [
            (verb_times, lambda claim=claim: edit_claim(claim, by=person, priority=1 + claim.priority % 4)),
            (save_times, lambda claim=claim: claim.save()),
        ]
        for times, act in acts if turn % 2 else reversed(acts):
            times.append(timed(act)[1])
    return {
        "verb_ms": statistics.median(verb_times) * 1000,
        "save_ms": statistics.median(save_times) * 1000,
        "ratio": statistics.median(verb / save for verb, save in zip(verb_times, save_times, strict=True)),
    }


def write(number, processes, verbs):
    """One of several writers: every other verb on the claim that all of them change, else on a claim of its own."""
    person = User.objects.get(username="marguerite.stoutbarrow")
    common = Claim.objects.order_by("-pk").first()
    own = list(Claim.objects.order_by("pk")[: int(verbs)])[int(number) :: int(processes)]
    for turn in range(int(verbs)):
        claim = own[turn % len(own)] if turn % 2 else common
        edit_claim(claim, by=person, statement=f"Benchmark statement {number} {turn}")
    return {}


def look():
    return {**look_through(), "peak_mb": peak_mb()}


def chain():
    return {"acts": Act.objects.count(), "breaks": [list(each) for each in chain_breaks()]}


def one_by_one():
    """Do the steps that come in, a line of JSON each, in this one process; an answer a line."""
    for line in sys.stdin:
        name, *values = json.loads(line)
        print(json.dumps(STEPS[name](*values)), flush=True)
        connection.close()
    return {}


STEPS = {
    each.__name__: each
    for each in (
        prepare, fill, export, import_export, copy, verbs, write, chain, desk, serve, bulk, edit_until,
        edits, one_form, approvals, kills, self_approval, lives, one_by_one, log, log_out,
        verify, look,
    )
}  # fmt: skip


def main():
    name, *values = sys.argv[1:]
    print(json.dumps(STEPS[name](*values)))
