"""Undoing what an act did: each record it touched gets its old values back, as far as nothing later depends on them."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from claims.models.appearances import Appearance
from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.keeping import keep_found
from claims.models.log import Change, acting, kind_of
from claims.models.many import change_many, derive_many, lock_many, touch_many
from claims.models.noting import SHOWN
from claims.states import OPEN, VERBS, WAITING, CheckState, ClaimStatus, NotAllowed, Refused

UNDO = "undo"
# What can be undone. What a second person did is undone by verbs of its own, openly; a claim once noted stays noted.
UNDOABLE = frozenset(
    {"claim.edit", "claim.edit_rows", "claim.select", "claim.decline", "claim.put_back", "claim.assign",
     "evidence.add", "evidence.edit", "evidence.remove", "check.edit", "check.submit", "check.send_back"}
)  # fmt: skip
# Words of two people to each other: nobody else takes them back, but for a managing editor.
ONES_OWN = frozenset({"check.submit", "check.send_back"})
# Who works on a draft is no part of what a second person reads; all else of it is, or follows from it.
BESIDE_THE_DRAFT = frozenset({"assignee"})
# In the order in which every verb locks them.
KINDS = {"claim": Claim, "appearance": Appearance, "evidence": Evidence, "check": Check}
STATUS_OF = {
    CheckState.DRAFTING: ClaimStatus.DRAFTING,
    CheckState.SUBMITTED: ClaimStatus.SUBMITTED,
    CheckState.APPROVED: ClaimStatus.APPROVED,
}


@dataclass
class Group:
    """What the act did to one claim and what hangs on it: undone as a whole, or not at all."""

    claim: Claim
    lines: list = field(default_factory=list)
    draft: Check | None = None


def first_of(act):
    """The act whose effect comes and goes: an undoing of an undoing does it again."""
    while act.verb == UNDO and act.undoes is not None:
        act = act.undoes
    return act


def may_undo(act, user):
    """May this person undo such an act? Whether it still can be, only undo() finds out."""
    first = first_of(act)
    if first.verb not in UNDOABLE or not user.may(VERBS[first.verb].permission):
        return False
    if act.batch and not user.may("bulk_edit"):
        return False
    if first.verb not in ONES_OWN or first.actor_id == user.pk:
        return True
    # Taken back, yes; said again in another's name, never.
    return act == first and user.may("bulk_edit")


def undo(act, *, by, once=None):
    """Give back the values from before one act. Raises NotAllowed, and Refused with what depends on it."""
    if act.batch:
        raise Refused(_("This was part of a bulk act, which is undone as one."))
    with acting(UNDO, by=by, once=once, undoes=act) as undoing:
        changed, refused = undo_lines(undoing, act)
        if refused:
            raise Refused(refused[0][1])
        if not changed:
            raise Refused(_("There is nothing to undo."))
    return undoing.written


def undo_lines(undoing, act):
    """Undo in an open act what can be undone of `act`: (numbers of claims, [[number, why not]])."""
    if not may_undo(act, undoing.by):
        raise NotAllowed(_("Your role does not allow undoing this."))
    lines = list(act.changes.order_by("line"))
    records = _locked(lines, undoing.by)
    groups, later, begun = _groups(lines, records), _later(act, lines), _begun_since(act, lines)
    kept, refused = [], []
    for group in groups:
        why = _obstacle(group, records, later) or _submits_for_another(undoing, group)
        if group.claim.pk in begun:
            why = why or _("A check of this claim was started since, in these hands. Assign it anew instead.")
        if why:
            refused.append([group.claim.pk, why])
        else:
            kept.append(group)
    _give_back(undoing, kept, records)
    return {group.claim.pk for group in kept}, refused


def _locked(lines, user):
    """{(kind, primary key): record} of what the person may see, locked in the order of every verb."""
    claims = {line.claim_id for line in lines}
    found = {("claim", each.pk): each for each in lock_many(Claim.objects.filter(pk__in=claims))}
    for kind, model in list(KINDS.items())[1:]:
        numbers = {line.object_id for line in lines if line.kind == kind}
        rows = model.objects.filter(pk__in=numbers)
        if kind == "check":
            rows |= model.objects.filter(claim__in=claims, state__in=OPEN)
        else:
            rows = rows.visible_to(user)
        found |= {(kind, each.pk): each for each in lock_many(rows)} if numbers or kind == "check" else {}
    return found


def _groups(lines, records):
    groups = {}
    for line in lines:
        if line.claim_id is not None:
            group = groups.setdefault(line.claim_id, Group(records["claim", line.claim_id]))
            group.lines.append(line)
    for (kind, _pk), record in records.items():
        if kind == "check":
            record.claim = groups[record.claim_id].claim
            if record.is_open:
                groups[record.claim_id].draft = record
    return list(groups.values())


def _later(act, lines):
    """{(kind, primary key, field): the newest act behind this one that wrote it}."""
    numbers = {line.object_id for line in lines}
    rows = Change.objects.filter(act__gt=act.position, kind__in={line.kind for line in lines}, object_id__in=numbers)
    found = {}
    for line in rows.select_related("act__actor").order_by("act_id", "line"):
        found |= {(line.kind, line.object_id, name): line.act for name in line.values}
    return found


def _begun_since(act, lines):
    """The claims that the act gave to somebody and whose check was started since. Who drafts it would lose the claim
    from their list if it were given back."""
    given = {line.claim_id for line in lines if line.kind == "claim" and "assignee" in line.values}
    started = Change.objects.filter(claim_id__in=given, act__gt=act.position, act__verb="check.start", kind="check")
    checks = Check.objects.filter(pk__in=started.values("object_id")).exclude(state=CheckState.ABANDONED)
    return set(checks.values_list("claim_id", flat=True))


def _obstacle(group, records, later):
    """Why this cannot be undone, in words; or None."""
    for line in group.lines:
        if line.kind not in KINDS or (line.kind != "evidence" and _is_new(line)):
            return _("Something was made then that cannot be unmade.")
        by = next((later[key] for name in line.values if (key := (line.kind, line.object_id, name)) in later), None)
        if by is not None:
            when = date_format(timezone.localtime(by.at), "DATETIME_FORMAT")
            who = by.actor or _("The system")
            return _("Something later stands on it: %(who)s %(what)s, %(when)s. Undo that first.") % {
                "who": who, "what": by.label, "when": when,
            }  # fmt: skip
        record = records.get((line.kind, line.object_id))
        if record is None and not _is_gone(line):
            return _("The record is no longer there.")
    return _unfit(group, records)


def _unfit(group, records):
    """What stands is as the act left it, but the claim has gone on."""
    names = {line.kind: set() for line in group.lines}
    for line in group.lines:
        names[line.kind] |= line.values.keys()
    claim, draft = group.claim, group.draft
    if "decision" in names.get("claim", ()) and claim.status != claim.decision:
        return _("A check of this claim is open or published.")
    moves = "state" in names.get("check", ())
    touched = names.keys() & {"evidence", "appearance"} or SHOWN & names.get("claim", set())
    touched = touched or names.get("check", set()) - BESIDE_THE_DRAFT
    if draft and draft.state in WAITING and not moves and touched:
        return _("It waits for a second person. Take it back or send it back first.")
    if any(not records["check", line.object_id].is_open for line in group.lines if line.kind == "check"):
        return _("The check is closed.")
    made = [line.object_id for line in group.lines if line.kind == "evidence" and _is_new(line)]
    if made and Check.objects.filter(evidence__in=made).exclude(state=CheckState.DRAFTING).exists():
        return _("A submitted, published or closed check rests on this evidence, so it stays.")
    return None


def _submits_for_another(undoing, group):
    """Whoever undid something may have withdrawn a submission by it. Nobody else gives it back in their name, and so
    could approve alone what its author does not stand by any more."""
    for line in group.lines:
        state, author = (line.values.get(name, [None])[0] for name in ("state", "submitted_by"))
        if undoing.undoes.verb == UNDO and state in WAITING and author != str(undoing.by.pk):
            return _("By this a draft would be submitted again. Only who submitted it does that.")
    return None


def _is_new(line):
    """Was the record made by this line? What every new claim, check and piece of evidence has, it had from then on."""
    always = {"claim": "statement", "evidence": "stance", "check": "started_by", "appearance": "quote"}[line.kind]
    pair = line.values.get(always) or line.values.get("claim")
    return bool(pair) and pair[0] is None


def _is_gone(line):
    pair = line.values.get("claim")
    return line.kind == "evidence" and bool(pair) and pair[1] is None


def _is_whole(line):
    """Did a record come or go, rather than change?"""
    return line.kind == "evidence" and (_is_new(line) or _is_gone(line))


def _give_back(undoing, groups, records):
    lines = [line for group in groups for line in group.lines]
    others = _others(lines)
    for line in lines:
        if line.kind == "evidence" and _is_gone(line):
            _restore(undoing, line, others)
    for kind in KINDS:
        edits = [
            line
            for line in lines
            if line.kind == kind and not (kind == "evidence" and (_is_new(line) or _is_gone(line)))
        ]
        change_many(undoing, [(records[kind, line.object_id], *_old(KINDS[kind], line, others)) for line in edits])
    for line in lines:
        if line.kind == "evidence" and _is_new(line):
            undoing.remove(records["evidence", line.object_id])
    _follow(groups)


def _others(lines):
    """{model: {primary key: record}} of what the old values refer to."""
    wanted = {}
    for line in lines:
        for name, (old, _new) in line.values.items():
            related = KINDS[line.kind]._meta.get_field(name).related_model
            if related and old and not isinstance(old, list):
                wanted.setdefault(related, set()).add(int(old))
    return {model: model._base_manager.in_bulk(numbers) for model, numbers in wanted.items()}


def _old(model, line, others):
    """(values, relations) from before the line."""
    values, relations = {}, {}
    for name, (old, _new) in line.values.items():
        field = model._meta.get_field(name)
        if field.many_to_many:
            relations[name] = [int(key) for key in old or ()]
        elif field.related_model:
            values[name] = others[field.related_model][int(old)] if old else None
        elif old is None:
            values[name] = field.get_default() if not field.null else None
        else:
            values[name] = field.to_python(old)
    return values, relations


def _restore(undoing, line, others):
    """A removed piece of evidence, under its own number."""
    values, _relations = _old(Evidence, line, others)
    # A form opened before it was removed must find itself stale.
    version = Change.objects.filter(kind=kind_of(Evidence), object_id=line.object_id).count() + 1
    try:
        undoing.add(Evidence(pk=line.object_id, version=version, **values))
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None


def _follow(groups):
    """Lists, search and drafts are kept in step with what was given back."""
    shown = [each.claim.pk for each in groups if any(_is_shown(line) for line in each.lines)]
    if shown:
        keep_found(shown)
    drafted = []
    for group in groups:
        kinds = {line.kind for line in group.lines}
        if (
            group.draft
            and group.draft.state == CheckState.DRAFTING
            and (group.claim.pk in shown or "evidence" in kinds)
        ):
            drafted.append(group.draft)
        if "evidence" in kinds:
            derive_many([group.claim], has_evidence=group.claim.evidence.exists())
    touch_many(drafted)
    moved = [group for group in groups if any(line.kind == "check" and "state" in line.values for line in group.lines)]
    for state, status in STATUS_OF.items():
        derive_many([each.claim for each in moved if each.draft and each.draft.state == state], status=status)


def _is_shown(line):
    return line.kind == "appearance" or (line.kind == "claim" and bool(SHOWN & line.values.keys()))
