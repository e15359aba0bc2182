"""A desk at which made-up people do whatever comes to their minds: hypothesis looks for an order of acts that breaks a
rule of design.md §3. Every act here is one that a page offers; each is tried by anybody, in any state."""

from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from claims.models import Act, Appearance, Change, Check, Claim, Evidence, LogHead, Rating, Verdict
from claims.models.checks import start_check
from claims.models.editing import edit_claimant, edit_source
from claims.models.evidencing import edit_evidence, remove_evidence
from claims.models.files import add_file
from claims.models.freezing import content_digest
from claims.models.noting import add_appearance, edit_appearance, edit_claim, find_attribution, make_principal
from claims.models.periods import today
from claims.models.publishing import publish
from claims.models.ratings import load_ratings
from claims.models.rechecking import recheck_done
from claims.models.replies import record_answer
from claims.models.superseding import reopen
from claims.models.undoing import undo
from claims.models.verifying import Verification
from claims.states import OPEN, VERBS, WAITING, Refused
from tests import factories

ROLES = ("fact-checker", "fact-checker", "editor", "editor", "managing-editor", None)
WHO = st.integers(0, len(ROLES))  # the last is the system
WHICH = st.integers(0, 2)  # mostly the first
WORDS = st.sampled_from(["Test: one", "Test: two", "Test: three"])
REASON = st.sampled_from(["", "Test: because"])
RATING = st.sampled_from(["true", "false", "unproven", None])
KIND = st.sampled_from(["correction", "update", "retraction", ""])
REPLACES = KIND.filter(bool)
TWO = st.tuples(st.integers(0, 4), st.integers(2, 4))  # who drafts, and who approves and publishes
FAR = st.integers(0, 12)
STALE = st.integers(0, 4).map(lambda number: number == 0)
UNCHANGED = [field.attname for field in Verdict._meta.concrete_fields]


