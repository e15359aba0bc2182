"""Two people's changes of one text, put together where they touch different words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.merging import edits, merged

BASE = "The harbour relit 41 lamps in May.\n\nNobody else has counted them since."


@pytest.mark.parametrize(
    ("theirs", "mine", "both"),
    [
        (("41", "42"), ("counted", "looked at"), BASE.replace("41", "42").replace("counted", "looked at")),
        (("since.", "since. They burn oil."), ("The", "This"), "This" + BASE[3:] + " They burn oil."),
        (("\n\nNobody else has counted them since.", ""), ("41", "42"), "The harbour relit 42 lamps in May."),
        (("41", "42"), ("41", "43"), None),
        (("41", "42"), ("lamps", "lights"), None),  # side by side: who reads both knows no more what was meant
        (("May.", "June."), ("\n\nNobody", " Nobody"), None),
        (("41", "41"), ("41", "43"), None),
        (("41", "42"), ("41", "42"), None),
    ],
)
def test_changes_of_different_words_are_put_together(theirs, mine, both):
    assert merged(BASE, BASE.replace(*theirs), BASE.replace(*mine)) == both
    assert merged(BASE, BASE.replace(*mine), BASE.replace(*theirs)) == both


TEXTS = st.lists(st.sampled_from(["41", "lamps", "May", ".", " ", "\n"]), max_size=12).map("".join)


@given(TEXTS, TEXTS)
def test_the_edits_lead_from_one_text_to_the_other(base, changed):
    made = base
    for edit in reversed(edits(base, changed)):
        made = made[: edit.start] + edit.words + made[edit.end :]
    assert made == changed


@given(st.lists(TEXTS, min_size=2, max_size=2), st.lists(TEXTS, min_size=2, max_size=2))
def test_what_two_people_did_in_two_paragraphs_is_never_lost(first, second):
    """Between the two paragraphs stands one that neither touched."""

    def text(one, two):
        return f"{one}\nThis paragraph stays as it is.\n{two}"

    theirs, mine = text(first[1], second[0]), text(first[0], second[1])
    both = merged(text(first[0], second[0]), theirs, mine)
    if both is not None:
        assert both == text(first[1], second[1])
