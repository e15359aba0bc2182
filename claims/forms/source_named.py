"""Which source is meant: a known one by its number, address or title, or a new one."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import Publisher, Source
from claims.models.fields import CleanFormField
from claims.search.find import newest_sources_like

# What an offered source is written as in the field, so that no script is needed to read it: "12. Its title".
OFFERED = re.compile(r"#?(\d{1,18})(?:\. (.+))?")
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
MOST_OF_ONE_ADDRESS = 20
NEW = ("title", "url", "publisher", "text")


def offered_as(source):
    return f"{source.pk}. {source.title}"


class SourceField(CleanFormField):
    """A source as somebody names it. `queryset`, which the form sets, holds those that the person may name."""

    queryset = None
    widget = forms.TextInput

    def __init__(self, **kwargs):
        kwargs = {"label": _("Source"), "help_text": _("Words of its title, its address or its number.")} | kwargs
        super().__init__(required=False, lines=False, max_length=2_000, **kwargs)
        self.widget.attrs |= {"data-find": reverse_lazy("find_source"), "autocomplete": "off"}

    def prepare_value(self, value):
        """A source or its number becomes the words by which it is offered; what was typed stays as it is."""
        if isinstance(value, Source):
            return offered_as(value)
        if isinstance(value, int):
            found = self.queryset.filter(pk=value).first()
            return offered_as(found) if found else ""
        return value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        typed = super().clean(value).strip()
        found = self._meant(typed) if typed else []
        if typed and not found:
            raise ValidationError(_("No source has this number, address or title. Choose one, or write a new one."))
        if len(found) > 1:
            numbers = ", ".join(str(each.pk) for each in found)
            said = _("Several sources fit: %(numbers)s. Write the number of the one you mean.")
            raise ValidationError(said, params={"numbers": numbers})
        return found[0] if found else None

    def _meant(self, typed):
        offered = OFFERED.fullmatch(typed)
        if offered:
            found = list(self.queryset.filter(pk=int(offered[1])))
            if not offered[2] or [each.title.strip() for each in found] == [offered[2]]:
                return found
        return at_address(self.queryset, typed) if ADDRESS.fullmatch(typed) else self.queryset.titled(typed)


def at_address(sources, url):
    """The sources of exactly this address, whether it ends in a slash or not."""
    like = newest_sources_like(sources.filter(url__in={url, url.rstrip("/"), f"{url}/"}), url, MOST_OF_ONE_ADDRESS)
    return sorted(like, key=lambda each: each.pk)


class SourceForm(ActForm):
    """Asks for a source. It goes to the verb as a Source, or as a dict of a new one; None where none is needed."""

    source = SourceField()
    source_title = Source._meta.get_field("title").formfield(label=_("Its title"), required=False)
    source_url = Source._meta.get_field("url").formfield(label=_("Its address"), required=False)
    source_publisher = Publisher._meta.get_field("name").formfield(label=_("Its publisher"), required=False)
    source_text = CleanFormField(
        label=_("Its text"), required=False, strip=False, max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Without it the exact words alone are kept."),
    )  # fmt: skip
    template_name = "forms/with_source.html"
    needs_source = True

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Source.objects.visible_to(user)
        if not user.may("write_claims"):
            for name in NEW:
                del self.fields[f"source_{name}"]

    def new_source_fields(self):
        return [self[f"source_{name}"] for name in NEW if f"source_{name}" in self.fields]

    def other_fields(self):
        new = {field.name for field in self.new_source_fields()}
        return [field for field in self.visible_fields() if field.name not in new]

    def new_source_begun(self):
        return any(field.errors or field.value() for field in self.new_source_fields())

    def clean(self):
        cleaned = super().clean()
        new = {name: cleaned.pop(f"source_{name}", "") for name in NEW}
        if self.errors.keys() & {"source", *(f"source_{name}" for name in NEW)}:
            return cleaned
        named, begun = bool(cleaned.get("source")), any(new.values())
        if (named and begun) or (self.needs_source and not named and not begun):
            self.add_error("source", _("Name one source: a known one, or a new one by its title."))
        elif begun:
            cleaned["source"] = self._new(new)
        return cleaned

    def _new(self, new):
        known = at_address(self.fields["source"].queryset, new["url"]) if new["url"] else []
        if not new["title"]:
            self.add_error("source_title", _("A new source needs its title."))
        elif known:
            said = _("This address is known: name source %(number)d instead, so that it is kept once.")
            self.add_error("source_url", ValidationError(said, params={"number": known[0].pk}))
        return new
