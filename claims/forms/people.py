"""People: inviting them, what they may do, their leaving, and everybody's own profile."""

from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.text import capfirst, format_lazy
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from claims.forms.acts import ActForm
from claims.models import Claim, User
from claims.models.fields import CleanFormField
from claims.paging import counted
from claims.policy import roles

# The places by which people know their zone; the rest of the list is other names for the same.
REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}


def role_choices():
    return [(slug, f"{role['label']}: {role['meaning']}") for slug, role in roles().items()]


class RolesField(forms.MultipleChoiceField):
    def __init__(self, **kwargs):
        label = pgettext_lazy("of an account", "Roles")
        kwargs = {"label": label, "required": False, "widget": forms.CheckboxSelectMultiple} | kwargs
        super().__init__(choices=role_choices, **kwargs)


class InviteForm(ActForm):
    asks = {User: ("name", "email", "username")}
    field_order = ["name", "email", "username", "roles"]
    roles = RolesField(help_text=_("What they may do. You can change it later."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].help_text = _("The invitation goes there.")
        self.fields["username"].required = False
        self.fields["username"].help_text = _("Left empty, it is made from the e-mail address.")


class SuccessorField(forms.ModelChoiceField):
    """Who takes over the open work of a person; offer() says whose it is."""

    def __init__(self, **kwargs):
        super().__init__(
            User.objects.none(), label=_("Who takes over the open work"), required=False,
            empty_label=_("Nobody: it waits unassigned"), **kwargs,
        )  # fmt: skip

    def offer(self, person):
        self.queryset = User.objects.who_may("draft_checks").exclude(pk=person.pk).order_by("name_key", "pk")


def offer_successor(fields, person):
    """Ask who takes over, where the roles of a person are changed who has open work."""
    open_work = Claim.objects.in_hands_of(person) if person and person.pk else Claim.objects.none()
    if not open_work.exists():
        del fields["successor"]
        return
    fields["successor"].offer(person)
    words = _("Used only where the roles above let them check claims no longer. Open claims now: %(count)s.")
    fields["successor"].help_text = words % {"count": counted(open_work)}


class PersonForm(ActForm):
    asks = {User: ("name", "email")}
    field_order = ["name", "email", "roles", "successor"]
    roles = RolesField()
    successor = SuccessorField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer_successor(self.fields, self.record)


class HandOverForm(ActForm):
    successor = SuccessorField()
    reason = CleanFormField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=5_000, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["successor"].offer(self.record)
        open_work = {"count": counted(Claim.objects.in_hands_of(self.record))}
        self.fields["successor"].help_text = _("Open claims now: %(count)s.") % open_work


@cache
def time_zones():
    """(region, [(zone, place)]) in the order of the alphabet; UTC stands first, by itself."""
    found = {}
    for zone in sorted(available_timezones()):
        region, _slash, place = zone.partition("/")
        if region in REGIONS:
            found.setdefault(REGIONS[region], []).append((zone, place.replace("_", " ").replace("/", " / ")))
    desks = format_lazy("{} ({})", _("The desk’s"), settings.TIME_ZONE)
    return [("", desks), ("UTC", "UTC"), *found.items()]


class ProfileForm(ActForm):
    asks = {User: ("name", "time_zone", "language")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].widget = forms.Select(choices=time_zones())
        named = [(code, capfirst(get_language_info(code)["name_local"])) for code, _name in settings.LANGUAGES]
        self.fields["language"].widget = forms.Select(choices=[("", _("As the browser asks")), *named])


class AddressForm(ActForm):
    asks = {User: ("email",)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
