"""Saying something about a claim or its draft."""

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import Comment

TELL = _("To tell somebody, write @ and their user name.")


class WordsForm(ActForm):
    asks = {Comment: ("text",)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.required, field.help_text = True, TELL
        offered = {"data-names": reverse_lazy("names"), "data-names-label": _("People to mention")}
        field.widget.attrs |= {"rows": 3, "aria-autocomplete": "list", "autocomplete": "off"} | offered


class AnswerForm(WordsForm):
    """What is protected may be told to those alone who may see it, by those who see it themselves."""

    asks = {Comment: ("text", "protected")}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        if not user.may("see_protected"):
            del self.fields["protected"]


class EditCommentForm(AnswerForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.record.protected:
            self.fields.pop("protected", None)
        elif "protected" in self.fields:
            self.fields["protected"].help_text = _(
                "Only those who may see what is protected will read it and its answers. This cannot be undone."
            )


class CommentForm(AnswerForm):
    """`check` is the open check, on whose draft a passage may be chosen, or None."""

    asks = {Comment: ("text", "passage", "protected")}
    passage_field = forms.ChoiceField(choices=Comment.Field, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, check, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passage"].widget.attrs["rows"] = 2
        if check is None:
            del self.fields["passage"], self.fields["passage_field"]
