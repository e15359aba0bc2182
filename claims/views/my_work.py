"""What "My work" shows, gathered at a constant number of queries. The list's filter `work` finds the same claims."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from claims.filters import NEWEST, WORK
from claims.models import Check, Claim, Notification, RequestForComment, SecondOpinion
from claims.models.checks import WORD_OF
from claims.models.following import changed_for, log_end
from claims.paging import counted
from claims.states import ClaimStatus

SHORT = 8
ACTS = 3
# The list's order nearest to that of the part, where the most urgent does not come first.
ORDER = {"approval": "noted", "sent_back": "noted", "mentioned": NEWEST}


@dataclass(frozen=True)
class Section:
    """A part of somebody's work: its first rows, of how many, and where all of them are listed."""

    name: str
    row: str
    rows: list
    count: str
    empty: str

    @property
    def heading(self):
        return WORK[self.name][0]

    @property
    def everything(self):
        return f"{reverse('claims')}?{urlencode({'work': self.name, 'sort': ORDER.get(self.name, '-priority')})}"


def _section(name, row, found, shown, empty):
    return Section(name, row, list(shown[:SHORT]), counted(found), empty)


def _of_checks(user):
    checks = Check.objects.visible_to(user)
    queue, returned = checks.queue_of(user), checks.sent_back_to(user)
    if any(user.may(permission) for permission in WORD_OF.values()):
        empty = _("Nothing waits for you. A draft appears here when somebody else submits it.")
        yield _section("approval", "desk/_waiting.html", queue, queue.for_review(), empty)
    if user.may("draft_checks"):
        empty = _("Nothing came back. A draft appears here when a second person wants it changed.")
        yield _section("sent_back", "desk/_returned.html", returned, returned.for_review(), empty)


def _of_opinions(user):
    asked = SecondOpinion.objects.visible_to(user).awaited_from(user)
    empty = _("No opinion is asked of you. A claim that you are to judge without its draft appears here.")
    if user.may("draft_checks"):
        yield _section("opinion", "desk/_opinion_asked.html", asked, asked.for_review(), empty)


def _of_comments(user):
    mentions = Notification.objects.mentions(user)
    empty = _("Nobody asked for you. A comment that names you with @ appears here until you mark it as read.")
    yield _section("mentioned", "desk/_mentioned.html", mentions, mentions.for_list(), empty)


def _of_requests(user):
    if user.may("write_evidence"):
        overdue = RequestForComment.objects.visible_to(user).overdue_of(user)
        empty = _("No answer is overdue. Whom you asked for comment appears here when their last day is over.")
        yield _section("unanswered", "desk/_overdue.html", overdue, overdue.for_list(), empty)


def _of_claims(user):
    claims = Claim.objects.visible_to(user)
    found = {"free": (claims.unassigned(), _("Every selected claim has somebody."))}
    if user.may("draft_checks"):
        late = _("Nothing of yours is due. A claim’s day is set where it is assigned.")
        take = _("Nothing is assigned to you. Take one of the unassigned claims: open it and start its check.")
        found = {"due": (claims.due_soon_of(user), late), "assigned": (claims.work_of(user), take), **found}
        found["recheck"] = (claims.due_again(), _("No published claim asks for another look."))
    for name, (rows, empty) in found.items():
        yield _section(name, "desk/_short.html", rows, rows.select_related("claimant"), empty)


def work_context(user):
    changed, changed_count = changed_for(user, claims=SHORT, acts=ACTS)
    claims = Claim.objects.visible_to(user)
    return {
        "sections": [
            *_of_checks(user),
            *_of_opinions(user),
            *_of_comments(user),
            *_of_requests(user),
            *_of_claims(user),
        ],
        "changed": changed,
        "changed_heading": WORK["changed"][0],
        "changed_count": changed_count,
        "seen_until": log_end(),
        "counts": [(status, counted(claims.in_status(status))) for status in ClaimStatus.values],
    }
