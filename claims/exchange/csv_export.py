"""Lists as CSV (RFC 4180) in constant memory: UTF-8, CRLF, days and times as ISO 8601 in UTC.

Two flavours. For a spreadsheet: a byte-order mark, and one `'` before every text cell that a spreadsheet would
take for a formula, so that nothing a claimant said is executed on a journalist's machine. Raw: the cells bare.

Text cells are always quoted and typed cells never. The csv module's writer looks at every character in turn and
took half of the time of an export; days and times come as text from the database for the same reason.
"""

from array import array
from dataclasses import dataclass
from datetime import date
from itertools import islice
from tempfile import SpooledTemporaryFile

from django.conf import settings
from django.db.models import BooleanField, Count, F, Func, TextField, Value
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from claims.models import Appearance, Claim, Evidence, Verdict, VerdictEvidence
from claims.models.claims import ClaimTopic
from claims.models.log import acting

SPREADSHEET, RAW = "spreadsheet", "raw"
FLAVOURS = (SPREADSHEET, RAW)
CURRENT, FULL = "current", "full"
HISTORIES = (CURRENT, FULL)
BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet read a cell as a formula or as something else than its text, and the prefix itself.
RISKY = frozenset("=+-@\t\r\n'")
ROWS_AT_ONCE = 1_000
NUMBERS_IN_MEMORY = 1_000_000  # bytes of them, before they go to a file


def spreadsheet_cell(text):
    return f"'{text}" if text and text[0] in RISKY else text


def from_spreadsheet_cell(text):
    """The text that spreadsheet_cell() was given. A `'` that it would not have put there is the text's own, as in
    ’s-Gravenhage typed with one."""
    return text[1:] if text[:1] == "'" and text[1:2] in RISKY else text


class DayText(Func):
    """A day as YYYY-MM-DD."""

    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="%(expressions)s", **context)

    def as_postgresql(self, compiler, connection, **context):
        template = "to_char(%(expressions)s, 'YYYY-MM-DD')"
        return self.as_sql(compiler, connection, template=template, **context)


class TimeText(Func):
    """A time as YYYY-MM-DDTHH:MM:SSZ, its fraction cut off, in UTC; SQLite keeps it as text in UTC already."""

    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        template = "substr(%(expressions)s, 1, 10) || 'T' || substr(%(expressions)s, 12, 8) || 'Z'"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler, connection, **context):
        template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        return self.as_sql(compiler, connection, template=template, **context)


class Among(Func):
    """Is the number one of these? They go as one parameter: as a thousand they cost as much as the rows they bring."""

    output_field = BooleanField()

    def __init__(self, name, numbers):
        super().__init__(F(name), Value(",".join(map(str, numbers))))

    def as_sqlite(self, compiler, connection, **context):
        joiner, template = " IN (SELECT value FROM json_each('[' || ", "%(expressions)s || ']'))"
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)

    def as_postgresql(self, compiler, connection, **context):
        joiner, template = " = ANY(('{' || ", "%(expressions)s || '}')::bigint[])"
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)


AS_TEXT = {
    "said_on": DayText, "evidence_until": DayText, "source_published_on": DayText,
    "published_at": TimeText, "noted_at": TimeText,
}  # fmt: skip


def _numbers(records):
    """The primary keys of these records, ROWS_AT_ONCE at a time.

    All are set down first, eight bytes each: the filter is asked once and at one moment, and no transaction of the
    database waits for somebody who reads slowly."""
    with SpooledTemporaryFile(NUMBERS_IN_MEMORY) as file:
        found = records.values_list("pk", flat=True).iterator(chunk_size=ROWS_AT_ONCE)
        while some := array("q", islice(found, ROWS_AT_ONCE)):
            file.write(some.tobytes())
        file.seek(0)
        while some := file.read(ROWS_AT_ONCE * array("q").itemsize):
            yield array("q", some).tolist()


def _read(records, fields):
    """The records as tuples, read as they are written."""
    wanted = [AS_TEXT[name.split("__")[-1]](name) if name.split("__")[-1] in AS_TEXT else name for name in fields]
    return records.values_list(*wanted)


@dataclass(frozen=True)
class Which:
    """Which verdicts of some claims an export tells of: those in force now, or when the day `as_of` ended at the desk;
    or, of the `full` history, all that were published until then."""

    as_of: date | None = None
    full: bool = False

    def verdicts(self, claims):
        """Their numbers, in the stable order of exports."""
        if self.as_of is None and not self.full:
            return _numbers(Verdict.objects.filter(pk__in=claims.order_by().values("verdict")).in_order())
        of_claims = Verdict.objects.filter(claim__in=claims.order_by().values("pk"))
        if self.as_of is not None:
            of_claims = of_claims.published_until(self.as_of) if self.full else of_claims.in_force(on=self.as_of)
        return _numbers(of_claims.in_order())

    def then(self, claim_ids):
        """{claim: what its verdict in force on that day said in short} of some claims; None where no day is asked."""
        if self.as_of is None:
            return None
        found = Verdict.objects.in_force(on=self.as_of).filter(Among("claim_id", claim_ids))
        return {claim: says for claim, *says in _read(found, ("claim_id", *IN_SHORT))}


