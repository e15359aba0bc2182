"""Loads a case file through the verbs, again and again without doubling.

What decides whether a claim is there is its external id. Claimants, publishers and sources are made when a
claim that names them is, so that a desk may rename them later and still load the file again; those that stand
already are known by name and kind, by name and site, by title and content. Each claim goes in with its whole
life in one transaction: a load that was killed goes on where it stopped.
"""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from claims import policy
from claims.exchange.case_file import FaultyCase, named, pieces_of, read_case, start_of
from claims.models import (
    Appearance,
    Check,
    Claim,
    Claimant,
    ClaimantRole,
    Evidence,
    Publisher,
    Rating,
    RequestForComment,
    Source,
    User,
)
from claims.models.checks import start_check
from claims.models.claimants import add_claimant
from claims.models.editing import add_publisher
from claims.models.evidencing import add_evidence
from claims.models.noting import add_appearance, find_attribution, note_claim
from claims.models.publishing import publish
from claims.models.replies import ask_for_comment, record_answer, record_no_reply
from claims.models.sources import add_source
from claims.models.superseding import reopen
from claims.models.together import together
from claims.models.users import one_time_password
from claims.policy import permissions_of
from claims.seals import sha256
from claims.states import VERBS, Refused, Replacement

DAYS = frozenset(
    {
        "since",
        "until",
        "published_on",
        "said_on",
        "evidence_until",
        "asked_on",
        "deadline",
        "answered_on",
        "no_reply_on",
    }
)
PERSON = ("username", "name", "email", "roles")
PUBLISHER = ("name", "site")
CLAIMANT = ("name", "kind", "wikidata", "homepage")
SOURCE = ("title", "url", "byline", "language", "published_on", "protected", "note")
CLAIM = ("statement", "language", "kind", "priority", "external_id")
APPEARANCE = (
    "role", "quote", "mode", "cue", "reported_via", "said_on", "said_on_precision", "said_on_inferred",
    "original_language", "original_wording", "relation",
)  # fmt: skip
EVIDENCE = (
    "kind", "stance", "calculation", "excerpt", "locator", "primary", "why_not_primary", "origin",
    "interests", "protected",
)  # fmt: skip
ASKED = ("whom", "way", "asked_on", "deadline", "question", "protected")
CAME_BACK = ("answered_on", "answer", "quotable", "no_reply_on")
DRAFT = ("summary", "explanation", "evidence_until", "disclosures")
# The verb behind each person that a check names.
STEPS = {
    "by": "check.start", "reopened_by": "check.reopen", "submitted_by": "check.submit", "sent_back": "check.send_back",
    "approved_by": "check.approve", "published_by": "check.publish", "abandoned": "check.abandon",
}  # fmt: skip


def _values(row, names):
    """The row's values by the names of model fields; an empty day is none."""
    return {name: (row[name] or None) if name in DAYS else row[name] for name in names}


def _appearance_values(row):
    """Without a day there is no precision either; the field then holds its default."""
    precision = row["said_on_precision"] or (Appearance.Precision.DAY if not row["said_on"] else "")
    return _values({**row, "said_on_precision": precision}, APPEARANCE)


def _claim_values(row):
    priority = Claim.Priority.__members__.get(row["priority"].upper())
    return _values({**row, "priority": priority, "external_id": row["id"]}, CLAIM)


def _draft_values(row):
    answers = {each["to"]: {"sentence": each["sentence"], "public": each["public"]} for each in row["answers"]}
    return _values(row, DRAFT) | {"answers": answers}


def checked_case(path, label):
    """The case in a file, every value of it judged by the models. Raises FaultyCase; nothing is written."""
    case = read_case(path, label)
    for username, row in case.people.items():
        _judge(case, named("person", username), User(**_values(row, PERSON)))
    for key, row in case.publishers.items():
        _judge(case, named("publisher", key), Publisher(**_values(row, PUBLISHER)))
    for key, row in case.claimants.items():
        _judge(case, named("claimant", key), Claimant(**_values(row, CLAIMANT)))
        for role in row["roles"]:
            _judge(case, named("claimant", key), ClaimantRole(**_values(role, role)))
    for key, row in case.sources.items():
        _judge(case, named("source", key), Source(**_values(row, SOURCE)))
    for row in case.claims.values():
        _judge_claim(case, row)
    case.refuse_faults()
    return case


def _judge(case, record, unsaved):
    """Ask the model about the values that the file gives; relations were resolved before."""
    relations = {field.name for field in unsaved._meta.fields if field.is_relation}
    try:
        unsaved.clean_fields(exclude=relations | {"password"})
        unsaved.clean()
    except ValidationError as error:
        case.fault(record, said_in(error))


def said_in(error):
    """The words of a refusal in one line, with the fields they belong to."""
    if not hasattr(error, "error_dict"):
        return " ".join(getattr(error, "messages", None) or [str(error)])
    return " ".join(
        f"{'' if name == NON_FIELD_ERRORS else name + ': '}{' '.join(messages)}"
        for name, messages in error.message_dict.items()
    )


