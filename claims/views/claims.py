"""A claim's own page, and the acts on it."""

from functools import partial

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import ReasonForm, posted
from claims.forms.claims import AssignForm, EditClaimForm, NewClaimForm, PutBackForm, SelectForm
from claims.forms.kept import kept_form
from claims.models import Claim, Source, noting
from claims.text import whole
from claims.views.acts import answer, done
from claims.views.claim_page import claim_context
from claims.views.history import history_of, in_force_on
from claims.views.queue import QUEUE, place_of


def seen(request, pk):
    """The claim, where the person may see it."""
    claims = Claim.objects.visible_to(request.user).select_related(
        "claimant", "assignee", "verdict", "parent", "noted_by", "merged_into", "principal_appearance__source"
    )
    return get_object_or_404(claims, pk=pk)


@desk()
def claim(request, pk):
    context = claim_context(seen(request, pk), request)
    if QUEUE in request.GET:
        context["queue"] = place_of(context["check"], request.user)
    return render(request, "desk/claim.html", context)


@desk()
def claim_history(request, pk):
    record = seen(request, pk)
    context = {"claim": record, **history_of(record, request.user, request.GET, size=50)}
    context |= in_force_on(record, request.GET)
    return render(request, "desk/claim_history.html", context)


@desk("write_claims")
def new_claim(request):
    source = Source.objects.visible_to(request.user).filter(pk=whole(request.GET.get("source", ""))).first()
    initial = {"quote": request.GET.get("quote", "")}
    initial |= {"source": source.pk, "language": source.language} if source else {}
    form = kept_form(request, NewClaimForm(posted(request), user=request.user, initial=initial), "claim.note")
    if done(request, form, noting.note_claim):
        return redirect(form.result)
    return render(request, "desk/new_claim.html", {"form": form})


@desk("write_claims")
def edit_claim(request, pk):
    record = seen(request, pk)
    form = EditClaimForm(posted(request), user=request.user, record=record)
    verb = partial(noting.edit_claim, record)
    return answer(request, form, verb, heading=_("Edit the claim"), button=_("Save"), back=record)


@desk("select_claims")
def select_claim(request, pk):
    record = seen(request, pk)
    form = SelectForm(posted(request), record=record)
    return answer(request, form, record.select, heading=_("Select for checking"), button=_("Select"), back=record)


@desk("select_claims")
def decline_claim(request, pk):
    record = seen(request, pk)
    form = ReasonForm(posted(request), record=record)
    return answer(
        request, form, record.decline, heading=_("Decide not to check"), button=_("Do not check"), back=record
    )


@desk("select_claims")
def put_back_claim(request, pk):
    record = seen(request, pk)
    form = PutBackForm(posted(request), record=record)
    return answer(request, form, record.put_back, heading=_("Put back to noted"), button=_("Put back"), back=record)


@desk("draft_checks")
def assign_claim(request, pk):
    record = seen(request, pk)
    form = AssignForm(posted(request), record=record)
    return answer(request, form, record.assign, heading=_("Assign the claim"), button=_("Assign"), back=record)
