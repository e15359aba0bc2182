"""Accounts: made and changed by an administrator, and never deleted, since the log names them."""

from functools import partial

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from claims.admin.acts import ActsAdmin, Button, form_of
from claims.admin.asking import VerbForm, ask
from claims.admin.base import ReadOnlyAdmin, become, shown_fields
from claims.admin.site import site
from claims.forms.acts import ReasonForm
from claims.forms.people import HandOverForm, RolesField, SuccessorField, offer_successor
from claims.models import Claim, KeptDraft, LastSeen, Presence, User
from claims.models.inviting import invite_again
from claims.models.leaving import deactivate, edit_account, hand_over, reactivate
from claims.models.users import one_time_password
from claims.views.people import show_password, tell_its_owner, tell_of_mail


class PersonForm(VerbForm):
    roles = RolesField()
    successor = SuccessorField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer_successor(self.fields, self.instance)


def _of(verb):
    """A verb's function, for one person."""
    return lambda person: partial(verb, person)


@admin.register(User, site=site)
class PersonAdmin(ActsAdmin):
    form = PersonForm
    reads = writes = adds = "manage_accounts"
    edit_verb = staticmethod(edit_account)
    fields = ["username", "name", "email", "roles", "is_active"]
    list_display = ["username", "name", "email", "roles_", "is_active"]
    list_filter = ["is_active"]
    ordering = ["pk"]
    search_fields = ["name_key"]
    buttons = [
        Button("user.invite_again", _("Send the invitation again"), _of(invite_again)),
        Button("user.give_password", _("Make a new one-time password"), _of(User.give_one_time_password)),
        Button(
            "user.remove_second_step", _("Remove two-step sign-in"), _of(User.remove_second_step), form_of(ReasonForm)
        ),
        Button("user.hand_over", _("Hand over open work"), _of(hand_over), form_of(HandOverForm)),
        Button("user.deactivate", _("Deactivate"), _of(deactivate), form_of(HandOverForm)),
        Button("user.reactivate", _("Reactivate"), _of(reactivate)),
    ]
    # What is told beside the act itself.
    telling = {
        "user.invite_again": tell_of_mail,
        "user.give_password": show_password,
        "user.remove_second_step": tell_its_owner,
    }

    @admin.display(description=pgettext_lazy("of an account", "roles"))
    def roles_(self, person):
        return ", ".join(person.role_labels)

    def get_fields(self, request, obj=None):
        if obj is None:
            return self.fields[:-1]
        return [*self.fields, "successor"] if Claim.objects.in_hands_of(obj).exists() else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["username", "is_active"] if obj else []

    def offered(self, record, user):
        """What makes sense for this account now."""
        fits = {
            "user.invite_again": record.is_active and record.email and not record.has_usable_password(),
            "user.give_password": record.is_active,
            "user.remove_second_step": record.has_second_step(),
            "user.hand_over": Claim.objects.in_hands_of(record).exists(),
            "user.deactivate": record.is_active and record != user,
            "user.reactivate": not record.is_active,
        }
        return [verb for verb in super().offered(record, user) if fits[verb]]

    def save_model(self, request, obj, form, change):
        if change:
            return super().save_model(request, obj, form, change)
        request.password_given = one_time_password()
        given = {"password": request.password_given, "must_change_password": True}
        become(obj, ask(request, form, User.objects.create_user, **given, **form.values()))
        return None

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The password of a new account is told only when the account stands."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        password = getattr(request, "password_given", None)
        if password and response.status_code == 302:
            show_password(request, User(username=request.POST["username"]), password)
        return response

    def answer_again(self, request, done):
        request.password_given = None
        return super().answer_again(request, done)

    def acted(self, request, button, record, result):
        response = super().acted(request, button, record, record)
        if button.verb in self.telling:
            self.telling[button.verb](request, record, result)
        return response


@admin.register(LastSeen, site=site)
class LastSeenAdmin(ReadOnlyAdmin):
    """Everybody's own."""

    list_display = ["person", "position"]
    list_select_related = ["person"]


@admin.register(KeptDraft, site=site)
class KeptDraftAdmin(ReadOnlyAdmin):
    """Whose unsaved forms are kept, and since when; what stands in them is for whoever types it alone."""

    reads = "manage_accounts"
    list_display = ["user", "key", "kept_at"]
    list_select_related = ["user"]

    def get_fields(self, request, obj=None):
        return shown_fields(KeptDraft, ["user", "key", "kept_at"])


@admin.register(Presence, site=site)
class PresenceAdmin(ReadOnlyAdmin):
    """Who has which claim open, as its page shows it."""

    list_display = ["person", "claim", "doing", "seen_at"]
    list_select_related = ["person", "claim"]
