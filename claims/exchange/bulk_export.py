"""What a bulk act did, or would do, to each of its claims."""

from django.core.exceptions import ValidationError

from claims.exchange.csv_export import Among
from claims.models import Change
from claims.models.bulk import PORTION, UNDO, attempt, in_words
from claims.models.withholding import without_kept_reasons


class BulkExport:
    """`result` is changed, unchanged, refused, waiting (its turn has not come) or stopped (nor will it); of what was
    staged and not begun, would_do or would_refuse."""

    name = "bulk-act"
    columns = ("claim_id", "claim", "result", "why")
    typed = frozenset({"claim_id"})

    def __init__(self, bulk, by):
        self.bulk, self.by, self.refused = bulk, by, dict(without_kept_reasons(bulk.refused, by))

    def rows(self, claims, _which):
        results = self._results if self.bulk.begun or self.bulk.deed == UNDO else self._would
        for first, numbers in self._portions():
            statements = dict(claims.filter(Among("pk", numbers)).values_list("pk", "statement"))
            found = results(first, numbers)
            for number in numbers:
                if number in statements:
                    yield number, statements[number], *found[number]

    def _portions(self):
        """(place of the first row, numbers of the claims), in the order in which the bulk act goes through them."""
        if self.bulk.deed != UNDO:
            for first in range(0, self.bulk.total, PORTION):
                yield first, [number for number, *_seen in self.bulk.rows[first : first + PORTION]]
            return
        for place, (position, _seen) in enumerate(self.bulk.rows):
            lines = Change.objects.filter(act=position, claim_id__isnull=False)
            yield place, list(lines.order_by("claim_id").values_list("claim_id", flat=True).distinct())

    def _results(self, first, numbers):
        lines = Change.objects.filter(Among("claim_id", numbers), act__batch=self.bulk.pk)
        changed = set(lines.values_list("claim_id", flat=True))
        rest = "stopped" if self.bulk.ended_at else "waiting"
        found = {}
        for place, number in enumerate(numbers, first):
            reached = (first if self.bulk.deed == UNDO else place) < self.bulk.done
            if number in self.refused:
                found[number] = "refused", self.refused[number]
            elif number in changed:
                found[number] = "changed", ""
            else:
                found[number] = "unchanged" if reached else rest, ""
        return found

    def _would(self, first, numbers):
        try:
            refused = {claim.pk: why for claim, why in attempt(self.bulk, by=self.by, first=first).refused}
        except ValidationError as error:
            refused = dict.fromkeys(numbers, in_words(error))
        return {
            number: ("would_refuse", refused[number]) if number in refused else ("would_do", "") for number in numbers
        }
