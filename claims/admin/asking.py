"""How a page of the admin asks for verbs, and how a refusal finds its way back to the field it belongs to.

Django's page binds its forms, validates all of them, saves all of them, and answers. Saving means asking verbs here,
and a verb may refuse after every form was found valid: the quote is not in the text, somebody else was quicker, the
check was published meanwhile. So a page that is sent runs at most twice:

1. Inside together(), so that a claim and its inlines happen as one or not at all. The first refusal leaves Django's
   code as AtForm, which names the form that asked; on its way out it undoes every verb of this page.
2. Again, with that AtForm laid on the request. The form it names finds it while it cleans itself and is invalid by
   it; so nothing is saved, and the stock template shows what was typed, with the message at its field.

Nothing of Django's own flow is copied, and no verb needs to know that an admin exists. Two refusals are left to
claims/access.py, as on the desk's pages: NotAllowed (403, written to the log), and AlreadyDone, which base.py answers
with what the first sending made.
"""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _

from claims.forms.acts import SentForm, page_once, sending
from claims.states import AlreadyDone, NotAllowed, Refused, Stale

# Not values of the record, and so nothing for a verb.
OURS = frozenset({"version_seen", "id", DELETION_FIELD_NAME})


class AtForm(Exception):
    """A verb refused what one form of the page asked for. Never leaves base.DeskAdmin.changeform_view()."""

    def __init__(self, prefix, refusal):
        super().__init__(str(refusal))
        self.prefix = prefix
        self.refusal = refusal


def token(request, prefix="", step=""):
    """The token of this sending. A page may do several verbs, each of them once: each has its own, derived from it."""
    once = sending(page_once(request), request.POST, request.user)
    return uuid.uuid5(once, f"{prefix} {step}") if once and (prefix or step) else once


def ask(request, form, verb, *args, step="", **values):
    """Do the verb in the name of whoever sent the page. `step` tells apart several verbs that one form asks for.

    Raises AtForm where it was refused."""
    try:
        return verb(*args, by=request.user, once=token(request, form.prefix or "", step), **values)
    except (NotAllowed, AlreadyDone):
        raise
    except (ValidationError, Refused) as refusal:
        raise AtForm(form.prefix, refusal) from refusal


class VerbForm(SentForm, forms.ModelForm):
    """A form of one record whose values go to a verb. base.Powers sets `request` on the class made for each request."""

    request = None
    # {name of the form's field: the verb's name for it}, where they are not the same.
    asks_as = {}

    version_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version_seen"].initial = getattr(self.instance, "version", None)
            self.fields["version_seen"].required = True

    def broken(self):
        """Of the request, since Django gives an inline a copy of what was sent."""
        return getattr(self.request.POST, "broken", ())

    def values(self):
        """What goes to the verb, by the names of its parameters."""
        return {
            self.asks_as.get(name, name): value
            for name, value in self.cleaned_data.items()
            if name not in OURS and not (value is None and self.keeps(name))
        }

    @property
    def version(self):
        return self.cleaned_data["version_seen"]

    def clean(self):
        cleaned = super().clean()
        answer = getattr(self.request, "answer", None)
        if answer and answer.prefix == self.prefix:
            self.show(answer.refusal)
        return cleaned

    def _post_clean(self):
        """Where a field is wrong already, the model's own word on it adds nothing."""
        wrong = {name: errors.copy() for name, errors in self._errors.items()}
        super()._post_clean()
        self._errors.update(wrong)

    def show(self, refusal):
        """Put a refusal where the person looks for it."""
        if isinstance(refusal, Stale):
            self.show_conflict(refusal)
        elif isinstance(refusal, ValidationError):
            for name, errors in getattr(refusal, "error_dict", {None: refusal}).items():
                self.add_error(self.field_named(name), errors)
        else:
            self.add_error(self.field_named(refusal.field), refusal.message)

    def field_named(self, parameter):
        """The field that asks for a verb's parameter, or None where the message belongs to the whole form."""
        name = {asked: name for name, asked in self.asks_as.items()}.get(parameter, parameter)
        return name if name in self.fields else None

    def show_conflict(self, stale):
        """Beside what was typed, what somebody else made of it. Sent again, the form overwrites that knowingly."""
        differing = [name for name in self.changed_data if name not in OURS]
        self.add_error(None, stale.message)
        for name in differing:
            self.add_error(name, _("It now says: %(value)s") % {"value": self.stands(name)})
        self.type_over("version_seen", self.instance.version)

    def stands(self, name):
        """The record's value as words."""
        field, value = self.fields[name], self.get_initial_for_field(self.fields[name], name)
        if value is None or value == "" or value == []:
            return "–"
        if isinstance(field, forms.ModelMultipleChoiceField):
            return ", ".join(map(str, value))
        if isinstance(field, forms.ModelChoiceField):
            return field.queryset.filter(pk=value).first()
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return dict(getattr(field, "choices", ())).get(value, value)

    def type_over(self, name, value):
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = value


class Rows(BaseInlineFormSet):
    """The rows of an inline. One that is no longer there cannot be shown again, so its words go into the message."""

    def clean(self):
        super().clean()
        if len(self.forms) < self.min_num:
            raise ValidationError(_("A part of the page did not arrive. Open it again and send it whole."))
        for form in self.initial_forms:
            if form.instance._state.adding:
                typed = [form.data.get(form.add_prefix(name), "") for name in form.fields if name not in OURS]
                message = _("Somebody removed or closed this meanwhile. Open the page again. You had: %(typed)s")
                raise ValidationError(message, params={"typed": " · ".join(filter(None, typed))})
