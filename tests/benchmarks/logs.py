"""Steps that fill the log with acts as the verbs would chain them, walk it, and write it out."""

import os
import resource
import time
from datetime import timedelta
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from claims.exchange.log_export import LogStream
from claims.models import Act, Change, LogHead, User, triggers
from claims.models.verifying import Verification
from claims.seals import chained, plain, seal
from tests.benchmarks.newsroom import EDITOR

AT_ONCE = 5_000
# So many different reasons and lines, whose seals are computed once and used by turns: the acts are chained for real.
KINDS = 97


def log(acts):
    """Chain acts behind those there are until there are so many; most edit a claim, a tenth a claim and its draft."""
    head, person = LogHead.objects.get(), User.objects.get(username=EDITOR)
    triggers.lift(connection)  # each act would have to come with the head
    with transaction.atomic(), connection.cursor() as cursor:
        made = _chained(head, person, int(acts))
        while some := list(islice(made, AT_ONCE)):
            _insert(cursor, [act for act, _lines in some], frozenset())
            _insert(cursor, [line for _act, lines in some for line in lines], frozenset({"id"}))
            head = some[-1][0]
        cursor.execute("UPDATE claims_loghead SET position = %s, hash = %s", [head.position, head.hash])
    triggers.install(connection)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {"acts": Act.objects.count()}


def _values(number):
    return {
        "statement": [f"{number} lamps were relit", f"{number + 1} lamps were relit in May, says the harbour master"],
        "priority": [plain(1 + number % 4), plain(1 + (number + 1) % 4)],
    }


def _chained(head, person, last):
    """Yield (act, its lines) with the hashes that the verbs would give them."""
    reasons = [(reason, seal(reason)) for reason in (f"Benchmark reason {number}" for number in range(KINDS))]
    values = [_values(number) for number in range(KINDS)]
    sealed = [(each, {name: [seal(old), seal(new)] for name, (old, new) in each.items()}) for each in values]
    position, previous, start = head.position, head.hash, timezone.now()
    while position < last:
        position += 1
        kinds = ("claim", "check") if position % 10 == 0 else ("claim",)
        lines = []
        for line, kind in enumerate(kinds, start=1):
            held, seals = sealed[(position + line) % KINDS]
            lines.append(
                Change(
                    act_id=position,
                    line=line,
                    kind=kind,
                    object_id=position,
                    claim_id=position,
                    values=held,
                    seals=seals,
                )
            )
        reason, its_seal = reasons[position % KINDS]
        act = Act(
            position=position, verb="claim.edit", actor=person, reason=reason, reason_seal=its_seal, previous=previous,
            at=start + timedelta(seconds=position),
        )  # fmt: skip
        act.body = act.computed_body(lines)
        act.hash = previous = chained(position, act.previous, act.body)
        yield act, lines


def _insert(cursor, records, left_out):
    fields = [field for field in records[0]._meta.concrete_fields if field.name not in left_out]
    names = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    rows = [[field.get_db_prep_save(getattr(each, field.attname), connection) for field in fields] for each in records]
    cursor.executemany(f"INSERT INTO {records[0]._meta.db_table} ({names}) VALUES ({marks})", rows)


def _measured(start, **figures):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - start, "peak_mb": peak, **figures}


def verify():
    """What manage.py verify_log does."""
    start, verification = time.perf_counter(), Verification()
    faults = list(verification)
    return _measured(start, faults=faults, rows=verification.chain.acts)


def log_out():
    """What manage.py export_log does, thrown away."""
    start, stream = time.perf_counter(), LogStream()
    with open(os.devnull, "wb") as nowhere:
        size = sum(nowhere.write(piece) for piece in stream)
    return _measured(start, rows=stream.rows, bytes=size)
