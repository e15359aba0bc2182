"""Marking words in a text: the form's answer, and what it suggests while the words are still selected."""

from django.http import JsonResponse
from django.shortcuts import redirect, render

from claims.access import desk
from claims.forms.acts import posted
from claims.forms.sources import MarkForm
from claims.models import Appearance, Claimant
from claims.models.appearances import LONGEST_QUOTE
from claims.text import replaced, whole, with_lf
from claims.views.acts import done
from claims.views.reading import reading_context, standing, suggestions
from claims.views.sources import document_for

MOST_NAMES = 8


@desk("write_claims")
def mark_quote(request, pk):
    document = document_for(request, pk)
    form = MarkForm(posted(request), user=request.user, source=document)
    form.kept_as = f"source.mark:{document.pk}"
    if not form.is_bound:
        return redirect(document)
    if "look" in request.POST:
        # Only to see which claims are like the words: nothing is judged and nothing is kept.
        initial = {name: request.POST[name] for name in form.fields.keys() & request.POST.keys()}
        form = MarkForm(user=request.user, source=document, initial=initial)
        form.kept_as = f"source.mark:{document.pk}"
    elif form.is_valid() and done(request, form, form.verb()):
        return redirect(f"{document.get_absolute_url()}#words-{form.marked()}")
    return render(request, "desk/source.html", reading_context(document, request.user, form))


@desk("write_claims")
def nearest_claims(request, pk):
    """For the words selected in a text: which claims they may be an appearance of, and who may have said them."""
    document = document_for(request, pk)
    quote, start = request.GET.get("quote", "")[:LONGEST_QUOTE], whole(request.GET.get("start", ""))
    offers = suggestions(request.user, *standing(document, request.user), quote=with_lf(replaced(quote)), start=start)
    return render(request, "desk/_nearest.html", {"offers": offers, "chosen": request.GET.get("claim", "")})


@desk("write_claims")
def suggest_said_by(request):
    """Names that hold what was typed, and the roles in which who has exactly this name stood in earlier appearances."""
    name = request.GET.get("name", "").strip()[:200]
    known = Claimant.objects.named(name).by_name()[:MOST_NAMES] if name else []
    sightings = Appearance.objects.visible_to(request.user).filter(claimant__in=list(known)).exclude(role="")
    roles = sightings.order_by("-pk").values_list("role", flat=True)[:200]
    on_record = [role.role for each in known for role in each.roles.all()]
    names = Claimant.objects.with_words(name).by_name().values_list("name", flat=True)[:MOST_NAMES]
    return JsonResponse({"names": list(names), "roles": list(dict.fromkeys([*roles, *on_record]))[:MOST_NAMES]})
