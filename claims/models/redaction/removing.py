"""Taking words out of records, in an open act of a confirmed redaction (redaction/__init__.py)."""

from collections import Counter, defaultdict
from functools import cache, partial

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from claims.models.appearances import Anchor
from claims.models.checks import Check
from claims.models.claimants import Alias, Claimant, ClaimantRole
from claims.models.claims import Claim
from claims.models.deskwords import in_words_of_the_desk
from claims.models.fields import SortKey
from claims.models.guarded import Frozen, Guarded, Logged
from claims.models.keeping import keep_found, keep_in_step
from claims.models.links import follow_link
from claims.models.log import Act, Change, kind_of
from claims.models.many import lock_many
from claims.models.redaction.kepttexts import IN_PLACE, SHARED, text_names
from claims.models.replies import RequestForComment
from claims.models.sources import Publisher, Snapshot, Source
from claims.models.statements import write
from claims.seals import new_salt, plain, sha256
from claims.states import WAITING
from claims.text import place

SIDES = (0, 1)


class Removal:
    """What one portion takes out: take() each record, follow() before the act ends, blank_frozen() behind it."""

    def __init__(self, act, redaction):
        self.act, self.redaction, self.words = act, redaction, redaction.sought()
        self.counts, self.claims, self.touched = Counter(), set(), set()
        # Sources whose address is another now.
        self.moved = []
        # (model, primary key, what to set, columns) of each UPDATE of a frozen row.
        self.steps = []
        # {(place of an act, claim): {"line.name": [old, new]}} of the log's own values.
        self.lines = defaultdict(dict)
        # The log's lines that were taken: one may hold words of its own and words around a quote.
        self.changes = {}

    def take_all(self, some):
        """What many claims share comes first; then their claims are locked before what belongs to each, as by every
        verb. Who locks in that order waits for nobody who waits for them."""
        shared = [held for held in some if held.model in SHARED]
        others = [held for held in some if held.model not in SHARED]
        for held in shared:
            self.take(held)
        lock_many(Claim.objects.filter(pk__in=self.claims | _claims_beneath(others)))
        for source in self.moved:
            follow_link(source, self.act.at, anew=True)
        for held in others:
            self.take(held)

    def take(self, held):
        rows = held.model._base_manager
        if not issubclass(held.model, Frozen):
            rows = rows.select_for_update(no_key=True, of=("self",))
        record = rows.filter(pk=held.pk).first()
        if record is None:
            return
        if isinstance(record, Change):
            self._change(record, held.names)
        elif isinstance(record, Frozen):
            self._frozen(record)
        else:
            self._live(record)

    def _without(self, record, name):
        field = record._meta.get_field(name)
        in_place = f"{record._meta.label}.{name}" in IN_PLACE
        return self.words.without(getattr(record, name), longest=field.max_length, in_place=in_place)

    def _new(self, record):
        """{name: value without the words} of the fields that hold them."""
        held = (name for name in text_names(type(record)) if self.words.stand_in(getattr(record, name)))
        return {name: self._without(record, name) for name in held}

    def _count(self, record):
        self.touched.add(record.pk if isinstance(record, Claim) else getattr(record, "claim_touched", None))
        self.counts[kind_of(type(record))] += 1

    # Live records

    def _live(self, record):
        new = self._new(record)
        if new:
            self._write(record, new)
            self.claims |= _claims_of(record)
            if isinstance(record, Source) and "url" in new:
                self.moved.append(record)

    def _write(self, record, new):
        held = record.pk
        for name, value in new.items():
            setattr(record, name, value)
        _keep_unlike(record, new)
        self._count(record)
        if not isinstance(record, Guarded):
            # Nothing of the log's: a draft being typed, staged work, the turn of a host, whose key is its name.
            if record._meta.pk.name in new:
                type(record)._base_manager.filter(pk__in=[held]).delete()
            else:
                record.save(update_fields=list(new))
            return
        derived = record.derived()
        for name, value in derived.items():
            setattr(record, name, value)
        names = [*new, *derived]
        if isinstance(record, Logged):
            record.version += 1
            names.append("version")
        write(record, names)
        self.act.tell(record, {name: [None, plain(getattr(record, name))] for name in new})

    def follow(self):
        """Lists, search documents and waiting drafts are kept in step; the log's own lines are named."""
        if self.counts:
            self.act.note("redaction", object_id=self.redaction.pk, places=dict(self.counts))
        if self.claims:
            with in_words_of_the_desk():
                because = _("Words were redacted after it was submitted, so it must be submitted and approved again.")
            keep_found(self.claims)
            keep_in_step(self.act, self.claims, because=because)
        self._salt_anew()
        for (position, claim), values in self.lines.items():
            self.act.note("change", object_id=position, claim_id=claim, **values)

    def _salt_anew(self):
        """The digests of drafts stay in the log: without the salt that they were made with, nobody can test a guess."""
        settled = Check.objects.filter(claim__in=self.touched).exclude(state__in=WAITING)
        for check in settled.order_by("claim_id", "pk"):
            self.act.lock(check)
            self.act.derive(check, salt=new_salt())

    # Frozen rows

    def blank_frozen(self):
        """One value at a time, each row as it stands then: the one before it may have been another value of it."""
        for model, pk, set_values, columns in self.steps:
            record = model._base_manager.get(pk=pk)
            set_values(record)
            write(record, columns)

    def _frozen(self, record):
        new = self._new(record)
        if not new:
            return
        self._count(record)
        if isinstance(record, Snapshot) and "text" in new:
            self._anchors(record, new["text"])
        told = {name: plain(value) for name, value in new.items()}
        if isinstance(record, Snapshot) and "text" in new:
            told["text"] = sha256(new["text"].encode())
        for name, value in new.items():
            columns = [name, *_seal_column(record, name)]
            self.steps.append((type(record), record.pk, partial(_set_value, name=name, value=value), columns))
        if isinstance(record, Act):
            self.act.note("act", object_id=record.pk, claim_id=_claim_of(record), **told)
        else:
            self.act.tell(record, {name: [None, value] for name, value in told.items()})

    def _change(self, line, names):
        line = self.changes.setdefault(line.pk, line)
        for name in names:
            pair = [self.words.without(value) for value in line.values[name]]
            self._put(line, name, pair)

    def _put(self, line, name, pair):
        sides = [side for side in SIDES if pair[side] != line.values[name][side]]
        if not sides:
            return
        self._count(line)
        set_values = partial(_set_pair, name=name, pair=pair, sides=sides)
        self.steps.append((Change, line.pk, set_values, ["values", "seals"]))
        line.values = line.values | {name: pair}
        self.lines[line.act_id, line.claim_id][f"{line.line}.{name}"] = pair

    # Around a quote, words may be cut off where its context ends: there they are blanked by their place.

    def _anchors(self, snapshot, text):
        for anchor in snapshot.anchors.select_related("appearance").order_by("pk"):
            spot = place(text, anchor.start, anchor.end)
            new = {"prefix": spot.prefix, "suffix": spot.suffix}
            new = {name: value for name, value in new.items() if value != getattr(anchor, name)}
            if new:
                self._write(anchor, new)
            appearance, quote = anchor.appearance, text[anchor.start : anchor.end]
            if anchor.state == Anchor.State.EXACT and appearance.quote != quote:
                self._write(appearance, {"quote": quote})
                self.claims.add(appearance.claim_id)
        told = Q(values__snapshot__0=str(snapshot.pk)) | Q(values__snapshot__1=str(snapshot.pk))
        for line in Change.objects.filter(told, kind="anchor").order_by("pk"):
            self._context(self.changes.setdefault(line.pk, line), snapshot, text)

    def _context(self, line, snapshot, text):
        for side in SIDES:
            pk, start, end = (line.values.get(name, [None, None])[side] for name in ("snapshot", "start", "end"))
            if pk != str(snapshot.pk) or start is None or end is None:
                continue
            spot = place(text, int(start), int(end))
            for name, value in (("prefix", spot.prefix), ("suffix", spot.suffix)):
                if line.values.get(name, [None, None])[side]:
                    pair = [value if each == side else line.values[name][each] for each in SIDES]
                    self._put(line, name, pair)


