"""The states of claims and checks, every verb of the desk with who may do it and from where to where, and refusals.

This table is the policy: `acting()` in models/log.py executes it. No Django models here.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Refused(Exception):
    """A verb that did not happen. Nothing was changed. `field` names the form field that the message belongs to."""

    def __init__(self, message, *, field=None):
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """This person may not do this, or may not do it to their own work."""


class WrongState(Refused):
    """The verb does not lead on from the state the record is in."""


class Stale(Refused):
    """Somebody else changed the record after this form was opened. `theirs` is the record as it stands now."""

    def __init__(self, theirs):
        super().__init__(_("Somebody else changed this meanwhile. Nothing was overwritten."))
        self.theirs = theirs


class ManyPlaces(Refused):
    """The quote stands at several places of the text; the form asks which. `places` are text.Place."""

    def __init__(self, places):
        super().__init__(_("These words occur more than once in the text. Say which place you mean."), field="place")
        self.places = places


class AlreadyDone(Refused):
    """The same form arrived a second time. `act` is what the first one did."""

    def __init__(self, act):
        super().__init__(_("This form was already sent."))
        self.act = act


class OutsideVerb(RuntimeError):
    """Code tried to write a logged or frozen record without a verb. A fault of the program, never of a person."""


class ClaimStatus(TextChoices):
    NOTED = "noted", pgettext_lazy("claim status", "Noted")
    SELECTED = "selected", pgettext_lazy("claim status", "Selected")
    DRAFTING = "drafting", pgettext_lazy("claim status", "Drafting")
    SUBMITTED = "submitted", pgettext_lazy("claim status", "Submitted")
    APPROVED = "approved", pgettext_lazy("claim status", "Approved")
    PUBLISHED = "published", pgettext_lazy("claim status", "Published")
    REOPENED = "reopened", pgettext_lazy("claim status", "Reopened")
    NOT_CHECKING = "not_checking", pgettext_lazy("claim status", "Not checking")
    MERGED = "merged", pgettext_lazy("claim status", "Merged")


STATUS_ORDER = {status: order for order, status in enumerate(ClaimStatus.values)}


class Decision(TextChoices):
    """What the desk decided about a claim; its status shows this until a check says more."""

    NOTED = "noted", pgettext_lazy("claim status", "Noted")
    SELECTED = "selected", pgettext_lazy("claim status", "Selected")
    NOT_CHECKING = "not_checking", pgettext_lazy("claim status", "Not checking")


class CheckState(TextChoices):
    DRAFTING = "drafting", pgettext_lazy("check state", "Drafting")
    SUBMITTED = "submitted", pgettext_lazy("check state", "Submitted")
    APPROVED = "approved", pgettext_lazy("check state", "Approved")
    PUBLISHED = "published", pgettext_lazy("check state", "Published")
    ABANDONED = "abandoned", pgettext_lazy("check state", "Abandoned")


def state_label(state):
    """The words for a state of a claim or of a check."""
    known = ClaimStatus if state in ClaimStatus.values else CheckState
    return known(state).label


class Replacement(TextChoices):
    """Why a verdict takes the place of an earlier one on the same claim."""

    CORRECTION = "correction", pgettext_lazy("replacement", "Correction: we erred")
    UPDATE = "update", pgettext_lazy("replacement", "Update: the facts moved")
    CLARIFICATION = "clarification", pgettext_lazy("replacement", "Clarification: it could be misread")
    EDITORIAL = "editorial", pgettext_lazy("replacement", "Editorial: a slip of the pen")
    RETRACTION = "retraction", pgettext_lazy("replacement", "Retraction: we no longer say anything about it")


# What a reader was told wrongly or unclearly stands in the list of corrections. Moved facts have a list of their own,
# and a slip of the pen stands in the claim's history alone.
CORRECTING = (Replacement.CORRECTION, Replacement.CLARIFICATION, Replacement.RETRACTION)

OPEN = frozenset({CheckState.DRAFTING, CheckState.SUBMITTED, CheckState.APPROVED})
WAITING = frozenset({CheckState.SUBMITTED, CheckState.APPROVED})

# What a role may be given; seeds/roles.toml gives it, and claims/policy.py refuses a name that is not here.
PERMISSIONS = {
    "read_desk": _("see the desk's claims, sources, evidence and history"),
    "see_protected": _("see protected sources and evidence"),
    "write_claims": _("note claims, sources and appearances"),
    "write_evidence": _("record evidence and requests for comment"),
    "select_claims": _("select claims for checking, or decide not to check"),
    "draft_checks": _("start and draft checks"),
    "submit_checks": _("submit a draft for approval"),
    "approve_checks": _("approve or send back what somebody else submitted"),
    "comment": _("comment on claims and drafts"),
    "publish_checks": _("publish approved verdicts"),
    "override_approval": _("approve one's own submission, with a reason that is shown"),
    "supersede_verdicts": _("reopen and supersede published verdicts"),
    "redact": _("remove what the law orders gone"),
    "bulk_edit": _("change many claims at once"),
    "use_admin": _("enter the admin"),
    "export": _("take lists home as CSV"),
    "manage_accounts": _("create accounts and give roles"),
}


@dataclass(frozen=True)
class Verb:
    """One act of the desk. `permission` None: anybody the view lets in. `starts` and `ends`: for verbs that move."""

    label: str
    permission: str | None = None
    starts: frozenset = frozenset()
    ends: str | None = None


def _from(*states):
    return frozenset(states)


VERBS = {
    # Claims
    "claim.note": Verb(_("noted the claim"), "write_claims"),
    "claim.edit": Verb(_("edited the claim"), "write_claims"),
    "claim.select": Verb(
        _("selected the claim for checking"),
        "select_claims",
        _from(Decision.NOTED, Decision.NOT_CHECKING),
        Decision.SELECTED,
    ),
    "claim.decline": Verb(
        _("decided not to check the claim"),
        "select_claims",
        _from(Decision.NOTED, Decision.SELECTED),
        Decision.NOT_CHECKING,
    ),
    "claim.put_back": Verb(
        _("put the claim back to noted"),
        "select_claims",
        _from(Decision.SELECTED, Decision.NOT_CHECKING),
        Decision.NOTED,
    ),
    "claim.assign": Verb(_("assigned the claim"), "draft_checks"),
    "claim.recheck_done": Verb(_("looked again and changed nothing"), "draft_checks"),
    # Appearances
    "appearance.add": Verb(_("added an appearance"), "write_claims"),
    "appearance.edit": Verb(_("edited an appearance"), "write_claims"),
    "appearance.find": Verb(_("recorded whether it was said as reported"), "draft_checks"),
    "appearance.make_principal": Verb(_("chose another principal appearance"), "write_claims"),
    # Claimants, publishers, topics, sources
    "claimant.add": Verb(_("added who said it"), "write_claims"),
    "claimant.edit": Verb(_("edited who said it"), "write_claims"),
    "publisher.add": Verb(_("added a publisher"), "write_claims"),
    "publisher.edit": Verb(_("edited a publisher"), "write_claims"),
    "topic.add": Verb(_("added a topic"), "write_claims"),
    "topic.edit": Verb(_("renamed a topic"), "write_claims"),
    "source.add": Verb(_("added a source"), "write_claims"),
    "source.edit": Verb(_("edited a source"), "write_claims"),
    "source.archive": Verb(_("recorded an archived copy of a source"), "write_claims"),
    "source.take_snapshot": Verb(_("took a snapshot of a source"), "write_claims"),
    "source.add_file": Verb(_("attached a file to a source"), "write_evidence"),
    # Evidence
    "evidence.add": Verb(_("added evidence"), "write_evidence"),
    "evidence.edit": Verb(_("edited evidence"), "write_evidence"),
    "evidence.remove": Verb(_("removed evidence"), "write_evidence"),
    # The right of reply
    "reply.ask": Verb(_("asked for comment"), "write_evidence"),
    "reply.edit": Verb(_("edited a request for comment"), "write_evidence"),
    "reply.record": Verb(_("recorded an answer"), "write_evidence"),
    "reply.none": Verb(_("recorded that no answer came"), "write_evidence"),
    "reply.remove": Verb(_("removed a request for comment"), "write_evidence"),
    # Checks
    "check.start": Verb(_("started a check"), "draft_checks"),
    "check.reopen": Verb(_("reopened the published claim"), "supersede_verdicts"),
    "check.edit": Verb(_("edited the draft"), "draft_checks", OPEN, CheckState.DRAFTING),
    "check.submit": Verb(
        _("submitted the draft for approval"),
        "submit_checks",
        _from(CheckState.DRAFTING),
        CheckState.SUBMITTED,
    ),
    "check.take_back": Verb(
        _("took the submission back"), "submit_checks", _from(CheckState.SUBMITTED), CheckState.DRAFTING
    ),
    "check.send_back": Verb(
        _("sent the draft back"), "approve_checks", _from(CheckState.SUBMITTED), CheckState.DRAFTING
    ),
    "check.approve": Verb(_("approved the draft"), "approve_checks", _from(CheckState.SUBMITTED), CheckState.APPROVED),
    "check.withdraw_approval": Verb(
        _("sent the approved draft back"), "publish_checks", _from(CheckState.APPROVED), CheckState.DRAFTING
    ),
    "check.publish": Verb(
        _("published the verdict"), "publish_checks", _from(CheckState.APPROVED), CheckState.PUBLISHED
    ),
    "check.abandon": Verb(_("abandoned the check"), "draft_checks", _from(CheckState.DRAFTING), CheckState.ABANDONED),
    # Second opinions
    "opinion.ask": Verb(_("asked for a blind second opinion"), "draft_checks"),
    "opinion.give": Verb(_("gave a second opinion"), "draft_checks"),
    "opinion.withdraw": Verb(_("withdrew the request for a second opinion"), "draft_checks"),
    # Comments
    "comment.add": Verb(_("wrote a comment"), "comment"),
    "comment.edit": Verb(_("edited a comment"), "comment"),
    "comment.resolve": Verb(_("marked a comment as resolved"), "comment"),
    "comment.reopen": Verb(_("opened a resolved comment again"), "comment"),
    "comment.remove": Verb(_("removed a comment"), "comment"),
    # Many claims, and back
    "claim.edit_rows": Verb(_("changed claims by a table"), "bulk_edit"),
    "undo": Verb(_("undid an act")),
    # What the law orders gone
    "redaction.ask": Verb(_("asked for a redaction"), "redact"),
    "redaction.withdraw": Verb(_("withdrew a redaction"), "redact"),
    "redaction.confirm": Verb(_("confirmed a redaction"), "redact"),
    "redaction.blank": Verb(_("redacted words")),
    "redaction.finish": Verb(_("redacted the last of the words")),
    "redaction.clean": Verb(_("cleaned the database after a redaction")),
    # The desk itself
    "rating.load": Verb(_("loaded the rating scale")),
    "user.create": Verb(_("created an account"), "manage_accounts"),
    "user.edit": Verb(_("changed an account"), "manage_accounts"),
    "user.edit_own": Verb(_("changed their own profile")),
    "user.give_password": Verb(_("gave a new one-time password"), "manage_accounts"),
    "user.choose_mail": Verb(_("chose which mails to get")),
    "user.invite": Verb(_("invited a person"), "manage_accounts"),
    "user.invite_again": Verb(_("sent the invitation again"), "manage_accounts"),
    "user.deactivate": Verb(_("deactivated an account"), "manage_accounts"),
    "user.reactivate": Verb(_("reactivated an account"), "manage_accounts"),
    "user.hand_over": Verb(_("handed open work over"), "manage_accounts"),
    "user.remove_second_step": Verb(_("removed a two-step sign-in"), "manage_accounts"),
    "export": Verb(_("exported a list"), "export"),
    "refusal": Verb(_("was refused")),
}
