"""The published judgement: immutable, and self-contained by frozen copies of everything it rests on."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims.models.appearances import Appearance
from claims.models.checks import Check
from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.fields import Hash
from claims.models.guarded import Frozen, RefusingQuerySet
from claims.models.periods import A_DAY, midnight
from claims.seals import canonical, holds, plain, sha256
from claims.states import Replacement
from claims.text import plain_words

# Few verdicts of many replace another, and they alone are listed as corrections and updates.
REPLACING = Q(replacement_kind__gt="")
# What a verdict published now seals; in earlier forms some of it was not known yet.
FORM = "verdict/2"
NEW_IN = {
    "verdict/2": {"recheck_on", "replacement_kind", "replacement_note", "asked", "answered", "archive_url", "files"}
}


def sealed_in(form, names):
    """Those of the names of sealed values that a verdict of this form has."""
    return set(names) - frozenset().union(*(new for since, new in NEW_IN.items() if since > form))


class VerdictQuerySet(RefusingQuerySet):
    def visible_to(self, user):
        """A published verdict is public."""
        return self

    def in_force(self, on=None):
        """At most one a claim: those that no later verdict has replaced; or that none had replaced when the day `on`
        ended at the desk."""
        if on is None:
            return self.filter(superseded_by=None)
        still = Q(superseded_by=None) | Q(superseded_by__published_at__gte=midnight(on + A_DAY))
        return self.published_until(on).filter(still)

    def published_until(self, day):
        """Those that were public when this day ended at the desk."""
        return self.filter(published_at__lt=midnight(day + A_DAY))

    def judging(self):
        """Those that say something about a claim: all but retractions, which are few and have an index."""
        return self.exclude(pk__in=Verdict.objects.replacing([Replacement.RETRACTION]).values("pk"))

    def replacing(self, kinds):
        """Those that took an earlier one's place for one of these reasons."""
        return self.filter(REPLACING, replacement_kind__in=kinds)

    def published_from(self, day):
        """Those that were not public yet when this day began at the desk."""
        return self.filter(published_at__gte=midnight(day))

    def naming(self, words):
        """Those whose claimant was, when they were published, called so; where none was, those in whose name the
        words stand. Names of the records, which may say more, are not looked at."""
        wanted = plain_words(words)
        known = {name: plain_words(name) for name in self.order_by().values_list("claimant", flat=True).distinct()}
        same = [name for name, key in known.items() if key == wanted]
        return self.filter(claimant__in=same or [name for name, key in known.items() if wanted and wanted in key])

    def with_replaced(self):
        """With what each replaced, what replaced it in turn, and the evidence of both sides."""
        related = self.select_related("supersedes", "superseded_by")
        return related.prefetch_related("frozen_evidence", "supersedes__frozen_evidence")

    def in_order(self):
        """The stable order of exports: as they were published."""
        return self.order_by("pk")


