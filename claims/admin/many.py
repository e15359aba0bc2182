"""Submitting or sending back several checks from the list. Approving and publishing are never done in heaps."""

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from claims.admin.asking import token
from claims.forms.acts import PlainForm, ReasonForm
from claims.models.log import log_refusal
from claims.states import NotAllowed, Refused

SHOWN = 10


def _words(refusal):
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


def one_by_one(request, checks, act):
    """Do the act with each check by itself; say how many it was done with, and why not with the others.

    `act` takes a check and the token of this check on this page."""
    done, refused = 0, []
    for check in checks:
        try:
            act(check, token(request, step=str(check.pk)))
            done += 1
        except (ValidationError, Refused) as refusal:
            refused.append(f"{check.claim}: {_words(refusal)}")
            if isinstance(refusal, NotAllowed):
                log_refusal(by=request.user, path=request.path[:500], method=request.method)
    said = ngettext("Done with %(count)d check.", "Done with %(count)d checks.", done)
    messages.success(request, said % {"count": done})
    for line in refused[:SHOWN]:
        messages.warning(request, _("Refused: %(line)s") % {"line": line})
    if len(refused) > SHOWN:
        messages.warning(request, _("Refused as well: %(count)d more.") % {"count": len(refused) - SHOWN})


def _seen(request, check):
    """The version of a check on the page between, or None where that page did not show it."""
    try:
        return int(request.POST[f"version-{check.pk}"])
    except (KeyError, ValueError):
        return None


def _ask_first(modeladmin, request, checks, form, title):
    """The page between: what each check says, and its version. It sends the list's own action again."""
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": title,
        "opts": modeladmin.opts,
        "checks": checks,
        "form": form,
        "action": request.POST["action"],
        "box": helpers.ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/claims/many.html", context)


def _all_seen(request, checks):
    """Was each of them on the page between? Nobody acts upon what they have not been shown."""
    return all(_seen(request, check) is not None for check in checks)


def _rows(queryset):
    return list(queryset.select_related("claim__claimant", "rating", "submitted_by").order_by("pk"))


@admin.action(permissions=["submit"], description=gettext_lazy("Submit for approval…"))
def submit(modeladmin, request, queryset):
    checks = _rows(queryset)
    form = PlainForm(request.POST if _all_seen(request, checks) else None)
    if not form.is_valid():
        return _ask_first(modeladmin, request, checks, form, _("Submit for approval"))
    one_by_one(
        request,
        checks,
        lambda check, once: check.submit(by=request.user, version=_seen(request, check), once=once),
    )


@admin.action(permissions=["send_back"], description=gettext_lazy("Send back…"))
def send_back(modeladmin, request, queryset):
    checks = _rows(queryset)
    form = ReasonForm(request.POST if _all_seen(request, checks) else None)
    if not form.is_valid():
        return _ask_first(modeladmin, request, checks, form, _("Send back"))
    one_by_one(
        request,
        checks,
        lambda check, once: check.send_back(
            by=request.user, reason=form.cleaned_data["reason"], version=_seen(request, check), once=once
        ),
    )
