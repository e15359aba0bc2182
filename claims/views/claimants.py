"""Who said it: the people and bodies on record, and what they said."""

from functools import partial

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import posted
from claims.forms.claimants import ClaimantForm
from claims.models import Appearance, Claimant
from claims.models.claimants import add_claimant
from claims.models.editing import edit_claimant as edit
from claims.paging import counted, page_of
from claims.views.acts import answer


@desk()
def claimants(request):
    wanted = request.GET.get("text", "").strip()
    found = Claimant.objects.with_words(wanted) if wanted else Claimant.objects.all()
    page = page_of(found.prefetch_related("aliases", "roles"), request.GET, "name_key")
    return render(request, "desk/claimants.html", {"page": page, "count": counted(found), "wanted": wanted})


@desk()
def claimant(request, pk):
    person = get_object_or_404(Claimant.objects.prefetch_related("aliases", "roles"), pk=pk)
    said = Appearance.objects.visible_to(request.user).filter(claimant=person)
    shown = said.select_related("claim__verdict", "source")
    context = {"claimant": person, "count": counted(said), "page": page_of(shown, request.GET, "id", descending=True)}
    return render(request, "desk/claimant.html", context)


@desk("write_claims")
def new_claimant(request):
    form = ClaimantForm(posted(request))
    heading, page = _("Add who said it"), "desk/claimant_form.html"
    return answer(request, form, add_claimant, heading=heading, button=_("Add"), back=None, template=page)


@desk("write_claims")
def edit_claimant(request, pk):
    person = get_object_or_404(Claimant, pk=pk)
    form = ClaimantForm(posted(request), record=person)
    verb = partial(edit, person)
    return answer(request, form, verb, heading=_("Edit who said it"), button=_("Save"), back=person)
