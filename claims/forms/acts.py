"""What every form of an editor shares: a token so that it acts once, the record's version, refusals at the field."""

import uuid
from functools import partial
from urllib.parse import parse_qsl

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import model_to_dict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims.forms.conflicts import Conflict, as_it_was, words
from claims.forms.untouched import as_sent, seen_in, seen_of, untouched
from claims.models import Topic
from claims.models.appearances import MOST_FOUND
from claims.models.fields import CleanFormField
from claims.models.files import Incoming
from claims.models.log import refuse_again
from claims.states import AlreadyDone, ManyPlaces, NotAllowed, Refused, Stale
from claims.text import sort_key

MOST_PLACES = 30
BROKEN = "\N{REPLACEMENT CHARACTER}"
# What travels with a form and is nobody's words.
HIDDEN = frozenset({"once", "version", "seen"})
# Where a verb makes a second record on the way: the names of its fields, and the form's names for them.
ASKED_AS = {
    "title": "source_title",
    "url": "source_url",
    "text": "source_text",
    "name": "said_by",
    "claimant": "said_by",
}


def posted(request):
    """What was sent, or None where nothing was. `broken` are the fields whose bytes were no text: lone surrogates
    and other errors of encoding, which Django would quietly replace by question marks. A form with files is read as it
    comes in, so that its bytes are gone; there the mark of a replacement is taken for one."""
    if request.method != "POST":
        return None
    data = request.POST
    replaced = {name for name, values in data.lists() if any(BROKEN in value for value in values)}
    if request.content_type == "multipart/form-data":
        data.broken = replaced
    elif replaced:
        raw = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")
        data.broken = {name for name, value in raw if not _is_text(value)}
    return data


def _is_text(value):
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class SentForm(forms.BaseForm):
    """Refuses at its field what posted() found broken, and leaves alone what it could not show."""

    def keeps(self, name):
        """Does the record name another here that the person may not see? Then an empty field says nothing of it."""
        offered, named = getattr(self.fields.get(name), "queryset", None), self.initial.get(name)
        return bool(named) and hasattr(offered, "visible_to") and not offered.filter(pk=named).exists()

    def broken(self):
        return getattr(self.data, "broken", ())

    def full_clean(self):
        super().full_clean()
        broken = self.broken()
        for name in self.fields if broken else ():
            if self.add_prefix(name) in broken:
                self.add_error(name, _("This holds a character that cannot be kept. Remove it and send again."))


def sending(once, data, by, files=()):
    """The token of what one person sent: the same form with the same words and files (their hashes) acts once. What is
    sent after going back to a page that was sent already is another sending, so that it is not lost."""
    if once is None:
        return None
    said = sorted((name, data.getlist(name)) for name in data if name not in {"once", "csrfmiddlewaretoken"})
    said += files
    return uuid.uuid5(once, repr((by and by.pk, said)))


def page_once(request):
    """The token that the page carried, or None."""
    try:
        return uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        return None


def refuse_sent_again(request):
    """Raise AlreadyDone where exactly this was sent before and done. For where the record is gone by that."""
    refuse_again(sending(page_once(request), request.POST, request.user))


