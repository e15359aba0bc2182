"""Actions of the lists of claims and of checks: each asks for what its deed needs and stages it; and exports."""

from functools import partial

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import ValidationError
from django.forms import CharField
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from claims.admin.base import admin_address
from claims.exchange.csv_export import EXPORTS, Stream, Which, streamed
from claims.forms import bulk as forms
from claims.forms.acts import posted
from claims.models import Check, Claim
from claims.models.bulk import stage
from claims.models.deeds import LABELS
from claims.models.fields import DayInput, PastDayFormField
from claims.states import Refused

# What each deed of the list needs to know.
ASKED = {
    "select": forms.ManySelectForm,
    "put-back": forms.ManyPutBackForm,
    "decline": forms.ManyReasonForm,
    "assign": forms.ManyAssignForm,
    "priority": forms.ManyPriorityForm,
    "kind": forms.ManyKindForm,
    "add-topic": forms.ManyTopicForm,
    "remove-topic": forms.ManyTopicForm,
    "rate": forms.ManyRatingForm,
    "submit": forms.ManyForm,
    "send-back": forms.ManyReasonForm,
}


def _claims_of(queryset, user):
    """The chosen claims; where checks were chosen, their claims. A check that is closed is done with: no deed may reach
    through it another check of the claim, which was not chosen."""
    if queryset.model is Check:
        return Claim.objects.visible_to(user).filter(pk__in=queryset.open().order_by().values("claim"))
    return queryset


def _ask(deed, modeladmin, request, queryset):
    """The page that asks for what the deed needs; sent, it stages the deed on the chosen claims."""
    claims = _claims_of(queryset, request.user)
    form = ASKED[deed](posted(request) if "asked" in request.POST else None)
    if form.is_valid():
        reason, values = form.asked()
        try:
            bulk = stage(deed, claims, by=request.user, reason=reason, **values)
            return redirect(admin_address(bulk))
        except ValidationError as error:
            for name, errors in getattr(error, "error_dict", {None: error}).items():
                form.add_error(name if name in form.fields else None, errors)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": LABELS[deed],
        "opts": modeladmin.opts,
        "form": form,
        "action": request.POST["action"],
        "box": helpers.ACTION_CHECKBOX_NAME,
        "chosen": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "across": request.POST.get("select_across") == "1",
        "count": (count := claims.count()),
        "left_out": queryset.count() - count,
    }
    return TemplateResponse(request, "admin/claims/bulk_ask.html", context)


def _action(deed):
    """An action of the list; Django knows it by its name."""
    action = partial(_ask, deed)
    action.__name__ = deed.replace("-", "_")
    return admin.action(permissions=["bulk"], description=format_lazy("{}…", LABELS[deed]))(action)


class WithDay(helpers.ActionForm):
    """What is read as a day by the exports alone: Django tells nobody what is wrong here."""

    as_of = CharField(label=gettext_lazy("As it stood on"), required=False, widget=DayInput)


def _export(name, modeladmin, request, queryset):
    try:
        day = PastDayFormField(required=False).clean(request.POST.get("as_of", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return None
    if day:
        queryset = queryset.noted_until(day)
    claims = Claim.objects.visible_to(request.user).filter(pk__in=queryset.order_by().values("pk"))
    wanted = {"admin": ["claims"]} | _wanted(request) | ({"as_of": [str(day)]} if day else {})
    return streamed(Stream(EXPORTS[name], claims, which=Which(day)), by=request.user, wanted=wanted)


def _wanted(request):
    """What the log says was chosen: all that the list's filter finds, or these."""
    if request.POST.get("select_across") == "1":
        return dict(request.GET.lists())
    return {"chosen": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)}


def _export_action(name, label):
    action = partial(_export, name)
    action.__name__ = f"export_{name}"
    return admin.action(permissions=["export"], description=label)(action)


CLAIM_ACTIONS = [
    *map(_action, ASKED),
    _export_action("claims", gettext_lazy("Export as CSV: claims")),
    _export_action("verdicts", gettext_lazy("Export as CSV: verdicts")),
]
CHECK_ACTIONS = [_action("submit"), _action("send-back")]