def _judge_claim(case, row):
    record = named("claim", row["id"])
    if row["priority"].upper() not in Claim.Priority.__members__:
        case.fault(record, f"priority: “{row['priority']}” is none of low, normal, high, urgent.")
    else:
        _judge(case, record, Claim(**_claim_values(row)))
    if row["selected"] and row["not_checking"]:
        case.fault(record, "It is selected and not checked at once.")
    chosen = row["selected"]
    if chosen and (chosen["why"] not in Claim.Why.values or not chosen["reason"].strip()):
        case.fault(record, f"selected: give a reason, and a why of {', '.join(Claim.Why.values)}.")
    for number, each in enumerate(row["appearance"], start=1):
        unsaved = Appearance(**_appearance_values(each), attribution=each["attribution"])
        _judge(case, f"{record}, appearance {number}", unsaved)
    for piece, each in pieces_of(row):
        # Whether there is a source is all that the model asks of it here.
        unsaved = Evidence(**_values(each, EVIDENCE), source_id=1 if each["source"] else None)
        _judge(case, piece, unsaved)
    for number, each in enumerate(row["asked"], start=1):
        _judge_request(case, each, f"{record}, asked {number}")
    if row["check"]:
        _judge_check(case, row["check"], f"{record}, check", bare=not row["evidence"])
    for number, each in enumerate(row["replacement"], start=1):
        _judge_check(case, each, f"{record}, replacement {number}")


def _judge_request(case, row, record):
    # Whether a claimant is named is all that the model asks of it here.
    unsaved = RequestForComment(**_values(row, ASKED + CAME_BACK), claimant_id=1 if row["claimant"] else None)
    _judge(case, record, unsaved)
    permission = VERBS["reply.ask"].permission
    if permission not in permissions_of(case.people[row["by"]]["roles"]):
        case.fault(record, f"by: {named('person', row['by'])} has no role that may {permission}.")


def _judge_check(case, check, record, *, bare=False):
    """`bare`: it rests on no evidence."""
    change = {"replacement_kind": check["kind"], "replacement_note": check["note"]} if "kind" in check else {}
    _judge(case, record, Check(**_draft_values(check), **change))
    scale = {each["slug"]: each for each in policy.ratings()}
    if check["rating"] and check["rating"] not in scale:
        case.fault(record, f"rating: “{check['rating']}” is not in ratings.toml.")
    if bare and check["submitted_by"] and not scale.get(check["rating"], {}).get("without_evidence"):
        case.fault(record, "It is submitted without evidence, which its rating does not allow.")
    for step, verb in STEPS.items():
        taken = check.get(step, "")
        username = taken["by"] if isinstance(taken, dict) else taken
        permission = VERBS[verb].permission
        if username and permission not in permissions_of(case.people[username]["roles"]):
            case.fault(record, f"{step}: {named('person', username)} has no role that may {permission}.")
    alone = check["approved_by"] and check["approved_by"] == check["submitted_by"]
    if alone and "override_approval" not in permissions_of(case.people[check["approved_by"]]["roles"]):
        case.fault(record, f"{named('person', check['approved_by'])} has no role that may override_approval.")


def load_case(case, tell):
    """Load what is not there yet; returns how many claims were made.

    `tell` is called with each new account and its one-time password, which is kept nowhere. Raises FaultyCase
    where a verb refuses; the claims before it stay."""
    loading = Loading(case)
    for username in case.people:
        loading.person(username, tell)
    there = set(Claim.objects.filter(external_id__in=case.claims).values_list("external_id", flat=True))
    missing = [row for name, row in case.claims.items() if name not in there]
    for row in missing:
        loading.refusing(named("claim", row["id"]), loading.claim, row)
    return len(missing)


