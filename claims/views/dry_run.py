"""Where words stand that are to be redacted, for the two people who answer for it; nothing is changed."""

from collections import Counter
from dataclasses import dataclass

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from claims.models import Act, Change, Claim
from claims.models.kepttexts import holding
from claims.models.log import kind_of
from claims.models.withholding import ABOUT_DRAFTS, claims_kept_from, without_secret_reasons
from claims.text import in_context

MOST_SHOWN = 100
AROUND = 40


@dataclass
class Seen:
    """One record: what it is, the claim it belongs to, in which of its texts the words stand, and the first of them
    as (before, words, after)."""

    what: str
    claim: Claim | None
    fields: list
    context: tuple


@dataclass
class DryRun:
    """How many records of each kind hold the words, and the first of all one by one."""

    counts: list
    seen: list
    more: int


def dry_run(words, user):
    """Without the words around them where a draft is kept from the person (models/opinions.py)."""
    kept = claims_kept_from(user)
    counts, shown = Counter(), []
    for held in holding(words):
        counts[kind_of(held.model)] += 1
        if len(shown) < MOST_SHOWN:
            shown.append(held)
    seen = [each for each in (_seen(held, words, user, kept) for held in shown) if each]
    return DryRun(in_words(counts), seen, counts.total() - len(seen))


def in_words(counts):
    """[(name of the kind, number)] by name."""
    names = {kind_of(model): model._meta.verbose_name for model in apps.get_models()}
    names |= {"change": _("line of the log"), "act": _("reason in the log")}
    return sorted((capfirst(str(names.get(kind, kind))), number) for kind, number in counts.items())


def _seen(held, words, user, kept):
    record = held.model._base_manager.filter(pk=held.pk).first()
    if record is None:
        return None
    if isinstance(record, Act):
        without_secret_reasons([record], user)
    if isinstance(record, Change):
        names, kind = held.names, record.kind
        values = [text for name in names for text in _texts(record.values[name])]
        what = _("Line %(line)d of act %(act)d in the log") % {"line": record.line, "act": record.act_id}
    else:
        names, kind = held.names, kind_of(held.model)
        values = [text for name in names for text in _texts(getattr(record, name))]
        what = _act_of(record) if isinstance(record, Act) else f"{capfirst(str(record._meta.verbose_name))} {record.pk}"
    claim = Claim.objects.filter(pk=getattr(record, "claim_touched", None)).first()
    claim = record if isinstance(record, Claim) else claim
    # What somebody typed and has not saved may be a draft's.
    if kept and (kind == "keptdraft" or (kind in ABOUT_DRAFTS and claim and claim.pk in kept)):
        values = []
    return Seen(what, claim, [_label(kind, name) for name in names], _around(values, words))


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