def _claim_of(act):
    """The claim in whose history its reason stands, so that who may not read it there does not read it again."""
    return act.changes.exclude(claim_id=None).order_by("line").values_list("claim_id", flat=True).first()


def _seal_column(record, name):
    """The column whose salt goes with the value."""
    if isinstance(record, Act):
        return ["reason_seal"]
    return ["seals"] if name in getattr(record, "SEALED", ()) else []


def _set_value(record, *, name, value):
    setattr(record, name, value)
    for column in _seal_column(record, name):
        a_seal = getattr(record, column) if column == "reason_seal" else record.seals[name]
        a_seal[0] = None


def _set_pair(line, *, name, pair, sides):
    line.values[name] = pair
    for side in sides:
        line.seals[name][side][0] = None


@cache
def _unlike(model):
    """The searched fields by which no two records of a model may be alike."""
    meta = model._meta
    unique = {field.name for field in meta.concrete_fields if field.unique and not field.primary_key}
    unique |= {name for each in meta.constraints for name in getattr(each, "fields", ())}
    keys = {field.name for field in meta.concrete_fields if isinstance(field, SortKey)}
    return set(text_names(model)) if unique & keys else unique & set(text_names(model))


def _keep_unlike(record, new):
    """Where no two records may have the same text, a number tells those apart whose words are gone."""
    names, number = _unlike(type(record)) & new.keys(), 1
    while names:
        for name, value in record.derived().items():
            setattr(record, name, value)
        try:
            record.validate_unique()
            record.validate_constraints()
            return
        except ValidationError:
            number += 1
        for name in names:
            setattr(record, name, f"{new[name]} {number}")


# Where the claim of a record stands that does not name it itself.
TO_CLAIM = {
    "anchor": "appearance__claim", "snapshot": "anchors__appearance__claim", "secondopinion": "check_file__claim",
}  # fmt: skip


def _claims_beneath(some):
    """Primary keys of the claims to which these records belong."""
    numbers, found = defaultdict(list), set()
    for held in some:
        numbers[held.model].append(held.pk)
    for model, keys in numbers.items():
        names = {field.name for field in model._meta.concrete_fields}
        path = "pk" if model is Claim else TO_CLAIM.get(kind_of(model), "claim" if "claim" in names else None)
        if path:
            found |= set(model._base_manager.filter(pk__in=keys).order_by().values_list(path, flat=True))
    return found - {None}


def _claims_of(record):
    """Primary keys of the claims that show the record, or are found by it."""
    if isinstance(record, Claim):
        return {record.pk}
    if isinstance(record, Claimant | Alias | ClaimantRole):
        who = record if isinstance(record, Claimant) else record.claimant
        asked = RequestForComment.objects.filter(claimant=who).values("claim")
        shown = Q(claimant=who) | Q(appearances__claimant=who) | Q(pk__in=asked)
    elif isinstance(record, Source):
        shown = Q(appearances__source=record) | Q(evidence__source=record)
    elif isinstance(record, Publisher):
        shown = Q(appearances__source__publisher=record) | Q(evidence__source__publisher=record)
    else:
        return {record.claim_id} if getattr(record, "claim_id", None) else set()
    return set(Claim.objects.filter(shown).values_list("pk", flat=True))
