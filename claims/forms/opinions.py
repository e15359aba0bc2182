"""A blind second opinion: of whom it is asked, and what they say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import SecondOpinion, User


class AskOpinionForm(ActForm):
    """Of those who may check; who is known to have been before the draft is refused with that reason."""

    asked_of = forms.ModelChoiceField(
        label=_("Whom to ask"), queryset=None, empty_label=_("Choose"),
        help_text=_("Somebody who has not read the draft: the desk does not note what is read. "
                    "Until their opinion is given, the draft and what is said of it are kept from them."),
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asked_of"].queryset = User.objects.who_may("draft_checks").exclude(pk=user.pk)


class GiveOpinionForm(ActForm):
    asks = {SecondOpinion: ("rating", "reasons")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rating"].empty_label = _("No rating")
        self.fields["reasons"].required = True
