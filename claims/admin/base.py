"""What every admin of the desk shares: powers by role, saving by verbs, and a history that is the log."""

import uuid
from functools import cache

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Prefetch, prefetch_related_objects
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from claims.admin.asking import AtForm, Rows, VerbForm, ask, token
from claims.forms.acts import page_once
from claims.models import Act, User
from claims.models.fields import Day, DayInput, Line
from claims.models.log import kind_of, refuse_again
from claims.models.together import together
from claims.models.withholding import without_secret_reasons
from claims.states import AlreadyDone
from claims.text import sort_key, whole

LAST_ACTS = 200


def visible(records, user):
    """Those of a queryset that the person may see; visible_to() of the model says which."""
    return records.visible_to(user) if hasattr(records, "visible_to") else records


def withhold(records, user):
    """Let records that are only shown from here on name nothing that the person may not see."""
    records = [record for record in records if record.pk]
    for field in records[0]._meta.fields if records else ():
        if field.null and hasattr(getattr(field.related_model, "_default_manager", None), "visible_to"):
            for record in records:
                record._state.fields_cache.pop(field.name, None)
            seen = field.related_model._default_manager.visible_to(user)
            prefetch_related_objects(records, Prefetch(field.name, seen))


def admin_address(record):
    """The page of a record in the admin."""
    return reverse(f"admin:claims_{record._meta.model_name}_change", args=[record.pk])


class NumberedSelect(admin.widgets.AutocompleteSelect):
    """Shown again with a choice that is no number at all, it shows none: the form has refused it, and the database
    cannot be asked for it."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [each for each in value if whole(str(each)) is not None], attr)


@cache
def person(model, name, nobody="–"):
    """A field that names a person, for showing. Without the link that Django would make of it: accounts are for
    administrators, and a link there would lead everybody else to a refusal. `nobody` stands where it is empty."""
    field = model._meta.get_field(name)

    @admin.display(description=field.verbose_name)
    def shown(record):
        return getattr(record, name) or nobody

    return shown


@cache
def moment(model, name):
    """A column for a point in time, short enough to stand beside others in every language."""
    field = model._meta.get_field(name)

    @admin.display(description=field.verbose_name)
    def shown(record):
        value = getattr(record, name)
        return date_format(localtime(value), pgettext("date format", "j M Y, H:i")) if value else "–"

    return shown


def shown_fields(model, names):
    """These fields of a model as a page that only shows them takes them."""
    return [person(model, name) if model._meta.get_field(name).related_model is User else name for name in names]


class Powers:
    """Who may do what, on pages and inlines alike; the verbs ask again. `reads`, `writes` and `adds` are permissions
    of states.py, or None for nobody. Nothing is deleted here: what a verb removes is an act with a reason."""

    reads = "read_desk"
    writes = None
    adds = None
    form = VerbForm
    formfield_overrides = {Day: {"widget": DayInput}}

    def _may(self, request, permission):
        return permission is not None and request.user.is_authenticated and request.user.may(permission)

    def has_module_permission(self, request):
        return self._may(request, self.reads)

    def has_view_permission(self, request, obj=None):
        return self._may(request, self.reads)

    def has_change_permission(self, request, obj=None):
        return self._may(request, self.reads) and self._may(request, self.writes)

    def has_add_permission(self, request, obj=None):
        return self._may(request, self.reads) and self._may(request, self.adds)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return visible(super().get_queryset(request), request.user)

    def get_fieldsets(self, request, obj=None):
        """The declared fields, and unseen the version that whoever changes them has before their eyes."""
        fieldsets = [*super().get_fieldsets(request, obj)]
        writes = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if writes:
            fieldsets.append((None, {"fields": ["version_seen"], "classes": ["hidden"]}))
        return fieldsets

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, Line) and db_field.max_length >= Line.SENTENCE:
            kwargs["widget"] = admin.widgets.AdminTextareaWidget(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Offer and take only what the person may see; work is given only to whoever may do it."""
        if db_field.related_model is User:
            kwargs.setdefault("queryset", User.objects.who_may("draft_checks"))
        else:
            related = visible(db_field.related_model._default_manager.all(), request.user)
            kwargs.setdefault("queryset", related.complex_filter(db_field.get_limit_choices_to()))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", NumberedSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class DeskInline(Powers, admin.StackedInline):
    formset = Rows
    extra = 0
    can_delete = False
    show_change_link = True

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.request = request
        return formset


