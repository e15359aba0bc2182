"""The desk's scale: what a verdict can say of a claim's truth."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from claims import policy
from claims.models.fields import Line, Prose
from claims.models.guarded import Logged
from claims.models.log import acting


class Rating(Logged):
    """One step of the scale in seeds/ratings.toml. A rating that the file no longer has is kept, but not offered."""

    slug = models.SlugField(unique=True)
    label = Line(_("label"), max_length=60)
    meaning = Prose(_("meaning"), longest=1_000)
    value = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    order = models.PositiveSmallIntegerField()
    palette = Line(max_length=20, blank=True)
    icon = Line(max_length=20, blank=True)
    without_evidence = models.BooleanField(_("may be given without evidence"), default=False)
    offered = models.BooleanField(default=True)

    class Meta(Logged.Meta):
        verbose_name, verbose_name_plural = _("rating"), _("ratings")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.label


def load_ratings(*, by=None):
    """Make the table say what seeds/ratings.toml says. Raises policy.Unreadable."""
    rows = {row["slug"]: row for row in policy.ratings()}
    kept = {rating.slug: rating for rating in Rating.objects.all()}
    with acting("rating.load", by=by) as act:
        for slug, row in rows.items():
            values = {
                "label": row["label"],
                "meaning": row["meaning"].strip(),
                "value": row["value"],
                "order": row["order"],
                "palette": row.get("palette", ""),
                "icon": row.get("icon", ""),
                "without_evidence": row.get("without_evidence", False),
                "offered": True,
            }
            if slug in kept:
                act.change(kept[slug], **values)
            else:
                act.add(Rating(slug=slug, **values))
        for slug in kept.keys() - rows.keys():
            act.change(kept[slug], offered=False)