class Life(RuleBasedStateMachine):
    """Two claims, six people and the system; what happens is rolled back at the end."""

    people, claims = (), ()

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.position, self.verdicts = LogHead.objects.get().position, {}
        self.begun = self.position

    def teardown(self):
        # Where a verb itself failed, that is what is told.
        faults = [] if self.position is None else list(Verification())
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)
        assert faults == []

    def attempt(self, who, verb, *args, **values):
        """Try it in that person's name; what is refused changes nothing, and what is done is one act they may do."""
        before, self.position = self.position, None
        by = self.people[who]
        try:
            with transaction.atomic():
                verb(*args, by=by, **values)
        except (Refused, ValidationError):
            assert LogHead.objects.get().position == before
        else:
            acts = list(Act.objects.filter(position__gt=before))
            assert len(acts) <= 1
            for act in acts:
                permission = VERBS[act.verb].permission
                assert act.actor == by and (by is None or permission is None or by.may(permission))
        self.position = LogHead.objects.get().position

    def claim(self, which):
        return Claim.objects.get(pk=self.claims[which % len(self.claims)].pk)

    def check(self, which):
        return Check.objects.filter(claim=self.claims[which % len(self.claims)]).order_by("pk").last()

    def piece(self, which):
        return self.claim(which).evidence.order_by("pk").last()

    def on_check(self, who, which, name, stale=False, **values):
        check = self.check(which)
        if check is not None:
            self.attempt(who, getattr(check, name), version=check.version - stale, **values)

    @rule(who=WHO, which=WHICH, reason=REASON)
    def select(self, who, which, reason):
        self.attempt(who, self.claim(which).select, why="reach", reason=reason)

    @rule(who=WHO, which=WHICH, reason=REASON)
    def decline(self, who, which, reason):
        self.attempt(who, self.claim(which).decline, reason=reason)

    @rule(who=WHO, which=WHICH, whom=st.integers(0, len(ROLES) - 1))
    def assign(self, who, which, whom):
        self.attempt(who, self.claim(which).assign, self.people[whom])

    @rule(who=WHO, which=WHICH, words=WORDS, stale=STALE)
    def edit_the_claim(self, who, which, words, stale):
        claim = self.claim(which)
        self.attempt(
            who, edit_claim, claim, version=claim.version - stale, statement=words, priority=1 + len(words) % 4
        )

    @rule(who=WHO, which=WHICH)
    def start(self, who, which):
        self.attempt(who, start_check, self.claim(which))

    @rule(who=WHO, which=WHICH, words=WORDS, rating=RATING, kind=KIND, stale=STALE)
    def draft(self, who, which, words, rating, kind, stale):
        rating = rating and Rating.objects.get(slug=rating)
        note = words if kind else ""
        values = {"summary": words, "rating": rating, "replacement_kind": kind, "replacement_note": note}
        self.on_check(who, which, "edit", stale, **values)

    @rule(who=WHO, which=WHICH, all_of_it=st.booleans())
    def choose_evidence(self, who, which, all_of_it):
        chosen = list(self.claim(which).evidence.order_by("pk"))
        self.on_check(who, which, "edit", evidence=chosen if all_of_it else chosen[:1])

    @rule(who=WHO, which=WHICH, stale=STALE)
    def submit(self, who, which, stale):
        self.on_check(who, which, "submit", stale)

    @rule(who=WHO, which=WHICH)
    def take_back(self, who, which):
        self.on_check(who, which, "take_back")

    @rule(who=WHO, which=WHICH, reason=REASON)
    def send_back(self, who, which, reason):
        self.on_check(who, which, "send_back", reason=reason)

    @rule(who=WHO, which=WHICH, reason=REASON, stale=STALE)
    def approve(self, who, which, reason, stale):
        self.on_check(who, which, "approve", stale, override_reason=reason)

    @rule(who=WHO, which=WHICH, reason=REASON)
    def withdraw(self, who, which, reason):
        self.on_check(who, which, "withdraw_approval", reason=reason)

    @rule(who=WHO, which=WHICH, stale=STALE)
    def publish(self, who, which, stale):
        check = self.check(which)
        if check is not None:
            self.attempt(who, publish, check, version=check.version - stale)

    @rule(who=WHO, which=WHICH, reason=REASON)
    def abandon(self, who, which, reason):
        self.on_check(who, which, "abandon", reason=reason)

    @rule(who=WHO, which=WHICH, reason=REASON)
    def reopen(self, who, which, reason):
        self.attempt(who, reopen, self.claim(which), reason=reason)

    def next_step(self, which, author, second, rating, kind):
        """What people mostly do: the step that leads on from where the claim is."""
        claim, check = self.claim(which), self.check(which)
        if claim.status in {"noted", "not_checking"}:
            self.attempt(4, claim.select, why="reach", reason="Test: because")
        elif claim.status == "selected":
            self.attempt(author, start_check, claim)
        elif claim.status == "published":
            self.attempt(4, reopen, claim, reason="Test: because")
        elif claim.status in {"drafting", "reopened"}:
            kind = kind if claim.verdict_id else ""
            values = {"rating": rating if kind != "retraction" else None, "replacement_kind": kind}
            values = values | {
                "summary": "Test: four",
                "replacement_note": "Test: five",
                "evidence": claim.evidence.all(),
                "answers": factories.answers(public=bool(author % 2)),
            }
            self.attempt(author, check.edit, **values)
            self.attempt(author, self.check(which).submit)
        elif claim.status == "submitted":
            self.attempt(second, check.approve)
        elif claim.status == "approved":
            self.attempt(second, publish, check)

    @initialize(steps=st.tuples(FAR, FAR), people=TWO, kind=REPLACES)
    def begin(self, steps, people, kind):
        """Each claim is found somewhere on its way."""
        for which, far in enumerate(steps):
            self.go_on(which, people, kind, far)

    @rule(which=WHICH, people=TWO, kind=REPLACES, steps=st.integers(1, 6))
    def go_on(self, which, people, kind, steps):
        rating = Rating.objects.get(slug="true")
        for _step in range(steps):
            self.next_step(which, *people, rating, kind)

    @rule(who=WHO, which=WHICH, public=st.booleans(), words=WORDS)
    def answer_the_checklist(self, who, which, public, words):
        self.on_check(who, which, "edit", answers=factories.answers(words, public=public))

    @rule(who=WHO, which=WHICH)
    def ask_for_comment(self, who, which):
        self.attempt(who, lambda by: factories.request(self.claim(which), by=by))

    @rule(who=WHO, which=WHICH, words=WORDS, quotable=st.booleans())
    def answer_comes(self, who, which, words, quotable):
        request = self.claim(which).requests.order_by("pk").last()
        if request is not None:
            self.attempt(who, record_answer, request, answer=words, answered_on=today(), quotable=quotable)

    @rule(who=WHO, which=WHICH, reason=REASON)
    def look_again(self, who, which, reason):
        self.attempt(who, recheck_done, self.claim(which), reason=reason)

    @rule(who=WHO, which=WHICH, again=st.booleans())
    def attach_a_file(self, who, which, again):
        piece = self.piece(which)
        if piece is not None and piece.source:
            file = ContentFile(b"TEST DATA" if again else uuid4().bytes.hex().encode(), "note.txt")
            self.attempt(who, add_file, piece.source, file=file, snapshot=piece.snapshot)

    @rule(who=WHO, which=WHICH, words=WORDS)
    def add_evidence(self, who, which, words):
        self.attempt(who, lambda by: factories.evidence(self.claim(which), by=by, excerpt=words, kind="observation"))

    @rule(who=WHO, which=WHICH, words=WORDS, protected=st.booleans())
    def edit_evidence(self, who, which, words, protected):
        piece = self.piece(which)
        if piece is not None:
            self.attempt(who, edit_evidence, piece, version=piece.version, excerpt=words, protected=protected)

    @rule(who=WHO, which=WHICH)
    def remove_evidence(self, who, which):
        piece = self.piece(which)
        if piece is not None:
            self.attempt(who, remove_evidence, piece, reason="Test: because")

    @rule(who=WHO, which=WHICH, words=WORDS, protected=st.booleans())
    def edit_source(self, who, which, words, protected):
        source = self.claim(which).principal_appearance.source
        self.attempt(who, edit_source, source, title=words, protected=protected)

    @rule(who=WHO, which=WHICH, words=WORDS)
    def rename_claimant(self, who, which, words):
        self.attempt(who, edit_claimant, self.claim(which).claimant, name=words)

    @rule(who=WHO, which=WHICH)
    def add_appearance(self, who, which):
        claim = self.claim(which)
        source = claim.principal_appearance.source
        self.attempt(who, add_appearance, claim, source=source, quote="The lamps burn oil.")

    @rule(who=WHO, which=WHICH, words=WORDS)
    def edit_appearance(self, who, which, words):
        self.attempt(who, edit_appearance, self.claim(which).principal_appearance, role=words)

    @rule(who=WHO, which=WHICH, finding=st.sampled_from(["as_reported", "not_so", ""]))
    def find(self, who, which, finding):
        self.attempt(who, find_attribution, self.claim(which).principal_appearance, finding)

    @rule(who=WHO, which=WHICH)
    def make_principal(self, who, which):
        self.attempt(who, make_principal, self.claim(which).appearances.order_by("pk").last())

    @precondition(lambda self: Act.objects.exists())
    @rule(who=st.integers(0, len(ROLES) - 1), back=st.integers(0, 6))
    def undo(self, who, back):
        acts = Act.objects.order_by("-position")
        self.attempt(who, undo, acts[min(back, acts.count() - 1)])

    @invariant()
    def what_waits_is_what_was_submitted_and_two_stand_behind_what_was_approved(self):
        for check in Check.objects.filter(state__in=WAITING):
            assert check.submitted_digest == content_digest(check)
            if check.state == "approved":
                assert check.approved_digest == check.submitted_digest
                assert check.approved_by != check.submitted_by or check.override_reason
            else:
                assert (check.approved_by, check.approved_digest, check.override_reason) == (None, "", "")

    @invariant()
    def a_verdict_is_what_it_was_and_comes_of_an_approval_alone(self):
        stand = {verdict.pk: verdict for verdict in Verdict.objects.filter(claim__in=self.claims)}
        assert stand.keys() >= self.verdicts.keys()
        for pk, verdict in stand.items():
            values = {name: getattr(verdict, name) for name in UNCHANGED}
            if pk not in self.verdicts:
                self.must_be_approved(verdict)
            assert self.verdicts.setdefault(pk, values) == values

    def must_be_approved(self, verdict):
        assert verdict.is_intact()
        assert verdict.retracts or verdict.rating_slug or verdict.attribution
        assert (
            verdict.evidence_count or verdict.retracts or Rating.objects.get(slug=verdict.rating_slug).without_evidence
        )
        lines = Change.objects.filter(kind="check", object_id=verdict.check_file_id, act__verb__startswith="check.")
        acts = list(Act.objects.filter(changes__in=lines).distinct().order_by("-position")[:3])
        published, approved, submitted = acts
        assert [act.verb for act in acts] == ["check.publish", "check.approve", "check.submit"]
        assert approved.actor != submitted.actor or (approved.reason and verdict.override_reason == approved.reason)
        assert None not in (published.actor, approved.actor, submitted.actor)

    @invariant()
    def the_status_says_what_is_so(self):
        for claim in Claim.objects.filter(pk__in=[claim.pk for claim in self.claims]):
            opened = [check for check in claim.checks.all() if check.state in OPEN]
            assert len(opened) <= 1
            last = claim.verdicts.order_by("number").last()
            assert claim.verdict == last
            resting = "published" if last else claim.decision
            drafting = "reopened" if last else "drafting"
            expected = (drafting if opened[0].state == "drafting" else opened[0].state) if opened else resting
            assert claim.status == expected
            assert claim.has_evidence == Evidence.objects.filter(claim=claim).exists()
            assert claim.principal_appearance.claim_id == claim.pk
            assert claim.claimant_id == claim.principal_appearance.claimant_id
            assert Appearance.objects.filter(claim=claim, anchors=None).count() == 0


