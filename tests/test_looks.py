"""A word, a drawing and a colour: each state, rating, finding and priority has a drawing that no other has."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

from claims import policy
from claims.models import Appearance, Claim
from claims.states import CheckState, ClaimStatus
from claims.templatetags.desk import (
    FINDING_LOOKS,
    PRIORITY_LOOKS,
    STATE_LOOKS,
    finding_badge,
    priority_badge,
    rating_badge,
    status_badge,
)
from claims.templatetags.drawings import ICONS

STATIC = Path(settings.BASE_DIR, "claims/static/claims")
STYLES = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("palette.css", "desk.css"))
RATINGS = policy.ratings()


def test_every_state_finding_and_priority_has_its_look():
    assert STATE_LOOKS.keys() == {*ClaimStatus.values, *CheckState.values}
    assert FINDING_LOOKS.keys() == set(Appearance.Finding.values)
    assert set(PRIORITY_LOOKS) == {each for each in Claim.Priority if each > Claim.Priority.NORMAL}


def test_no_two_of_them_share_a_drawing():
    drawings = [
        *STATE_LOOKS.values(),
        *(drawing for _palette, drawing in FINDING_LOOKS.values()),
        *PRIORITY_LOOKS.values(),
        *(row["icon"] for row in RATINGS),
    ]
    assert sorted(drawings) == sorted(set(drawings))
    assert set(drawings) <= ICONS.keys()
    assert len(set(ICONS.values())) == len(ICONS)


@pytest.mark.parametrize("palette", sorted({row["palette"] for row in RATINGS} - {"neutral"}))
def test_every_palette_of_the_scale_has_its_colour(palette):
    assert f".rating-{palette} {{ color: var(--" in STYLES


def test_a_badge_is_drawing_and_word():
    badges = [
        *(status_badge(each) for each in ClaimStatus.values),
        *(rating_badge(row["slug"], row["label"]) for row in RATINGS),
        *(finding_badge(each) for each in Appearance.Finding.values),
        *(priority_badge(each) for each in PRIORITY_LOOKS),
    ]
    for badge in badges:
        assert re.search(r'<svg class="icon" [^>]*aria-hidden="true"[^>]*><path d="M[^"]+"/></svg>[^<]+</span>$', badge)


def test_all_our_styles_together_weigh_at_most_fifteen_kilobytes_compressed():
    together = b"".join(each.read_bytes() for each in sorted(STATIC.glob("*.css")))
    assert 1_000 < len(gzip.compress(together, 6)) <= 15_000


@pytest.mark.parametrize("sheet", ["desk.css", "reading.css", "statistics.css"])
def test_every_colour_name_is_known(sheet):
    text = STYLES + (STATIC / sheet).read_text(encoding="utf-8")
    # What a script sets: where the words are.
    used = set(re.findall(r"var\(--([\w-]+)\)", text)) - {"down", "along"}
    assert used <= set(re.findall(r"--([\w-]+):", text))
