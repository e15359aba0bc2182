"""Sightings: who said a claim, when and where, in which words, and where those words stand in a text."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from claims.models.claimants import Claimant
from claims.models.claims import Claim
from claims.models.fields import Day, LanguageCode, Line, Prose
from claims.models.guarded import Guarded, Logged
from claims.models.sources import ShieldedQuerySet, Snapshot, Source, keep_text
from claims.states import ManyPlaces
from claims.text import CONTEXT, place, places, same_words, shows

LONGEST_QUOTE = 5_000
# More places than this are not looked for: SQLite's one writer would wait.
MOST_FOUND = 1_000


class AppearanceQuerySet(ShieldedQuerySet):
    def unprotected(self):
        return self.filter(source__in=Source.objects.unprotected())

    def claims_by_source(self, sources):
        """{primary key of a source: number of claims that appear in it}."""
        rows = self.filter(source__in=sources).order_by().values_list("source")
        return dict(rows.annotate(models.Count("claim", distinct=True)))


class Appearance(Logged):
    class Mode(models.TextChoices):
        DIRECT = "direct", _("Direct quote")
        PARAPHRASE = "paraphrase", _("Paraphrase")
        MIXED = "mixed", _("Paraphrase with quoted words")
        OWN_VOICE = "own_voice", _("The text’s own voice")

    class Precision(models.TextChoices):
        DAY = "day", _("On that day")
        MONTH = "month", _("In that month")
        ABOUT = "about", _("About that day")

    class Relation(models.TextChoices):
        SAME = "same", _("Says the same")
        STRONGER = "stronger", _("Says more")
        WEAKER = "weaker", _("Says less")
        OTHER_FIGURE = "other_figure", _("Gives another figure")

    class Finding(models.TextChoices):
        AS_REPORTED = "as_reported", _("Said as reported")
        NOT_SO = "not_so", _("Not said so")
        CANNOT_TELL = "cannot_tell", _("Cannot tell")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="appearances")
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), related_name="appearances")
    claimant = models.ForeignKey(Claimant, models.PROTECT, verbose_name=_("who said it"), related_name="appearances")
    role = Line(_("role as stated"), max_length=300, blank=True)
    quote = Prose(_("exact words"), longest=LONGEST_QUOTE, strip=False)
    original_language = LanguageCode(
        _("translated from"), blank=True, help_text=_("A language code, where the words read as translated.")
    )
    original_wording = Prose(_("original wording"), blank=True, longest=LONGEST_QUOTE)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.DIRECT)
    cue = Line(
        _("cue"),
        max_length=200,
        blank=True,
        help_text=_("The words that attribute it, such as “according to”."),
    )
    reported_via = Line(
        _("reported via"), max_length=300, blank=True, help_text=_("An interview, a post, a broadcast.")
    )
    said_on = Day(_("said on"), null=True, blank=True)
    said_on_precision = models.CharField(_("precision"), max_length=5, choices=Precision, default=Precision.DAY)
    said_on_inferred = models.BooleanField(
        _("inferred"), default=False, help_text=_("The day is not stated; it follows from other dates.")
    )
    relation = models.CharField(_("relation to the claim"), max_length=12, choices=Relation, default=Relation.SAME)
    attribution = models.CharField(_("said as reported?"), max_length=11, choices=Finding, blank=True, default="")

    GIVEN = frozenset(
        {
            "source", "claimant", "role", "quote", "original_language", "original_wording", "mode", "cue",
            "reported_via", "said_on", "said_on_precision", "said_on_inferred", "relation", "attribution",
        }
    )  # fmt: skip
    objects = AppearanceQuerySet.as_manager()

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("appearance"), _("appearances")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["claim", "id"], name="appearances_of_claim"),
            models.Index(fields=["claimant", "claim"], name="appearances_of_claimant"),
        ]

    def __str__(self):
        return f"{self.claimant}: {Truncator(self.quote).chars(60)}"

    def get_absolute_url(self):
        return f"{self.claim.get_absolute_url()}#appearance-{self.pk}"

    def clean(self):
        if not shows(self.quote):
            raise ValidationError({"quote": _("Give the exact words.")})

    @property
    def is_principal(self):
        return self.claim.principal_appearance_id == self.pk


class AnchorQuerySet(ShieldedQuerySet):
    def unprotected(self):
        return self.filter(appearance__in=Appearance.objects.unprotected())


class Anchor(Guarded):
    """Where an appearance's words stand in one snapshot; offsets in code points, end exclusive."""

    class State(models.TextChoices):
        EXACT = "exact", _("Exact")
        MOVED = "moved", _("Moved")
        OTHER_MARKS = "other_marks", _("Other marks")
        CHANGED = "changed", _("Changed")
        AMBIGUOUS = "ambiguous", _("Ambiguous")
        GONE = "gone", _("Gone")

    appearance = models.ForeignKey(Appearance, models.PROTECT, related_name="anchors")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="anchors")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    prefix = models.CharField(max_length=CONTEXT, blank=True)
    suffix = models.CharField(max_length=CONTEXT, blank=True)
    state = models.CharField(max_length=11, choices=State, default=State.EXACT)

    objects = AnchorQuerySet.as_manager()

    class Meta(Guarded.Meta):
        verbose_name, verbose_name_plural = _("anchor"), _("anchors")
        ordering = ["snapshot", "start"]
        constraints = [models.UniqueConstraint(fields=["appearance", "snapshot"], name="one_anchor_a_snapshot")]

    def __str__(self):
        return f"{self.start}–{self.end}"

    @property
    def claim_touched(self):
        return self.appearance.claim_id

    def clean(self):
        if self.state == self.State.EXACT and self.snapshot.text[self.start : self.end] != self.appearance.quote:
            raise ValidationError(_("An exact anchor must hold exactly the quote."))


