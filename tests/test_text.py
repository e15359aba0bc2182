import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.text import (
    LONGEST_TOKEN,
    Place,
    Unwanted,
    Words,
    _stems,
    cleaned,
    folded,
    passages,
    places,
    query_tokens,
    same_words,
    shows,
    sort_key,
    tokens,
)

PROSE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80)
# Letters and numbers that come to be ASCII with other marks between once they are folded.
ODD = [
    char
    for code in range(0x20000)
    if (char := chr(code)).isalnum() and folded(char).isascii() and not folded(char).isalnum()
]


def test_line_ends_become_lf():
    assert cleaned("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("a\x00b", "U+0000 at character 2"),
        ("\ud800", "U+D800 at character 1"),
        ("ab\x1b", "U+001B at character 3"),
    ],
)
def test_what_no_database_can_keep_is_refused_with_its_place(value, where):
    with pytest.raises(Unwanted, match=where.replace("+", r"\+")):
        cleaned(value)


def test_a_line_break_is_refused_where_one_line_is_asked_for():
    with pytest.raises(Unwanted, match=r"U\+000A at character 4"):
        cleaned("one\ntwo", lines=False)


def test_folding_drops_capitals_and_accents():
    assert folded("Ñandú ÉTÉ Straße") == "nandu ete strasse"


def test_the_sort_key_keeps_words_alone():
    assert sort_key("  “Ángel” O’Brien, Jr. ") == "angel o brien jr"


def test_tokens_are_stems_by_language():
    assert tokens("The agreements were broken", "en") == ["the", "agreement", "were", "broken"]
    assert tokens("Los acuerdos rotos", "es") == ["los", "acuerd", "rot"]
    assert tokens("running", "xx") == ["running"]


def test_threads_that_stem_at_the_same_moment_do_not_mix_their_words(request):
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    endings = ["ation", "ingly", "fulness", "ements", "ously", "icities"]
    texts = [
        " ".join(f"{chr(97 + mine)}abul{number}r{end}" for end in endings for number in "aeiouy") for mine in range(8)
    ]
    sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: tokens(text, "en"), texts))
    _stems.cache_clear()
    assert found == [tokens(text, "en") for text in texts]


@given(PROSE | st.text(st.sampled_from("⑴⒈⑳a1é\u0301" + "".join(ODD))), st.sampled_from(["en", "es", "xx"]))
def test_only_ascii_letters_and_digits_reach_the_databases(value, language):
    for token in tokens(value, language):
        assert token.isascii()
        assert token.isalnum()
        assert 0 < len(token) <= LONGEST_TOKEN


def test_accents_and_capitals_do_not_hide_a_word():
    assert tokens("ÑANDÚ", "xx") == tokens("nandu", "xx") == ["nandu"]
    assert tokens("rompió", "es") == ["romp", "rompi"]
    assert tokens("rompio", "es") == ["rompi"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("İstanbul", "istanbul"),
        ("İstanbul", "Istanbul"),
        ("ISTANBUL", "İstanbul"),
        ("étude", "e\u0301tude"),
        ("⑴ m²", "(1) m2"),
        ("ﬁre", "fire"),
        ("q\u0307x", "qx"),
    ],
)
def test_what_is_one_word_to_a_reader_is_one_to_the_index(written, typed):
    assert tokens(written, "xx") == tokens(typed, "xx")


def test_a_word_is_not_cut_at_its_vowel_signs():
    assert [len(tokens(word, "xx")) for word in ("हिन्दी", "হিন্দু", "தமிழ்", "ภาษาไทยนี้", "שָׁלוֹם", "مَرْحَبًا")] == [1] * 6


@pytest.mark.parametrize(
    "unseen", ["", " \n\t", "\u200b", "\u2060", "\u00ad", "\u3164", "\u2800", "\u202e", "\u115f\ufe0f"]
)
def test_what_shows_nothing_is_told_from_what_does(unseen):
    assert not shows(unseen)
    assert all(shows(unseen + char + unseen) for char in "a1é.—🙂ह⑴")


def test_a_query_word_has_an_alternative_a_language():
    assert query_tokens("acuerdos 82", ["en", "es"]) == [["acuerdo", "acuerd"], ["82"]]


def test_places_are_code_points_with_context():
    text = "🙂 ab — ab"
    assert places(text, "ab") == [Place(2, 4, "🙂 ", " — ab"), Place(7, 9, "🙂 ab — ", "")]
    assert places("aaa", "aa") == [Place(0, 2, "", "a"), Place(1, 3, "a", "")]
    assert places("abc", "") == []


@given(PROSE, PROSE, PROSE)
def test_a_quote_is_found_where_it_was_put(before, quote, after):
    found = places(before + quote + after, quote)
    if quote:
        assert (len(before), len(before) + len(quote)) in [(each.start, each.end) for each in found]


@pytest.mark.parametrize(
    ("text", "quote", "words"),
    [
        ("He said “no deal” today", '"no deal"', "“no deal”"),
        ("the 2019–2020 season", "2019-2020", "2019–2020"),
        ("broken\nall  deals", "broken all deals", "broken\nall  deals"),
        ("cafe\u0301 open", "caf\u00e9 open", "cafe\u0301 open"),
        ("caf\u00e9 open", "cafe\u0301 open", "caf\u00e9 open"),
    ],
)
def test_the_same_words_with_other_marks_are_found(text, quote, words):
    assert places(text, quote) == []
    assert [text[each.start : each.end] for each in same_words(text, quote)] == [words]


def test_a_match_inside_one_character_is_none():
    assert same_words("café", "cafe") == []


@given(PROSE, st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=6))
def test_passages_join_to_the_text_and_carry_every_mark(text, ends):
    spans = [(min(a, b), max(a, b), number) for number, (a, b) in enumerate(ends) if max(a, b) <= len(text) and a != b]
    cut = passages(text, spans)
    assert "".join(each.text for each in cut) == text
    for start, end, number in spans:
        assert "".join(each.text for each in cut if number in each.marks) == text[start:end]


@given(st.text(st.sampled_from("aäÄßﬁ\u0301\u200b -İ"), max_size=2_500), st.sampled_from(["fi", "ss*", "aa", "*a a*"]))
def test_the_first_place_is_the_first_of_all(text, words):
    sought = Words(words)
    assert sought.first(text) == next(iter(sought.spans(text)), None)


def test_the_first_place_is_found_far_down():
    text = "ä" * 1_500 + " Quill\u0301feather " + "ö" * 100_000
    assert Words("quillfeather").first(text) == (1_501, 1_514)
