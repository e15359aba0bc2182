"""Rule 1: a claim has a claimant and an appearance, and an exact anchor's quote equals the text at its place."""

import pytest
from django.core.exceptions import ValidationError

from claims.models import Act, Anchor, Appearance, Claim, Snapshot
from claims.models.appearances import MOST_FOUND, context_of
from claims.models.noting import add_appearance, edit_appearance, note_claim
from claims.states import ManyPlaces
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_anchor_holds_exactly_the_quote():
    claim = factories.claim()
    anchor = claim.principal_appearance.anchors.get()
    assert anchor.snapshot.text[anchor.start : anchor.end] == factories.QUOTE
    assert (anchor.prefix, anchor.suffix) == (
        "The harbour master said: “",
        "” Nobody else counted.\nThe lamps",
    )
    assert context_of(anchor, around=7) == ("said: “", factories.QUOTE, "” Nobod")


def test_a_quote_that_is_not_there_leaves_nothing_behind():
    where = factories.source()
    before = Act.objects.count()
    with pytest.raises(ValidationError) as refusal:
        factories.claim(where=where, quote="We relit 42 lamps", said_by=factories.claimant())
    assert refusal.value.message_dict == {
        "quote": ["These words are not in the text. Copy them exactly as they stand there."]
    }
    assert (Claim.objects.count(), Appearance.objects.count(), Anchor.objects.count()) == (0, 0, 0)
    assert Act.objects.count() == before + 1  # the claimant


def test_other_marks_are_named_and_not_taken_silently():
    where = factories.source(text="He said: “It’s done – now.”\n")
    with pytest.raises(ValidationError) as refusal:
        factories.claim(where=where, quote="It's done - now.")
    assert refusal.value.message_dict["quote"] == [
        "The text has these words with other marks. Copy them as they stand: It’s done – now."
    ]


def test_a_quote_that_stands_twice_asks_which():
    where = factories.source(text="lit, unlit, lit")
    with pytest.raises(ManyPlaces) as question:
        factories.claim(where=where, quote="lit")
    assert [each.start for each in question.value.places] == [0, 7, 12]
    claim = factories.claim(where=where, quote="lit", start=12)
    assert claim.principal_appearance.anchors.get().start == 12
    with pytest.raises(ManyPlaces):
        factories.claim(where=where, quote="lit", start=3)


def test_without_the_text_the_quote_is_kept_alone():
    where = factories.source(text="")
    claim = factories.claim(where=where)
    snapshot = where.snapshots.get()
    assert (snapshot.how, snapshot.text) == ("quote_only", factories.QUOTE)
    add_appearance(claim, by=None, source=where, quote=factories.QUOTE)
    assert Snapshot.objects.filter(source=where).count() == 1


def test_changed_words_are_found_again_or_refused():
    claim = factories.claim()
    appearance = claim.principal_appearance
    edit_appearance(appearance, by=None, quote="We relit 41 lamps")
    anchor = appearance.anchors.get()
    assert anchor.snapshot.text[anchor.start : anchor.end] == "We relit 41 lamps"
    with pytest.raises(ValidationError):
        edit_appearance(appearance, by=None, quote="not there")
    appearance = Appearance.objects.get(pk=appearance.pk)
    assert (appearance.quote, appearance.anchors.get().end) == ("We relit 41 lamps", anchor.end)


def test_an_exact_anchor_that_does_not_hold_is_refused_by_the_model():
    anchor = factories.claim().principal_appearance.anchors.get()
    anchor.start += 1
    with pytest.raises(ValidationError, match="exactly the quote"):
        anchor.full_clean()


def test_the_words_of_another_script_are_kept_as_they_are():
    text = "قال: «أضأنا ٤١ مصباحا» 🙂🙂 e\u0301"
    where = factories.source(text=text)
    assert where.full_text().text == text
    claim = factories.claim(where=where, quote="«أضأنا ٤١ مصباحا» 🙂")
    anchor = claim.principal_appearance.anchors.get()
    assert text[anchor.start : anchor.end] == "«أضأنا ٤١ مصباحا» 🙂"


def test_a_claim_without_appearance_or_claimant_is_refused():
    with pytest.raises((KeyError, ValidationError)):
        note_claim(by=None, statement="Nobody said it", claimant=factories.claimant(), appearance={})
    with pytest.raises((TypeError, ValidationError, ValueError)):
        note_claim(
            by=None,
            statement="Nobody",
            claimant=None,
            appearance={"source": factories.source(), "quote": factories.QUOTE},
        )
    assert Claim.objects.count() == 0


def test_words_that_stand_almost_everywhere_do_not_hold_up_the_desk():
    where = factories.source(text="a" * 1_000_000)
    with pytest.raises(ManyPlaces) as many:
        factories.claim(where=where, quote="a" * 5_000)
    assert len(many.value.places) == MOST_FOUND + 1
    claim = factories.claim(where=where, quote="a" * 5_000, start=900_000)
    assert claim.principal_appearance.anchors.get().start == 900_000
