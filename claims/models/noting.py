"""Noting what was said: claims with their first appearance, further appearances, and changes to either."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.models.appearances import Appearance, anchor_in, anchor_where_it_stands
from claims.models.claimants import claimant_in
from claims.models.claims import Claim
from claims.models.keeping import keep_found, keep_in_step, said
from claims.models.log import acting
from claims.models.notifications import tell_assigned
from claims.models.rechecking import notice
from claims.models.sources import source_in
from claims.models.topics import topics_named
from claims.models.users import must_check

# What decides where the words stand; the source of an appearance does not change: a sighting elsewhere is another one.
WORDS = "quote"
# What a verdict quotes of the claim itself, and what finds it.
SHOWN = frozenset({"statement", "language", "claimant", "kind"})


def note_claim(*, by, appearance, topics=(), start=None, also_in=(), once=None, **values):
    """A new claim with its principal appearance.

    `appearance` is a dict of the appearance's fields (`source` and `quote` at least; the claimant is the claim's where
    it names none). Claimant and source may be dicts of new ones, so that all is one act. `topics` are names; `start`
    says which place of the text is meant where the quote stands at several; `also_in` are further snapshots in which
    the same words stand, as (snapshot, start or None).
    Raises ValidationError and ManyPlaces."""
    with acting("claim.note", by=by, once=once) as act:
        if "claimant" in values:
            values["claimant"] = claimant_in(act, values["claimant"])
        appearance = {**appearance, "source": act.lock(source_in(act, appearance["source"]))}
        claim = act.add(Claim(noted_by=by, **Claim.given(values)), topics=topics_named(act, topics))
        must_check(claim.assignee)
        tell_assigned(act, [claim])
        first = _sighting(act, claim, appearance, start, also_in)
        act.change(claim, principal_appearance=first, claimant=first.claimant)
        keep_found([claim.pk])
    return claim


def add_appearance(claim, *, by, start=None, also_in=(), once=None, **values):
    """A further sighting of the claim, by the same claimant or another. It voids no approval."""
    with acting("appearance.add", by=by, once=once) as act:
        # The source first, as edit_source() does: whether it is protected decides what the claim is found by.
        values["source"] = act.lock(source_in(act, values["source"]))
        act.lock(claim)
        appearance = _sighting(act, claim, values, start, also_in)
        keep_found([claim.pk])
        notice(act, claim)
    return appearance


def _sighting(act, claim, values, start, also_in):
    values = {"claimant": claim.claimant, **values}
    values["claimant"] = claimant_in(act, values["claimant"])
    appearance = act.add(Appearance(claim=claim, **Appearance.given(values)))
    anchor_where_it_stands(act, appearance, start=start)
    for snapshot, where in also_in:
        anchor_in(act, appearance, snapshot, start=where)
    return appearance


def edit_claim(claim, *, by, topics=None, version=None, once=None, **values):
    """Change the claim's own fields; `topics` are names, or None to leave them.

    Who said it is one fact with who says it in the principal appearance, so the two change together."""
    with acting("claim.edit", by=by, once=once) as act:
        act.lock(claim, version=version)
        related = {} if topics is None else {"topics": topics_named(act, topics)}
        if "claimant" in values:
            values["claimant"] = claimant_in(act, values["claimant"])
        parent = values.get("parent")
        while parent is not None:
            if parent.pk == claim.pk:
                raise ValidationError({"parent": _("A claim cannot be a part of itself.")})
            parent = parent.parent
        changed = act.edit(claim, related, **values)
        if "claimant" in changed:
            act.change(act.lock(claim.principal_appearance), claimant=claim.claimant)
        if "assignee" in changed:
            must_check(claim.assignee)
            tell_assigned(act, [claim])
        if SHOWN & changed:
            keep_found([claim.pk])
            keep_in_step(act, [claim.pk], because=said(_("The claim")))
    return claim


def edit_appearance(appearance, *, by, start=None, version=None, once=None, **values):
    """Change an appearance. Where its words change, they are found again in every text they were tied to."""
    with acting("appearance.edit", by=by, once=once) as act:
        claim = act.lock(appearance.claim)
        act.lock(appearance, version=version)
        if "source" in values and values.pop("source") != appearance.source:
            raise ValidationError({"source": _("Words in another source are another appearance. Add one there.")})
        if "claimant" in values:
            values["claimant"] = claimant_in(act, values["claimant"])
        changed = act.edit(appearance, **values)
        if "claimant" in changed and appearance.is_principal:
            act.change(claim, claimant=appearance.claimant)
        if WORDS in changed or start is not None:
            anchors = list(appearance.anchors.select_related("snapshot"))
            for anchor in anchors:
                act.remove(anchor)
            if not anchors or any(anchor.snapshot.how == "quote_only" for anchor in anchors):
                anchor_where_it_stands(act, appearance, start=start)
            else:
                for anchor in anchors:
                    anchor_in(act, appearance, anchor.snapshot, start=start)
        if changed:
            keep_found([claim.pk])
            keep_in_step(act, [claim.pk], because=said(_("An appearance")))
        if changed & {"relation", "said_on"}:
            notice(act, claim)
    return appearance


def find_attribution(appearance, finding, *, by, reason="", version=None, once=None):
    """Record whether it was said as reported: one of Appearance.Finding, or "" to leave it open."""
    with acting("appearance.find", by=by, reason=reason, once=once) as act:
        claim = act.lock(appearance.claim)
        act.lock(appearance, version=version)
        if act.change(appearance, attribution=finding):
            keep_in_step(act, [claim.pk], because=said(_("The finding on the attribution")))
    return appearance


def make_principal(appearance, *, by, version=None, once=None):
    """Let this sighting be the one a verdict quotes. `version` is the claim's."""
    with acting("appearance.make_principal", by=by, once=once) as act:
        claim = act.lock(appearance.claim, version=version)
        if act.change(claim, principal_appearance=appearance, claimant=appearance.claimant):
            keep_found([claim.pk])
            keep_in_step(act, [claim.pk], because=said(_("The principal appearance")))
    return claim
