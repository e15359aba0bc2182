"""Where words stand that are to be redacted, for the two people who answer for it; nothing is changed."""

from dataclasses import dataclass

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from claims.models import Act, Change, Claim
from claims.models.log import kind_of
from claims.models.withholding import ABOUT_DRAFTS, claims_kept_from, without_secret_reasons
from claims.text import in_context

AROUND = 40


@dataclass
class Seen:
    """One record: what it is, the claim it belongs to, in which of its texts the words stand, and the first of them
    as (before, words, after)."""

    what: str
    claim: Claim | None
    fields: list
    context: tuple


def seen_in(run, user):
    """[Seen] of the records that a dry run names. Without the words where a draft is kept from the person
    (models/opinions.py)."""
    kept, words, helds = claims_kept_from(user), run.redaction.sought(), run.helds()
    records = {
        model: model._base_manager.in_bulk([held.pk for held in helds if held.model is model])
        for model in {held.model for held in helds}
    }
    there = [(held, records[held.model][held.pk]) for held in helds if held.pk in records[held.model]]
    without_secret_reasons([record for _held, record in there if isinstance(record, Act)], user)
    claims = Claim.objects.in_bulk({_claim_of(record) for _held, record in there} - {None})
    return [_seen(held, record, claims.get(_claim_of(record)), words, kept) for held, record in there]


def _claim_of(record):
    return record.pk if isinstance(record, Claim) else getattr(record, "claim_touched", None)


def in_words(counts):
    """[(name of the kind, number)] by name."""
    names = {kind_of(model): model._meta.verbose_name for model in apps.get_models()}
    names |= {"change": _("line of the log"), "act": _("reason in the log")}
    return sorted((capfirst(str(names.get(kind, kind))), number) for kind, number in counts.items())


def _seen(held, record, claim, words, kept):
    if isinstance(record, Change):
        kind, values = record.kind, [record.values[name] for name in held.names]
        what = _("Line %(line)d of act %(act)d in the log") % {"line": record.line, "act": record.act_id}
    else:
        kind, values = kind_of(held.model), [getattr(record, name) for name in held.names]
        what = _act_of(record) if isinstance(record, Act) else f"{capfirst(str(record._meta.verbose_name))} {record.pk}"
    # What somebody typed and has not saved may be a draft's.
    secret = kept and (kind == "keptdraft" or (kind in ABOUT_DRAFTS and claim and claim.pk in kept))
    around = ("", "", "") if secret else _around([text for value in values for text in _texts(value)], words)
    return Seen(what, claim, [_label(kind, name) for name in held.names], around)


def _act_of(act):
    return _("Act %(act)d in the log") % {"act": act.pk}


def _texts(value):
    """The texts of a value as JSON has it, at whatever depth."""
    if isinstance(value, dict | list):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _label(kind, name):
    for model in apps.get_models():
        if kind_of(model) == kind and name in {field.name for field in model._meta.concrete_fields}:
            return str(model._meta.get_field(name).verbose_name)
    return name


def _around(texts, words):
    for text in texts:
        for start, end in words.spans(text):
            return in_context(text, start, end, AROUND)
    return "", "", ""
