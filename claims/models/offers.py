"""What a person may do now with a claim or a check, for pages that offer nothing else. The verbs refuse anyhow."""

from claims.states import OPEN, VERBS, WAITING, ClaimStatus

# In the order of the page: first what leads on.
CLAIM_VERBS = (
    "check.start", "claim.recheck_done", "check.reopen", "claim.select", "claim.assign", "claim.edit", "claim.decline",
    "claim.put_back",
)  # fmt: skip
# What may be done with a claim that is being checked, or was.
STILL_OFFERED = {"check.reopen", "claim.recheck_done", "claim.edit", "claim.assign"}
CHECK_VERBS = (
    "check.edit", "check.submit", "check.approve", "check.send_back", "check.take_back", "check.publish",
    "check.withdraw_approval", "check.abandon",
)  # fmt: skip


def _permitted(verb, user, state):
    known = VERBS[verb]
    return (known.permission is None or user.may(known.permission)) and (not known.starts or state in known.starts)


def offered_for_claim(claim, user):
    """The names of the verbs that `user` may do with the claim as it stands."""
    offered = [verb for verb in CLAIM_VERBS if _permitted(verb, user, claim.decision)]
    if claim.status != claim.decision:
        offered = [verb for verb in offered if verb in STILL_OFFERED]
    if claim.status != ClaimStatus.SELECTED:
        offered = [verb for verb in offered if verb != "check.start"]
    if not claim.is_due_again:
        offered = [verb for verb in offered if verb != "claim.recheck_done"]
    if claim.status != ClaimStatus.PUBLISHED:
        offered = [verb for verb in offered if verb != "check.reopen"]
    return offered


def offered_for_check(check, user):
    """The names of the verbs that `user` may do with the check as it stands."""
    if check is None or check.state not in OPEN:
        return []
    mine = check.submitted_by_id is not None and check.submitted_by_id == user.pk
    barred = set()
    if mine:
        barred.add("check.send_back")
        if not user.may("override_approval"):
            barred.add("check.approve")
    else:
        barred.add("check.take_back")
    if check.state in WAITING and not user.may("approve_checks"):
        barred.add("check.edit")
    return [verb for verb in CHECK_VERBS if verb not in barred and _permitted(verb, user, check.state)]
