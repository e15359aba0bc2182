"""The log: acts with their changes, and the head of the chain. Shown, and nothing else."""

import json

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from claims.admin.base import ReadOnlyAdmin, ReadOnlyInline, person
from claims.admin.site import site
from claims.models import Act, Change, Check, LogHead
from claims.models.withholding import ABOUT_DRAFTS, PERHAPS_PROTECTED, TOLD_LATER, without_secret_reasons
from claims.states import VERBS


class VerbFilter(admin.SimpleListFilter):
    """By the table of verbs, so that no list of acts is walked through to find their names."""

    title = _("verb")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        return [(name, verb.label) for name, verb in VERBS.items()]

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


class Lines:
    """How a change shows on the page of its act and on its own."""

    def get_fields(self, request, obj=None):
        protected = request.user.may("see_protected")
        return ["act", "line", "kind", "object_id", "claim_id", "what" if protected else "what_is_open"]

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj)

    def get_queryset(self, request):
        """Each with `later`: is its claim one of which the draft is kept from the person for now?"""
        kept = Check.objects.kept_from(request.user).filter(claim=OuterRef("claim_id"))
        return super().get_queryset(request).annotate(later=Exists(kept))

    @admin.display(description=_("values"))
    def what(self, change):
        if change.later and change.kind in ABOUT_DRAFTS:
            return TOLD_LATER
        return "\n".join(
            f"{name}: {json.dumps(old, ensure_ascii=False)} → {json.dumps(new, ensure_ascii=False)}"
            for name, (old, new) in change.values.items()
        )

    @admin.display(description=_("values"))
    def what_is_open(self, change):
        return _("Withheld.") if change.kind in PERHAPS_PROTECTED else self.what(change)


class ChangeInline(Lines, ReadOnlyInline):
    model = Change
    fk_name = "act"
    show_change_link = False


class Acts(ChangeList):
    def get_results(self, request):
        super().get_results(request)
        self.result_list = without_secret_reasons(self.result_list, request.user)


ACTOR = person(Act, "actor", nobody=_("The system"))


@admin.register(Act, site=site)
class ActAdmin(ReadOnlyAdmin):
    fields = [
        "position", "verb", "label", ACTOR, "at", "reason", "batch", "undoes", "previous", "body",
        "hash",
    ]  # fmt: skip
    list_display = ["position", "at", ACTOR, "label", "reason"]
    list_select_related = ["actor"]
    list_filter = [VerbFilter]
    ordering = ["-position"]
    inlines = [ChangeInline]

    def get_fields(self, request, obj=None):
        return self.fields

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_changelist(self, request, **kwargs):
        return Acts

    def get_object(self, request, *args, **kwargs):
        act = super().get_object(request, *args, **kwargs)
        return act and without_secret_reasons([act], request.user)[0]

    @admin.display(description=_("what was done"))
    def label(self, act):
        return act.label


@admin.register(Change, site=site)
class ChangeAdmin(Lines, ReadOnlyAdmin):
    list_display = ["__str__", "act", "kind", "object_id", "claim_id"]
    list_select_related = ["act"]


@admin.register(LogHead, site=site)
class LogHeadAdmin(ReadOnlyAdmin):
    list_display = ["position", "hash"]