NOW = Which()
IN_SHORT = ("rating_label", "rating_value", "attribution", "number", "published_at")
UNJUDGED = (None,) * len(IN_SHORT)


def _word(value):
    return "true" if value else "false"


def _address(name):
    """The parts before and after the number in the address of the page of this name."""
    before, _number, after = reverse(name, args=[1]).rpartition("1")
    return settings.SITE_URL + before, after


class VerdictExport:
    """Verdicts of some claims, as they were published: frozen copies alone."""

    name = "verdicts"
    columns = (
        "claim_id", "claim", "claimant", "claimant_role", "said_on", "topics", "kind", "source_title",
        "source_publisher", "source_url", "quote", "appearances", "verdict_number", "rating", "rating_value",
        "attribution", "summary", "explanation", "evidence_until", "author", "approver", "override",
        "published_at", "supersedes", "replacement_kind", "replacement_note", "evidence_count",
        "independent_origins", "claim_url",
    )  # fmt: skip
    typed = frozenset({
        "claim_id", "said_on", "appearances", "verdict_number", "rating_value", "evidence_until", "published_at",
        "supersedes", "evidence_count", "independent_origins",
    })  # fmt: skip
    fields = (
        "claim_id", "statement", "claimant", "claimant_role", "said_on", "topics", "kind", "source_title",
        "source_publisher", "source_url", "quote", "appearances", "number", "rating_label", "rating_value",
        "attribution", "summary", "explanation", "evidence_until", "author", "approver", "override_reason",
        "published_at", "supersedes_id", "replacement_kind", "replacement_note", "evidence_count",
        "independent_origins",
    )  # fmt: skip

    def rows(self, claims, which=NOW):
        before, after = _address("public_claim")
        for some in which.verdicts(claims):
            for row in _read(Verdict.objects.filter(Among("pk", some)).in_order(), self.fields):
                # publish() numbers a verdict one after the one it supersedes, and neither number can change.
                superseded = row[12] - 1 if row[23] else ""
                url = f"{before}{row[0]}{after}"
                yield (*row[:23], superseded, *row[24:], url)


class VerdictEvidenceExport:
    """The frozen evidence of verdicts of some claims, a row a piece."""

    name = "verdict-evidence"
    columns = (
        "claim_id", "verdict_number", "rating", "line", "kind", "stance", "source_title", "source_publisher",
        "source_url", "source_published_on", "snapshot_sha256", "calculation", "excerpt", "locator", "primary",
        "why_not_primary", "origin", "interests", "about_attribution", "protected", "files", "archive_url",
    )  # fmt: skip
    typed = frozenset({
        "claim_id", "verdict_number", "line", "source_published_on", "primary", "about_attribution", "protected",
    })  # fmt: skip
    fields = ("verdict__claim_id", "verdict__number", "verdict__rating_label", *columns[3:])

    def rows(self, claims, which=NOW):
        for some in which.verdicts(claims):
            pieces = VerdictEvidence.objects.filter(Among("verdict_id", some)).order_by("verdict_id", "line")
            for row in _read(pieces, self.fields):
                primary, *texts, about, protected, files, archived = row[14:]
                # A frozen copy of what is protected holds none of this already; what leaves is looked at once more.
                said = ("",) * 4 if protected else row[6:10]
                words = ("",) * 4 if protected else row[10:14]
                kept = "" if protected else " ".join(files)
                archived = "" if protected else archived
                marks = _word(about), _word(protected), kept, archived
                yield (*row[:6], *said, *words, _word(primary), *texts, *marks)


