"""What a person wants to be told, and how."""

from django import forms

from claims.forms.acts import ActForm
from claims.models import User


class MailChoiceForm(ActForm):
    asks = {User: ("mail_choice",)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["mail_choice"]
        field.widget = forms.RadioSelect(choices=field.choices)
