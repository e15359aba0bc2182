"""What asks for another look, and the word that nothing is to be changed."""

from functools import partial

from django.shortcuts import render
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import posted
from claims.forms.checks import RecheckForm
from claims.models import Claim
from claims.models.offers import offered_for_claim
from claims.models.rechecking import because_of, recheck_done
from claims.paging import counted, page_of
from claims.views.acts import answer
from claims.views.claims import seen


@desk()
def recheck(request):
    found = Claim.objects.visible_to(request.user).due_again()
    page = page_of(found.for_list(), request.GET, "recheck_due")
    because = because_of(page.rows, request.user)
    rows = [(claim, because[claim.pk], offered_for_claim(claim, request.user)) for claim in page.rows]
    return render(request, "desk/recheck.html", {"page": page, "rows": rows, "count": counted(found)})


@desk("draft_checks")
def nothing_to_change(request, pk):
    claim = seen(request, pk)
    form = RecheckForm(posted(request), record=claim)
    lead = _("The verdict stays as it is, and the claim waits until something else comes up.")
    verb, heading = partial(recheck_done, claim), _("Nothing to change")
    context = {"lead": lead, "because": because_of([claim], request.user)[claim.pk]}
    return answer(request, form, verb, heading=heading, button=_("Nothing to change"), back=claim, **context)
