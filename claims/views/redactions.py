"""What the law orders gone: asking for it, the dry run, a second person's word, and how far it has come."""

import logging
from functools import partial

from django.db import DatabaseError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import PlainForm, ReasonForm, posted
from claims.forms.redactions import AskForm
from claims.models import Redaction, redacting
from claims.paging import page_of
from claims.states import Refused
from claims.views.acts import answer, done
from claims.views.dry_run import dry_run, in_words

logger = logging.getLogger(__name__)


@desk("redact")
def redactions(request):
    page = page_of(Redaction.objects.visible_to(request.user).for_list(), request.GET, "id", descending=True)
    return render(request, "desk/redactions.html", {"page": page})


@desk("redact")
def redaction(request, pk):
    redaction = _found(request, pk)
    context = {
        "redaction": redaction,
        "run": dry_run(redaction.sought(), request.user) if redaction.waits and redaction.words else None,
        "others": redacting.second_people(redaction.asked_by),
        "places": in_words(redaction.places),
    }
    return render(request, "desk/redaction.html", context)


@desk("redact")
def ask_redaction(request):
    form = AskForm(posted(request), initial={"file_sha256": request.GET.get("file", "")})
    if done(request, form, redacting.ask, said=_("Nothing is removed yet: a second person must confirm it.")):
        return redirect(form.result)
    others = redacting.second_people(request.user)
    return render(request, "desk/redaction_form.html", {"form": form, "others": others})


@desk("redact")
def confirm_redaction(request, pk):
    redaction = _found(request, pk)
    form = PlainForm(posted(request), record=redaction)
    if done(request, form, partial(_confirm, redaction), said=_("Confirmed. What is left of it is done by and by.")):
        return redirect(redaction)
    run = dry_run(redaction.sought(), request.user) if redaction.waits and redaction.words else None
    return render(request, "desk/redaction_confirm.html", {"form": form, "redaction": redaction, "run": run})


def _confirm(redaction, **given):
    """Confirm, and carry it out at once. Where that breaks off, the worker goes on."""
    redacting.confirm(redaction, **given)
    try:
        redacting.carry_out(redaction)
    except (Refused, DatabaseError) as error:
        logger.warning("%s: %s", redaction, error)
    return redaction


@desk("redact")
def withdraw_redaction(request, pk):
    redaction = _found(request, pk)
    form = ReasonForm(posted(request), record=redaction)
    context = {"heading": _("Withdraw the redaction"), "button": _("Withdraw"), "back": redaction}
    return answer(request, form, partial(redacting.withdraw, redaction), **context)


def _found(request, pk):
    return get_object_or_404(Redaction.objects.visible_to(request.user).for_list(), pk=pk)
