"""A desk that has worked for years, written by SQL inside the database: claims with all that hangs on them.

Sources, claimants, publishers, topics, evidence and verdicts grow with the claims. Of open work there is what a desk
of some dozen people has at a time, and little more where the archive is larger. Words are as unequal as in a language.
The triggers stay where they are. Only the log does not grow: no SQL may write it.
"""

import random
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from claims.models import (
    Anchor,
    Appearance,
    Check,
    Claim,
    Claimant,
    Evidence,
    Publisher,
    Rating,
    SearchDocument,
    Snapshot,
    Source,
    Topic,
    User,
    Verdict,
)
from claims.models.claims import UNFINISHED, UNKNOWN_DAY, ClaimTopic
from claims.seals import sha256
from claims.states import STATUS_ORDER
from claims.text import place, tokens

# Rows of this filling have higher numbers than this, and those of the demo lower ones.
BASE = 10_000
EDITOR = "marguerite.stoutbarrow"
WORDS, PHRASES, ARTICLES, SENTENCES, DAYS = 20_000, 10_007, 101, 10, 4_001
A_DAY = datetime(2015, 1, 1, 9, tzinfo=UTC)
LIMIT = 2_000

# What is in hand: among the first LIMIT claims so many, and then one in a few thousand.
STATUS = f"""CASE
    WHEN i < {LIMIT} AND i % 20 = 3 OR i % 4000 = 3 THEN 'submitted'
    WHEN i < {LIMIT} AND i % 40 = 7 OR i % 8000 = 7 THEN 'approved'
    WHEN i < {LIMIT} AND i % 20 = 9 OR i % 2000 = 9 THEN 'drafting'
    WHEN i < {LIMIT} AND i % 20 = 11 OR i % 1000 = 11 THEN 'selected'
    WHEN i < {LIMIT} AND i % 40 = 13 OR i % 4000 = 13 THEN 'reopened'
    WHEN i % 10 IN (0, 2, 4, 6) THEN 'published' WHEN i % 10 = 8 THEN 'not_checking' ELSE 'noted' END"""
IN_HAND = ", ".join(f"'{each}'" for each in UNFINISHED)
JUDGED = "'published', 'reopened'"
SMALL_TABLES = {
    "phrase": "place integer PRIMARY KEY, words text, stems text",
    "sentence": (
        "place integer PRIMARY KEY, quote text, stems text, starts integer, ends integer, before text, after text"
    ),
    "article": "place integer PRIMARY KEY, content text, sha text",
    "day": "place integer PRIMARY KEY, day date, moment timestamp with time zone",
    "scale": "place integer PRIMARY KEY, rating integer, ordinal integer, slug text, label text",
    "one": "i bigint PRIMARY KEY, status text, claimant integer, source integer, publisher integer, topic integer",
}


def open_desk(rows):
    """Let there be `rows` claims of this filling. It may be called again with more."""
    there = max((Claim.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) - BASE, 0)
    if rows <= there:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        _write_small_tables(cursor)
        _draw(cursor, there, rows)
        for model, source, values in _tables(there, rows):
            _insert(cursor, model, source, values)
        for name in SMALL_TABLES:
            cursor.execute(f"DROP TABLE {name}")
    _settle()


def _write_small_tables(cursor):
    for name, columns in SMALL_TABLES.items():
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
    chance = random.Random(1)
    words, weights = vocabulary(), [1 / rank for rank in range(1, WORDS + 1)]

    def said(most):
        return " ".join(chance.choices(words, weights, k=most))

    def stems(text):
        return " ".join(tokens(text, "en"))

    phrases = [said(4) for _each in range(PHRASES)]
    _fill(cursor, "phrase", [(at, text, stems(text)) for at, text in enumerate(phrases)])
    articles = [[said(18) + "." for _each in range(SENTENCES)] for _each in range(ARTICLES)]
    texts = ["\n\n".join(sentences) + "\n" for sentences in articles]
    _fill(cursor, "article", [(at, text, sha256(text.encode())) for at, text in enumerate(texts)])
    spots = [(text, quote, text.index(quote)) for text, each in zip(texts, articles, strict=True) for quote in each]
    spots = [(quote, stems(quote), place(text, start, start + len(quote))) for text, quote, start in spots]
    rows = [(q, stem, spot.start, spot.end, spot.prefix, spot.suffix) for q, stem, spot in spots]
    _fill(cursor, "sentence", [(at, *row) for at, row in enumerate(rows)])
    days = [A_DAY + timedelta(days=number) for number in range(DAYS)]
    _fill(cursor, "day", [(at, _day(each), _moment(each)) for at, each in enumerate(days)])
    ratings = Rating.objects.filter(offered=True).order_by("order")
    _fill(cursor, "scale", [(at, each.pk, each.order, each.slug, each.label) for at, each in enumerate(ratings)])