def live(machine=Life, *, examples, steps, **more):
    """Let people live so many lives of at most so many steps. Raises what broke, with the shortest way there."""
    load_ratings()
    machine.people = [factories.person(None, *([role] if role else [])) for role in ROLES] + [None]
    machine.claims = [factories.selected(), factories.claim()]
    for claim in machine.claims:
        factories.evidence(claim)
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    bounds = {"max_examples": examples, "stateful_step_count": steps, "deadline": None, "database": None}
    run_state_machine_as_test(machine, settings=settings(suppress_health_check=slow, **bounds, **more))


def lives(examples, steps, **more):
    """A step of the benchmarks: what happened in so many lives, and which rule was broken."""
    seen, faults = {"lives": 0, "acts": 0, "verdicts": 0, "replaced": 0}, []

    class Counted(Life):
        def teardown(self):
            seen["lives"] += 1
            seen["acts"] += LogHead.objects.get().position - self.begun
            seen["verdicts"] += len(self.verdicts)
            seen["replaced"] += sum(values["supersedes_id"] is not None for values in self.verdicts.values())
            super().teardown()

    try:
        live(Counted, examples=int(examples), steps=int(steps), print_blob=False, **more)
    except Exception as error:
        said = "; ".join(getattr(error, "__notes__", ()))
        faults.append(f"{type(error).__name__}: {error} {said}")
    return {**seen, "faults": faults}
