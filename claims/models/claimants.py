"""Who is on record, and in which roles over time."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims.models.fields import Day, Line, Link, SortKey
from claims.models.guarded import Logged, RefusingQuerySet
from claims.models.log import acting
from claims.text import folded, sort_key


class ClaimantQuerySet(RefusingQuerySet):
    def named(self, name):
        """The claimants of this name or alias, whatever its capitals and accents."""
        key = sort_key(name)
        return self.filter(Q(name_key=key) | Q(aliases__name_key=key)).distinct()

    def with_words(self, words):
        """Those in whose name or alias these words stand, whatever their capitals and accents."""
        key = sort_key(words)
        if not key:
            return self.none()
        known = Alias.objects.filter(name_key__contains=key).values("claimant")
        return self.filter(Q(name_key__contains=key) | Q(pk__in=known))

    def by_name(self):
        return self.order_by("name_key", "pk")


class Claimant(Logged):
    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        ORGANISATION = "organisation", _("Organisation")
        GOVERNMENT = "government", _("Government")
        GROUP = "group", _("Group")
        OUTLET = "outlet", _("Outlet (a text’s own voice)")
        UNNAMED = "unnamed", _("Unnamed source")

    name = Line(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PERSON)
    wikidata = Line(
        _("Wikidata id"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^Q[1-9]\d*$", _("A Wikidata id looks like Q42."))],
    )
    homepage = Link(_("home page"), blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    name_key = SortKey(db_index=True)

    UNLOGGED = frozenset({"name_key"})
    GIVEN = frozenset({"name", "kind", "wikidata", "homepage"})
    objects = ClaimantQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("claimant"), _("claimants")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("claimant", args=[self.pk])

    def derived(self, changed=None):
        return {"name_key": sort_key(self.name)}


class Alias(Logged):
    claimant = models.ForeignKey(Claimant, models.PROTECT, related_name="aliases")
    name = Line(_("name"), max_length=200)
    name_key = SortKey(db_index=True)

    UNLOGGED = frozenset({"name_key"})

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("alias"), _("aliases")
        constraints = [models.UniqueConstraint(fields=["claimant", "name"], name="one_alias_a_spelling")]

    def __str__(self):
        return self.name

    def derived(self, changed=None):
        return {"name_key": sort_key(self.name)}


class ClaimantRole(Logged):
    claimant = models.ForeignKey(Claimant, models.PROTECT, related_name="roles")
    role = Line(_("role"), max_length=300)
    since = Day(_("since"), null=True, blank=True)
    until = Day(_("until"), null=True, blank=True)
    party = Line(_("party"), max_length=120, blank=True)

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("role"), _("roles")
        ordering = ["claimant", "since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=models.F("since")),
                name="role_ends_after_it_begins",
                violation_error_message=_("A role cannot end before it begins."),
            )
        ]

    def __str__(self):
        return self.role


def held_on(day, prefix=""):
    """The condition that a role was held on a day; a role without days is held on any, even on one nobody knows."""
    begun = Q(**{f"{prefix}since": None}) | Q(**{f"{prefix}since__lte": day})
    return begun & (Q(**{f"{prefix}until": None}) | Q(**{f"{prefix}until__gte": day}))


def add_claimant(*, by, aliases=(), roles=(), once=None, **values):
    """A new claimant with other forms of the name and with roles: dicts of role, since, until, party."""
    with acting("claimant.add", by=by, once=once) as act:
        claimant = act.add(Claimant(**Claimant.given(values)))
        for name in aliases:
            act.add(Alias(claimant=claimant, name=name))
        for role in roles:
            act.add(ClaimantRole(claimant=claimant, **role))
    return claimant


def set_aliases(act, claimant, names):
    """Make the aliases exactly these names, in an open act. Returns whether anything changed."""
    kept = {alias.name: alias for alias in claimant.aliases.all()}
    wanted = {name for name in names if folded(name).strip()}
    for name in sorted(kept.keys() - wanted):
        act.remove(kept[name])
    for name in sorted(wanted - kept.keys()):
        act.add(Alias(claimant=claimant, name=name))
    return kept.keys() != wanted


def claimant_in(act, who):
    """The claimant meant by `who`: a Claimant, or a dict of a new one, made in an open act."""
    return act.add(Claimant(**Claimant.given(who))) if isinstance(who, dict) else who
