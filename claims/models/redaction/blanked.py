"""What was blanked, held against the log: each value whose salt is gone must be named there by a redaction of two
people, with what stands in its place. A value blanked past the triggers is found by this."""

from collections import defaultdict

from django.db.models import Exists, OuterRef

from claims.models.log import Act, Change, kind_of
from claims.models.sources import Snapshot
from claims.seals import plain, sha256


def blanked_in(record):
    """{(kind, number, name): what stands there}, in the words of the log, of the record's blanked values."""
    kind = kind_of(type(record))
    if isinstance(record, Act):
        return {(kind, record.pk, "reason"): record.reason} if record.reason_seal[0] is None else {}
    if isinstance(record, Change):
        gone = (name for name, seals in record.seals.items() if any(salt is None for salt, _hash in seals))
        return {(kind, record.act_id, f"{record.line}.{name}"): record.values[name] for name in gone}
    if isinstance(record, Snapshot):
        digest = sha256(record.text.encode())
        return {} if digest == record.sha256 else {(kind, record.pk, "text"): digest}
    gone = (name for name, (salt, _hash) in getattr(record, "seals", {}).items() if salt is None)
    return {(kind, record.pk, name): plain(getattr(record, name)) for name in gone}


def unnamed(records):
    """[(record, name)] of the blanked values of which no confirmed redaction says what stands there now."""
    found = [(record, place, value) for record in records for place, value in blanked_in(record).items()]
    named = _named([place for _record, place, _value in found]) if found else {}
    return [(record, place[2]) for record, place, value in found if named.get(place) != [None, value]]


def _named(places):
    """{place: the pair} that the newest act about each says."""
    numbers = defaultdict(set)
    for kind, number, _name in places:
        numbers[kind].add(number)
    asked = Act.objects.filter(verb="redaction.ask", batch=OuterRef("batch"), position__lt=OuterRef("position"))
    asked = asked.exclude(actor=OuterRef("actor"))
    confirmed = Act.objects.filter(
        Exists(asked), verb="redaction.confirm", batch=OuterRef("act__batch"), position__lt=OuterRef("act_id")
    )
    named = {}
    for kind, some in numbers.items():
        lines = Change.objects.filter(Exists(confirmed), kind=kind, object_id__in=some, act__verb="redaction.blank")
        for line in lines.order_by("act_id", "line"):
            named |= {(kind, line.object_id, name): pair for name, pair in line.values.items()}
    return named
