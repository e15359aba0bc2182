"""People, for administrators: who works here, what they may do, inviting them, and their leaving."""

from functools import partial

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.access import desk
from claims.forms.acts import PlainForm, ReasonForm, posted
from claims.forms.people import HandOverForm, InviteForm, PersonForm
from claims.models import Act, Claim, User, leaving
from claims.models.inviting import invite, invite_again
from claims.paging import counted, page_of
from claims.views.acts import done

ONCE = gettext_lazy(
    "One-time password for %(person)s, to be changed at the first log-in; it is not shown again: %(password)s"
)
LAST_ACTS = 20


@desk("manage_accounts")
def people(request):
    gone, wanted = "gone" in request.GET, request.GET.get("text", "").strip()
    found = User.objects.deactivated() if gone else User.objects.working()
    found = found.named(wanted) if wanted else found
    page = page_of(found.with_second_step(), request.GET, "name_key")
    context = {"page": page, "count": counted(found), "wanted": wanted, "gone": gone}
    return render(request, "desk/people.html", context)


@desk("manage_accounts")
def person(request, pk):
    somebody = get_object_or_404(User, pk=pk)
    context = {
        "person": somebody,
        "second_step": somebody.has_second_step(),
        "open_work": counted(Claim.objects.in_hands_of(somebody)),
        "acts": Act.objects.of(somebody).select_related("actor")[:LAST_ACTS],
    }
    return render(request, "desk/person.html", context)


@desk("manage_accounts")
def invite_person(request):
    form = InviteForm(posted(request))
    if done(request, form, invite):
        tell_of_mail(request, form.result)
        return redirect(form.result)
    context = {"form": form, "heading": _("Invite somebody"), "button": _("Send the invitation")}
    return render(request, "desk/person_form.html", context)


def tell_of_mail(request, somebody, result=None):
    """Say what became of the invitation that was just sent to somebody."""
    if somebody.mail_failed:
        messages.error(
            request, _("The account stands, but the mail server did not take the mail. Send it again later.")
        )
    elif settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        messages.warning(request, _("This desk has no mail server (EMAIL_URL). The mail lies in VAR_DIR/mail."))
    else:
        messages.success(request, _("The invitation is on its way to %(address)s.") % {"address": somebody.email})


def show_password(request, somebody, password):
    """Show a password that was just made, this once."""
    messages.warning(request, ONCE % {"person": somebody.username, "password": password})


def tell_its_owner(request, somebody, result):
    """Write to somebody that their two-step sign-in was just removed."""
    get_adapter().send_notification_mail("mfa/email/removed", somebody)


def _ask(request, pk, verb, form_class, heading, button, note="", after=None, grave=False):
    """The page of one verb on one account; the verb takes the person first. `after` tells what came of it."""
    somebody = get_object_or_404(User, pk=pk)
    form = form_class(posted(request), record=somebody)
    if done(request, form, partial(verb, somebody)):
        if after:
            after(request, somebody, form.result)
        return redirect(somebody)
    context = {"form": form, "heading": heading % {"person": somebody}, "button": button, "back": somebody}
    return render(request, "desk/person_form.html", {"note": note, "grave": grave, **context})


@desk("manage_accounts")
def edit_person(request, pk):
    return _ask(request, pk, leaving.edit_account, PersonForm, _("Edit %(person)s"), _("Save"))


@desk("manage_accounts")
def invite_person_again(request, pk):
    note = _("The link that was sent before will stop working.")
    heading, button = _("Invite %(person)s again"), _("Send the invitation")
    return _ask(request, pk, invite_again, PlainForm, heading, button, note, tell_of_mail)


@desk("manage_accounts")
def give_password(request, pk):
    note = _("For somebody whom no mail reaches. It is shown once, and ends the sessions of this account.")
    heading, button = _("A one-time password for %(person)s"), _("Make it")
    return _ask(request, pk, User.give_one_time_password, PlainForm, heading, button, note, show_password)


@desk("manage_accounts")
def remove_second_step(request, pk):
    note = _("For somebody who has lost the app, the passkeys and the recovery codes. Be sure that it is they who ask.")
    heading, button = _("Remove the two-step sign-in of %(person)s"), _("Remove")
    return _ask(request, pk, User.remove_second_step, ReasonForm, heading, button, note, tell_its_owner, grave=True)


@desk("manage_accounts")
def hand_over(request, pk):
    note = _("Everything that is assigned to this person and not finished, in one go.")
    return _ask(
        request, pk, leaving.hand_over, HandOverForm, _("Hand over the work of %(person)s"), _("Hand over"), note
    )


@desk("manage_accounts")
def deactivate_person(request, pk):
    note = _("They are logged out at once and cannot log in again. What they did stays under their name.")
    heading, button = _("Deactivate %(person)s"), _("Deactivate")
    return _ask(request, pk, leaving.deactivate, HandOverForm, heading, button, note, grave=True)


@desk("manage_accounts")
def reactivate_person(request, pk):
    note = _("They log in with the password they had. Roles are as they were; old sessions stay ended.")
    return _ask(request, pk, leaving.reactivate, PlainForm, _("Reactivate %(person)s"), _("Reactivate"), note)
