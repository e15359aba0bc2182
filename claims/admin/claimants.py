"""Who is on record, with other forms of the name and with roles over time."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from claims.admin.asking import VerbForm, ask
from claims.admin.base import DeskInline, ReadOnlyAdmin, VerbAdmin, become
from claims.admin.site import site
from claims.forms.claimants import PARTS, aliases_field, lines_now
from claims.models import Alias, Claimant, ClaimantRole
from claims.models.claimants import add_claimant
from claims.models.editing import edit_claimant


class ClaimantForm(VerbForm):
    asks_as = {"other_names": "aliases"}
    other_names = aliases_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["other_names"] = lines_now("aliases", self.instance)

    def show_conflict(self, stale):
        """The rows of roles are sent as they were opened, and those that somebody else added are not among them."""
        super().show_conflict(stale)
        if roles := "; ".join(lines_now("roles", stale.theirs).splitlines()):
            said = _("Its roles now are: %(roles)s. Saving makes them those of this page alone.")
            self.add_error(None, said % {"roles": roles})


class RoleInline(DeskInline):
    """The roles go to the claimant's verb as a whole; one that is ticked for deletion is left out."""

    model = ClaimantRole
    form = VerbForm
    template = "admin/edit_inline/tabular.html"
    writes = adds = "write_claims"
    fields = PARTS
    can_delete = True
    show_change_link = False

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)


def _roles(formset):
    kept = [row for row in formset.forms if row.cleaned_data.get("role") and row not in formset.deleted_forms]
    return [{part: row.cleaned_data[part] for part in PARTS} for row in kept]


@admin.register(Claimant, site=site)
class ClaimantAdmin(VerbAdmin):
    form = ClaimantForm
    writes = adds = "write_claims"
    inlines = [RoleInline]
    fields = ["name", "kind", "other_names", "wikidata", "homepage"]
    list_display = ["name", "kind", "wikidata"]
    list_filter = ["kind"]
    ordering = ["name_key", "pk"]
    search_fields = ["name_key"]

    def found(self, queryset, words):
        return queryset.with_words(words)

    @admin.display(description=_("other forms of the name"))
    def other_names(self, claimant):
        return ", ".join(alias.name for alias in claimant.aliases.order_by("pk"))

    def save_model(self, request, obj, form, change):
        """In save_related(): a claimant is kept together with the roles."""

    def save_related(self, request, form, formsets, change):
        values = {**form.values(), "roles": _roles(formsets[0])}
        if change:
            ask(request, form, edit_claimant, form.instance, version=form.version, **values)
        else:
            become(form.instance, ask(request, form, add_claimant, **values))


@admin.register(Alias, site=site)
class AliasAdmin(ReadOnlyAdmin):
    list_display = ["name", "claimant"]
    list_select_related = ["claimant"]
    ordering = ["name_key", "pk"]
    search_fields = ["name_key"]


@admin.register(ClaimantRole, site=site)
class ClaimantRoleAdmin(ReadOnlyAdmin):
    list_display = ["role", "claimant", "since", "until", "party"]
    list_select_related = ["claimant"]
