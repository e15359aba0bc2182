"""Publishing: an approved draft becomes a verdict that nobody can change."""

from django.utils.translation import gettext_lazy as _

from claims.models.freezing import content_digest, content_of
from claims.models.links import LinkCheck
from claims.models.log import acting
from claims.models.rechecking import judged_again
from claims.models.verdicts import FORM, Verdict, VerdictEvidence
from claims.seals import plain, seal
from claims.states import ClaimStatus, NotAllowed, WrongState


def publish(check, *, by, version=None, once=None):
    """Publish what was approved, word for word, as the claim's next verdict.

    Raises WrongState where anything the approver answered for has changed since."""
    if by is None:
        raise NotAllowed(_("A verdict is published by a person."))
    with acting("check.publish", by=by, once=once) as act:
        check.hold(act, version)
        claim = check.claim
        state = act.move(check, check.state)
        if content_digest(check) != check.approved_digest:
            raise WrongState(_("What was approved is not what stands here now. Send it back to be approved again."))
        check.must_not_lack()
        verdict = _freeze(act, check, by)
        act.change(check, state=state)
        if claim.recheck_on != verdict.recheck_on:
            act.change(claim, recheck_on=verdict.recheck_on)
        LinkCheck.objects.look_often([each.source_id for each in check.evidence.all() if each.source_id], act.at)
        rating = None if check.retracts else check.rating
        act.derive(claim, status=ClaimStatus.PUBLISHED, verdict=verdict, rating=rating, retracted=check.retracts)
        # What came up between submission and publication is not in the verdict.
        judged_again(act, claim, check.submitted_at)
    return verdict


def _freeze(act, check, by):
    claim = check.claim
    values, pieces = content_of(check)
    last = claim.verdict
    origins = {each.origin_key for each in check.evidence.all()} - {""}
    verdict = Verdict(
        claim=claim,
        check_file=check,
        form=FORM,
        number=last.number + 1 if last else 1,
        supersedes=last,
        language=claim.language,
        kind=claim.kind,
        topics="; ".join(claim.topics.order_by("name_key").values_list("name", flat=True)),
        appearances=claim.appearances.count(),
        evidence_count=len(pieces),
        independent_origins=len(origins),
        author=str(check.submitted_by),
        approver=str(check.approved_by),
        override_reason=check.override_reason,
        published_by=by,
        # No clock that went back lets a verdict end before it began.
        published_at=max(act.at, last.published_at) if last else act.at,
        **values,
    )
    frozen = [VerdictEvidence(verdict=verdict, line=line, **piece) for line, piece in enumerate(pieces, start=1)]
    for record in [verdict, *frozen]:
        record.seals = {name: seal(plain(getattr(record, name))) for name in record.SEALED}
    verdict.digest = verdict.computed_digest(frozen)
    act.add(verdict)
    for record in frozen:
        record.verdict = verdict
        act.add(record)
    return verdict
