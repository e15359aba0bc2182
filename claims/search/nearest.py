"""Claims whose words are like those of a text: what somebody who marks words sees before they note a claim twice.

A word weighs by how few claims hold it, as in Robertson and Spärck Jones's inverse document frequency. Words that more
than RARE claims hold are counted no further and lead nobody to a claim alone, so that a million claims cost what ten
thousand do; what both databases count, they count alike."""

from itertools import combinations
from math import log2

from django.conf import settings

from claims.models import SearchDocument
from claims.search.find import holders
from claims.text import query_tokens

MOST_WORDS = 12
RARE = 1_000
LOOKED_AT = 60
# What a word weighs that too many claims hold, and one that none holds; one that one claim of a thousand holds has 10.
COMMON = 0.05
UNKNOWN = 2
# Of the weight of all words, what a claim must share to be called near.
SHARE = 0.25


def nearest(claims, text, most=5):
    """Of `claims` those that share the most telling words with `text`, nearest first, at most `most`."""
    words = _telling(query_tokens(text, settings.SEARCH_LANGUAGES))
    found = holders([[word] for word in words], RARE)
    size = SearchDocument.objects.order_by()[:RARE].count()
    weights = [_weight(numbers, size) for numbers in found]
    scores = {}
    for numbers, weight in zip(found, weights, strict=True):
        for number in numbers or ():
            scores[number] = scores.get(number, 0) + weight
    if len(scores) < most:
        _add_by_common_words(scores, [word for word, numbers in zip(words, found, strict=True) if numbers is None])
    first = sorted(scores, key=lambda number: (-scores[number], -number))[:LOOKED_AT]
    return _ranked(claims.filter(pk__in=first), words, weights)[:most]


def _weight(numbers, size):
    if numbers is None:
        return COMMON
    return max(COMMON, log2((size + 1) / len(numbers))) if numbers else UNKNOWN


def _telling(groups):
    """The different words, numbers first and then the longest, since short words are everywhere."""
    words = {tuple(group): None for group in groups}
    order = sorted(words, key=lambda word: (not word[0].isdigit(), -len(word[0]), word))
    return [list(word) for word in order[:MOST_WORDS]]


def _add_by_common_words(scores, common):
    """Claims that hold together several words of which each alone says little: as few of them as tell claims apart."""
    for size in (2, 3, 4):
        together = holders(map(list, combinations(common[:5], size)), RARE)
        for number in (number for numbers in together for number in numbers or ()):
            scores[number] = scores.get(number, 0) + COMMON
        if any(together):
            return


def _ranked(claims, words, weights):
    """By the words that stand in statement and quotes; names and sources led here, but make no claim alike."""
    ranked = []
    for claim in claims.select_related("search_document", "claimant", "verdict"):
        document = claim.search_document
        held = set(f"{document.statement} {document.quotes}".split())
        shared = [weight for word, weight in zip(words, weights, strict=True) if held.intersection(word)]
        if len(shared) >= min(2, len(words)) and sum(shared) >= SHARE * sum(weights):
            ranked.append((-round(sum(shared), 6), -claim.pk, claim))
    return [claim for *_key, claim in sorted(ranked, key=lambda row: row[:2])]
