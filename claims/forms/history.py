"""The day of which a claim's history is asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.models.fields import PastDayFormField


class InForceForm(forms.Form):
    use_required_attribute = False

    on = PastDayFormField(label=_("Day"), help_text=_("What was in force when it ended at the desk."))