def vocabulary():
    """Made-up words, the commonest first; none is a word of the demo."""
    ends = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
    return [f"{ends[n % 70]}{ends[n // 70 % 70]}{ends[n // 4900]}k" for n in range(WORDS)]


def _fill(cursor, table, rows):
    cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


def _day(moment):
    return connection.ops.adapt_datefield_value(moment.date())


def _moment(moment):
    return connection.ops.adapt_datetimefield_value(moment)


def _draw(cursor, there, rows):
    """For every new claim what it is tied to: some of them to much, many to little."""
    draw = f"(i * %s %% 100003) * (i * %s %% 100003) / 100003 * {{}} / 100003 + {BASE + 1}"
    sql = (
        "INSERT INTO one WITH RECURSIVE n(i) AS (SELECT CAST(%s AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
        f" SELECT i, {STATUS.replace('%', '%%')}, {draw.format(claimants(rows))}, i / {SENTENCES} + {BASE + 1},"
        f" {draw.format(publishers(rows))}, {draw.format(topics(rows))} FROM n"
    )
    primes = [7919, 7919, 104_729, 104_729, 15_485_863, 15_485_863]
    cursor.execute(sql, [there, rows - 1, *primes])
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE")


def claimants(rows):
    return max(rows // 20, 1)


def publishers(rows):
    return 20 + rows // 1_000


def topics(rows):
    return 20 + rows // 1_000


def _insert(cursor, model, source, values):
    """A row of `model` for each of `source`; columns that `values` do not name hold what the model says."""
    columns, found, params = [], [], []
    for field in model._meta.concrete_fields:
        columns.append(f'"{field.column}"')
        given = values.get(field.name)
        if given is None:
            given, params = "%s", [*params, _default(field)]
        else:
            given = given.replace("%", "%%")
        found.append(given)
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(found)} FROM "
    cursor.execute(sql + source.replace("%", "%%"), params)


def _default(field):
    if getattr(field, "auto_now_add", False):
        return _moment(A_DAY)
    if field.null:
        return None
    return field.get_db_prep_save(field.get_default(), connection)


def _numbered(count_before, count):
    """A table of the numbers from one count to another."""
    top = f"WITH RECURSIVE m(k) AS (SELECT {count_before} UNION ALL SELECT k + 1 FROM m WHERE k < {count - 1})"
    return f"({top} SELECT k FROM m WHERE k < {count}) AS numbers"


def _named(model, most):
    """Numbers of rows that are still missing, up to so many."""
    last = model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return _numbered(max(last - BASE, 0), most)


