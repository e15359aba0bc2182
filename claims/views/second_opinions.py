"""The second opinions on a claim, as its page shows them."""

from django.urls import reverse

from claims.forms.acts import ReasonForm
from claims.forms.kept import offer_kept
from claims.forms.opinions import AskOpinionForm, GiveOpinionForm
from claims.models import SecondOpinion


def key_of(opinion):
    """Under which what is typed into it is kept."""
    return f"opinion.give:{opinion.pk}"


def opinions_context(claim, check, user, kept, wanted):
    """Those that were given or are awaited; the one that this person is to give, `to_judge`, with its forms; and the
    form that asks for one, where a draft is open. `kept` and `wanted` are as in claim_page.check_context()."""
    found = SecondOpinion.objects.visible_to(user).filter(check_file__claim=claim, withdrawn_at=None)
    shown, to_judge = [], None
    for each in found.for_review().order_by("pk"):
        each.check_file.claim = claim
        if each.is_awaited and each.asked_of_id == user.pk:
            to_judge = each
        elif each.given_at or each.is_awaited:
            each.url = reverse("withdraw_opinion", args=[each.pk])
            shown.append(each)
    context = {"opinions": shown, "to_judge": to_judge, "ask_form": None}
    if to_judge:
        key = key_of(to_judge)
        context["opinion_form"] = GiveOpinionForm(auto_id="opinion-%s")
        offer_kept(context["opinion_form"], key, kept.get(key), wanted)
        context["decline_form"] = ReasonForm(auto_id="decline-%s")
    elif check and user.may("draft_checks"):
        context["ask_form"] = AskOpinionForm(user=user, auto_id="ask-%s")
    return context
