"""Old values given back to records, in an open act: what undoing.py has found nothing against."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from claims.models.appearances import Appearance
from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.deskwords import in_words_of_the_desk
from claims.models.evidence import Evidence
from claims.models.keeping import keep_found
from claims.models.links import follow_link
from claims.models.log import Change
from claims.models.many import change_many, derive_many, touch_many
from claims.models.notifications import Notification, tell, tell_assigned
from claims.models.noting import SHOWN
from claims.models.rechecking import notice
from claims.models.sources import Source
from claims.models.users import User
from claims.states import WAITING, CheckState, ClaimStatus

# In the order in which every verb locks them.
KINDS = {"claim": Claim, "appearance": Appearance, "evidence": Evidence, "check": Check}
# What every record of a kind has from the moment it is made.
ALWAYS = {"claim": "statement", "appearance": "quote", "evidence": "stance", "check": "started_by"}


@dataclass
class Back:
    """One record, None where it was removed, and for each field the value it had and the value that an act gave it."""

    kind: str
    pk: int
    record: object
    values: dict

    def before(self, name):
        return self.values.get(name, (None, None))[0]

    def after(self, name):
        return self.values.get(name, (None, None))[1]

    @property
    def made(self):
        """Was the record made by the act?"""
        pair = self.values.get(ALWAYS.get(self.kind)) or self.values.get("claim")
        return bool(pair) and pair[0] is None

    @property
    def gone(self):
        """Was it removed by the act? Evidence alone is."""
        pair = self.values.get("claim")
        return self.kind == "evidence" and bool(pair) and pair[1] is None

    @property
    def comes_or_goes(self):
        return self.kind == "evidence" and (self.made or self.gone)

    @property
    def waits_again(self):
        return self.kind == "check" and self.before("state") in WAITING

    def refers_to(self):
        """(model, primary key) of whatever the old values name."""
        for name, (old, _new) in self.values.items():
            related = KINDS[self.kind]._meta.get_field(name).related_model
            if related and old:
                yield from ((related, int(key)) for key in (old if isinstance(old, list) else [old]))

    def old(self, others):
        """(values, relations) from before the act; `others` are from referred()."""
        values, relations = {}, {}
        for name, (old, _new) in self.values.items():
            field = KINDS[self.kind]._meta.get_field(name)
            if field.many_to_many:
                relations[name] = [int(key) for key in old or ()]
            elif field.related_model:
                values[name] = others[field.related_model][int(old)] if old else None
            elif old is None:
                values[name] = field.get_default() if not field.null else None
            else:
                values[name] = field.to_python(old)
        return values, relations


@dataclass
class Group:
    """What an act did to one claim and what hangs on it: given back as a whole, or not at all."""

    claim: Claim
    backs: list = field(default_factory=list)
    draft: Check | None = None

    def names(self):
        """{kind: names of the fields that the act wrote}."""
        names = defaultdict(set)
        for back in self.backs:
            names[back.kind] |= back.values.keys()
        return names

    def evidence(self):
        return [back.pk for back in self.backs if back.kind == "evidence"]


def referred(backs):
    """{model: {primary key: record}} of what the old values refer to, a query a model."""
    wanted = defaultdict(set)
    for back in backs:
        if back.kind in KINDS:
            for model, number in back.refers_to():
                wanted[model].add(number)
    return {model: model._base_manager.in_bulk(numbers) for model, numbers in wanted.items()}


def give_back(undoing, groups, others):
    """Raises ValidationError where an old value is not valid any more."""
    backs = [back for group in groups for back in group.backs]
    for back in backs:
        if back.gone:
            _bring_back(undoing, back, others)
    for kind in KINDS:
        edits = [back for back in backs if back.kind == kind and not back.comes_or_goes]
        change_many(undoing, [(back.record, *_given(undoing, back, others)) for back in edits])
    for back in backs:
        if back.kind == "evidence" and back.made:
            undoing.remove(back.record)
    _follow(undoing, groups)
    _tell(undoing, groups)


def _given(undoing, back, others):
    values, relations = back.old(others)
    if _withdrawn(undoing, back) and not values.get("returned_because"):
        with in_words_of_the_desk():
            values["returned_because"] = _("%(person)s undid the submission.") % {"person": undoing.by}
    return values, relations


def _withdrawn(undoing, back):
    """Is a submission taken from under a second person's eyes by somebody else than who submitted it?"""
    withdrawn = back.kind == "check" and back.after("state") in WAITING and not back.waits_again
    return withdrawn and back.after("submitted_by") != str(undoing.by.pk)


def _bring_back(undoing, back, others):
    """A removed piece of evidence, under its own number."""
    values, _relations = back.old(others)
    # A form opened before it was removed must find itself stale.
    version = Change.objects.filter(kind=back.kind, object_id=back.pk).count() + 1
    undoing.add(Evidence(pk=back.pk, version=version, **values))


def _follow(undoing, groups):
    """Lists, search and drafts are kept in step with what was given back."""
    shown = [group.claim.pk for group in groups if group.names()["appearance"] or SHOWN & group.names()["claim"]]
    if shown:
        keep_found(shown)
    drafted = []
    for group in groups:
        evidence = group.names()["evidence"]
        if group.draft and group.draft.state == CheckState.DRAFTING and (group.claim.pk in shown or evidence):
            drafted.append(group.draft)
        if evidence:
            derive_many([group.claim], has_evidence=group.claim.evidence.exists())
            notice(undoing, group.claim)
            for source in Source.objects.filter(evidence__in=group.evidence()).distinct():
                follow_link(source, undoing.at)
    touch_many(drafted)
    statuses = defaultdict(list)
    for group in groups:
        for back in group.backs:
            if back.kind == "check" and "state" in back.values:
                statuses[_status(group.claim, back.record.state)].append(group.claim)
    for status, claims in statuses.items():
        derive_many(claims, status=status)


def _status(claim, state):
    """What lists show of a claim whose check is in this state again."""
    if state == CheckState.SUBMITTED:
        return ClaimStatus.SUBMITTED
    return claim.status_in_draft if state == CheckState.DRAFTING else claim.status_without_check


def _tell(undoing, groups):
    """Who is given work by this, and whose submission is withdrawn by it, is to know."""
    tell_assigned(undoing, [group.claim for group in groups if "assignee" in group.names()["claim"]])
    told = []
    for group in groups:
        for back in group.backs:
            if back.kind == "check" and "assignee" in back.values and "assignee" not in group.names()["claim"]:
                told.append((Notification.Kind.ASSIGNED, {back.record.assignee_id}, back.record))
            if _withdrawn(undoing, back):
                people = {int(back.after("submitted_by")), back.record.assignee_id}
                told.append((Notification.Kind.SENT_BACK, people, back.record))
    known = User.objects.in_bulk({number for _kind, numbers, _check in told for number in numbers} - {None})
    for kind, numbers, check in told:
        tell(undoing, kind, [known.get(number) for number in numbers], check.claim, check=check)
