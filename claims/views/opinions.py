"""Blind second opinions: asking for one, giving it, and asking no longer."""

from functools import partial

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import ReasonForm, posted, refuse_sent_again
from claims.forms.kept import kept_form
from claims.forms.opinions import AskOpinionForm, GiveOpinionForm
from claims.models import Check, SecondOpinion
from claims.models.opinions import ask_opinion as ask
from claims.views.acts import answer
from claims.views.second_opinions import key_of


def _opinion(request, pk):
    found = SecondOpinion.objects.visible_to(request.user).select_related("check_file__claim", "asked_by", "asked_of")
    return get_object_or_404(found, pk=pk)


@desk("draft_checks")
def ask_opinion(request, pk):
    check = get_object_or_404(Check.objects.visible_to(request.user).select_related("claim"), pk=pk)
    form = AskOpinionForm(posted(request), user=request.user)
    heading = _("Ask for a blind second opinion")
    return answer(request, form, partial(ask, check), heading=heading, button=_("Ask"), back=check, to=check)


@desk("draft_checks")
def give_opinion(request, pk):
    opinion = _opinion(request, pk)
    if opinion.given_at:
        refuse_sent_again(request)
    form = kept_form(request, GiveOpinionForm(posted(request)), key_of(opinion))
    lead = _("Judge by the claim and the evidence. What you give stays as it is; then you see the draft beside it.")
    return answer(
        request, form, opinion.give, heading=_("Your second opinion"), button=_("Give the opinion"), back=opinion,
        lead=lead,
    )  # fmt: skip


@desk("draft_checks")
def withdraw_opinion(request, pk):
    opinion = _opinion(request, pk)
    form = ReasonForm(posted(request))
    heading = _("Decline to judge") if opinion.asked_of == request.user else _("Ask no longer")
    return answer(request, form, opinion.withdraw, heading=heading, button=heading, back=opinion)
