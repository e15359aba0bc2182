"""Field types that hold for every door: what a page refuses, an import and a verb refuse with the same words."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MinLengthValidator, RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from claims.models.periods import today
from claims.text import Unwanted, cleaned

EARLIEST, LATEST = 1000, 2200


def _clean(value, *, lines):
    try:
        return cleaned(value, lines=lines)
    except Unwanted as error:
        raise ValidationError(
            _("This holds a character that cannot be kept: %(where)s. Remove it and send again."),
            code="unwanted",
            params={"where": str(error)},
        ) from None


class CleanFormField(forms.CharField):
    """Cleans as the model field does, and keeps what was typed when it cannot."""

    def __init__(self, *args, lines=True, **kwargs):
        self.lines = lines
        super().__init__(*args, **kwargs)
        # Django's own refusal of NUL says less than ours does.
        self.validators = [each for each in self.validators if type(each).__name__ != "ProhibitNullCharactersValidator"]

    def to_python(self, value):
        value = super().to_python(value)
        if not isinstance(value, str):
            return value
        if not self.lines and isinstance(self.widget, forms.Textarea):
            value = re.sub(r"\s*[\r\n\t]\s*", " ", value)
        return _clean(value, lines=self.lines)


class Line(models.CharField):
    """One line of text. A sentence is typed into a field that shows it whole, where a line break counts as a space."""

    SENTENCE = 500

    def to_python(self, value):
        value = super().to_python(value)
        return _clean(value, lines=False) if isinstance(value, str) else value

    def formfield(self, **kwargs):
        if self.choices:
            return super().formfield(**kwargs)
        asked = {"form_class": CleanFormField, "lines": False, **kwargs}
        if self.max_length >= self.SENTENCE:
            asked.setdefault("widget", forms.Textarea(attrs={"rows": 2}))
        return super().formfield(**asked)


class Prose(models.TextField):
    """Text of several lines, LF, at most `longest` code points. `strip=False` keeps white space at its ends."""

    def __init__(self, *args, longest=100_000, strip=True, **kwargs):
        self.longest, self.strip = longest, strip
        super().__init__(*args, **kwargs)
        self.validators = [*self.validators, MaxLengthValidator(longest)]

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)
        return name, path, args, kwargs | {"longest": self.longest, "strip": self.strip}

    def to_python(self, value):
        value = super().to_python(value)
        return _clean(value, lines=True) if isinstance(value, str) else value

    def formfield(self, **kwargs):
        extra = {"form_class": CleanFormField, "strip": self.strip, "max_length": self.longest}
        return super().formfield(**{**extra, **kwargs})


class Link(models.URLField):
    """An http or https address. `javascript:`, `data:` and all others are refused."""

    default_validators = [
        URLValidator(
            schemes=["http", "https"],
            message=_("This is not a web address. It begins with https:// or http://."),
        )
    ]

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 2000)
        super().__init__(*args, **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return _clean(value, lines=False) if isinstance(value, str) else value

    def formfield(self, **kwargs):
        # A plain text field: forms.URLField would quietly put https:// before anything it cannot read.
        return models.CharField.formfield(self, **{"form_class": CleanFormField, "lines": False, **kwargs})


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


def _plausible(value):
    if not EARLIEST <= value.year <= LATEST:
        raise ValidationError(
            _("The year %(year)d cannot be right. Write the day as year-month-day, for example 2025-12-03."),
            code="year",
            params={"year": value.year},
        )


class DayFormField(forms.DateField):
    widget = DayInput
    default_validators = [_plausible]
    # 10/11/2025 is October in one country and November in the next.
    input_formats = ["%Y-%m-%d"]
    default_error_messages = {"invalid": _("Write the day as year-month-day, for example 2025-12-03.")}

    def widget_attrs(self, widget):
        return {"min": f"{EARLIEST}-01-01", "max": f"{LATEST}-12-31"}


def has_come(value):
    """A validator: what has happened did not happen tomorrow."""
    if value > today():
        raise ValidationError(_("This day has not come yet."), code="future")


class PastDayFormField(DayFormField):
    default_validators = [*DayFormField.default_validators, has_come]


class Day(models.DateField):
    """A calendar day of a plausible year."""

    default_validators = [_plausible]

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": DayFormField, **kwargs})


class PastDay(Day):
    """A day on which something happened. Forms refuse one that has not come; a file is loaded at whatever time a
    machine believes it to be."""

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": PastDayFormField, **kwargs})


class SortKey(models.CharField):
    """A folded key, compared by code point: PostgreSQL's own collation would order otherwise than SQLite's."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 80)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection):
        collation = {"postgresql": "C", "sqlite": "BINARY"}.get(connection.vendor)
        return super().db_parameters(connection) | {"collation": collation}


class LanguageCode(models.CharField):
    """A BCP 47 language tag: "en", "es", "pt-BR"."""

    default_validators = [
        RegexValidator(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", _("Write a language code such as en, es or pt-BR."))
    ]

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 20)
        super().__init__(*args, **kwargs)


class Hash(models.CharField):
    """A SHA-256 in hexadecimal."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
        self.validators = [*self.validators, MinLengthValidator(64)]
