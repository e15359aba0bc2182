"""Documents, their publishers, and their content in time."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from claims.admin.acts import ActsAdmin, Button
from claims.admin.asking import VerbForm
from claims.admin.base import ReadOnlyAdmin, ReadOnlyInline, VerbAdmin, person
from claims.admin.site import site
from claims.forms.sources import NewSourceForm, TextForm
from claims.models import ForgottenContent, Publisher, Snapshot, SnapshotFile, Source
from claims.models.editing import add_publisher, edit_publisher, edit_source
from claims.models.links import HostTurn, LinkCheck
from claims.models.rechecking import Recheck
from claims.models.sources import add_source

KNOWN = [
    "title", "url", "archive_url", "publisher", "byline", "language", "published_on", "contained_in", "protected",
    "note",
]  # fmt: skip


@admin.register(Publisher, site=site)
class PublisherAdmin(VerbAdmin):
    writes = adds = "write_claims"
    add_verb = staticmethod(add_publisher)
    edit_verb = staticmethod(edit_publisher)
    fields = ["name", "site"]
    list_display = ["name", "site"]
    ordering = ["name_key", "pk"]
    search_fields = ["name_key"]


class SourceForm(VerbForm):
    pass


class NewSource(SourceForm):
    text = NewSourceForm.base_fields["text"]


class SnapshotInline(ReadOnlyInline):
    model = Snapshot
    fk_name = "source"
    template = "admin/edit_inline/tabular.html"
    fields = ["how", "taken_at", person(Snapshot, "taken_by"), "sha256"]
    ordering = ["-pk"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("text").select_related("taken_by")


def _snapshot(source):
    """The verb, with the text as it was pasted."""
    return lambda **asked: source.take_snapshot(how=Snapshot.How.PASTED, **asked)


@admin.register(Source, site=site)
class SourceAdmin(ActsAdmin):
    form = SourceForm
    writes = adds = "write_claims"
    add_verb = staticmethod(add_source)
    edit_verb = staticmethod(edit_source)
    fields = KNOWN
    autocomplete_fields = ["publisher", "contained_in"]
    list_display = ["title", "publisher", "published_on", "language", "protected"]
    list_select_related = ["publisher"]
    list_filter = ["language", "protected"]
    search_fields = ["title_key"]
    buttons = [
        Button(
            "source.take_snapshot",
            _("Keep the text as it reads now"),
            _snapshot,
            # A further snapshot changes nothing that stands, so no version can be stale.
            lambda data, *, record, user, **kwargs: TextForm(data, **kwargs),
        )
    ]

    def get_fields(self, request, obj=None):
        return KNOWN if obj else [KNOWN[0], "text", *KNOWN[1:]]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change=change, **({} if obj else {"form": NewSource}) | kwargs)

    def get_inlines(self, request, obj):
        return [SnapshotInline] if obj else []


@admin.register(Snapshot, site=site)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ["source", "how", "taken_at", "taken_by", "sha256"]
    list_select_related = ["source", "taken_by"]
    list_filter = ["how"]

    def get_queryset(self, request):
        """The list leaves the texts, which may be long, where they are."""
        return super().get_queryset(request).defer("text")


@admin.register(SnapshotFile, site=site)
class SnapshotFileAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "media_type", "size", "added_at", "added_by", "sha256"]
    list_select_related = ["added_by"]
    list_filter = ["media_type"]


@admin.register(ForgottenContent, site=site)
class ForgottenContentAdmin(ReadOnlyAdmin):
    list_display = ["sha256", "forgotten_at"]


@admin.register(LinkCheck, site=site)
class LinkCheckAdmin(ReadOnlyAdmin):
    """What the worker noted of the addresses of sources; a source may have been protected only since."""

    reads = "see_protected"
    list_display = ["source", "state", "status", "checked_at", "next_due_at"]
    list_select_related = ["source"]
    list_filter = ["state"]


@admin.register(Recheck, site=site)
class RecheckAdmin(ReadOnlyAdmin):
    reads = "see_protected"
    list_display = ["claim", "kind", "source", "since"]
    list_select_related = ["claim", "source"]
    list_filter = ["kind"]


@admin.register(HostTurn, site=site)
class HostTurnAdmin(ReadOnlyAdmin):
    reads = "see_protected"
    list_display = ["name", "free_at"]
