"""Redactions: shown without their words. They are asked for and confirmed on the desk's pages."""

from django.contrib import admin

from claims.admin.base import ReadOnlyAdmin, person, shown_fields
from claims.admin.site import site
from claims.models import DryRun, Redaction


@admin.register(Redaction, site=site)
class RedactionAdmin(ReadOnlyAdmin):
    reads = "redact"
    list_display = ["__str__", "state", "ground", person(Redaction, "asked_by"), person(Redaction, "confirmed_by")]
    list_select_related = ["asked_by", "confirmed_by"]

    def get_fields(self, request, obj=None):
        names = [field.name for field in Redaction._meta.fields if field.name not in {"words", "salt"}]
        return shown_fields(Redaction, names)


@admin.register(DryRun, site=site)
class DryRunAdmin(ReadOnlyAdmin):
    """How far each got. Where the words stand is shown on the page of the redaction."""

    reads = "redact"
    list_display = ["redaction", "begun_at", "ended_at", "looked_at", "total"]
    list_select_related = ["redaction"]

    def get_fields(self, request, obj=None):
        return shown_fields(DryRun, ["redaction", "begun_at", "ended_at", "looked_at", "total"])
