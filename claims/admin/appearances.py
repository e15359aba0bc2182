"""Sightings: on their claim's page and on their own; and the anchors that tie them to a text."""

from django import forms
from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from claims.admin.acts import ActsAdmin, Button
from claims.admin.asking import VerbForm, ask
from claims.admin.base import DeskInline, ReadOnlyAdmin, become
from claims.admin.site import site
from claims.forms.acts import PlainForm
from claims.models import Anchor, Appearance
from claims.models.appearances import context_of
from claims.models.noting import add_appearance, edit_appearance, find_attribution, make_principal
from claims.states import ManyPlaces

FIELDS = [
    "source", "quote", "place", "claimant", "role", "mode", "cue", "reported_via",
    ("said_on", "said_on_precision", "said_on_inferred"), ("original_language", "original_wording"), "relation",
]  # fmt: skip
FINDING = "attribution"


class AppearanceForm(VerbForm):
    """Asks for the place only where the words stand at several. Without a claimant it is the claim's."""

    asks_as = {"place": "start"}
    place = forms.IntegerField(label=_("Which place?"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "claimant" in self.fields:
            self.fields["claimant"].required = False

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk and not cleaned.get("claimant"):
            # Or the page that shows another field's error could not name the record.
            cleaned["claimant"] = self.instance.claimant
        return cleaned

    def values(self):
        values = super().values()
        if not values.get("claimant"):
            values.pop("claimant", None)
        return values

    def show(self, refusal):
        if isinstance(refusal, ManyPlaces):
            words = Truncator(self.cleaned_data["quote"]).chars(80)
            choices = [(each.start, f"…{each.prefix}«{words}»{each.suffix}…") for each in refusal.places]
            self.fields["place"].widget = forms.RadioSelect(choices=choices)
        else:
            # The words may be others by the next sending, and then this place is no answer.
            self.type_over("place", "")
        super().show(refusal)


def save_appearance(request, form, claim=None):
    """Add or change the sighting of one form; what was found of its attribution is a verb of its own."""
    values = form.values()
    values.pop("claim", None)
    finding = values.pop(FINDING, "")
    if form.instance.pk:
        kept = ask(request, form, edit_appearance, form.instance, version=form.version, **values)
    else:
        kept = ask(request, form, add_appearance, claim, **values)
    if FINDING in form.changed_data:
        ask(request, form, find_attribution, kept, finding, step="finding")
    return kept


class Sightings:
    """What the inline and the page of an appearance share."""

    form = AppearanceForm
    autocomplete_fields = ["source", "claimant"]

    def get_readonly_fields(self, request, obj=None):
        return [] if request.user.may("draft_checks") else [FINDING]

    @admin.display(description=_("stands at"))
    def place(self, appearance):
        """Shown to whoever may read and not write."""
        return "; ".join("{}«{}»{}".format(*context_of(each, 40)) for each in appearance.anchors.all())


class AppearanceInline(Sightings, DeskInline):
    model = Appearance
    fk_name = "claim"
    writes = adds = "write_claims"
    fields = [*FIELDS, FINDING]

    def get_min_num(self, request, obj=None, **kwargs):
        """A claim was said by somebody, somewhere: a new one needs its first appearance."""
        return 0 if obj else 1

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source", "claimant")


@admin.register(Appearance, site=site)
class AppearanceAdmin(Sightings, ActsAdmin):
    writes = adds = "write_claims"
    fields = ["claim", *FIELDS, FINDING]
    autocomplete_fields = ["claim", *Sightings.autocomplete_fields]
    list_display = ["claimant", "quote", "source", "said_on", "mode", FINDING]
    list_select_related = ["claim", "claimant", "source"]
    list_filter = ["mode", "relation", FINDING]
    buttons = [
        Button(
            "appearance.make_principal",
            _("Let a verdict quote this one"),
            lambda appearance: lambda **asked: make_principal(appearance, **asked).principal_appearance,
            # The verb changes the claim, so it is the claim's version that must not have moved.
            lambda data, *, record, user, **kwargs: PlainForm(data, record=record.claim, **kwargs),
        )
    ]

    def offered(self, record, user):
        return [] if record.is_principal else super().offered(record, user)

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(["claim"] if obj else [])]

    def save_model(self, request, obj, form, change):
        become(obj, save_appearance(request, form, form.cleaned_data.get("claim")))


@admin.register(Anchor, site=site)
class AnchorAdmin(ReadOnlyAdmin):
    list_display = ["appearance", "snapshot", "start", "end", "state"]
    list_select_related = ["appearance__claimant", "snapshot"]
    list_filter = ["state"]
