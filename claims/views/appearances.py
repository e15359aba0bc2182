"""Sightings of a claim: further ones, changes, whether it was said as reported, and which one a verdict quotes."""

from functools import partial

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import posted
from claims.forms.appearances import AddAppearanceForm, EditAppearanceForm, FindingForm, PrincipalForm
from claims.models import Appearance, noting
from claims.text import whole
from claims.views.acts import answer
from claims.views.claims import seen


def _sighting(request, pk):
    visible = Appearance.objects.visible_to(request.user).select_related("claim", "source", "claimant")
    return get_object_or_404(visible, pk=pk)


@desk("write_claims")
def add_appearance(request, pk):
    claim = seen(request, pk)
    initial = {"said_by": claim.claimant.name, "source": request.GET.get("source", "")}
    initial["source"] = whole(initial["source"])
    form = AddAppearanceForm(posted(request), user=request.user, initial=initial)
    verb = partial(noting.add_appearance, claim)
    return answer(request, form, verb, heading=_("Add an appearance"), button=_("Add"), back=claim)


@desk("write_claims")
def edit_appearance(request, pk):
    appearance = _sighting(request, pk)
    form = EditAppearanceForm(posted(request), record=appearance)
    verb = partial(noting.edit_appearance, appearance)
    return answer(request, form, verb, heading=_("Edit the appearance"), button=_("Save"), back=appearance)


@desk("draft_checks")
def find_attribution(request, pk):
    appearance = _sighting(request, pk)
    form = FindingForm(posted(request), record=appearance)
    verb = partial(noting.find_attribution, appearance)
    return answer(request, form, verb, heading=_("Was it said as reported?"), button=_("Record"), back=appearance)


@desk("write_claims")
def make_principal(request, pk):
    appearance = _sighting(request, pk)
    form = PrincipalForm(posted(request), record=appearance.claim)
    return answer(
        request,
        form,
        partial(noting.make_principal, appearance),
        heading=_("Let a verdict quote this appearance"),
        button=_("Make it the principal one"),
        back=appearance,
        to=appearance.claim,
        words=appearance.quote,
    )
