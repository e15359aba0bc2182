"""Corrections and updates as CSV: a row for each, with what stood before behind what stands now."""

from django.conf import settings
from django.urls import reverse

from claims.exchange.csv_export import ROWS_AT_ONCE, TimeText

SAID = {
    "verdict_number": "number", "published_at": "published_at", "claim": "statement", "rating": "rating_label",
    "rating_value": "rating_value", "attribution": "attribution", "summary": "summary", "explanation": "explanation",
}  # fmt: skip
TYPED = ("verdict_number", "published_at", "rating_value")


def _field(name):
    return TimeText(name) if name.endswith("published_at") else name


class ReplacedExport:
    """Verdicts that replaced another, newest first: frozen copies alone. A column of the earlier verdict begins with
    `earlier_`."""

    columns = (
        "claim_id", "claimant", "replacement_kind", "replacement_note", *SAID, *(f"earlier_{name}" for name in SAID),
        "claim_url", "verdict_url", "earlier_verdict_url",
    )  # fmt: skip
    typed = frozenset({"claim_id", *TYPED, *(f"earlier_{name}" for name in TYPED)})
    fields = (
        "pk", "claim_id", "claimant", "replacement_kind", "replacement_note", *SAID.values(),
        *(f"supersedes__{name}" for name in SAID.values()),
    )  # fmt: skip

    def __init__(self, name):
        self.name = name

    def rows(self, verdicts, *_which):
        """Read a thousand at a time, from where the last thousand ended: nothing waits for who reads slowly."""
        new, old = self.fields.index("number"), self.fields.index("supersedes__number")
        fields, some = [_field(name) for name in self.fields], None
        while some is None or len(some) == ROWS_AT_ONCE:
            rest = verdicts.filter(pk__lt=some[-1][0]) if some else verdicts
            some = list(rest.order_by("-pk").values_list(*fields)[:ROWS_AT_ONCE])
            for _pk, *row in some:
                claim = row[0]
                addresses = [
                    reverse("public_claim", args=[claim]),
                    *(reverse("public_verdict", args=[claim, row[number - 1]]) for number in (new, old)),
                ]
                yield (*row, *(settings.SITE_URL + address for address in addresses))
