import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.seals import canonical, chained, holds, plain, seal, sealed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, True),
        (7, "7"),
        (Decimal("14407.500"), "14407.5"),
        (Decimal("100"), "100"),
        (date(2025, 12, 3), "2025-12-03"),
        (datetime(2025, 12, 3, 1, 2, 3, 4, tzinfo=UTC), "2025-12-03T01:02:03.000004Z"),
        (datetime(2025, 12, 3, 1, tzinfo=timezone(timedelta(hours=-4))), "2025-12-03T05:00:00.000000Z"),
        ([1, {"a": 2}], ["1", {"a": "2"}]),
    ],
)
def test_numbers_and_times_are_text(value, text):
    assert plain(value) == text


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="float has no canonical form"):
        plain(0.1)


def test_the_canonical_text_is_bare_json_in_utf8():
    assert canonical({"b": "ñ", "a": [None, True]}) == '{"a":[null,true],"b":"ñ"}'.encode()


def test_a_seal_is_sha256_over_salt_lf_canonical_text():
    assert sealed("ñ", "00ff") == hashlib.sha256('00ff\n"ñ"'.encode()).hexdigest()


def test_a_link_of_the_chain_is_sha256_over_position_previous_body():
    assert chained(7, "a" * 64, "b" * 64) == hashlib.sha256(f"7\n{'a' * 64}\n{'b' * 64}".encode()).hexdigest()


@given(st.text(), st.text())
def test_a_seal_holds_for_its_value_alone(value, other):
    made = seal(value)
    assert holds(value, made)
    assert holds(other, made) == (other == value)
    assert seal(value) != made


def test_a_redacted_value_lost_its_salt_and_keeps_its_hash():
    _salt, kept = seal("a name")
    assert holds("", [None, kept])
