"""Published verdicts: shown whole, changed by nobody. The models and the database refuse it, too."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

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

    def get_fieldsets(self, request, obj=None):
        """The seals are for machines, and longer than all the words: they are there, but folded away."""
        names = [name for name in self.get_fields(request, obj) if name != "seals"]
        return [(None, {"fields": names}), (_("Seals"), {"fields": ["seals"], "classes": ["collapse"]})]


@admin.register(VerdictEvidence, site=site)
class VerdictEvidenceAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "kind", "stance", "source_title", "origin", "protected"]
    list_filter = ["kind", "stance", "protected"]
