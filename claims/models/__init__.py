from claims.models.appearances import Anchor, Appearance
from claims.models.bulk import BulkAct
from claims.models.checks import Check
from claims.models.claimants import Alias, Claimant, ClaimantRole
from claims.models.claims import Claim, ClaimTopic
from claims.models.comments import Comment, Mention
from claims.models.evidence import ChosenEvidence, Evidence
from claims.models.files import ForgottenContent, SnapshotFile
from claims.models.following import LastSeen
from claims.models.keptdrafts import KeptDraft
from claims.models.links import HostTurn, LinkCheck
from claims.models.log import Act, Change, LogHead
from claims.models.mails import Mail
from claims.models.notifications import Notification
from claims.models.opinions import SecondOpinion
from claims.models.presence import Presence
from claims.models.ratings import Rating
from claims.models.rechecking import Recheck
from claims.models.redaction.dryrun import DryRun
from claims.models.redaction.record import Redaction
from claims.models.replies import RequestForComment
from claims.models.searchdocuments import SearchDocument
from claims.models.sources import Publisher, Snapshot, Source
from claims.models.topics import Topic
from claims.models.users import User
from claims.models.verdicts import Verdict, VerdictEvidence

__all__ = [
    "Act",
    "Alias",
    "Anchor",
    "Appearance",
    "BulkAct",
    "Change",
    "Check",
    "ChosenEvidence",
    "Claim",
    "ClaimTopic",
    "Claimant",
    "ClaimantRole",
    "Comment",
    "DryRun",
    "Evidence",
    "ForgottenContent",
    "HostTurn",
    "KeptDraft",
    "LastSeen",
    "LinkCheck",
    "LogHead",
    "Mail",
    "Mention",
    "Notification",
    "Presence",
    "Publisher",
    "Rating",
    "Recheck",
    "Redaction",
    "RequestForComment",
    "SearchDocument",
    "SecondOpinion",
    "Snapshot",
    "SnapshotFile",
    "Source",
    "Topic",
    "User",
    "Verdict",
    "VerdictEvidence",
]
