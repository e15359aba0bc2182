"""The working file of one check of one claim."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims.models.claims import Claim
from claims.models.deskwords import in_words_of_the_desk
from claims.models.evidence import Evidence
from claims.models.fields import Day, Hash, Prose
from claims.models.freezing import content_digest
from claims.models.guarded import Logged, RefusingQuerySet
from claims.models.log import acting
from claims.models.notifications import Notification, tell
from claims.models.ratings import Rating
from claims.models.ready import known_answers, lacks, told_to_readers, unanswered
from claims.models.users import must_check
from claims.seals import new_salt
from claims.states import OPEN, WAITING, CheckState, ClaimStatus, NotAllowed, Replacement, WrongState
from claims.text import shows

# Whose word a waiting check waits for: the state, and the permission to take it further.
WORD_OF = {CheckState.SUBMITTED: "approve_checks", CheckState.APPROVED: "publish_checks"}

KEPT = _("Your second opinion is awaited: until you have given it, the draft is kept from you.")


class CheckQuerySet(RefusingQuerySet):
    def visible_to(self, user):
        """For those who read the desk, save what is kept from them until they have judged for themselves."""
        if not user.is_authenticated or not user.may("read_desk"):
            return self.none()
        return self.exclude(pk__in=Check.objects.kept_from(user).values("pk"))

    def kept_from(self, user):
        """Open checks on which this person's blind second opinion is awaited: see models/opinions.py."""
        awaited = {"opinions__asked_of": user, "opinions__given_at": None, "opinions__withdrawn_at": None}
        return self.filter(state__in=OPEN, **awaited)

    def open(self):
        return self.filter(state__in=OPEN)

    def awaiting_review(self):
        """Submitted and approved checks, oldest submission first."""
        return self.filter(waiting=True).order_by("submitted_at", "pk")

    def queue_of(self, user):
        """What waits for this person's word: to be approved, or to be published, by whoever may; oldest first. What
        they submitted themselves waits for others. Who may do neither may read along."""
        waiting = self.awaiting_review().exclude(submitted_by=user)
        theirs = [state for state, permission in WORD_OF.items() if user.may(permission)]
        return waiting.filter(state__in=theirs) if len(theirs) == 1 else waiting

    def submitted_by(self, user):
        """What this person submitted and waits for somebody else's word, oldest first."""
        return self.awaiting_review().filter(submitted_by=user)

    def sent_back_to(self, user):
        """Drafts that came back to whom they are assigned, and were not submitted again."""
        return self.filter(assignee=user, sent_back=True).order_by("pk")

    def for_review(self):
        return self.select_related("claim__claimant", "rating", "submitted_by", "approved_by", "assignee")


