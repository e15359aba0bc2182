"""Where words stand that are to be redacted, for the two people who answer for it; nothing is changed."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from claims.models import Act, Change, Claim
from claims.models.log import kind_of
from claims.models.redaction.kepttexts import AT_ONCE
from claims.models.withholding import ABOUT_DRAFTS, claims_kept_from, without_secret_reasons
from claims.text import in_context

AROUND = 40


@dataclass
class Seen:
    """One record: what it is, in which of its texts the words stand, the first of them as (before, words, after), and
    the claim it belongs to."""

    what: str
    fields: list
    context: tuple
    claim: Claim | None = None


def seen_in(run, user):
    """[Seen] of the records that a dry run names and that are still there. Without the words where a draft is kept
    from the person (models/opinions.py)."""
    kept, words, helds = claims_kept_from(user), run.redaction.sought(), run.helds()
    seen = []
    for some in batched(helds):
        records = some[0].model._base_manager.in_bulk([held.pk for held in some])
        there = [(held, records[held.pk]) for held in some if held.pk in records]
        without_secret_reasons([record for _held, record in there if isinstance(record, Act)], user)
        seen += [(_claim_of(record), _seen(held, record, words, kept)) for held, record in there]
    claims = Claim.objects.in_bulk({claim for claim, _each in seen} - {None})
    for number, each in seen:
        each.claim = claims.get(number)
    return [each for _number, each in seen]


def batched(helds):
    """Those of one model that stand together, at most ten of those whose texts may be long."""
    for model, some in groupby(helds, key=lambda held: held.model):
        some = list(some)
        size = AT_ONCE.get(model, len(some))
        yield from (some[first : first + size] for first in range(0, len(some), size))


def _claim_of(record):
    return record.pk if isinstance(record, Claim) else getattr(record, "claim_touched", None)


def in_words(counts):
    """[(name of the kind, number)] by name."""
    names = {kind_of(model): model._meta.verbose_name for model in apps.get_models()}
    names |= {"change": _("line of the log"), "act": _("reason in the log")}
    return sorted((capfirst(str(names.get(kind, kind))), number) for kind, number in counts.items())


def _seen(held, record, words, kept):
    if isinstance(record, Change):
        model = apps.all_models["claims"].get(record.kind)
        kind, values = record.kind, [record.values[name] for name in held.names if name in record.values]
        what = _("Line %(line)d of act %(act)d in the log") % {"line": record.line, "act": record.act_id}
    else:
        model = held.model
        kind, values = kind_of(model), [getattr(record, name, "") for name in held.names]
        what = _act_of(record) if isinstance(record, Act) else f"{capfirst(str(record._meta.verbose_name))} {record.pk}"
    # What somebody typed and has not saved may be a draft's.
    secret = kept and (kind == "keptdraft" or (kind in ABOUT_DRAFTS and _claim_of(record) in kept))
    around = ("", "", "") if secret else _around([text for value in values for text in _texts(value)], words)
    return Seen(what, [_label(model, name) for name in held.names], around)


def _act_of(act):
    return _("Act %(act)d in the log") % {"act": act.pk}


def _texts(value):
    """The texts of a value as JSON has it, at whatever depth."""
    if isinstance(value, dict | list):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _label(model, name):
    """What a field is called; what is told of a record beside its fields is called by its own name."""
    with suppress(FieldDoesNotExist):
        return str(model._meta.get_field(name).verbose_name) if model else name
    return name


def _around(texts, words):
    for text in texts:
        if place := words.first(text):
            return in_context(text, *place, AROUND)
    return "", "", ""
