"""Evidence for and against a claim: on pages of its own, and in place on the claim's page."""

from functools import partial

from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget

from claims.access import desk
from claims.forms.acts import ReasonForm, posted, refuse_sent_again
from claims.forms.evidence import EvidenceForm
from claims.forms.kept import kept_form
from claims.models import Evidence, evidencing
from claims.models.ready import asked_of
from claims.states import CheckState
from claims.text import whole
from claims.views.acts import answer, done
from claims.views.claim_page import claim_context
from claims.views.claims import seen


def _piece(request, pk):
    piece = Evidence.objects.visible_to(request.user).select_related("claim", "source").filter(pk=pk).first()
    if piece is None:
        refuse_sent_again(request)
        raise Http404
    return piece


def _answer(request, form, verb, claim, **context):
    """answer(); where the claim's page asks in place, the form alone, or what the verb changed on that page."""
    if not request.htmx:
        return answer(request, form, verb, **context)
    if form.is_bound and form.is_valid():
        form.keep_files()
    with transaction.atomic():
        before = evidencing.open_check_held(claim)
        stood = _states(before)
        acted = done(request, form, verb)
        after = claim.open_check()
    if not acted:
        return render(request, "desk/_evidence_form.html", {"form": form, **context})
    fresh = claim_context(seen(request, claim.pk), request)
    fresh |= {"check_before": before, "check_after": after, "whole_check": _looks_other(before, after, fresh)}
    if fresh["draft"]:
        fresh["asked_anew"] = [row for row in fresh["draft"].checklist if row.asked.state != stood[row.asked.item.slug]]
    return reswap(retarget(render(request, "desk/_evidence_done.html", fresh), "#evidence-list"), "innerHTML")


def _states(check):
    """{slug: how the item of the checklist stands}. An item that stands as it stood is left alone on the page, so that
    a sentence being typed into it is not lost."""
    return {each.item.slug: each.state for each in asked_of(check)} if check else {}


def _looks_other(before, after, fresh):
    """Is the check as the page shows it out of date as a whole? A draft being typed is left alone, save for its
    version and the evidence to choose from."""
    if fresh["to_judge"]:
        return False
    if before is None or after is None:
        return before != after
    return before.state != after.state or (fresh["draft"] is None and after.state == CheckState.DRAFTING)


@desk("write_evidence")
@vary_on_headers("HX-Request")
def add_evidence(request, pk):
    claim = seen(request, pk)
    initial = {"source": whole(request.GET.get("source", ""))}
    data = posted(request)
    form = EvidenceForm(
        data, request.FILES or None, user=request.user, claim=claim, initial=initial, auto_id="new-evidence-%s"
    )
    kept_form(request, form, f"evidence.add:{claim.pk}")
    verb = partial(evidencing.add_evidence, claim)
    return _answer(request, form, verb, claim, heading=_("Add evidence"), button=_("Add"), back=claim)


@desk("write_evidence")
@vary_on_headers("HX-Request")
def edit_evidence(request, pk):
    piece = _piece(request, pk)
    auto_id = f"evidence-{piece.pk}-%s"
    about = {"user": request.user, "claim": piece.claim, "record": piece, "auto_id": auto_id}
    form = EvidenceForm(posted(request), request.FILES or None, **about)
    kept_form(request, form, f"evidence.edit:{piece.pk}")
    verb = partial(evidencing.edit_evidence, piece)
    return _answer(request, form, verb, piece.claim, heading=_("Edit the evidence"), button=_("Save"), back=piece)


@desk("write_evidence")
@vary_on_headers("HX-Request")
def remove_evidence(request, pk):
    piece = _piece(request, pk)
    form = ReasonForm(posted(request), record=piece, auto_id=f"remove-evidence-{piece.pk}-%s")
    verb = partial(evidencing.remove_evidence, piece)
    context = {
        "heading": _("Remove the evidence"),
        "button": _("Remove"),
        "back": piece,
        "words": piece.excerpt or str(piece),
    }
    context["grave"] = True
    return _answer(request, form, verb, piece.claim, **context)
