"""What may be done to many claims at once. A deed says for one claim what it would change, or refuses it; bulk.py does
it to a thousand at a time. Approving and publishing are not among them: approval means having read."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.many import related_keys
from claims.models.ratings import Rating
from claims.models.ready import gather_facts
from claims.models.topics import Topic, topics_named
from claims.models.users import User, must_check
from claims.states import VERBS, WAITING, CheckState, ClaimStatus, NotAllowed, Refused, WrongState, state_label
from claims.text import shows, sort_key


@dataclass
class Change:
    """What a deed does to one claim. `status` is what the claim's list shows then, where the check's state moves."""

    claim: dict = field(default_factory=dict)
    check: dict = field(default_factory=dict)
    topics: frozenset | None = None
    status: str | None = None
    # In words, what no field tells.
    says: str = ""
    # Whom to tell that the draft came back.
    back_to: tuple = ()


class Deed:
    """`about` are the records whose versions the person saw: Claim, its open Check, or both."""

    verb = None
    about = (Claim,)
    needs_reason = False

    def __init__(self, *, by, reason=""):
        self.by, self.reason, self.act = by, reason.strip(), None

    def check_reason(self):
        if self.needs_reason and not shows(self.reason):
            raise ValidationError({"reason": _("Give the reason; it stays in the history.")})

    def prepare(self, claims):
        """Read for these claims at once what change() looks at. Each has its open check, or None, as `draft`."""

    def change(self, claim):
        """The Change for a claim. Raises Refused or ValidationError where the single verb would."""
        raise NotImplementedError

    def move(self, state):
        """As OpenAct.move(), of which there is none while a deed is tried without being done."""
        if state not in VERBS[self.verb].starts:
            raise WrongState(_("This cannot be done now: it is “%(state)s”.") % {"state": state_label(state)})
        return VERBS[self.verb].ends


class Decide(Deed):
    def change(self, claim):
        if claim.status != claim.decision:
            raise WrongState(_("A check of this claim is open or published; decide there."))
        decision = self.move(claim.decision)
        return Change(
            {"decision": decision, "status": decision, "why_selected": self.why(), "decision_reason": self.reason}
        )

    def why(self):
        return ""


class Select(Decide):
    verb = "claim.select"
    needs_reason = True

    def __init__(self, *, why, **kwargs):
        super().__init__(**kwargs)
        self._why = why

    def why(self):
        return self._why


class Decline(Decide):
    verb = "claim.decline"
    needs_reason = True


class PutBack(Decide):
    verb = "claim.put_back"


class Assign(Deed):
    """To a person (a User or a user's number), or to nobody. Without a day the due days stay."""

    verb = "claim.assign"

    def __init__(self, *, assignee, due_on=None, **kwargs):
        super().__init__(**kwargs)
        self.assignee = assignee and User.objects.working().filter(pk=getattr(assignee, "pk", assignee)).first()
        if assignee and not (self.assignee and self.assignee.may("draft_checks")):
            raise ValidationError({"assignee": _("This person may not check claims.")})
        self.more = {} if due_on is None else {"due_on": Claim._meta.get_field("due_on").to_python(due_on)}

    def prepare(self, claims):
        if self.act:
            must_check(self.assignee)

    def change(self, claim):
        return Change({"assignee": self.assignee, **self.more}, {"assignee": self.assignee} if claim.draft else {})


def must_not_wait(claim):
    """What a verdict would say is not changed in heaps under the eyes of whoever approves it."""
    if claim.draft and claim.draft.state in WAITING:
        raise Refused(_("Its draft waits for a second person. Change the claim on its own page."))


class Edit(Deed):
    """The claim's priority, or its kind."""

    verb = "claim.edit"

    def __init__(self, *, by, reason="", **values):
        super().__init__(by=by, reason=reason)
        self.values = values

    def change(self, claim):
        if self.values.get("kind", claim.kind) != claim.kind:
            must_not_wait(claim)
        return Change(self.values)


class Topics(Deed):
    """One topic added, by its name and made where it is new; or taken away."""

    verb = "claim.edit"

    def __init__(self, *, name, **kwargs):
        super().__init__(**kwargs)
        if not sort_key(name):
            raise ValidationError({"name": _("A topic needs a letter or a digit.")})
        self.name, self.topic = name, None

    def prepare(self, claims):
        self.topic = Topic.objects.filter(name_key=sort_key(self.name)).first()
        if self.topic is None and self.act is not None:
            [self.topic] = topics_named(self.act, [self.name])
        self.held = related_keys(claims, "topics")


class AddTopic(Topics):
    def change(self, claim):
        held, number = self.held[claim.pk], self.topic.pk if self.topic else 0  # not made yet while it is only tried
        says = "" if number in held else _("+ topic %(name)s") % {"name": self.name}
        return Change(topics=frozenset(held | {number}), says=says)


class RemoveTopic(Topics):
    def prepare(self, claims):
        if not Topic.objects.filter(name_key=sort_key(self.name)).exists():
            raise ValidationError({"name": _("There is no topic of this name.")})
        super().prepare(claims)

    def change(self, claim):
        held = self.held[claim.pk]
        says = _("− topic %(name)s") % {"name": self.name} if self.topic.pk in held else ""
        return Change(topics=frozenset(held - {self.topic.pk}), says=says)


class OfTheDraft(Deed):
    about = (Check,)

    def change(self, claim):
        if claim.draft is None:
            raise WrongState(_("No check of this claim is open."))
        return self.change_draft(claim.draft)


def must_be_drafted(check, by):
    if check.state in WAITING:
        raise NotAllowed(_("It waits for a second person. Take it back before you edit it."))
    if not by.may(VERBS["check.edit"].permission):
        raise NotAllowed(_("Your role does not allow this."))


class Rate(OfTheDraft):
    """A draft rating; it is still a draft, and says nothing before somebody submits it and another approves."""

    verb = "check.edit"

    def __init__(self, *, rating, **kwargs):
        super().__init__(**kwargs)
        self.rating = rating and Rating.objects.get(pk=getattr(rating, "pk", rating))

    def change_draft(self, check):
        must_be_drafted(check, self.by)
        return Change(check={"rating": self.rating})


class Submit(OfTheDraft):
    verb = "check.submit"

    def prepare(self, claims):
        gather_facts([claim.draft for claim in claims if claim.draft])

    def change_draft(self, check):
        state, at = self.move(check.state), self.act and self.act.at
        return Change(
            check={"state": state, "submitted_by": self.by, "submitted_at": at, **check.submission()},
            status=ClaimStatus.SUBMITTED,
            # Nobody submits what they have not been shown.
            says=f"{check.rating or '–'}: {check.summary}",
        )


class SendBack(OfTheDraft):
    verb = "check.send_back"
    needs_reason = True

    def prepare(self, claims):
        prefetch_related_objects([claim.draft for claim in claims if claim.draft], "submitted_by", "assignee")

    def change_draft(self, check):
        self.move(check.state)
        if check.submitted_by_id == self.by.pk:
            raise NotAllowed(_("You submitted this yourself. Take it back instead."))
        cleared = Check.CLEARED | {"state": CheckState.DRAFTING, "returned_because": self.reason}
        return Change(check=cleared, status=check.claim.status_in_draft, back_to=(check.submitted_by, check.assignee))


class ByRow(Deed):
    """Other values for each claim: `rows` is {claim's number: {name of a field: its value, as JSON knows it}}, where
    `topics` are names, all that the claim is to have, and `draft_rating` is a rating's number. `left_alone` names
    columns that were pasted too and change nothing."""

    verb = "claim.edit_rows"

    def __init__(self, *, rows, left_alone=(), **kwargs):
        super().__init__(**kwargs)
        self.rows = rows
        if any("draft_rating" in row for row in rows.values()):
            self.about = (Claim, Check)

    def prepare(self, claims):
        rows = [self.rows[claim.pk] for claim in claims]
        people = User.objects.filter(pk__in={row.get("assignee") for row in rows} - {None})
        if self.act:  # locked as users.must_check() does, in one statement
            people = people.order_by("pk").select_for_update(no_key=True)
        self.people = {person.pk: person for person in people if person.may("draft_checks")}
        wanted = [row["external_id"] for row in rows if row.get("external_id")]
        self.taken = dict(Claim.objects.filter(external_id__in=wanted).values_list("external_id", "pk"))
        self.ratings = Rating.objects.in_bulk({row.get("draft_rating") for row in rows} - {None})
        names = {sort_key(name): name for row in rows for name in row.get("topics", ())}
        self.prepare_topics([claim for claim in claims if "topics" in self.rows[claim.pk]], names)

    def prepare_topics(self, claims, names):
        """`names` by their keys. Topics that are not made yet, since it is only tried, are numbered below nothing."""
        if not claims:
            return
        self.held = related_keys(claims, "topics")
        topics = list(Topic.objects.filter(name_key__in=names))
        new = [name for key, name in names.items() if key not in {topic.name_key for topic in topics}]
        topics += topics_named(self.act, new) if self.act else []
        topics += Topic.objects.filter(pk__in=frozenset().union(*self.held.values()))
        self.numbers = {sort_key(name): -place for place, name in enumerate(new, 1)}
        self.numbers |= {topic.name_key: topic.pk for topic in topics}
        self.names = {number: names.get(key) for key, number in self.numbers.items()}
        self.names |= {topic.pk: topic.name for topic in topics}

    def change(self, claim):
        values = dict(self.rows[claim.pk])
        other = self.taken.setdefault(values.get("external_id") or claim.pk, claim.pk)
        if other != claim.pk:
            raise Refused(_("Claim %(number)d has this external id.") % {"number": other})
        if values.get("kind", claim.kind) != claim.kind:
            must_not_wait(claim)
        for name in values.keys() & {"due_on", "recheck_on"}:
            values[name] = Claim._meta.get_field(name).to_python(values[name])
        change = Change(values)
        if "topics" in values:
            change.topics, change.says = self.topics(claim, values.pop("topics"))
        if "assignee" in values:
            values["assignee"] = self.person(values["assignee"])
            change.check |= {"assignee": values["assignee"]} if claim.draft else {}
        if "draft_rating" in values:
            change.check["rating"] = self.rating(claim.draft, values.pop("draft_rating"))
        return change

    def topics(self, claim, names):
        """(numbers of the topics, in words what changes)."""
        held, wanted = self.held[claim.pk], frozenset(self.numbers[sort_key(name)] for name in names)
        old, new = ("; ".join(sorted(self.names[number] for number in each)) or "–" for each in (held, wanted))
        return wanted, "" if held == wanted else _("Topics: %(old)s → %(new)s") % {"old": old, "new": new}

    def person(self, number):
        if number is not None and number not in self.people:
            raise Refused(_("This person may not check claims."))
        return self.people.get(number)

    def rating(self, draft, number):
        if draft is None:
            raise WrongState(_("No check of this claim is open."))
        if number != draft.rating_id:
            must_be_drafted(draft, self.by)
        return self.ratings.get(number)


DEEDS = {
    "select": Select,
    "put-back": PutBack,
    "decline": Decline,
    "assign": Assign,
    "priority": Edit,
    "kind": Edit,
    "add-topic": AddTopic,
    "remove-topic": RemoveTopic,
    "rate": Rate,
    "submit": Submit,
    "send-back": SendBack,
    "by-row": ByRow,
}
LABELS = {
    "select": _("Select for checking"),
    "put-back": _("Put back to noted"),
    "decline": _("Decide not to check"),
    "assign": _("Assign"),
    "priority": _("Set the priority"),
    "kind": _("Set the kind"),
    "add-topic": _("Add a topic"),
    "remove-topic": _("Take a topic away"),
    "rate": _("Rate the drafts"),
    "submit": _("Submit the drafts"),
    "send-back": _("Send the drafts back"),
    "by-row": _("Change claims by a table"),
}