class ClaimExport:
    """Some claims as they stand now, a row a claim, verdict or none.

    Where the words are from a protected source, they stay here, and so do the role and the day, which may tell who
    it is. Without a verdict the attribution is the finding on the principal appearance. Where a day is asked, rating,
    attribution, number and time are those of the verdict that was in force then, and empty where none was."""

    name = "claims"
    columns = (
        "claim_id", "claim", "claimant", "claimant_role", "said_on", "topics", "kind", "status", "priority",
        "assignee", "source_title", "source_publisher", "source_url", "quote", "appearances", "rating",
        "rating_value", "attribution", "verdict_number", "published_at", "evidence_count", "external_id",
        "noted_at", "claim_url",
    )  # fmt: skip
    typed = frozenset({
        "claim_id", "said_on", "appearances", "rating_value", "verdict_number", "published_at", "evidence_count",
        "noted_at",
    })  # fmt: skip
    fields = (
        "pk", "statement", "claimant__name", "principal_appearance__role", "principal_appearance__said_on", "kind",
        "status", "priority", "assignee__username", "principal_appearance__source__title",
        "principal_appearance__source__publisher__name", "principal_appearance__source__url",
        "principal_appearance__quote", "principal_appearance__source__protected",
        *(f"verdict__{name}" for name in IN_SHORT), "principal_appearance__attribution", "external_id", "noted_at",
    )  # fmt: skip

    def rows(self, claims, which=NOW):
        public, desk = _address("public_claim"), _address("claim")
        priorities = {each.value: each.name.lower() for each in Claim.Priority}
        for some in _numbers(claims.order_by("pk")):
            topics, appearances, evidence = _belongings(some)
            then = which.then(some)
            for row in _read(Claim.objects.filter(Among("pk", some)).order_by("pk"), self.fields):
                pk, protected, published = row[0], row[13], row[17] is not None
                before, after = public if published else desk
                now = row[14:19] if published else (None, None, row[19], None, None)
                yield (
                    *row[:3], *(("", "") if protected else row[3:5]), "; ".join(topics.get(pk, ())), row[5], row[6],
                    priorities[row[7]], row[8], *(("",) * 4 if protected else row[9:13]), appearances.get(pk, 0),
                    *(now if then is None else then.get(pk, UNJUDGED)),
                    evidence.get(pk, 0), row[20], row[21], f"{before}{pk}{after}",
                )  # fmt: skip


def _belongings(claim_ids):
    """Topics, and the numbers of appearances and of pieces of evidence, of some claims: three queries."""
    topics = {}
    named = ClaimTopic.objects.filter(claim__in=claim_ids).order_by("topic__name_key")
    for claim_id, name in named.values_list("claim_id", "topic__name"):
        topics.setdefault(claim_id, []).append(name)
    counts = [
        dict(model.objects.filter(claim__in=claim_ids).order_by().values_list("claim").annotate(Count("pk")))
        for model in (Appearance, Evidence)
    ]
    return topics, *counts


EXPORTS = {each.name: each for each in (VerdictExport(), ClaimExport(), VerdictEvidenceExport())}


class Stream:
    """The bytes of one export, in pieces; `rows` is how many rows have left so far."""

    def __init__(self, export, claims, flavour=SPREADSHEET, which=NOW):
        self.export, self.claims, self.flavour, self.which, self.rows = export, claims, flavour, which, 0

    @property
    def told(self):
        """What the log says of this export."""
        return {"what": f"{self.export.name}.csv", "flavour": self.flavour}

    def __iter__(self):
        start = BYTE_ORDER_MARK if self.flavour == SPREADSHEET else ""
        yield f"{start}{','.join(self.export.columns)}\r\n".encode()
        line = line_writer(self.export, self.flavour)
        rows = map(line, self.export.rows(self.claims, self.which))
        while some := list(islice(rows, ROWS_AT_ONCE)):
            self.rows += len(some)
            yield "".join(some).encode()


def line_writer(export, flavour):
    """A function from a row of this export to its line."""
    risky = RISKY if flavour == SPREADSHEET else frozenset()
    numbers = range(len(export.columns))
    typed = [number for number in numbers if export.columns[number] in export.typed]
    texts = [number for number in numbers if export.columns[number] not in export.typed]
    form = ",".join("%s" if number in typed else '"%s"' for number in numbers) + "\r\n"

    def line(row):
        cells = list(row)
        for number in typed:
            if cells[number] is None:
                cells[number] = ""
        for number in texts:
            text = cells[number]
            if not text:
                cells[number] = ""
                continue
            if '"' in text:
                cells[number] = text = text.replace('"', '""')
            if text[0] in risky:
                cells[number] = spreadsheet_cell(text)
        return form % tuple(cells)

    return line


def logged(stream, *, by, wanted):
    """The pieces of a stream; when it ends or breaks, who took what home is written to the log.

    `wanted` is the filter, {parameter: values}."""
    whole = False
    try:
        yield from stream
        whole = True
    finally:
        with acting("export", by=by) as act:
            act.note(
                "export",
                **stream.told,
                filter=wanted,
                rows=stream.rows,
                ended="whole" if whole else "broken",
            )


def streamed(stream, *, by, wanted):
    """The answer that hands out a stream, and logs it with its filter when it ends or breaks."""
    response = StreamingHttpResponse(logged(stream, by=by, wanted=wanted), content_type="text/csv; charset=utf-8")
    filename = f"{stream.export.name}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