class Verdict(Frozen):
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="verdicts")
    check_file = models.OneToOneField(Check, models.PROTECT, related_name="published_as")
    number = models.PositiveIntegerField()
    statement = models.TextField()
    language = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=Claim.Kind)
    topics = models.TextField(blank=True)
    claimant = models.TextField()
    claimant_kind = models.CharField(max_length=12)
    claimant_role = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    said_on = models.DateField(null=True, blank=True)
    said_on_precision = models.CharField(max_length=5, blank=True)
    said_on_inferred = models.BooleanField(default=False)
    appearances = models.PositiveIntegerField()
    source_title = models.TextField(blank=True)
    source_publisher = models.TextField(blank=True)
    source_url = models.TextField(blank=True)
    source_protected = models.BooleanField(default=False)
    rating_slug = models.CharField(max_length=50, blank=True)
    rating_label = models.TextField(blank=True)
    rating_meaning = models.TextField(blank=True)
    rating_value = models.PositiveSmallIntegerField(null=True, blank=True)
    attribution = models.CharField(max_length=11, choices=Appearance.Finding, blank=True)
    summary = models.TextField()
    explanation = models.TextField(blank=True)
    disclosures = models.TextField(blank=True)
    evidence_until = models.DateField(null=True, blank=True)
    evidence_count = models.PositiveIntegerField()
    independent_origins = models.PositiveIntegerField()
    author = models.TextField()
    approver = models.TextField()
    override_reason = models.TextField(blank=True)
    recheck_on = models.DateField(null=True, blank=True)
    replacement_kind = models.CharField(_("what kind of change"), max_length=13, choices=Replacement, blank=True)
    replacement_note = models.TextField(_("what changed and why"), blank=True)
    asked = models.JSONField(default=list, blank=True)
    answered = models.JSONField(default=list, blank=True)
    published_by = models.ForeignKey("claims.User", models.PROTECT, related_name="+")
    published_at = models.DateTimeField(db_index=True)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    form = models.CharField(max_length=20, default="verdict/1")
    # {name: [salt, hash]} for each of SEALED; the salt of a redacted value is gone, its hash stays.
    seals = models.JSONField()
    digest = Hash()

    objects = VerdictQuerySet.as_manager()
    UNLOGGED = frozenset({"seals"})
    SEALED = (
        "number", "statement", "language", "kind", "topics", "claimant", "claimant_kind", "claimant_role", "quote",
        "said_on", "said_on_precision", "said_on_inferred", "appearances", "source_title", "source_publisher",
        "source_url", "source_protected", "rating_slug", "rating_label", "rating_meaning", "rating_value",
        "attribution", "summary", "explanation", "disclosures", "evidence_until", "evidence_count",
        "independent_origins", "author", "approver", "override_reason", "published_at", "recheck_on",
        "replacement_kind", "replacement_note", "asked", "answered",
    )  # fmt: skip

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("verdict"), _("verdicts")
        constraints = [models.UniqueConstraint(fields=["claim", "number"], name="one_verdict_a_number")]
        # All that statistics count of a verdict itself: a million are counted without reading their texts.
        indexes = [
            models.Index(
                fields=["published_at", "rating_slug", "kind", "number", "claim", "supersedes", "said_on"],
                name="verdicts_counted",
            ),
            models.Index(fields=["replacement_kind", "id"], condition=REPLACING, name="verdicts_replacing"),
        ]

    def __str__(self):
        says = self.rating_label or self.get_attribution_display() or self.get_replacement_kind_display()
        return f"{self.claim_id}.{self.number}: {says}"

    def get_absolute_url(self):
        return reverse("public_claim", args=[self.claim_id])

    @property
    def own_url(self):
        """Where this verdict stands word for word, in force or not."""
        return reverse("public_verdict", args=[self.claim_id, self.number])

    @property
    def retracts(self):
        return self.replacement_kind == Replacement.RETRACTION

    def lost(self, evidence):
        """Was anything of it, or of its frozen evidence, redacted?"""
        return any(salt is None for each in [self, *evidence] for salt, _hash in each.seals.values())

    def computed_digest(self, evidence):
        """SHA-256 over the canonical form of all seals; `evidence` are the frozen pieces in order."""
        form = {
            "form": self.form,
            "claim": str(self.claim_id),
            "supersedes": None if self.supersedes_id is None else str(self.supersedes_id),
            "values": {name: hash for name, (_salt, hash) in self.seals.items()},
            "evidence": [{name: hash for name, (_salt, hash) in each.seals.items()} for each in evidence],
        }
        return sha256(canonical(form))

    def is_intact(self):
        """Do the digest, the seals and the values fit each other, evidence included?"""
        return self.misfit(list(self.frozen_evidence.order_by("line"))) is None

    def misfit(self, evidence):
        """What does not fit first, in words, or None; `evidence` are the frozen pieces in order."""
        if self.digest != self.computed_digest(evidence):
            return "does not have the digest that its seals give"
        for each in [self, *evidence]:
            of = "" if each is self else f" of its evidence {each.line}"
            if each.seals.keys() != sealed_in(self.form, each.SEALED):
                return f"has other seals{of} than its form asks for"
            for name, a_seal in each.seals.items():
                if not holds(plain(getattr(each, name)), a_seal):
                    return f"carries a value that does not fit its seal: the {name}{of}"
        return None


class VerdictEvidence(Frozen):
    """A frozen copy of one chosen piece of evidence. What is protected is not copied: only that it exists is."""

    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="frozen_evidence")
    line = models.PositiveIntegerField()
    evidence_id = models.BigIntegerField()
    kind = models.CharField(max_length=11, choices=Evidence.Kind)
    stance = models.CharField(max_length=11, choices=Evidence.Stance)
    source_title = models.TextField(blank=True)
    source_publisher = models.TextField(blank=True)
    source_url = models.TextField(blank=True)
    source_published_on = models.DateField(null=True, blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    calculation = models.TextField(blank=True)
    excerpt = models.TextField(blank=True)
    locator = models.TextField(blank=True)
    primary = models.BooleanField()
    why_not_primary = models.TextField(blank=True)
    origin = models.TextField(blank=True)
    interests = models.TextField(blank=True)
    protected = models.BooleanField()
    about_attribution = models.BooleanField(default=False)
    archive_url = models.TextField(blank=True)
    # The SHA-256 of each file that the snapshot held.
    files = models.JSONField(default=list, blank=True)
    seals = models.JSONField()

    UNLOGGED = frozenset({"seals"})
    SEALED = (
        "line", "evidence_id", "kind", "stance", "source_title", "source_publisher", "source_url",
        "source_published_on", "snapshot_sha256", "calculation", "excerpt", "locator", "primary", "why_not_primary",
        "origin", "interests", "protected", "about_attribution", "archive_url", "files",
    )  # fmt: skip

    class Meta(Frozen.Meta):
        verbose_name, verbose_name_plural = _("frozen evidence"), _("frozen evidence")
        ordering = ["verdict", "line"]
        constraints = [models.UniqueConstraint(fields=["verdict", "line"], name="one_frozen_evidence_a_line")]

    def __str__(self):
        return f"{self.verdict_id}.{self.line}"

    @property
    def claim_touched(self):
        return self.verdict.claim_id