class ActForm(SentForm, forms.Form):
    """A form that asks for one verb.

        form = SelectForm(posted(request), record=claim)
        if form.is_valid() and form.act(claim.select, by=request.user):
            return redirect(claim)

    `record` is what the verb changes; its version travels with the form. What was typed is kept whatever happens.
    `asks` names fields of models, {model: names}, so that pages, admin and imports ask for the same with the same
    words. `short` are the long texts for which a few lines are enough on the page.
    """

    asks = {}
    short = frozenset()
    # {name of a field: the record's and the log's name for it}, where they are not the same.
    logged_as = {}
    # The key under which its words are kept while they are typed; see forms/kept.py.
    kept_as = None

    once = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    template_name = "forms/fields.html"

    def __init__(self, *args, record=None, **kwargs):
        self.record = record
        # Where it was stale: the record as it stands, and what the three sides say.
        self.theirs = self.conflict = None
        # The labels of fields that nobody typed into and that show, after a conflict, what somebody else saved.
        self.taken_over = []
        self.places = []
        super().__init__(*args, **kwargs)
        for model, names in self.asks.items():
            self.fields.update(model_fields(model, *names))
        for name in self.short & self.fields.keys():
            self.fields[name].widget.attrs["rows"] = 3
        self.order_fields(self.field_order)
        self.fields["once"].initial = uuid.uuid4
        if record is None:
            del self.fields["version"], self.fields["seen"]
        else:
            self.fields["version"].initial = record.version
            self.fields["version"].required = True
            self.fields["seen"].initial = partial(seen_in, self)
            known = {field.name for field in record._meta.get_fields()} & self.fields.keys()
            self.initial = model_to_dict(record, known - {"version"}) | self.initial

    def values(self):
        """What goes to the verb, by the names of its parameters."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in HIDDEN and not (value is None and self.keeps(name))
        }

    def incoming(self):
        """The files that were sent with the form and found good."""
        return [each for each in self.cleaned_data.values() if isinstance(each, Incoming)]

    def keep_files(self):
        """Write them where they stay: before a transaction begins in which others would wait for the disk."""
        for each in self.incoming():
            each.keep()

    def act(self, verb, **fixed):
        """Call the verb with the values; True where it was done. `self.result` is what it returned.

        Refusals become errors of the form; NotAllowed and AlreadyDone are left to RefusalMiddleware."""
        files = [each.sha256 for each in self.incoming()]
        extra = {"once": sending(self.cleaned_data.get("once"), self.data, fixed["by"], files)}
        if self.record is not None:
            extra["version"] = self.cleaned_data["version"]
        try:
            self.result = verb(**self.values(), **extra, **fixed)
        except ValidationError as error:
            self._show(error)
        except Stale as stale:
            self._show_conflict(stale, fixed["by"])
        except ManyPlaces as many:
            self._show_places(many)
        except (NotAllowed, AlreadyDone):
            raise
        except Refused as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
        else:
            return True
        return False

    def _show(self, error):
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, messages in error.error_dict.items():
            field = name if name in self.fields else ASKED_AS.get(name)
            known = field in self.fields and field != NON_FIELD_ERRORS
            self.add_error(field if known else None, messages)

    def _show_conflict(self, stale, by):
        self.theirs = stale.theirs
        self.add_error(None, stale.message)
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = stale.theirs.version
        left = untouched(self, self.cleaned_data.get("seen", "")) & self.cleaned_data.keys()
        for name in [name for name in self.compared() if name in left]:
            field, stands = self.fields[name], self.stands(name)
            if words(field, stands) != words(field, self.cleaned_data[name]) and not self.keeps(name):
                self.data.setlist(self.add_prefix(name), as_sent(field, stands))
                self.cleaned_data[name] = stands
                self.taken_over.append(self.label_of(name))
        self.conflict = Conflict(self, by)
        self.data[self.add_prefix("seen")] = seen_of(self, self.stands)

    def compared(self):
        """The names of the fields that show what the record says, and so can differ from it."""
        shown = {name: field for name, field in self.fields.items() if not field.widget.is_hidden}
        return [name for name, field in shown.items() if name in self.initial and not self._suggests(name, field)]

    def _suggests(self, name, field):
        """Does the form propose something of its own where the record says nothing, such as today?"""
        return bool(words(field, self.get_initial_for_field(field, name))) and not words(field, self.stands(name))

    def label_of(self, name):
        return capfirst(str(self.fields[name].label or name))

    def _show_places(self, many):
        self.add_error("quote" if "quote" in self.fields else None, many.message)

    def differences(self):
        """Of a stale form (label, theirs, mine) where somebody else and this person changed the same field."""
        return [(row.label, row.theirs, row.mine) for row in self.conflict.rows] if self.conflict else []

    def stands(self, name):
        """The value of the record as it stands now, for the field of this name."""
        return self.of_record(name, getattr(self.theirs, self.logged_as.get(name, name), None))

    def before(self, name, earlier):
        """The values that the field had before, newest first, as (the act that replaced it, value)."""
        name_there = self.logged_as.get(name, name)
        field = type(self.theirs)._meta.get_field(name_there)
        for act, value in earlier.of(name_there):
            yield act, self.of_record(name, as_it_was(field, value))

    def of_record(self, name, value):
        """A value of the record for the field of this name; of other records those that the person may name, since a
        conflict must not tell what is kept from them."""
        value = value.all() if hasattr(value, "all") else value
        offered = getattr(self.fields[name], "queryset", None)
        if value is None or not hasattr(offered, "visible_to"):
            return value
        return offered.filter(pk__in=value) if hasattr(value, "model") else offered.filter(pk=value.pk).first()


class ReasonForm(ActForm):
    """A verb that wants nothing but the reason."""

    reason = CleanFormField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=5_000)


class PlainForm(ActForm):
    """A verb that wants nothing but a button."""


class QuoteForm(ActForm):
    """A form with the exact words; where they occur more than once it asks which place is meant."""

    place = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def values(self):
        values = super().values()
        return {**{name: value for name, value in values.items() if name != "place"}, "start": values.get("place")}

    def _show_places(self, many):
        if len(many.places) > MOST_PLACES:
            message = _("These words occur %(count)s times in the text. Copy more of the words around them.")
            found = len(many.places)
            self.add_error("quote", message % {"count": f"{MOST_FOUND}+" if found > MOST_FOUND else found})
            return
        self.places, self.words = many.places, self.cleaned_data["quote"]
        self.add_error("quote", many.message)


class NumberField(forms.IntegerField):
    """A record by its number. `queryset`, which the form sets, holds those that the person may name."""

    queryset = None

    def __init__(self, *, unknown, **kwargs):
        self.unknown = unknown
        super().__init__(required=False, min_value=1, **kwargs)

    def prepare_value(self, value):
        return getattr(value, "pk", value)

    def clean(self, value):
        number = super().clean(value)
        if number is None:
            return None
        found = self.queryset.filter(pk=number).first()
        if found is None:
            raise ValidationError(self.unknown)
        return found


class TopicsField(CleanFormField):
    """Topics by name, parted by commas or as an export parts them; a list of names."""

    def __init__(self, *, parted_by=",", **kwargs):
        self.parted_by = parted_by
        kwargs = {"label": _("Topics"), "required": False, "help_text": _("Separated by commas.")} | kwargs
        super().__init__(lines=False, max_length=1_000, **kwargs)

    def prepare_value(self, value):
        """Words as they were typed, or the topics of a record."""
        if value is None or isinstance(value, str):
            return value
        return f"{self.parted_by} ".join(topic.name for topic in value)

    def clean(self, value):
        names = [name.strip() for name in super().clean(value).split(self.parted_by) if name.strip()]
        for name in names:
            if len(name) > 80 or not sort_key(name):
                raise ValidationError(_("A topic has a letter or a digit, and at most 80 characters."))
            if Topic.PARTING & set(name):
                raise ValidationError(Topic.UNPARTED)
        return names


def model_fields(model, *names, **overrides):
    """Form fields of a model, {name: field}, so that pages, admin and imports ask for the same with the same words."""
    fields = {}
    for name in names:
        fields[name] = model._meta.get_field(name).formfield(**overrides.get(name, {}))
    return fields
