"""The one shape of a page that asks for one verb."""

from contextlib import nullcontext

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from claims.models import KeptDraft


def done(request, form, verb, said=None, **fixed):
    """Was the verb done? Says so to whoever asked for it, and forgets what was kept of it while it was typed."""
    if not (form.is_bound and form.is_valid()):
        return False
    form.keep_files()
    with transaction.atomic() if form.kept_as else nullcontext():
        if not form.act(verb, by=request.user, **fixed):
            return False
        if form.kept_as:
            KeptDraft.objects.forget(request.user, form.kept_as)
    messages.success(request, said or _("Done. It stands in the history."))
    return True


def answer(request, form, verb, *, heading, button, back, to=None, said=None, template="desk/act.html", **more):
    """Do the verb and go `to` where its result is seen, or show the page of its form, with refusals at the fields.

    `to` is what redirect() takes, or a function that says so once the verb is done. `said` is the word on it there."""
    if done(request, form, verb, said):
        return redirect((to() if callable(to) else to) or form.result)
    context = {"form": form, "heading": heading, "button": button, "back": back, **more}
    return render(request, template, context)
