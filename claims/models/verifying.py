"""Does the whole record hold? The chain of acts; each frozen record against the act that made it, verdicts with their
digests; and whatever stands in the database though no act put it there."""

from contextlib import suppress

from django.db import connection
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from claims.models import triggers
from claims.models.chain import UNREADABLE, Chain, portions
from claims.models.claims import Claim
from claims.models.files import SnapshotFile
from claims.models.log import Act, Change, kind_of, logged_fields
from claims.models.redaction.blanked import unnamed
from claims.models.sources import Snapshot
from claims.models.verdicts import Verdict, VerdictEvidence
from claims.seals import is_empty, plain

# What is written once and told in the log by the act that wrote it.
MADE = {kind_of(model): model for model in triggers.FROZEN if model not in (Act, Change)}


def not_refused():
    """What the database would not refuse, since triggers are gone or hollow."""
    for name in triggers.missing(connection):
        yield f"The database does not refuse what it must: {name} is missing."


class Verification:
    """Iterate over what does not fit, in words, each beginning with what it is about; afterwards `chain` tells how
    far it went, and `verdicts` how many there are.

    `passed` is told how many acts have been looked at. `noted` is (position, hash) of a head known from elsewhere:
    a log that was written anew as a whole fits in itself, and not to that."""

    def __init__(self, passed=lambda acts: None, *, noted=None):
        self.chain, self.verdicts, self.passed, self.noted = Chain(), 0, passed, noted

    def __iter__(self):
        try:
            for head, acts, lines in portions():
                for position, what in self.chain.breaks(head, acts, lines):
                    yield f"Act {position} {what}."
                yield from self._made_by(lines)
                self.passed(self.chain.acts)
        except UNREADABLE as error:
            yield f"Act {self.chain.expected} cannot be read ({error})."
        if self.noted and not Act.objects.filter(position=self.noted[0], hash=self.noted[1]).exists():
            yield f"Act {self.noted[0]} does not have the hash that was noted."
        yield from _made_by_no_act()
        yield from _out_of_order()

    def _made_by(self, lines):
        """What does not fit among the records that these changes say were made."""
        for kind, model in MADE.items():
            first = {}
            for line in (line for some in lines.values() for line in some if line.kind == kind):
                if _makes(line, model):
                    first[line.object_id] = line
            if not first:
                continue
            records = _records(model, first)
            for pk, line in first.items():
                if fault := _safely(_disagreement, records.get(pk), line):
                    yield f"{_named(model, pk)} {fault}, unlike act {line.act_id}."
            if model is Verdict:
                self.verdicts += len(first)
                yield from _misfits(records)
            if model is Snapshot:
                yield from _other_texts(records)


def _safely(look, *at):
    """What look(*at) finds, where it can be read at all."""
    try:
        return look(*at)
    except UNREADABLE:
        return "holds what cannot be read"


def _named(model, pk):
    return f"{str(model._meta.verbose_name).capitalize()} {pk}"


def _makes(line, model):
    """Is this line of the log the one of a record's making? Then it tells all that such a record cannot lack."""
    needed = (field.name for field in logged_fields(model) if field.is_relation and not field.null)
    return all(line.values.get(name, [None, None])[0] is None and name in line.values for name in needed)


def _records(model, pks):
    """Those of these records that are there and can be read."""
    rows = model.objects.defer("text") if model is Snapshot else model.objects.all()
    try:
        return rows.in_bulk(pks)
    except UNREADABLE:
        found = {}
        for pk in pks:
            with suppress(*UNREADABLE):
                found |= rows.in_bulk([pk])
        return found


def _disagreement(record, line):
    """How a record differs from what the log says of its making, or None."""
    if record is None:
        return "is gone or cannot be read"
    for field in logged_fields(type(record)):
        name, value = field.name, plain(field.value_from_object(record))
        _old, told = line.values.get(name, (None, None))
        if value == told or _blanked(line.seals.get(name, [None])[-1], getattr(record, "seals", {}).get(name)):
            continue
        # A field that came later is told of no earlier record, and began with what its migration gave.
        if name not in line.values and (is_empty(value) or value == plain(field.get_default())):
            continue
        return f"has another {name}"
    return None


def _blanked(*seals):
    """Was the value under one of these seals redacted?"""
    return any(a_seal is not None and a_seal[0] is None for a_seal in seals)


def _misfits(verdicts):
    """Verdicts that do not fit their own seals and digest."""
    pieces = {}
    for piece in VerdictEvidence.objects.filter(verdict__in=verdicts).order_by("verdict_id", "line"):
        pieces.setdefault(piece.verdict_id, []).append(piece)
    for pk, verdict in sorted(verdicts.items()):
        some = pieces.get(pk, [])
        if fault := _safely(verdict.misfit, some) or _safely(_lost, [verdict, *some]):
            yield f"{_named(Verdict, pk)} {fault}."


def _lost(records):
    """What of a verdict and its evidence was blanked otherwise than a redaction says, or None."""
    for _record, name in unnamed(records):
        return f"lost its {name} otherwise than a redaction says"
    return None


def _other_texts(snapshots):
    """Snapshots whose text is not the one of their hash, read a few at a time, since a text may be a megabyte."""
    files = SnapshotFile.objects.filter(snapshot=OuterRef("pk"), sha256=OuterRef("sha256"))
    texts = Snapshot.objects.filter(pk__in=snapshots).annotate(is_file=Exists(files)).order_by("pk")
    for snapshot in texts.iterator(chunk_size=10):
        if (snapshot.text or not snapshot.is_file) and unnamed([snapshot]):
            yield f"{_named(Snapshot, snapshot.pk)} has another text than its hash says, and than any redaction."


def _made_by_no_act():
    """Frozen records that no line of the log tells of."""
    for kind, model in MADE.items():
        told = Change.objects.filter(kind=kind, object_id=OuterRef("pk"))
        for pk in model.objects.exclude(Exists(told)).order_by("pk").values_list("pk", flat=True).iterator():
            yield f"{_named(model, pk)} was made by no act of the log."


def _out_of_order():
    """Verdicts that do not follow the one before them, and claims that show another than theirs in force."""
    verdicts = Verdict.objects.annotate(
        last_claim=Coalesce("supersedes__claim", "claim"), last_number=Coalesce("supersedes__number", 0)
    ).exclude(last_claim=F("claim"), last_number=F("number") - 1, check_file__claim=F("claim"))
    for pk in verdicts.order_by("pk").values_list("pk", flat=True):
        yield f"{_named(Verdict, pk)} does not follow the verdict before it, or not on its own claim."
    # One that was slipped in leaves a claim two in force; it is named above, and the first of them stays the right one.
    in_force = Verdict.objects.in_force().filter(claim=OuterRef("pk")).order_by("number", "pk").values("pk")[:1]
    claims = Claim.objects.annotate(shown=Coalesce("verdict", 0), right=Coalesce(Subquery(in_force), 0))
    for pk in claims.exclude(shown=F("right")).order_by("pk").values_list("pk", flat=True):
        yield f"{_named(Claim, pk)} shows another verdict than its own in force."
