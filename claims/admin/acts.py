"""Acts as buttons: on the page of one record, each in a form of its own, each asking for one verb."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from claims.admin.base import VerbAdmin, admin_address
from claims.forms.acts import PlainForm, refuse_sent_again
from claims.states import VERBS, AlreadyDone


def plain_form(data, *, record, user, **kwargs):
    return PlainForm(data, record=record, **kwargs)


def form_of(form_class):
    """For forms that need no more than the record."""
    return lambda data, *, record, user, **kwargs: form_class(data, record=record, **kwargs)


@dataclass(frozen=True)
class Button:
    """`verb` is a key of states.VERBS, `does` gives the verb's method or function for a record."""

    verb: str
    label: str
    does: Callable
    form: Callable = plain_form

    @property
    def name(self):
        return self.verb.partition(".")[2].replace("_", "-")

    def bound(self, request, record):
        """The button's form, filled where it was sent. Several stand on one page, so each has its own ids."""
        data = request.POST if request.method == "POST" and "act" in request.POST else None
        return self.form(data, record=record, user=request.user, auto_id=f"id_{self.name}_%s")


class ActsAdmin(VerbAdmin):
    """A page with buttons. None acts on a GET; a refusal shows the button's form again with what was typed."""

    buttons = ()

    def offered(self, record, user):
        """The verbs that may be done with the record now. The verbs refuse anyhow."""
        return [button.verb for button in self.buttons if user.may(VERBS[button.verb].permission)]

    def act_address(self, button, record):
        return reverse(f"admin:claims_{self.opts.model_name}_act", args=[record.pk, button.name])

    def get_urls(self):
        view = self.admin_site.admin_view(self.act_view)
        name = f"claims_{self.opts.model_name}_act"
        return [path("<path:object_id>/act/<slug:name>/", view, name=name), *super().get_urls()]

    def render_change_form(self, request, context, **kwargs):
        record = context["original"]
        offered = self.offered(record, request.user) if record else []
        context["buttons"] = [
            {
                "button": each,
                "form": each.form(None, record=record, user=request.user, auto_id=f"id_{each.name}_%s"),
                "address": self.act_address(each, record),
            }
            for each in self.buttons
            if each.verb in offered
        ]
        return super().render_change_form(request, context, **kwargs)

    def act_view(self, request, object_id, name):
        button = next((each for each in self.buttons if each.name == name), None)
        record = self.get_object(request, unquote(object_id))
        try:
            if record is None:
                refuse_sent_again(request)
            if button is None or record is None:
                raise Http404
            if not self.has_view_permission(request, record):
                raise PermissionDenied
            form = button.bound(request, record)
            if form.is_valid() and form.act(button.does(record), by=request.user):
                return self.acted(request, button, record, form.result)
        except AlreadyDone as done:
            return self.answer_again(request, done)
        context = {
            **self.admin_site.each_context(request),
            "title": button.label,
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "form": form,
            "button": button,
        }
        return TemplateResponse(request, "admin/claims/act.html", context)

    def acted(self, request, button, record, result):
        """Say what was done, and show what the verb gave back."""
        messages.success(request, _("Done: %(act)s.") % {"act": VERBS[button.verb].label})
        return redirect(admin_address(result))
