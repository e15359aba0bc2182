"""Recording evidence for and against a claim."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.models.evidence import Evidence
from claims.models.files import incoming, put_file
from claims.models.keeping import keep_in_step, said
from claims.models.links import follow_link
from claims.models.log import acting
from claims.models.rechecking import notice
from claims.models.sources import Source, source_in
from claims.models.statements import locked
from claims.states import VERBS, CheckState, NotAllowed, Refused


def open_check_held(claim):
    """The claim's open check, or None. In the transaction at hand nobody else changes it from now on: every verb of a
    check locks the claim first."""
    locked(claim)
    return claim.open_check()


def _follow(act, claim, *sources):
    for source in sources:
        follow_link(source, act.at)
    act.derive(claim, has_evidence=claim.evidence.exists())
    notice(act, claim)
    keep_in_step(act, [claim.pk], because=said(_("The evidence")))


def _source(act, what):
    """As source_in(); a new one is for those who may add sources."""
    if isinstance(what, dict) and act.by is not None and not act.by.may(VERBS["source.add"].permission):
        raise NotAllowed(_("Your role does not allow adding sources."))
    return source_in(act, what)


def _lock_source(act, source, file):
    """What many claims share is locked before claims, as by every verb that changes it: a file may let the drafts of
    other claims fall."""
    if file and isinstance(source, Source):
        act.lock(source)


def _attach(act, evidence, file):
    """Let the evidence rest on a snapshot of its source that has this file."""
    if file and not evidence.source:
        raise ValidationError({"file": _("A file belongs to a source. Name the source too.")})
    if file:
        return put_file(act, evidence.source, file, evidence.snapshot).snapshot
    return evidence.snapshot


def add_evidence(claim, *, by, file=None, once=None, **values):
    """A new piece of evidence; its source may be a dict of a new one, as for add_source(), and `file` a file of it.

    While a check is being drafted it is chosen for it; nobody approved without it."""
    file = file and incoming(file)
    with acting("evidence.add", by=by, once=once) as act:
        _lock_source(act, values.get("source"), file)
        act.lock(claim)
        values["source"] = _source(act, values.get("source"))
        evidence = Evidence(claim=claim, added_by=by, **Evidence.given(values))
        if evidence.source and evidence.snapshot is None:
            evidence.snapshot = evidence.source.as_evidence()
        evidence.snapshot = _attach(act, evidence, file)
        act.add(evidence)
        check = claim.open_check()
        if check and check.state == CheckState.DRAFTING:
            act.change(act.lock(check), {"evidence": [*check.evidence.all(), evidence]})
        _follow(act, claim, evidence.source)
    return evidence


def edit_evidence(evidence, *, by, file=None, version=None, once=None, **values):
    """Change a piece of evidence, and attach a file to its source where one is given."""
    file = file and incoming(file)
    with acting("evidence.edit", by=by, once=once) as act:
        _lock_source(act, values.get("source", evidence.source), file)
        claim = act.lock(evidence.claim)
        act.lock(evidence, version=version)
        before = evidence.source
        if "source" in values:
            values["source"] = _source(act, values["source"])
        if "source" in values and values["source"] != evidence.source:
            values["snapshot"] = values["source"].as_evidence() if values["source"] else None
        if file:
            meant = Evidence(source=values.get("source", evidence.source))
            meant.snapshot = values.get("snapshot", evidence.snapshot)
            values["snapshot"] = _attach(act, meant, file)
        if act.edit(evidence, **values):
            _follow(act, claim, before, evidence.source)
    return evidence


def remove_evidence(evidence, *, by, reason, version=None, once=None):
    """Take a piece of evidence away, with the reason. What a closed check rests on stays."""
    with acting("evidence.remove", by=by, reason=reason, needs_reason=True, once=once) as act:
        claim = act.lock(evidence.claim)
        act.lock(evidence, version=version)
        if evidence.chosen_by.exclude(state=CheckState.DRAFTING).exists():
            raise Refused(_("A submitted, published or closed check rests on this evidence, so it stays."))
        for check in evidence.chosen_by.all():
            kept = check.evidence.exclude(pk=evidence.pk)
            act.change(act.lock(check), {"evidence": list(kept)})
        act.remove(evidence)
        _follow(act, claim, evidence.source)
    return claim
