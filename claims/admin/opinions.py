"""Second opinions: shown, and nothing else. Who is to judge blind sees their own request alone."""

from django.contrib import admin

from claims.admin.base import ReadOnlyAdmin
from claims.admin.site import site
from claims.models import SecondOpinion


@admin.register(SecondOpinion, site=site)
class SecondOpinionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "check_file", "asked_by", "rating", "first_rating", "given_at", "withdrawn_at"]
    list_select_related = ["check_file__claim", "asked_by", "asked_of", "rating", "first_rating"]
