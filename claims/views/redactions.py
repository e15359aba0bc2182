"""What the law orders gone: asking for it, the dry run, a second person's word, and how far it has come."""

import logging
from functools import partial

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from claims.access import asks_in_place, desk
from claims.forms.acts import PlainForm, ReasonForm, posted
from claims.forms.redactions import AskForm
from claims.models import LogHead, Redaction
from claims.models.redaction import redacting
from claims.models.redaction.dryrun import look
from claims.paging import page_of
from claims.states import Refused
from claims.views.acts import answer, done
from claims.views.dry_run import in_words, seen_in

logger = logging.getLogger(__name__)
# So long one slice of a dry run takes, in seconds.
SLICE = 2
# While the person waits a redaction is carried out at a desk of at most so many records, and where so few are blanked.
SOON, FEW = 200_000, 1_000


@desk("redact")
def redactions(request):
    page = page_of(Redaction.objects.visible_to(request.user).for_list(), request.GET, "id", descending=True)
    return render(request, "desk/redactions.html", {"page": page})


@desk("redact")
def redaction(request, pk):
    redaction = _found(request, pk)
    context = {"others": redacting.second_people(redaction.asked_by), "places": in_words(redaction.places)}
    return render(request, "desk/redaction.html", {**_with_run(redaction, request.user), **context})


def _with_run(redaction, user):
    """A redaction for its page, with what its dry run found where that is over."""
    run = redaction.run
    context = {"redaction": redaction, "run": run}
    if run and run.ended_at:
        seen, all_of_them = seen_in(run, user), sum(run.counts.values())
        context |= {"seen": seen, "counts": in_words(run.counts)}
        context |= {"more": all_of_them - len(run.named), "gone": len(run.named) - len(seen)}
    return context


@desk("redact")
def ask_redaction(request):
    form = AskForm(posted(request), initial={"file_sha256": request.GET.get("file", "")})
    if done(request, form, redacting.ask, said=_("Nothing is removed yet: a second person must confirm it.")):
        look(form.result, seconds=SLICE)
        return redirect(form.result)
    others = redacting.second_people(request.user)
    return render(request, "desk/redaction_form.html", {"form": form, "others": others})


@desk("redact")
def look_through(request, pk):
    """One slice of the dry run. A page that is open asks for the next by itself, and is loaded anew after the last."""
    redaction = _found(request, pk)
    if request.method != "POST":  # led here by the log-in
        return redirect(redaction)
    look(redaction, seconds=SLICE, anew="anew" in request.POST)
    if not asks_in_place(request):
        return redirect(redaction)
    redaction = _found(request, pk)
    if not redaction.waits or redaction.may_be_confirmed:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "desk/_looking.html", _with_run(redaction, request.user))


@desk("redact")
def confirm_redaction(request, pk):
    redaction = _found(request, pk)
    if redaction.waits and not redaction.may_be_confirmed:
        messages.info(request, _("It can be confirmed once all records were looked through for the words."))
        return redirect(redaction)
    form = PlainForm(posted(request), record=redaction)
    if done(request, form, partial(_confirm, redaction), said=_("Confirmed. What is left of it is done by and by.")):
        return redirect(redaction)
    return render(request, "desk/redaction_confirm.html", {"form": form, **_with_run(redaction, request.user)})


def _confirm(redaction, **given):
    """Confirm, and carry it out at once where that takes moments. Where it breaks off, the worker goes on."""
    soon = _is_soon_done(redaction)
    redacting.confirm(redaction, **given)
    if not soon:
        return redaction
    try:
        redacting.carry_out(redaction)
    except (Refused, DatabaseError) as error:
        logger.warning("%s: %s", redaction, error)
    return redaction


def _is_soon_done(redaction):
    """Each step writes to the log, so its length says how much there is to clean where nothing was looked through."""
    run, acts = redaction.run, LogHead.objects.values_list("position", flat=True).get()
    return (run.total <= SOON and sum(run.counts.values()) <= FEW) if run else acts <= SOON


@desk("redact")
def withdraw_redaction(request, pk):
    redaction = _found(request, pk)
    form = ReasonForm(posted(request), record=redaction)
    context = {"heading": _("Withdraw the redaction"), "button": _("Withdraw"), "back": redaction}
    return answer(request, form, partial(redacting.withdraw, redaction), **context)


def _found(request, pk):
    return get_object_or_404(Redaction.objects.visible_to(request.user).for_list(), pk=pk)