class Check(Logged):
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="checks")
    state = models.CharField(max_length=9, choices=CheckState, default=CheckState.DRAFTING, editable=False)
    assignee = models.ForeignKey(
        "claims.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("assignee"),
        related_name="checks",
    )
    rating = models.ForeignKey(
        Rating,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("rating"),
        related_name="+",
        limit_choices_to={"offered": True},
        help_text=_("Leave empty where only the attribution is judged."),
    )
    summary = Prose(_("summary"), blank=True, longest=1_000, help_text=_("The verdict in one or two sentences."))
    explanation = Prose(
        _("explanation"), blank=True, help_text=_("Plain text, or Markdown for headings, lists and links.")
    )
    evidence_until = Day(_("evidence until"), null=True, blank=True, help_text=_("The last day that was looked at."))
    disclosures = Prose(_("disclosures"), blank=True, longest=2_000)
    recheck_on = Day(
        _("look again on"), null=True, blank=True, help_text=_("The claim comes back to the desk on this day.")
    )
    # Of a reopened claim: why it was reopened, and what its new verdict tells readers about the change.
    reopened_because = Prose(blank=True, longest=5_000, editable=False)
    replacement_kind = models.CharField(_("what kind of change"), max_length=13, choices=Replacement, blank=True)
    replacement_note = Prose(
        _("what changed and why"), blank=True, longest=2_000, help_text=_("Readers see this beside the new verdict.")
    )
    evidence = models.ManyToManyField(
        Evidence,
        through="ChosenEvidence",
        blank=True,
        verbose_name=_("chosen evidence"),
        related_name="chosen_by",
    )
    started_by = models.ForeignKey(
        "claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    submitted_by = models.ForeignKey(
        "claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_digest = Hash(blank=True, default="")
    approved_by = models.ForeignKey(
        "claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_digest = Hash(blank=True, default="")
    override_reason = Prose(blank=True, longest=2_000, editable=False)
    returned_because = Prose(blank=True, longest=5_000, editable=False)
    # What is said to the checklist (claims/checklist.py), {slug: {"sentence": …, "public": …}}; and what of it readers
    # will be told, as it was submitted: a link that answers again later does not void an approval.
    answers = models.JSONField(_("answers"), default=dict, blank=True, editable=False, validators=[known_answers])
    answered = models.JSONField(_("told to readers"), default=list, blank=True, editable=False)
    # Computed for lists: see derived().
    waiting = models.BooleanField(default=False, editable=False)
    sent_back = models.BooleanField(default=False, editable=False)
    # Keeps the digests from being guessed once a name in the draft has been redacted.
    salt = models.CharField(max_length=32, default=new_salt, editable=False)

    # What submission and approval wrote, and what falls with them.
    CLEARED = {
        "submitted_by": None, "submitted_at": None, "submitted_digest": "",
        "approved_by": None, "approved_at": None, "approved_digest": "", "override_reason": "", "answered": [],
    }  # fmt: skip
    UNLOGGED = frozenset({"started_at", "salt", "waiting", "sent_back"})
    GIVEN = frozenset(
        {
            "rating", "summary", "explanation", "evidence_until", "disclosures", "assignee", "recheck_on",
            "replacement_kind", "replacement_note", "answers",
        }
    )  # fmt: skip
    objects = CheckQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("check"), _("checks")
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state__in=sorted(OPEN)),
                name="one_open_check_a_claim",
                violation_error_message=_("A check of this claim is open already."),
            )
        ]
        # Few checks of many wait, and they alone stand in these two. Their last columns spare a count the rows: SQLite
        # looks up even what the condition says.
        indexes = [
            models.Index(
                fields=["submitted_at", "id", "submitted_by", "waiting"],
                condition=Q(waiting=True),
                name="checks_waiting",
            ),
            models.Index(fields=["assignee", "id", "sent_back"], condition=Q(sent_back=True), name="checks_sent_back"),
        ]

    def __str__(self):
        return _("Check of “%(claim)s”") % {"claim": self.claim}

    def get_absolute_url(self):
        return f"{reverse('claim', args=[self.claim_id])}#check"

    @property
    def is_open(self):
        return self.state in OPEN

    def derived(self, changed=None):
        returned = self.state == CheckState.DRAFTING and bool(self.returned_because)
        return {"waiting": self.state in WAITING, "sent_back": returned}

    @property
    def retracts(self):
        return self.replacement_kind == Replacement.RETRACTION

    def must_not_lack(self):
        """Raise a ValidationError where what must be there before it is submitted or published is not."""
        if errors := lacks(self):
            raise ValidationError(errors)

    def must_be_ready(self):
        """As must_not_lack(), and where something that an outsider would ask has no answer yet."""
        if errors := lacks(self) | unanswered(self):
            raise ValidationError(errors)

    # Verbs. Each locks the claim first and the check second, so that what a digest covers stands still meanwhile.

    def hold(self, act, version):
        """Lock the claim and the check for an open act. Raises NotAllowed where its draft is kept from who acts."""
        claim = act.lock(self.claim)
        # Behind the claim's lock, which asking for an opinion takes too; and before a stale form is shown what stands.
        if act.by is not None and Check.objects.kept_from(act.by).filter(pk=self.pk).exists():
            raise NotAllowed(KEPT)
        act.lock(self, version=version)
        self.claim = claim

    def back_to_draft(self, act, because):
        """Undo submission and approval, in an open act; the claim's status follows. Where there is a reason, those
        who have to go on with it are told."""
        if because:
            self._tell_authors(act, Notification.Kind.SENT_BACK)
        act.change(self, state=CheckState.DRAFTING, returned_because=because, **self.CLEARED)
        act.derive(self.claim, status=self.claim.status_in_draft)

    def _tell_authors(self, act, kind):
        tell(act, kind, [self.submitted_by, self.assignee], self.claim, check=self)

    def edit(self, *, by, evidence=None, version=None, once=None, **values):
        """Change the draft; `evidence` is the chosen pieces, or None to leave them.

        While it waits for a second person only somebody who may approve edits it, and that returns it to its author,
        whose new submission accepts the change."""
        with acting("check.edit", by=by, once=once) as act:
            self.hold(act, version)
            act.move(self, self.state)
            waiting = self.state in WAITING
            if waiting and by is not None and not by.may("approve_checks"):
                raise NotAllowed(_("It waits for a second person. Take it back before you edit it."))
            if evidence is not None and any(each.claim_id != self.claim_id for each in evidence):
                raise ValidationError({"evidence": _("This evidence belongs to another claim.")})
            related = {} if evidence is None else {"evidence": evidence}
            changed = act.edit(self, related, **values)
            if "assignee" in changed:
                must_check(self.assignee)
                tell(act, Notification.Kind.ASSIGNED, [self.assignee], self.claim, check=self)
            if changed and waiting:
                with in_words_of_the_desk():
                    because = _("%(person)s edited the draft.") % {"person": by or _("The system")}
                self.back_to_draft(act, because)
        return self

    def submit(self, *, by, version=None, once=None):
        """Hand the draft to a second person. Binds the submission to a digest of all it would publish."""
        with acting("check.submit", by=by, once=once) as act:
            self.hold(act, version)
            state = act.move(self, self.state)
            act.change(self, state=state, submitted_by=by, submitted_at=act.at, **self.submission())
            act.derive(self.claim, status=ClaimStatus.SUBMITTED)
        return self

    def submission(self):
        """What submitting writes down of a draft that is ready. Raises ValidationError where it is not."""
        self.must_be_ready()
        answered = told_to_readers(self)
        digest = content_digest(self, answered=answered)
        return {"answered": answered, "submitted_digest": digest, "returned_because": ""}

    def take_back(self, *, by, version=None, once=None):
        """The submitter goes on drafting."""
        with acting("check.take_back", by=by, once=once) as act:
            self.hold(act, version)
            act.move(self, self.state)
            if by != self.submitted_by:
                raise NotAllowed(_("Only who submitted it can take it back."))
            self.back_to_draft(act, "")
        return self

    def send_back(self, *, by, reason, version=None, once=None):
        """Return a submission to its author, with the reason. A second person does that."""
        with acting("check.send_back", by=by, reason=reason, needs_reason=True, once=once) as act:
            self.hold(act, version)
            act.move(self, self.state)
            if by == self.submitted_by:
                raise NotAllowed(_("You submitted this yourself. Take it back instead."))
            self.back_to_draft(act, act.reason)
        return self

    def withdraw_approval(self, *, by, reason, version=None, once=None):
        """Return an approved draft to its author, with the reason."""
        with acting("check.withdraw_approval", by=by, reason=reason, needs_reason=True, once=once) as act:
            self.hold(act, version)
            act.move(self, self.state)
            self.back_to_draft(act, act.reason)
        return self

    def approve(self, *, by, override_reason="", version=None, once=None):
        """A second person's word on exactly the digest that was submitted.

        Whoever submitted may approve only with the permission to override and a reason, which the verdict shows.
        The system approves nothing: `by` is a person."""
        reason = override_reason.strip()
        with acting("check.approve", by=by, reason=reason, once=once) as act:
            self.hold(act, version)
            state = act.move(self, self.state)
            self._second_person(by, reason)
            if content_digest(self) != self.submitted_digest:
                raise WrongState(_("The text is not what was submitted. Send it back, so that it is submitted again."))
            self.must_not_lack()
            override = reason if by == self.submitted_by else ""
            act.change(
                self,
                state=state,
                approved_by=by,
                approved_at=act.at,
                approved_digest=self.submitted_digest,
                override_reason=override,
            )
            self._tell_authors(act, Notification.Kind.APPROVED)
            act.derive(self.claim, status=ClaimStatus.APPROVED)
        return self

    def _second_person(self, by, reason):
        if by is None:
            raise NotAllowed(_("A verdict is approved by a person."))
        if self.submitted_by is None:
            raise NotAllowed(_("Nobody is named as having submitted this. Send it back and submit it."))
        if by != self.submitted_by:
            return
        if not by.may("override_approval"):
            raise NotAllowed(_("You submitted this yourself. A second person must approve it."))
        if not shows(reason):
            raise ValidationError(
                {"override_reason": _("You submitted this yourself. Give the reason why you approve it alone.")}
            )

    def abandon(self, *, by, reason, version=None, once=None):
        """Close the working file without a verdict. The claim goes back to what was decided about it, and where it was
        reopened, to the verdict that stayed in force meanwhile."""
        with acting("check.abandon", by=by, reason=reason, needs_reason=True, once=once) as act:
            self.hold(act, version)
            act.change(self, state=act.move(self, self.state))
            act.derive(self.claim, status=self.claim.status_without_check)
        return self


def start_check(claim, *, by, assignee=None, version=None, once=None):
    """Open the working file of a selected claim. What evidence there is, is chosen; whoever starts it does it."""
    with acting("check.start", by=by, once=once) as act:
        act.lock(claim, version=version)
        if claim.status != ClaimStatus.SELECTED:
            raise WrongState(_("Only a selected claim is checked. Select it first, with the reason."))
        return open_file(act, claim, assignee, evidence=list(claim.evidence.order_by("pk")))


def open_file(act, claim, assignee, *, evidence, **values):
    """A new check of a locked claim, in an open act. Where nobody is named, the claim's assignee does it, else whoever
    opens it."""
    assignee = assignee or claim.assignee or act.by
    must_check(assignee)
    check = act.add(Check(claim=claim, assignee=assignee, started_by=act.by, **values), evidence=evidence)
    act.derive(claim, status=claim.status_in_draft)
    if assignee != claim.assignee:
        tell(act, Notification.Kind.ASSIGNED, [assignee], claim, check=check)
    if assignee is not None:
        act.change(claim, assignee=assignee)
    return check