def find_place(text, quote, *, start=None):
    """The one place of `quote` in `text`; `start` says which, where there are several.

    Raises ValidationError on the quote where it is not there, and ManyPlaces where nobody said which."""
    if start is not None and quote and text.startswith(quote, max(int(start), 0)):
        return place(text, int(start), int(start) + len(quote))
    # A start that fits none belongs to words that were changed since; then it says nothing.
    found = places(text, quote, most=MOST_FOUND + 1)
    if len(found) == 1:
        return found[0]
    if found:
        raise ManyPlaces(found)
    near = same_words(text, quote, most=1)
    if near:
        raise ValidationError(
            {"quote": ValidationError(
                _("The text has these words with other marks. Copy them as they stand: %(words)s"),
                code="other_marks",
                params={"words": text[near[0].start : near[0].end]},
            )}
        )  # fmt: skip
    raise ValidationError({"quote": _("These words are not in the text. Copy them exactly as they stand there.")})


def anchor_in(act, appearance, snapshot, *, start=None):
    """Tie the appearance's words to the snapshot, in an open act."""
    spot = find_place(snapshot.text, appearance.quote, start=start)
    return act.add(
        Anchor(
            appearance=appearance, snapshot=snapshot,
            start=spot.start, end=spot.end, prefix=spot.prefix, suffix=spot.suffix,
        )
    )  # fmt: skip


def anchor_where_it_stands(act, appearance, *, start=None):
    """Anchor in the source's whole text; where only quotes are kept of it, keep the quote as its own snapshot."""
    whole = appearance.source.full_text()
    if whole is None:
        kept = appearance.source.latest_snapshot()
        if kept is None or appearance.quote not in kept.text:
            kept = keep_text(act, appearance.source, appearance.quote, Snapshot.How.QUOTE_ONLY)
        whole = kept
    return anchor_in(act, appearance, whole, start=start)


def context_of(anchor, around=160):
    """The words with the text before and after them, for showing: (before, quote, after)."""
    text = anchor.snapshot.text
    spot = place(text, anchor.start, anchor.end)
    before = text[max(0, spot.start - around) : spot.start]
    return before, text[spot.start : spot.end], text[spot.end : spot.end + around]