class DeskList(ChangeList):
    def get_ordering(self, request, queryset):
        """Equals follow each other in the direction of the column, as the index of (key, id) has them. Django puts the
        newest first in any case, and the database would sort a hundred thousand rows to show fifty."""
        ordering = super().get_ordering(request, queryset)
        given = [each for each in ordering if each not in {"pk", "-pk"}]
        if not given:
            return ordering
        return [*given, "-pk" if str(given[-1]).startswith("-") else "pk"]


class DeskAdmin(Powers, admin.ModelAdmin):
    """A list and a page that show; VerbAdmin lets people write."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]
    # Only by keys that both databases order alike, so each admin names its own.
    sortable_by = ()
    # At most one: the folded key of the model, so that both databases find alike.
    search_fields = ()

    def get_changelist(self, request, **kwargs):
        return DeskList

    def get_list_display(self, request):
        moments = {each.name for each in self.model._meta.fields if isinstance(each, DateTimeField)}
        return [moment(self.model, name) if name in moments else name for name in self.list_display]

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip() or not self.search_fields:
            return queryset, False
        return self.found(queryset, search_term), False

    def found(self, queryset, words):
        key = sort_key(words)
        return queryset.filter(**{f"{self.search_fields[0]}__contains": key}) if key else queryset.none()

    def lookup_allowed(self, lookup, value, request):
        """The list's own filters alone. By an address that asks for other fields one could guess at what is kept."""
        own = [getattr(each, "parameter_name", each) for each in self.get_list_filter(request)]
        return lookup.partition("__")[0] in own and super().lookup_allowed(lookup, value, request)

    def view_on_site(self, record):
        return record.get_absolute_url() if hasattr(record, "get_absolute_url") else None

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.request = request
        return form

    # Django's own log of the admin stays empty: the acts of the verbs are the history, and they are chained.

    def log_addition(self, request, obj, message):
        return None

    def log_change(self, request, obj, message):
        return None

    def log_deletions(self, request, queryset):
        return None

    def construct_change_message(self, request, form, formsets, add=False):
        return ""

    def history_of(self, record):
        return Act.objects.of(record)

    def history_view(self, request, object_id, extra_context=None):
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        acts = self.history_of(record).select_related("actor")[:LAST_ACTS]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % record,
            "acts": without_secret_reasons(acts, request.user),
            "most": LAST_ACTS,
            "sees_log": request.user.may("read_desk"),
            "object": record,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/claims/object_history.html", context)

    # Saving

    def save_model(self, request, obj, form, change):
        raise PermissionDenied

    def save_related(self, request, form, formsets, change):
        """Inlines are saved by the admins that have them."""

    def render_change_form(self, request, context, **kwargs):
        context["once"] = page_once(request) or uuid.uuid4()
        if context["original"]:
            withhold([context["original"]], request.user)
        for each in context["inline_admin_formsets"]:
            withhold([form.instance for form in each.formset.initial_forms], request.user)
        return super().render_change_form(request, context, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Django's page, run as asking.py says."""
        page = super().changeform_view
        if request.method != "POST":
            return page(request, object_id, form_url, extra_context)
        try:
            try:
                with together():
                    refuse_again(token(request))
                    return page(request, object_id, form_url, extra_context)
            except AtForm as answer:
                refuse_again(token(request))
                request.answer = answer
                return page(request, object_id, form_url, extra_context)
        except AlreadyDone as done:
            return self.answer_again(request, done)

    def answer_again(self, request, done):
        """The same form arrived twice: show what the first one made."""
        messages.info(request, _("This form was sent twice. It was done once."))
        made = done.act.changes.filter(kind=kind_of(self.model)).order_by("line").first()
        record = self.get_queryset(request).filter(pk=made.object_id).first() if made else None
        return redirect(admin_address(record) if record else f"admin:claims_{self.opts.model_name}_changelist")


class VerbAdmin(DeskAdmin):
    """A page that writes: `add_verb` makes a record of the form's values, `edit_verb` changes one."""

    add_verb = None
    edit_verb = None

    def save_model(self, request, obj, form, change):
        if change:
            ask(request, form, self.edit_verb, obj, version=form.version, **form.values())
        else:
            become(obj, ask(request, form, self.add_verb, **form.values()))


def become(record, made):
    """Let the record of Django's form be the one that the verb made, so that the page goes on with it."""
    vars(record).update(vars(made))


class ReadOnlyAdmin(DeskAdmin):
    """Shown whole, changed by nobody."""

    def get_fields(self, request, obj=None):
        return shown_fields(self.model, [field.name for field in self.model._meta.fields])


class ReadOnlyInline(DeskInline):
    def get_fields(self, request, obj=None):
        if self.fields:
            return self.fields
        names = [field.name for field in self.model._meta.fields if field.name not in {"id", self.fk_name}]
        return shown_fields(self.model, names)

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj)
