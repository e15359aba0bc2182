"""Published verdicts: shown whole, changed by nobody. The models and the database refuse it, too."""

from django.contrib import admin

from claims.admin.base import ReadOnlyAdmin, ReadOnlyInline
from claims.admin.site import site
from claims.models import Verdict, VerdictEvidence


class FrozenEvidenceInline(ReadOnlyInline):
    model = VerdictEvidence
    fk_name = "verdict"


@admin.register(Verdict, site=site)
class VerdictAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "statement", "claimant", "author", "approver", "published_at"]
    list_filter = ["kind", "published_at"]
    inlines = [FrozenEvidenceInline]


@admin.register(VerdictEvidence, site=site)
class VerdictEvidenceAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "kind", "stance", "source_title", "origin", "protected"]
    list_filter = ["kind", "stance", "protected"]
