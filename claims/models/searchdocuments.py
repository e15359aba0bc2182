"""The searchable text of a claim: one row of index tokens, written by the same verbs that change the claim."""

from django.db import models
from django.db.models import Prefetch

from claims.models.appearances import Appearance
from claims.models.claims import Claim
from claims.models.guarded import RefusingQuerySet
from claims.text import tokens


class SearchDocument(models.Model):
    """Tokens by text.tokens(), parted by spaces; claims/search/ reads them. A column each, so that step 6 can weigh."""

    claim = models.OneToOneField(Claim, models.CASCADE, primary_key=True, related_name="search_document")
    statement = models.TextField()
    quotes = models.TextField()
    names = models.TextField()
    sources = models.TextField()

    objects = RefusingQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"


def _document(claim):
    appearances = list(claim.appearances.all())
    names, sources = {}, {}
    for person in [claim.claimant, *(each.claimant for each in appearances)]:
        names[person.name] = None
        names |= dict.fromkeys(alias.name for alias in person.aliases.all())
    for each in appearances:
        sources |= {each.source.title: None, str(each.source.publisher or ""): None}

    def joined(*values):
        return " ".join(token for value in values for token in tokens(value, claim.language))

    return SearchDocument(
        claim=claim,
        statement=joined(claim.statement),
        quotes=joined(*(each.quote for each in appearances)),
        names=joined(*names),
        sources=joined(*sources),
    )


def index_claims(claims):
    """Write the documents of these claims again; called by keep_in_step() inside the act that changed them.

    Everybody searches the same documents, so nothing of an appearance in a protected source stands in them."""
    appearances = Appearance.objects.unprotected().select_related("claimant", "source__publisher")
    appearances = appearances.prefetch_related("claimant__aliases")
    rows = claims.select_related("claimant").prefetch_related("claimant__aliases", Prefetch("appearances", appearances))
    fields = ["statement", "quotes", "names", "sources"]
    models.QuerySet(SearchDocument).bulk_create(
        [_document(claim) for claim in rows],
        update_conflicts=True,
        unique_fields=["claim"],
        update_fields=fields,
    )
