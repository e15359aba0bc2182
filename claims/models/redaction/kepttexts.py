"""Every text that the database keeps, found by looking at the models themselves: so a model that is added later is
searched for words that must go without anybody having to think of it.

What is not searched is named here with the reason; tests/test_kept_texts.py fails where a text is neither."""

from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from claims.models.claimants import Alias, Claimant, ClaimantRole
from claims.models.fields import Hash, LanguageCode, SortKey
from claims.models.guarded import Frozen
from claims.models.log import Change
from claims.models.sources import Publisher, Snapshot, Source
from claims.models.topics import Topic

TEXTS = frozenset({"CharField", "TextField", "SlugField", "JSONField", "FileField", "BinaryField"})
ACCOUNT = "Of an account of the desk; a redaction of words that name one is refused, and an administrator edits it."
FURNITURE = "Put there by Django or by the program's own files, never by a person at work."
UNREAD = "A key or a counter that nobody reads."
VOCABULARY = "A word of the program's own, chosen from a list."
SEALS = "Salts and hashes."
AGAIN = "Written again from what it is made of."
# Models whose texts are not searched, and why.
NOT_SEARCHED = {
    "claims.User": ACCOUNT,
    "account.EmailAddress": ACCOUNT,
    "account.EmailConfirmation": UNREAD,
    "mfa.Authenticator": ACCOUNT,
    "auth.Permission": FURNITURE,
    "auth.Group": FURNITURE,
    "contenttypes.ContentType": FURNITURE,
    "claims.Rating": "Read from seeds/ratings.toml, which would bring it back: edit that file.",
    "claims.SearchDocument": AGAIN,
    "claims.DryRun": "Where the words stand; deleted before the first of them is removed.",
    "sessions.Session": "Encoded; models/redaction/cleaning.py reads each, and ends those that hold the words.",
}
# Fields that are not searched, and why.
LEFT_OUT = {
    "claims.Redaction.words": "The words themselves, until they are gone.",
    "claims.Redaction.salt": UNREAD,
    "claims.Act.verb": VOCABULARY,
    "claims.Act.reason_seal": SEALS,
    "claims.Change.kind": VOCABULARY,
    "claims.Change.seals": SEALS,
    "claims.Verdict.seals": SEALS,
    "claims.VerdictEvidence.seals": SEALS,
    "claims.VerdictEvidence.snapshot_sha256": SEALS,
    "claims.VerdictEvidence.files": SEALS,
    "claims.Verdict.form": VOCABULARY,
    "claims.Verdict.language": VOCABULARY,
    "claims.Verdict.claimant_kind": VOCABULARY,
    "claims.Verdict.said_on_precision": VOCABULARY,
    "claims.Verdict.rating_slug": VOCABULARY,
    "claims.Check.salt": UNREAD,
    "claims.BulkAct.deed": VOCABULARY,
    "claims.BulkAct.rows": "Numbers of claims and versions.",
    "claims.KeptDraft.key": VOCABULARY,
    "claims.Source.words": AGAIN,
    "claims.Evidence.origin_key": AGAIN,
    "claims.Anchor.prefix": AGAIN,
    "claims.Anchor.suffix": AGAIN,
    "claims.User.password": UNREAD,
    "claims.User.roles": VOCABULARY,
    "claims.User.time_zone": VOCABULARY,
    "claims.User.language": VOCABULARY,
}
# Tables that no model stands for, and why they are not searched.
OTHER_TABLES = {
    "desk_cache": "models/redaction/cleaning.py reads each row, and deletes those that hold the words.",
    "django_migrations": FURNITURE,
}
# Locked before claims, as every verb does that changes what many claims share; what is frozen comes last.
SHARED = (Claimant, Alias, ClaimantRole, Publisher, Source, Topic)
# Their places are counted: offsets of anchors, and of links and annotations elsewhere, must stay true.
IN_PLACE = frozenset({"claims.Snapshot.text", "claims.Appearance.quote"})
# So many records are read at once; fewer where each may be megabytes long.
ROWS, AT_ONCE = 1_000, {Snapshot: 10}


def holds_text(field):
    return field.get_internal_type() in TEXTS and not field.many_to_many


def why_not(field):
    """Why a field that holds text is not searched, or None where it is."""
    if field.choices or isinstance(field, LanguageCode):
        return VOCABULARY
    if isinstance(field, Hash):
        return SEALS
    if isinstance(field, SortKey):
        return AGAIN
    return LEFT_OUT.get(f"{field.model._meta.label}.{field.name}")


def text_names(model):
    """The names of the fields of a model that are searched."""
    fields = model._meta.concrete_fields
    return [field.name for field in fields if holds_text(field) and not why_not(field)]


def searched():
    """The models that are searched, in the order in which their records are locked."""
    models = [each for each in apps.get_models() if each._meta.label not in NOT_SEARCHED and text_names(each)]
    last = {False: len(SHARED), True: len(SHARED) + 1}
    return sorted(models, key=lambda each: SHARED.index(each) if each in SHARED else last[issubclass(each, Frozen)])


def is_searched(kind, name):
    """Is the value of this name searched in a line of the log? What is no field of a record is text."""
    try:
        field = apps.get_model("claims", kind)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return True
    return not field.is_relation and holds_text(field) and not why_not(field)


@dataclass(frozen=True)
class Held:
    """A record that holds the words; `names` are its fields, or of a line of the log the names of its values."""

    model: type
    pk: object
    names: tuple


@dataclass(frozen=True)
class Portion:
    """Some records of a model that were looked at: how many, the last of them, and which hold the words."""

    model: type
    last: object
    size: int
    found: list


def portions(words, model=None, last=None):
    """Yield every record's portion, in the order in which the records are locked. Who was at record `last` of `model`
    goes on behind it: no statement reads longer than a portion takes, and whoever is broken off need not begin anew."""
    models = searched()
    for each in models[models.index(model) if model else 0 :]:
        size = AT_ONCE.get(each, ROWS)
        while rows := _some_of(each, last, size):
            last = rows[-1][0]
            yield Portion(each, last, len(rows), [held for held in (_held(each, row, words) for row in rows) if held])
            if len(rows) < size:
                break
        last = None


def _some_of(model, last, size):
    rows = model._base_manager.order_by("pk")
    rows = rows if last is None else rows.filter(pk__gt=last)
    return list(rows.values_list("pk", *(("kind", "values") if model is Change else text_names(model)))[:size])


def _held(model, row, words):
    if model is Change:
        pk, kind, values = row
        names = tuple(name for name, pair in values.items() if is_searched(kind, name) and words.stand_in(pair))
    else:
        pk, *values = row
        names = tuple(name for name, value in zip(text_names(model), values, strict=True) if words.stand_in(value))
    return Held(model, pk, names) if names else None


def holding(words):
    """Yield a Held for every record whose texts hold the words, in the order in which they are locked."""
    for portion in portions(words):
        yield from portion.found
