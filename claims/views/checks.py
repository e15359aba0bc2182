"""The check of a claim: its draft, and the acts that lead from it to a verdict."""

from functools import partial

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from claims.access import desk
from claims.forms.acts import PlainForm, ReasonForm, posted
from claims.forms.checks import ApproveForm, DraftForm, ReopenForm
from claims.forms.kept import kept_form
from claims.models import Check, Presence, checks, superseding
from claims.models.offers import offered_for_check
from claims.models.publishing import publish
from claims.views.acts import answer
from claims.views.claims import seen
from claims.views.conversations import conversations, on_draft
from claims.views.queue import done_to, onward

# Beside a verb's own name the button of the draft that saves and submits in one.
SUBMITTING = "submit"


def _file(request, pk):
    visible = Check.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("claim", "submitted_by", "rating"), pk=pk)


@desk("draft_checks")
def start_check(request, pk):
    claim = seen(request, pk)
    form = PlainForm(posted(request), record=claim)
    verb = partial(checks.start_check, claim)
    return answer(request, form, verb, heading=_("Start the check"), button=_("Start"), back=claim)


@desk("supersede_verdicts")
def reopen_claim(request, pk):
    claim = seen(request, pk)
    form = ReopenForm(posted(request), record=claim)
    lead = _("The verdict stays in force and public until another one takes its place.")
    verb = partial(superseding.reopen, claim)
    return answer(request, form, verb, heading=_("Reopen the claim"), button=_("Reopen"), back=claim, lead=lead)


def _save_and_submit(check, *, by, **values):
    """Both or neither, so that what was typed is still what stands in the form."""
    with transaction.atomic():
        check.edit(by=by, **values)
        return check.submit(by=by)


@desk("draft_checks")
def edit_check(request, pk):
    check = _file(request, pk)
    form = kept_form(request, DraftForm(posted(request), user=request.user, record=check), f"check.edit:{check.pk}")
    verb = partial(_save_and_submit, check) if SUBMITTING in request.POST else check.edit
    return answer(
        request,
        form,
        verb,
        heading=_("Draft of the verdict"),
        button=_("Save the draft"),
        back=check,
        template="desk/draft.html",
        offers=offered_for_check(check, request.user),
        claim=check.claim,
        also_here=Presence.objects.beside(check.claim, request.user),
        doing=Presence.Doing.DRAFTING,
        discussed=on_draft(conversations(check.claim, [check], request.user), check),
    )


@desk("submit_checks")
def submit_check(request, pk):
    check = _file(request, pk)
    form = PlainForm(posted(request), record=check)
    return answer(request, form, check.submit, heading=_("Submit for approval"), button=_("Submit"), back=check)


@desk("submit_checks")
def take_back_check(request, pk):
    check = _file(request, pk)
    form = PlainForm(posted(request), record=check)
    heading = _("Take the submission back")
    return answer(request, form, check.take_back, heading=heading, button=_("Take back"), back=check)


@desk("approve_checks")
def send_back_check(request, pk):
    check = _file(request, pk)
    form = ReasonForm(posted(request), record=check)
    heading, to = _("Send back"), onward(request, check)
    context = {"heading": heading, "button": _("Send back"), "said": done_to(request, check)}
    return answer(request, form, check.send_back, back=check, to=to, **context)


@desk("approve_checks")
def approve_check(request, pk):
    check = _file(request, pk)
    form = ApproveForm(posted(request), record=check, alone=check.submitted_by == request.user)
    to, lead = (
        onward(request, check),
        _("Approve what you have read: the approval lapses if a word of the draft changes."),
    )
    context = {"heading": _("Approve"), "button": _("Approve"), "lead": lead, "said": done_to(request, check)}
    return answer(request, form, check.approve, back=check, to=to, **context)


@desk("publish_checks")
def withdraw_approval(request, pk):
    check = _file(request, pk)
    form = ReasonForm(posted(request), record=check)
    heading = _("Withdraw the approval")
    context = {"heading": heading, "button": _("Withdraw"), "said": done_to(request, check)}
    return answer(request, form, check.withdraw_approval, back=check, to=onward(request, check), **context)


@desk("publish_checks")
def publish_check(request, pk):
    check = _file(request, pk)
    form = PlainForm(posted(request), record=check)
    verb, to = partial(publish, check), onward(request, check)
    lead = _("Everybody can read it from then on, and nobody can change it.")
    context = {"heading": _("Publish the verdict"), "button": _("Publish"), "lead": lead}
    return answer(request, form, verb, back=check, to=to, said=done_to(request, check), **context)


@desk("draft_checks")
def abandon_check(request, pk):
    check = _file(request, pk)
    form = ReasonForm(posted(request), record=check)
    heading, button = _("Abandon the check"), _("Abandon")
    return answer(request, form, check.abandon, heading=heading, button=button, back=check, grave=True)
