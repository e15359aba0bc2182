"""The dry run of a redaction: every record is looked through for its words before anything is removed, and nothing is
changed. A large desk takes minutes; so it is looked through slice by slice, and each leaves behind how far it came."""

from collections import Counter
from time import monotonic

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models.log import kind_of
from claims.models.redaction.kepttexts import Held, portions, searched
from claims.models.redaction.record import Redaction

# So many records are named one by one; the others are counted.
MOST_NAMED = 100


class DryRun(models.Model):
    """How far the records were looked through, and where the words were found so far."""

    redaction = models.OneToOneField(
        Redaction, models.CASCADE, primary_key=True, verbose_name=_("redaction"), related_name="dry_run"
    )
    begun_at = models.DateTimeField(_("begun at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    looked_at = models.PositiveBigIntegerField(_("records looked at"), default=0)
    # When it was begun; records are added meanwhile.
    total = models.PositiveBigIntegerField(_("records in all"))
    # Where to go on: behind this record of this model, or from the beginning.
    model = models.CharField(_("kind of record"), max_length=100, default="")
    last = models.JSONField(_("last record looked at"), null=True, encoder=DjangoJSONEncoder)
    # {kind of record: how many}, and [model, primary key, names of the fields] of the first.
    counts = models.JSONField(_("found"), default=dict)
    named = models.JSONField(_("named one by one"), default=list, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name, verbose_name_plural = _("dry run"), _("dry runs")

    def __str__(self):
        return str(self.redaction)

    def go_on(self, *, seconds):
        """Look through one portion, and further ones until the seconds are over. Where another one went on from the
        same place meanwhile, what that one found stands; where it was ended or withdrawn, nothing is kept."""
        until, since = monotonic() + seconds, {"begun_at": self.begun_at, "looked_at": self.looked_at}
        counts, model = Counter(self.counts), apps.get_model(self.model) if self.model else None
        for portion in portions(self.redaction.sought(), model, self.last):
            self.model, self.last = portion.model._meta.label, portion.last
            self.looked_at += portion.size
            counts[kind_of(portion.model)] += len(portion.found)
            some = portion.found[: MOST_NAMED - len(self.named)]
            self.named += [[held.model._meta.label, held.pk, held.names] for held in some]
            if monotonic() >= until:
                break
        else:
            self.ended_at = timezone.now()
        self.counts = {kind: number for kind, number in counts.items() if number}
        names = ["ended_at", "looked_at", "model", "last", "counts", "named"]
        now = {name: getattr(self, name) for name in names}
        DryRun.objects.filter(pk=self.pk, ended_at=None, **since).update(**now)

    def helds(self):
        """The records that are named one by one."""
        known = {model._meta.label: model for model in searched()}
        return [Held(known[label], pk, tuple(names)) for label, pk, names in self.named if label in known]


def begin(redaction):
    """A run from the beginning, whatever an earlier one found; None where the redaction waits no more."""
    total = sum(model._base_manager.count() for model in searched())
    with transaction.atomic():
        # Whoever confirms or withdraws holds it too, so no run is left over behind them.
        held = Redaction.objects.select_for_update().get(pk=redaction.pk)
        if not (held.waits and held.words):
            return None
        DryRun.objects.filter(pk=held.pk).delete()
        return DryRun.objects.create(redaction=held, begun_at=timezone.now(), total=total)


def look(redaction, *, seconds, anew=False):
    """Begin a run or go on with it, for so long."""
    run = DryRun.objects.filter(pk=redaction.pk).first()
    # What is kept may name a model that this release of the program has no more.
    known = {"", *(model._meta.label for model in searched())}
    if anew or run is None or run.model not in known:
        run = begin(redaction)
    if run and not run.ended_at:
        run.go_on(seconds=seconds)
