"""What a document, a calculation, an interview or an observation says about one claim."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from claims.models.appearances import Appearance
from claims.models.claims import Claim
from claims.models.fields import Line, Prose
from claims.models.guarded import Guarded, Logged
from claims.models.sources import ShieldedQuerySet, Snapshot, Source
from claims.text import folded, shows


class EvidenceQuerySet(ShieldedQuerySet):
    def unprotected(self):
        """is_protected of none of these."""
        return self.filter(Q(source=None) | Q(source__in=Source.objects.unprotected()), protected=False)

    def in_order(self):
        return self.order_by("pk")


class Evidence(Logged):
    class Kind(models.TextChoices):
        DOCUMENT = "document", _("Document")
        CALCULATION = "calculation", _("Calculation")
        INTERVIEW = "interview", _("Interview")
        OBSERVATION = "observation", _("Observation")

    class Stance(models.TextChoices):
        SUPPORTS = "supports", _("Supports")
        CONTRADICTS = "contradicts", _("Contradicts")
        CONTEXT = "context", _("Context")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind, default=Kind.DOCUMENT)
    stance = models.CharField(_("stance"), max_length=11, choices=Stance)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"), related_name="evidence"
    )
    snapshot = models.ForeignKey(
        Snapshot, models.PROTECT, null=True, blank=True, editable=False, related_name="evidence"
    )
    calculation = Prose(_("calculation"), blank=True, longest=2_000, help_text=_("For example 266 + 304 = 570."))
    appearance = models.ForeignKey(
        Appearance,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("about the appearance"),
        related_name="evidence",
        help_text=_("Where it bears on whether it was said as reported."),
    )
    excerpt = Prose(_("excerpt"), blank=True, longest=10_000)
    locator = Line(_("where in it"), max_length=200, blank=True, help_text=_("Page, table, minute."))
    primary = models.BooleanField(_("primary"), default=True, help_text=_("It comes from whoever has it first hand."))
    why_not_primary = Line(_("why not primary"), max_length=300, blank=True)
    origin = Line(
        _("whose information it is"),
        max_length=300,
        help_text=_("Two outlets that print one agency have one origin."),
    )
    origin_key = models.CharField(max_length=300, editable=False, default="")
    interests = Prose(_("interests to disclose"), blank=True, longest=2_000)
    protected = models.BooleanField(
        _("protected"), default=False, help_text=_("Its title, address and excerpt never leave the desk.")
    )
    added_by = models.ForeignKey("claims.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    UNLOGGED = frozenset({"origin_key", "added_at"})
    GIVEN = frozenset(
        {
            "kind", "stance", "source", "snapshot", "calculation", "appearance", "excerpt", "locator", "primary",
            "why_not_primary", "origin", "interests", "protected",
        }
    )  # fmt: skip
    objects = EvidenceQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("evidence"), _("evidence")
        indexes = [models.Index(fields=["claim", "id"], name="evidence_of_claim")]

    def __str__(self):
        words = Truncator(self.excerpt or self.calculation).chars(80)
        return words or (self.source.title if self.source else self.origin)

    def get_absolute_url(self):
        return f"{self.claim.get_absolute_url()}#evidence-{self.pk}"

    @property
    def is_protected(self):
        return self.protected or bool(self.source and self.source.protected)

    def derived(self, changed=None):
        return {"origin_key": " ".join(folded(self.origin).split())[:300]}

    def clean(self):
        errors = {}
        if self.kind == self.Kind.DOCUMENT and not self.source_id:
            errors["source"] = _("A document needs its source.")
        if self.kind == self.Kind.CALCULATION and not shows(self.calculation):
            errors["calculation"] = _("Write the calculation.")
        if self.kind in {self.Kind.INTERVIEW, self.Kind.OBSERVATION} and not shows(self.excerpt):
            errors["excerpt"] = _("Write what was said or seen.")
        if not self.primary and not shows(self.why_not_primary):
            errors["why_not_primary"] = _("Say why no first-hand source stands here.")
        if self.snapshot_id and self.snapshot.source_id != self.source_id:
            errors["source"] = _("This snapshot is another source’s.")
        if self.appearance_id and self.appearance.claim_id != self.claim_id:
            errors["appearance"] = _("This appearance belongs to another claim.")
        if errors:
            raise ValidationError(errors)


class ChosenEvidenceQuerySet(ShieldedQuerySet):
    def visible_to(self, user):
        checks = self.model._meta.get_field("check_file").related_model.objects
        return super().visible_to(user).filter(check_file__in=checks.visible_to(user))

    def unprotected(self):
        return self.filter(evidence__in=Evidence.objects.unprotected())


class ChosenEvidence(Guarded):
    check_file = models.ForeignKey("claims.Check", models.PROTECT, related_name="+")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="+")

    objects = ChosenEvidenceQuerySet.as_manager()

    class Meta(Guarded.Meta):
        verbose_name, verbose_name_plural = _("chosen evidence"), _("chosen evidence")
        constraints = [models.UniqueConstraint(fields=["check_file", "evidence"], name="one_evidence_once")]
