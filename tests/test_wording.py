"""What changed between two wordings: nothing of either is lost, and what stands in both is marked as such."""

import time
from itertools import pairwise

import pytest
from django.template import Context, Template
from hypothesis import example, given
from hypothesis import strategies as st

from claims.wording import ADDED, EQUAL, LEFT_OUT, REMOVED, Run, differences, shortened

# Texts that share words, since what hypothesis makes up by itself shares none.
TEXT = st.lists(
    st.sampled_from(["lamp", "41", "1,000", "é", "e\u0301", "夜", "the", "«", ".", ",", " ", "\n\n", "\t", "x" * 9])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    max_size=30,
).map("".join)


def told(old, new):
    return [(run.kind, run.words) for run in differences(old, new)]


@given(TEXT, TEXT)
@example("", " lamp")
@example("one two\nthree", "one two three")
def test_joined_again_they_are_both_texts_and_runs_of_one_kind_never_follow_each_other(old, new):
    runs = differences(old, new)
    assert "".join(run.words for run in runs if run.kind != ADDED) == old
    assert "".join(run.words for run in runs if run.kind != REMOVED) == new
    assert all(run.words for run in runs)
    assert all(run.kind != other.kind for run, other in pairwise(runs))
    assert old != new or [run.kind for run in runs] in ([], [EQUAL])


def test_words_are_told_apart_and_not_letters():
    assert told("We found 1,041 lamps.", "We found 1,040 lamps, and one candle.") == [
        (EQUAL, "We found "),
        (REMOVED, "1,041 "),
        (ADDED, "1,040 "),
        (EQUAL, "lamps"),
        (ADDED, ", and one candle"),
        (EQUAL, "."),
    ]


def test_a_lone_word_that_stayed_amid_others_is_no_landmark():
    assert told("lamps of the harbour", "lamps beyond the pier") == [
        (EQUAL, "lamps "),
        (REMOVED, "of the harbour"),
        (ADDED, "beyond the pier"),
    ]


def test_a_word_left_over_at_the_end_of_a_text_written_anew_is_none_that_stayed():
    old, new = "Nobody who would know has ever confirmed it.", "We say nothing about who said it."
    assert told(old, new) == [(REMOVED, old), (ADDED, new)]


def test_what_stayed_far_from_a_change_is_left_out_where_that_is_asked():
    long = "The lamps of the harbour burn oil. " * 20
    runs = list(shortened(differences(f"{long}41 lamps.", f"{long}40 lamps.")))
    assert [run.kind for run in runs] == [LEFT_OUT, EQUAL, REMOVED, ADDED, EQUAL]
    assert "".join(run.words for run in runs[:2]) == long
    assert len(runs[1].words) < 140 and runs[1].words.startswith(" lamps of the harbour")
    assert list(shortened([Run(EQUAL, "short "), Run(ADDED, long)])) == [Run(EQUAL, "short "), Run(ADDED, long)]


def test_where_the_white_space_changed_the_words_stay():
    assert told("one two\nthree", "one two three") == [
        (EQUAL, "one two"),
        (REMOVED, "\n"),
        (ADDED, " "),
        (EQUAL, "three"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("." * 100_000, "," * 100_000), ("a b " * 25_000, "b b a " * 16_666), ("x" * 100_000, "y" * 100_000)],
    ids=["marks", "few words again and again", "one word"],
)
def test_two_long_texts_take_no_long_time(old, new):
    began = time.perf_counter()
    differences(old, new)
    assert time.perf_counter() - began < 10  # about one, on two quiet cores


def test_side_by_side_is_escaped_and_told_to_whoever_listens():
    page = Template("{% load wording %}{% side_by_side old new 'Before' 'Now' 'en' %}").render(
        Context({"old": "<b>41</b> lamps", "new": "<b>40</b> lamps"})
    )
    assert "<b>" not in page
    assert '<del><span class="unseen">[removed: </span>41<span class="unseen"> end of removed]</span></del>' in page
    assert '<ins><span class="unseen">[added: </span>40<span class="unseen"> end of added]</span></ins>' in page
    assert page.count('<p class="kept" dir="auto" lang="en">&lt;b&gt;') == 2


def test_beside_an_empty_text_stands_that_there_is_none():
    page = Template("{% load wording %}{% side_by_side '' new 'Before' 'Now' %}").render(Context({"new": "A note."}))
    assert '<p class="none">nothing</p>' in page