def _tables(there, rows):
    yes, no = ("true", "false") if connection.vendor == "postgresql" else ("1", "0")
    number = f"i + {BASE + 1}"
    name = f"JOIN phrase ON phrase.place = k * 31 % {PHRASES}"
    called = "phrase.words || ' ' || k"
    for model, most in ((Claimant, claimants(rows)), (Publisher, publishers(rows)), (Topic, topics(rows))):
        # A source of the same name as its publisher would be one word less to search for.
        its = called.replace("' '", "' press '") if model is Publisher else called
        yield model, f"{_named(model, most)} {name}", {"id": f"k + {BASE + 1}", "name": its, "name_key": its}
    new_sources = _named(Source, (rows - 1) // SENTENCES + 1)
    title = dict.fromkeys(("title", "title_key", "words"), called)
    outlet = f"k * 19 % {publishers(rows)} + {BASE + 1}"
    yield Source, f"{new_sources} {name}", {"id": f"k + {BASE + 1}", "publisher": outlet, **title}
    article = f"{_named(Snapshot, (rows - 1) // SENTENCES + 1)} JOIN article ON article.place = k % {ARTICLES}"
    snapshot = {
        "id": f"k + {BASE + 1}",
        "source": f"k + {BASE + 1}",
        "text": "article.content",
        "sha256": "article.sha",
    }
    yield Snapshot, article, snapshot
    yield Claim, *_claims(number, yes, no)
    yield Appearance, *_appearances(number)
    quote = _quote("")
    spot = {"start": "starts", "end": "ends", "prefix": "before", "suffix": "after"}
    yield Anchor, f"one {quote}", {"id": number, "appearance": number, "snapshot": "one.source", **spot}
    yield SearchDocument, *_documents(number)
    yield ClaimTopic, "one WHERE i % 3 <> 1", {"id": number, "claim": number, "topic": "topic"}
    held = {"stance": "'supports'", "origin": "'Office of figures'", "origin_key": "'office of figures'"}
    held |= {"id": number, "claim": number, "source": "source", "snapshot": "source", "excerpt": "'Counted anew.'"}
    yield Evidence, "one WHERE i % 4 < 2", held
    yield Check, *_checks(number, yes, no)
    yield Verdict, *_verdicts(number)


def _statement(column, name):
    """Three phrases and the claim's own number: words that all share, and one that is its own."""
    parts = " ".join(
        f"JOIN phrase AS {name}{at} ON {name}{at}.place = i * {prime} % {PHRASES}"
        for at, prime in ((1, 7919), (2, 104_729), (3, 1_299_709))
    )
    return parts, f"{name}1.{column} || ' ' || {name}2.{column} || ' ' || {name}3.{column} || ' ' || i"


def _quote(also):
    return f"JOIN sentence ON sentence.place = i / {SENTENCES} % {ARTICLES} * {SENTENCES} + i % {SENTENCES}{also}"


def _rating():
    steps = Rating.objects.filter(offered=True).count()
    return f"LEFT JOIN scale ON scale.place = i / 7 % {steps} AND one.status IN ({JUDGED})"


def _people():
    editor = User.objects.get(username=EDITOR).pk
    # An undoing gives work back only to who may still do it.
    others = User.objects.who_may("draft_checks").exclude(pk=editor).order_by("pk")
    return editor, *others.values_list("pk", flat=True)[:2]


def _assignee():
    """Of open work a third is the editor's; what is done belongs to whoever did it."""
    editor, second, third = _people()
    return (
        f"CASE WHEN one.status IN ('noted', 'not_checking', 'selected') AND i % 3 = 1 THEN NULL "
        f"WHEN one.status IN ({IN_HAND}) AND i / 20 % 3 = 0 THEN {editor} WHEN i % 2 = 0 THEN {second} ELSE {third} END"
    )


def _claims(number, yes, no):
    joined, statement = _statement("words", "p")
    orders = " ".join(f"WHEN '{status}' THEN {order}" for status, order in STATUS_ORDER.items())
    kinds = " ".join(f"WHEN {at} THEN '{kind}'" for at, kind in enumerate(Claim.Kind.values))
    decided = f"CASE WHEN one.status IN ({IN_HAND}, {JUDGED}) THEN 'selected' ELSE one.status END"
    open_work = f"one.status IN ({IN_HAND})"
    due_again = "CASE WHEN one.status = 'published' AND i % 5 = 1 THEN day.day ELSE NULL END"
    unknown = f"'{connection.ops.adapt_datefield_value(UNKNOWN_DAY)}'"
    source = (
        f"one {joined} JOIN day ON day.place = i * 7919 % {DAYS} {_rating()} "
        "JOIN claims_claimant AS person ON person.id = one.claimant"
    )
    return source, {
        "id": number, "principal_appearance": number, "claimant": "one.claimant", "status": "one.status",
        "claimant_key": "person.name_key", "statement": statement, "statement_key": f"substr({statement}, 1, 80)",
        "status_order": f"CASE one.status {orders} END", "kind": f"CASE i / 3 % {len(Claim.Kind)} {kinds} END",
        "priority": "CASE WHEN i % 50 = 9 THEN 4 WHEN i % 10 = 3 THEN 3 WHEN i % 10 = 5 THEN 1 ELSE 2 END",
        "decision": decided, "unfinished": f"CASE WHEN {open_work} THEN {yes} ELSE {no} END",
        "has_evidence": f"CASE WHEN i % 4 < 2 THEN {yes} ELSE {no} END", "assignee": _assignee(),
        "due_on": f"CASE WHEN {open_work} AND i % 2 = 1 THEN day.day ELSE NULL END",
        "recheck_on": due_again, "recheck_due": due_again,
        "verdict": f"CASE WHEN one.status IN ({JUDGED}) THEN {number} ELSE NULL END",
        "rating": "scale.rating", "rating_order": "coalesce(scale.ordinal, 0)", "noted_at": "day.moment",
        "said_on_key": f"CASE WHEN i % 9 = 8 THEN {_as_day(unknown)} ELSE day.day END",
    }  # fmt: skip


def _as_day(literal):
    return f"DATE {literal}" if connection.vendor == "postgresql" else literal


def _appearances(number):
    return f"one {_quote('')} JOIN day ON day.place = i * 7919 % {DAYS}", {
        "id": number, "claim": number, "source": "one.source", "claimant": "one.claimant", "quote": "sentence.quote",
        "said_on": "CASE WHEN i % 9 = 8 THEN NULL ELSE day.day END",
    }  # fmt: skip


def _documents(number):
    """As models.searchdocuments writes them: the tokens of a text are those of its pieces, one after the other."""
    joined, stems = _statement("stems", "p")
    source = (
        f"one {joined} {_quote('')} "
        f"JOIN phrase AS who ON who.place = (one.claimant - {BASE + 1}) * 31 % {PHRASES} "
        f"JOIN phrase AS title ON title.place = (one.source - {BASE + 1}) * 31 % {PHRASES} "
        "JOIN claims_source ON claims_source.id = one.source "
        f"JOIN phrase AS outlet ON outlet.place = (claims_source.publisher_id - {BASE + 1}) * 31 % {PHRASES}"
    )
    outlet = f"outlet.stems || ' press ' || (claims_source.publisher_id - {BASE + 1})"
    return source, {
        "claim": number, "statement": stems, "quotes": "sentence.stems",
        "names": f"who.stems || ' ' || (one.claimant - {BASE + 1})",
        "sources": f"title.stems || ' ' || (one.source - {BASE + 1}) || ' ' || {outlet}",
    }  # fmt: skip


def _checks(number, yes, no):
    """One of each claim that was taken up: published, waiting, being drafted, and some of those sent back."""
    editor, second, third = _people()
    states = "CASE one.status WHEN 'reopened' THEN 'published' ELSE one.status END"
    waits = "one.status IN ('submitted', 'approved')"
    back = "one.status = 'drafting' AND i / 20 % 2 = 0"
    sent = f"(CASE WHEN {waits} OR one.status IN ({JUDGED}) THEN {{}} ELSE NULL END)"
    taken_up = f"WHERE one.status IN ('submitted', 'approved', 'drafting', {JUDGED})"
    source = f"one JOIN day ON day.place = i * 7919 % {DAYS} {_rating()} {taken_up}"
    submitter = f"CASE WHEN i / 20 % 10 = 1 THEN {editor} WHEN i % 2 = 0 THEN {second} ELSE {third} END"
    return source, {
        "id": number, "claim": number, "state": states, "assignee": _assignee(), "rating": "scale.rating",
        "summary": "'Counted anew, and found so.'", "explanation": "'The office of figures counted anew.'",
        "started_at": "day.moment", "submitted_by": sent.format(submitter), "submitted_at": sent.format("day.moment"),
        "waiting": f"CASE WHEN {waits} THEN {yes} ELSE {no} END",
        "sent_back": f"CASE WHEN {back} THEN {yes} ELSE {no} END",
        "returned_because": f"CASE WHEN {back} THEN 'Name the office.' ELSE '' END",
        "approved_by": f"CASE WHEN one.status IN ('approved', {JUDGED}) THEN {editor} ELSE NULL END",
    }  # fmt: skip


def _verdicts(number):
    editor = _people()[0]
    kinds = " ".join(f"WHEN {at} THEN '{kind}'" for at, kind in enumerate(Claim.Kind.values))
    source = (
        f"one {_quote('')} JOIN day ON day.place = i * 7919 % {DAYS} {_rating()} "
        f"JOIN claims_claim AS judged ON judged.id = {number} WHERE one.status IN ({JUDGED})"
    )
    return source, {
        "id": number, "claim": number, "check_file": number, "number": "1", "statement": "judged.statement",
        "language": "'en'", "kind": f"CASE i / 3 % {len(Claim.Kind)} {kinds} END", "claimant": "judged.claimant_key",
        "claimant_kind": "'person'", "quote": "sentence.quote", "said_on": "day.day", "appearances": "1",
        "rating_slug": "scale.slug", "rating_label": "scale.label", "summary": "'Counted anew, and found so.'",
        "evidence_count": "0", "independent_origins": "0", "published_by": str(editor), "seals": "'{}'",
        "author": "'A checker'", "approver": "'An editor'", "published_at": "day.moment",
    }  # fmt: skip


def _settle():
    """What a database that grew over years has done long ago."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
            return
        cursor.execute("VACUUM ANALYZE")
        tables = [Claimant, Publisher, Topic, Source, Snapshot, Claim, Appearance, Anchor, ClaimTopic, Evidence, Check]
        for table in (model._meta.db_table for model in [*tables, Verdict]):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
