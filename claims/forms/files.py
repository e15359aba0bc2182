"""A file that belongs to a source."""

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from claims.file_kinds import ENDS
from claims.forms.acts import ActForm
from claims.models.files import Incoming
from claims.text import whole

MOST_OFFERED = 50


class FileField(forms.FileField):
    """A file, looked at by its content: the value is an Incoming."""

    widget = forms.FileInput

    def __init__(self, **kwargs):
        kwargs = {
            "label": _("File"),
            "help_text": _("PDF, PNG, JPEG, WebP, plain text, a saved web page or a WARC."),
        } | kwargs
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ",".join(end for ends in ENDS.values() for end in ends)

    def clean(self, data, initial=None):
        sent = super().clean(data, initial)
        return Incoming(sent) if sent else None


class NewFileForm(ActForm):
    """A file for one of the source's contents, or as a content of its own."""

    snapshot = forms.ChoiceField(
        label=_("Of which content is it?"), required=False, widget=forms.Select,
        help_text=_("A picture of a text that is kept here belongs to that text; what reads otherwise does not."),
    )  # fmt: skip
    file = FileField()
    field_order = ["file", "snapshot"]

    def __init__(self, *args, source, **kwargs):
        super().__init__(*args, **kwargs)
        offered = list(source.contents().defer("text")[:MOST_OFFERED])
        self.offered = {each.pk: each for each in offered}
        own = ("", _("Of its own: the source as this file shows it"))
        self.fields["snapshot"].choices = [*((each.pk, _said(each)) for each in offered), own]
        if offered:
            self.initial["snapshot"] = self.initial.get("snapshot") or offered[0].pk
        else:
            del self.fields["snapshot"]

    def values(self):
        values = super().values()
        return values | {"snapshot": self.offered.get(whole(values.get("snapshot", "")))}


def _said(snapshot):
    return f"{snapshot.get_how_display()}, {date_format(localtime(snapshot.taken_at), 'DATETIME_FORMAT')}"
