"""What was done to a claim, in words: who, when, why, and each change from old to new."""

from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from claims.forms.history import InForceForm
from claims.models import Act, Appearance, Change, Evidence
from claims.models.fields import Day
from claims.models.undoing import firsts_of, may_undo, undone_of
from claims.models.withholding import ABOUT_DRAFTS, withheld, without_secret_reasons
from claims.paging import page_of

# What a line tells beside the rest of its act: nothing to a reader.
SILENT = ("verdictevidence", "change", "act")
UNTOLD = frozenset(
    {"claim", "snapshot", "check_file", "noted_by", "started_by", "added_by", "submitted_digest", "approved_digest",
     "prefix", "suffix", "appearance_id"}
)  # fmt: skip
TOLD_OF = {
    "secondopinion": ("asked_of", "rating", "reasons", "first_rating", "withdrawn_at"),
    "verdict": ("number", "rating_label", "approver"),
    "anchor": ("start", "end"),
    # Its words stand with the comments; those removed by their author are read in the log alone.
    "comment": ("passage_field", "resolved_at", "removed_at"),
}
LONGEST = 400


@dataclass
class Told:
    """One changed record: what it is, and (label, old, new) for each field; None where the values are protected, or
    `later`, where the person is to judge the claim without them first."""

    what: str
    rows: list | None
    later: bool = False


@dataclass
class Entry:
    """One act as the history tells it; `undo` is where it can be undone or seen as a whole, or None."""

    act: Act
    lines: list
    undo: str | None
    undone: bool


def history_of(claim, user, params, *, size=20):
    """The acts on this claim that `params` ask for, newest first, at a constant number of queries."""
    acts = Act.objects.of_claim(claim).select_related("actor", "undoes")
    page = page_of(acts, params, "position", descending=True, size=size)
    told = told_of(page.rows, claim, user)
    firsts, undone, final = firsts_of(page.rows), undone_of(claim), _of_published(page.rows, claim)
    entries = []
    for act in without_secret_reasons(page.rows, user):
        address = None if act.pk in final else _undo_address(act, firsts[act.pk], user)
        entries.append(Entry(act, told.get(act.pk, []), address, act.pk in undone))
    return {"page": page, "history": entries}


def _of_published(acts, claim):
    """Positions of the acts on the drafts that were published: nobody undoes them any more. What was done to a claim
    or its evidence may be undone, though a submission fell by it."""
    acts = [act.pk for act in acts if act.verb.startswith("check.")]
    published = claim.verdicts.values("check_file")
    lines = Change.objects.filter(act__in=acts, claim_id=claim.pk, kind="check", object_id__in=published)
    return set(lines.values_list("act_id", flat=True))


def in_force_on(claim, params):
    """The verdict in force when the day `on` of the address ended at the desk, for a page with the form that asks."""
    form = InForceForm(params if "on" in params else None)
    day = form.cleaned_data["on"] if form.is_valid() else None
    found = claim.verdicts.in_force(on=day).select_related("superseded_by").first() if day else None
    return {"in_force_form": form, "day": day, "then": found}


def _undo_address(act, first, user):
    if not may_undo(act, user, first):
        return None
    if act.batch:
        return reverse("admin:claims_bulkact_change", args=[act.batch]) if user.may("use_admin") else None
    return reverse("undo_act", args=[act.pk])


def told_of(acts, claim, user):
    """{position of an act: what it changed of this claim, as Told}."""
    changes = Change.objects.filter(act__in=acts, claim_id=claim.pk).exclude(kind__in=SILENT)
    changes = list(changes.order_by("act_id", "line"))
    hidden = withheld([claim.pk], user)
    names = _names(changes, user)
    told = {}
    for change in changes:
        told.setdefault(change.act_id, []).append(_told(change, names, hidden))
    return told


def _field(kind, name):
    try:
        return apps.get_model("claims", kind)._meta.get_field(name)
    except LookupError:
        return None
    except models.FieldDoesNotExist:
        return None


def _ids(value):
    return [int(each) for each in value] if isinstance(value, list) else [int(value)] if value else []


def _names(changes, user):
    """{model: {id: name}} of everything the lines refer to, one query a model, within what the person may see."""
    wanted = {}
    for change in changes:
        for name, pair in change.values.items():
            field = _field(change.kind, name)
            if name not in UNTOLD and field is not None and field.related_model:
                wanted.setdefault(field.related_model, set()).update(*map(_ids, pair))
    found = {model: _seen(model, user).filter(pk__in=ids) for model, ids in wanted.items()}
    return {model: {record.pk: str(record) for record in records} for model, records in found.items()}


def _seen(model, user):
    related = {Appearance: ["claimant"], Evidence: ["source"]}.get(model, [])
    rows = model._default_manager.select_related(*related) if related else model._default_manager.all()
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


def _told(change, names, hidden):
    model = apps.get_model("claims", change.kind)
    what = capfirst(str(model._meta.verbose_name))
    if (change.kind, change.object_id) in hidden:
        # Lines of a check are hidden for one reason alone.
        later = change.kind in ABOUT_DRAFTS and any(kind == "check" for kind, _pk in hidden)
        return Told(what, None, later)
    only = TOLD_OF.get(change.kind, change.values)
    if change.kind != "comment" and not set(only) & change.values.keys():
        only = change.values  # a redaction tells what is left of the others
    rows = [
        (_label(change.kind, name), _shown(change.kind, name, old, names), _shown(change.kind, name, new, names))
        for name, (old, new) in change.values.items()
        if name not in UNTOLD and name in only
    ]
    return Told(what, rows)


def _label(kind, name):
    field = _field(kind, name)
    return capfirst(str(field.verbose_name)) if field is not None else name


def _shown(kind, name, value, names):
    """A value of the log as words; empty where there was none."""
    field = _field(kind, name)
    if value in (None, "", [], {}):
        return ""
    if field is not None and field.related_model:
        known = names.get(field.related_model, {})
        return ", ".join(known.get(pk) or _("no. %(number)d (not shown)") % {"number": pk} for pk in _ids(value))
    if kind == "check" and isinstance(field, models.JSONField):
        value = "; ".join(_sentences(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.choices:
        return str({str(key): label for key, label in field.flatchoices}.get(str(value), value))
    if isinstance(field, models.DateTimeField) and not isinstance(field, Day):
        return str(value).replace("T", " ")[:16] + " UTC"
    return Truncator(str(value)).chars(LONGEST)


def _sentences(value):
    """Of answers to the checklist what they say: as a draft keeps them, by their item, or as readers are told them."""
    return [each["sentence"] for each in (value.values() if isinstance(value, dict) else value)]
