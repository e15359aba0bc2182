"""Undoing what an act did: each record it touched gets its old values back, as far as nothing later depends on them.

What is undone is undone a claim at a time: as a whole, or not at all and with the reason. An undoing is itself undone
in this way, which does again what was done first."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from claims.models.checks import KEPT, Check
from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.freezing import content_digest, gather
from claims.models.log import Act, Change, acting
from claims.models.many import lock_many
from claims.models.noting import SHOWN
from claims.models.restoring import KINDS, Back, Group, give_back, referred
from claims.models.statements import begun_with
from claims.models.users import User
from claims.states import OPEN, VERBS, WAITING, CheckState, ClaimStatus, NotAllowed, Refused

UNDO = "undo"
# What can be undone. What a second person did is undone by verbs of its own, openly; a claim once noted stays noted.
UNDOABLE = frozenset(
    {"claim.edit", "claim.edit_rows", "claim.select", "claim.decline", "claim.put_back", "claim.assign",
     "evidence.add", "evidence.edit", "evidence.remove", "check.edit", "check.submit", "check.send_back",
     "check.abandon"}
)  # fmt: skip
# Words of two people to each other: nobody else takes them back, but for a managing editor. They alone make a draft
# wait again; where another act let a submission or an approval fall, it stays fallen, since changes void it (rule 3).
ONES_OWN = frozenset({"check.submit", "check.send_back"})
# Who works on a draft is no part of what a second person reads; all else of it is, or follows from it.
BESIDE_THE_DRAFT = frozenset({"assignee"})
SUBMISSION = frozenset(Check.CLEARED) | {"state", "returned_because"}


def firsts_of(acts):
    """{position: the act whose effect this one brings or takes}: itself, or what an undoing of undoings began with.

    As many queries for long chains as for short ones."""
    firsts = {act.position: act for act in acts if act.verb != UNDO}
    begun = begun_with([act.position for act in acts if act.verb == UNDO])
    found = Act.objects.in_bulk(begun.values())
    return firsts | {position: found[first] for position, first in begun.items()}


def may_undo(act, user, first=None):
    """May this person undo such an act? Whether it still can be, only undo() finds out. `first` is from firsts_of()."""
    first = first or firsts_of([act])[act.position]
    if first.verb not in UNDOABLE or not user.may(VERBS[first.verb].permission):
        return False
    if act.batch and not user.may("bulk_edit"):
        return False
    if first.verb not in ONES_OWN or first.actor_id == user.pk:
        return True
    # Taken back, yes; said again in another's name, never.
    return act == first and user.may("bulk_edit")


def undone_of(claim):
    """Positions of the acts whose effect on this claim is undone, and not done again since."""
    lines = Change.objects.filter(claim_id=claim.pk, act__verb=UNDO)
    undone = set()
    for position, undoes in lines.order_by("-act_id").values_list("act_id", "act__undoes").distinct():
        if position not in undone:
            undone.add(undoes)
    return undone


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
    first = firsts_of([act])[act.position]
    if not may_undo(act, undoing.by, first):
        raise NotAllowed(_("Your role does not allow undoing this."))
    lines = [line for line in act.changes.order_by("line") if line.claim_id is not None]
    changed, refused = _undo_valid(undoing, act, lines, first.verb in ONES_OWN)
    return changed, sorted(refused)


def _undo_valid(undoing, act, lines, waits_again):
    """As _undo_at_once(), where no value is invalid by now. One that is refuses its claim alone: it is found by
    halving, so that a few of a thousand cost a few tries more."""
    told, written = len(undoing.told), len(undoing.lines)
    try:
        with transaction.atomic():
            return _undo_at_once(undoing, act, lines, waits_again)
    except ValidationError as error:
        del undoing.told[told:], undoing.lines[written:]
        claims = sorted({line.claim_id for line in lines})
        if len(claims) == 1:
            return set(), [[claims[0], " ".join(error.messages)]]
        middle = claims[len(claims) // 2]
    halves = [line for line in lines if line.claim_id < middle], [line for line in lines if line.claim_id >= middle]
    (changed, refused), (more, further) = (_undo_valid(undoing, act, half, waits_again) for half in halves)
    return changed | more, refused + further


def _undo_at_once(undoing, act, lines, waits_again):
    records = _locked(lines, undoing.by)
    groups = _groups(act, lines, records, waits_again)
    obstacles = Obstacles(undoing, act, groups, records)
    why_not = {group.claim.pk: why for group in groups if (why := obstacles.before(group))}
    give_back(undoing, [group for group in groups if group.claim.pk not in why_not], obstacles.referred)
    return {group.claim.pk for group in groups} - why_not.keys(), obstacles.in_words(why_not)


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


def _groups(act, lines, records, waits_again):
    groups = {}
    for line in lines:
        group = groups.setdefault(line.claim_id, Group(records["claim", line.claim_id]))
        values = line.values
        if line.kind == "check" and not waits_again and values.get("state", [None])[0] in WAITING:
            values = {name: pair for name, pair in values.items() if name not in SUBMISSION}
        if values:
            group.backs.append(Back(line.kind, line.object_id, records.get((line.kind, line.object_id)), values))
    for (kind, _pk), record in records.items():
        if kind == "check":
            record.claim = groups[record.claim_id].claim
            if record.is_open:
                groups[record.claim_id].draft = record
    return list(groups.values())


class Obstacles:
    """What stands in the way of giving back these groups; everything it looks at is read once for all of them."""

    def __init__(self, undoing, act, groups, records):
        self.undoing, self.act, self.records = undoing, act, records
        backs = [back for group in groups for back in group.backs]
        self.later = _in_force_since(act, backs)
        self.referred = referred(backs)
        self.returning = {(Evidence, back.pk) for back in backs if back.gone}
        assigned = any(back.before("assignee") for back in backs)
        self.checkers = {person.pk for person in User.objects.who_may("draft_checks")} if assigned else set()
        drafts = [group.draft.pk for group in groups if group.draft]
        self.kept = set(Check.objects.kept_from(undoing.by).filter(pk__in=drafts).values_list("pk", flat=True))
        self.begun = self._begun_since([group.claim.pk for group in groups if "assignee" in group.names()["claim"]])
        gather([group.draft for group in groups if group.draft and any(back.waits_again for back in group.backs)])

    def _begun_since(self, given):
        """Of the claims that the act gave to somebody those whose check was started since. Who drafts it would lose the
        claim from their list."""
        started = Check.objects.filter(claim__in=given, started_at__gt=self.act.at) if given else Check.objects.none()
        return set(started.exclude(state=CheckState.ABANDONED).values_list("claim_id", flat=True))

    def before(self, group):
        """Why this cannot be undone: in words, or the position of the later act that stands on it; or None."""
        for back in group.backs:
            if why := self._of_the_record(back):
                return why
        return self._of_the_check(group) or self._of_the_claim(group)

    def in_words(self, why_not):
        """[[number of a claim, why not]], the later acts named."""
        acts = Act.objects.select_related("actor").in_bulk({why for why in why_not.values() if isinstance(why, int)})
        return [
            [number, self._named(acts[why]) if isinstance(why, int) else str(why)] for number, why in why_not.items()
        ]

    def _named(self, later):
        if later.undoes_id == self.act.position:
            return _("This is undone already.")
        return _("Something later stands on it: %(who)s %(what)s, %(when)s. Undo that first.") % {
            "who": later.actor or _("The system"),
            "what": later.label,
            "when": date_format(timezone.localtime(later.at), "DATETIME_FORMAT"),
        }

    def _of_the_record(self, back):
        if back.kind not in KINDS or (back.kind != "evidence" and back.made):
            return _("Something was made then that cannot be unmade.")
        stands = self.later.get((back.kind, back.pk), {})
        later = max((position for position, names in stands.items() if names & back.values.keys()), default=None)
        if later is not None:
            return later
        if back.record is None and not back.gone:
            return _("The record is no longer there.")
        for model, number in back.refers_to():
            if number not in self.referred[model] and (model, number) not in self.returning:
                return _("What stood there before is no longer there.")
        person = back.before("assignee")
        if person and int(person) not in self.checkers:
            return _("%(person)s may not check claims.") % {"person": self.referred[User].get(int(person))}
        return None

    def _of_the_check(self, group):
        if group.draft and group.draft.pk in self.kept and group.names()["check"] - BESIDE_THE_DRAFT:
            return KEPT
        for back in group.backs:
            if back.kind != "check" or back.record.is_open:
                continue
            if back.after("state") != CheckState.ABANDONED:
                return _("The check is closed.")
            if group.draft or not _stands_as_then(group.claim, back.record):
                return _("The claim is no longer selected, or another check of it was started.")
        made = [back.pk for back in group.backs if back.kind == "evidence" and back.made]
        rests = Check.objects.filter(evidence__in=made) if made else Check.objects.none()
        if rests.exclude(state=CheckState.DRAFTING).exists():
            return _("A submitted, published or closed check rests on this evidence, so it stays.")
        if rests.exclude(pk__in=[back.pk for back in group.backs if back.kind == "check"]).exists():
            return _("A check was started with this evidence. Take it out of the draft first, or remove it.")
        return next((why for back in group.backs if back.waits_again and (why := self._waiting(group, back))), None)

    def _waiting(self, group, back):
        """Whoever undid something may have withdrawn a submission by it. Nobody else gives it back in their name, and
        so could approve alone what its author does not stand by any more."""
        if self.act.verb == UNDO and back.before("submitted_by") != str(self.undoing.by.pk):
            return _("By this a draft would be submitted again. Only who submitted it does that.")
        if content_digest(back.record, answered=back.before("answered")) != back.before("submitted_digest"):
            return _("The draft is no longer what was submitted. Submit it again.")
        return None

    def _of_the_claim(self, group):
        """What stands is as the act left it, but the claim has gone on."""
        claim, draft, names = group.claim, group.draft, group.names()
        if "decision" in names["claim"] and claim.status != claim.decision:
            return _("A check of this claim is open or published.")
        touched = names["evidence"] or names["appearance"] or SHOWN & names["claim"]
        touched = touched or names["check"] - BESIDE_THE_DRAFT
        if draft and draft.state in WAITING and "state" not in names["check"] and touched:
            return _("It waits for a second person. Take it back or send it back first.")
        if claim.pk in self.begun:
            return _("A check of this claim was started since, in these hands. Assign it anew instead.")
        return None


def _stands_as_then(claim, check):
    """Is the claim as it was when this check of it was opened: selected, or published by the same verdict?"""
    if claim.verdict_id is None:
        return claim.status == ClaimStatus.SELECTED
    return claim.status == ClaimStatus.PUBLISHED and claim.verdict.check_file_id < check.pk


def _in_force_since(act, backs):
    """{(kind, primary key): {position: names of fields}} of what later acts wrote to these records, but for those that
    were undone, and what undid them."""
    numbers, kinds = {back.pk for back in backs}, {back.kind for back in backs}
    lines = Change.objects.filter(act__gt=act.position, kind__in=kinds, object_id__in=numbers)
    lines = lines.order_by("act_id", "line").values_list("act_id", "act__undoes", "kind", "object_id", "values")
    found, cancelling = {}, set()
    for position, undoes, kind, pk, values in lines.iterator():
        stands = found.setdefault((kind, pk), {})
        if stands.pop(undoes, None) is not None:
            cancelling.add((position, kind, pk))
        elif (position, kind, pk) not in cancelling:
            stands.setdefault(position, set()).update(values)
    return found