class Loading:
    """One load under way: the records of the file's keys, made when they are first asked for."""

    def __init__(self, case):
        self.case = case
        self.people = {"": None}
        self.made = {}

    def refusing(self, record, make, *args):
        try:
            with together():
                return make(*args)
        except (ValidationError, Refused) as error:
            raise FaultyCase([f"{self.case.label}: {record}: {said_in(error)}"]) from None

    def person(self, username, tell):
        user = User.objects.filter(username=username).first()
        if user is None:
            row, password = self.case.people[username], one_time_password()
            user = self.refusing(named("person", username), lambda: User.objects.create_user(
                username, row["email"], password, by=None, name=row["name"], roles=row["roles"],
                must_change_password=True,
            ))  # fmt: skip
            tell(user, password)
        self.people[username] = user

    def _once(self, table, key, make):
        if key and (table, key) not in self.made:
            self.made[table, key] = make(key)
        return self.made[table, key] if key else None

    def publisher(self, key):
        return self._once("publisher", key, self._publisher)

    def claimant(self, key):
        return self._once("claimant", key, self._claimant)

    def source(self, key):
        return self._once("source", key, self._source)

    def _publisher(self, key):
        values = _values(self.case.publishers[key], PUBLISHER)
        return Publisher.objects.filter(**values).first() or add_publisher(by=None, **values)

    def _claimant(self, key):
        row = self.case.claimants[key]
        there = Claimant.objects.filter(name=row["name"], kind=row["kind"], merged_into=None).first()
        roles = [_values(role, role) for role in row["roles"]]
        return there or add_claimant(by=None, aliases=row["aliases"], roles=roles, **_values(row, CLAIMANT))

    def _source(self, key):
        row, text = self.case.sources[key], self.case.texts[key]
        there = Source.objects.filter(title=row["title"], url=row["url"])
        if text.strip():
            there = there.filter(snapshots__sha256=sha256(text.encode()))
        return there.first() or add_source(
            by=None,
            text=text,
            how=row["how"],
            publisher=self.publisher(row["publisher"]),
            contained_in=self.source(row["contained_in"]),
            **_values(row, SOURCE),
        )

    def claim(self, row):
        """One claim with its appearances, evidence and check."""
        first, *others = row["appearance"]
        claim = note_claim(
            by=None,
            claimant=self.claimant(row["claimant"]),
            topics=row["topics"],
            parent=Claim.objects.get(external_id=row["parent"]) if row["parent"] else None,
            appearance=self._sighting(first),
            **self._places(first),
            **_claim_values(row),
        )
        appearances = [claim.principal_appearance]
        for each in others:
            appearances.append(add_appearance(claim, by=None, **self._sighting(each), **self._places(each)))
        if row["selected"]:
            claim.select(by=None, **row["selected"])
        if row["not_checking"]:
            claim.decline(by=None, reason=row["not_checking"])
        self._evidence(claim, row["evidence"], appearances)
        self._find_attributions(row, appearances)
        for each in row["asked"]:
            self._request(claim, each)
        if row["check"]:
            self._check(claim, row["check"])
        for each in row["replacement"]:
            self._evidence(claim, each["evidence"], appearances)
            self._replacement(claim, each)

    def _evidence(self, claim, rows, appearances):
        for each in rows:
            about = appearances[each["about_appearance"] - 1] if each["about_appearance"] else None
            values = _values(each, EVIDENCE)
            add_evidence(claim, by=None, source=self.source(each["source"]), appearance=about, **values)

    def _request(self, claim, row):
        by, came_back = self.people[row["by"]], _values(row, CAME_BACK)
        none_by = came_back.pop("no_reply_on")
        asked = ask_for_comment(claim, by=by, claimant=self.claimant(row["claimant"]), **_values(row, ASKED))
        if came_back["answered_on"]:
            record_answer(asked, by=by, **came_back)
        elif none_by:
            record_no_reply(asked, by=by, no_reply_on=none_by)

    def _sighting(self, row):
        return {
            "source": self.source(row["source"]),
            "claimant": self.claimant(row["claimant"]),
            **_appearance_values(row),
        }

    def _places(self, row):
        further = [self.source(key) for key in row["also_in"]]
        return {
            "start": start_of(self.case, row),
            "also_in": [(source.full_text() or source.latest_snapshot(), None) for source in further],
        }

    def _find_attributions(self, row, appearances):
        finder = self.people[row["check"]["by"] if row["check"] else ""]
        for each, appearance in zip(row["appearance"], appearances, strict=True):
            if each["attribution"]:
                find_attribution(appearance, each["attribution"], by=finder)

    def _check(self, claim, row):
        author = self.people[row["by"]]
        claim.refresh_from_db()
        check = start_check(claim, by=author)
        rating = Rating.objects.get(slug=row["rating"]) if row["rating"] else None
        check.edit(by=author, rating=rating, **_draft_values(row))
        self._steps(check, row)

    def _replacement(self, claim, row):
        """What the file leaves out stays as the verdict before has it; a retraction says what it says and no more."""
        author, retracts = self.people[row["by"]], row["kind"] == Replacement.RETRACTION
        claim.refresh_from_db()
        check = reopen(claim, by=self.people[row["reopened_by"]], reason=row["reason"], assignee=author)
        values = {name: value for name, value in _draft_values(row).items() if value or retracts}
        if row["rating"] or retracts:
            values["rating"] = Rating.objects.get(slug=row["rating"]) if row["rating"] else None
        if retracts:
            values["evidence"] = []
        check.edit(by=author, replacement_kind=row["kind"], replacement_note=row["note"], **values)
        self._steps(check, row)

    def _steps(self, check, row):
        """The steps that the file names; what was sent back and then approved was submitted again."""
        submitter = self.people[row["submitted_by"]]
        if submitter:
            check.submit(by=submitter)
        if row["sent_back"]:
            check.send_back(by=self.people[row["sent_back"]["by"]], reason=row["sent_back"]["reason"])
        if row["approved_by"]:
            if row["sent_back"]:
                check.submit(by=submitter)
            check.approve(by=self.people[row["approved_by"]], override_reason=row["override_reason"])
        if row["published_by"]:
            publish(check, by=self.people[row["published_by"]])
        if row["abandoned"]:
            check.abandon(by=self.people[row["abandoned"]["by"]], reason=row["abandoned"]["reason"])
