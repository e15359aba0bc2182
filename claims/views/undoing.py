"""Taking one act back, from the history."""

from functools import partial

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import PlainForm, posted
from claims.models import Act, Claim
from claims.models.undoing import may_undo, undo
from claims.models.withholding import without_secret_reasons
from claims.states import NotAllowed
from claims.views.acts import answer
from claims.views.history import told_of


@desk()
def undo_act(request, pk):
    """What it changed, and the button that gives the old values back."""
    act = get_object_or_404(Act.objects.select_related("actor"), pk=pk)
    touched = act.changes.exclude(claim_id=None).order_by("line").values_list("claim_id", flat=True)[:1]
    claim = get_object_or_404(Claim.objects.visible_to(request.user), pk__in=list(touched))
    if not may_undo(act, request.user):
        raise NotAllowed(_("Your role does not allow undoing this."))
    form = PlainForm(posted(request))
    lines = told_of([act], claim, request.user).get(act.pk, [])
    (act,) = without_secret_reasons([act], request.user)
    return answer(
        request, form, partial(undo, act), heading=_("Undo this"), button=_("Undo"), back=claim, to=claim,
        template="desk/undo_act.html", act=act, lines=lines,
    )  # fmt: skip
