"""Before submitting: what an outsider would ask of a draft, item by item, and how it is answered."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from claims import checklist
from claims.checklist import Facts, Piece
from claims.models import Act, Check, Claim
from claims.models.bulk import go_on, stage
from claims.models.claimants import add_claimant
from claims.models.editing import edit_source
from claims.models.evidencing import edit_evidence
from claims.models.links import LinkCheck
from claims.models.publishing import publish
from claims.models.ready import asked_of
from claims.models.superseding import reopen
from claims.models.undoing import undo
from tests import factories
from tests.test_check_pages import at, drafted, page, send

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
SUPPORTING, CONTRARY = Piece(1, origin="Harbour office"), Piece(2, origin="Coast guard", stance="contradicts")


def found(item, *pieces, **facts):
    """(whether it gives reason to ask, the pieces that do)."""
    finding = checklist.BY_SLUG[item].finds(Facts(pieces=pieces, **facts))
    return finding and finding.pieces


def test_no_evidence_at_all_stands_in_the_way_unless_the_rating_does_without():
    assert found("no-evidence") == ()
    assert found("no-evidence", free_of_evidence=True) is None
    assert found("no-evidence", SUPPORTING) is None
    assert [item.slug for item in checklist.ITEMS if item.blocks] == ["no-evidence"]


def test_one_origin_is_one_witness_however_it_is_spelt():
    again = Piece(3, origin="  HARBOUR   Óffice.")
    assert found("one-origin", SUPPORTING) == (1,)
    assert found("one-origin", SUPPORTING, again) == (1, 3)
    assert found("one-origin", SUPPORTING, CONTRARY) is None
    assert found("one-origin") is None


@pytest.mark.parametrize("origin", ["Mirabel Testwell", "the office of MIRABEL  Téstwell", "Lamp Party, press office"])
def test_the_claimants_own_circle_is_circular_and_then_not_one_origin_as_well(origin):
    circle = frozenset({"Mirabel Testwell", "Lamp Party", ""})
    own, other = Piece(1, origin=origin), Piece(2, origin="Testwell Institute")
    assert found("circular", own, circle=circle) == (1,)
    assert found("one-origin", own, circle=circle) is None
    assert found("circular", own, other, circle=circle) is None


def test_no_primary_source_needs_its_reason():
    second = Piece(1, primary=False)
    assert found("no-primary", second) == (1,)
    assert found("no-primary", second, Piece(2)) is None
    assert found("no-primary", Piece(1, primary=False, why_not_primary="The ledger burnt")) is None


def test_days_that_cannot_be_right_are_asked_about():
    early, late = Piece(1, published_on=JUNE, kept_on=MAY), Piece(2, published_on=JUNE, kept_on=JUNE)
    assert found("days", early, late) == (1,)
    assert found("days", early, late, evidence_until=MAY) == (1, 2)
    assert found("days", late, evidence_until=MAY) == (2,)
    assert found("days", late, evidence_until=JUNE) is None
    assert found("days", Piece(1), evidence_until=MAY) is None


def test_evidence_on_one_side_alone_is_asked_about():
    context = Piece(3, stance="context")
    assert [found("one-sided", each) for each in (SUPPORTING, CONTRARY, context)] == [(), (), ()]
    assert found("one-sided", SUPPORTING, CONTRARY, context) is None


def test_the_claimant_who_was_not_asked_is_asked_about():
    assert found("not-asked", asked=False) == ()
    assert (found("not-asked", asked=True), found("not-asked", asked=None)) == (None, None)


def test_dead_links_and_links_without_a_copy_are_asked_about():
    dead, loose, kept = Piece(1, answers=False), Piece(2, archived=False), Piece(3, answers=True, archived=True)
    assert found("links", dead, loose, kept) == (1, 2)
    assert found("links", loose, kept) == (2,)
    assert found("links", kept, Piece(4)) is None


def test_interests_nobody_tells_readers_of_are_asked_about():
    noted, secret = Piece(1, interests="Owns the lamps"), Piece(2, interests="A cousin", protected=True)
    assert found("interests", SUPPORTING) == ()
    assert found("interests", noted, SUPPORTING) is None
    assert found("interests", noted, secret) == (2,)
    assert found("interests", secret, disclosures="One source has an interest.") is None


def test_of_a_retraction_nothing_is_asked():
    assert {each.state for each in checklist.asked(Facts(retracts=True), {})} == {"settled"}


def test_every_item_says_in_its_docstring_why_and_whence():
    assert [item.slug for item in checklist.ITEMS if "IFCN" not in item.finds.__doc__] == ["no-evidence"]
    assert "Design rule 11" in checklist.no_evidence.__doc__


# In the life of a draft

OPEN = ["answer_one_origin", "answer_one_sided", "answer_interests"]


def with_nothing_answered(by, on=None, **values):
    """A draft of a claim whose claimant was asked."""
    on = on or factories.selected()
    factories.request(on)
    return factories.draft(by=by, on=on, answers={}, **values)


def states(check):
    found = asked_of(Check.objects.get(pk=check.pk))
    return {each.item.slug: each.state for each in found if each.state != "settled"}


@pytest.mark.django_db
def test_a_warning_without_an_answer_is_not_submitted_and_the_next_one_is_named_too(checker):
    check = with_nothing_answered(checker)
    with pytest.raises(ValidationError) as refusal:
        check.submit(by=checker)
    assert list(refusal.value.message_dict) == OPEN
    check.edit(by=checker, answers=factories.answers(one_sided=" "))
    with pytest.raises(ValidationError) as refusal:
        check.submit(by=checker)
    assert refusal.value.message_dict == {
        "answer_one_sided": [
            "Answer in a sentence, or mend it: What was sought on the other side? Nothing chosen contradicts the claim."
        ]
    }


@pytest.mark.django_db
def test_who_said_it_their_aliases_roles_party_and_publisher_are_one_circle(checker):
    roles = [{"role": "Harbour master", "party": "Lamp Party", "since": None, "until": None}]
    said_by = add_claimant(by=None, name="Quill Testwick", aliases=["Q. T."], roles=roles)
    where = factories.source(publisher=factories.publisher())
    claim = factories.selected(said_by=said_by, where=where, appearance={"role": "keeper of lamps"})
    check = with_nothing_answered(checker, on=claim)
    for origin in ("Quill Testwick", "Q. T.", "harbour master", "the Lamp Party", "Keeper of Lamps", "Test Gazette"):
        edit_evidence(check.evidence.get(), by=checker, origin=f"News from {origin}, today")
        assert "circular" in states(check) or origin == "Test Gazette"
    edit_evidence(check.evidence.get(), by=checker, origin="The Test Gazette")
    assert "circular" in states(check)


@pytest.mark.django_db
def test_a_link_that_is_dead_or_has_no_archived_copy_is_asked_about(checker):
    check = with_nothing_answered(checker)
    source = check.evidence.get().source
    assert "links" not in states(check)
    edit_source(source, by=checker, url="https://gazette-of-tests.org/lamps")
    assert states(check)["links"] == "open"
    edit_source(source, by=checker, archive_url="https://archive-of-tests.org/lamps")
    assert "links" not in states(check)
    LinkCheck.objects.filter(source=source).update(state="dead")
    assert states(check)["links"] == "open"
    edit_source(source, by=checker, archive_url="", protected=True)
    LinkCheck.objects.filter(source=source).update(state="unchecked")
    assert "links" not in states(check)


@pytest.mark.django_db
def test_an_answer_whose_warning_is_gone_says_nothing_any_more(checker, editor):
    check = factories.draft(by=checker, answers=factories.answers("Test: told to all.", public=True))
    factories.request(check.claim)
    factories.evidence(check.claim, by=checker, stance="contradicts", origin="The coast guard")
    check = Check.objects.get(pk=check.pk)
    verdict = publish(check.submit(by=checker).approve(by=editor), by=editor)
    assert verdict.answered == [
        {
            "slug": "interests",
            "question": "Who has something to gain from this evidence?",
            "sentence": "Test: told to all.",
        }
    ]
    assert verdict.is_intact()


@pytest.mark.django_db
def test_only_public_answers_reach_readers_and_the_approval_binds_to_them(client, checker, editor):
    words = factories.answers("Test: for the desk.") | {
        "one-sided": {"sentence": "Test: <nobody> else counted.", "public": True}
    }
    check = factories.submitted(checker, answers=words)
    shown = page(at(editor), check.claim)
    assert "Test: for the desk." in shown and "Test: &lt;nobody&gt; else counted." in shown
    check.approve(by=editor)
    check.edit(by=editor, answers=factories.answers("Test: other words."))
    assert (check.state, check.approved_digest, check.answered) == ("drafting", "", [])
    verdict = publish(check.edit(by=checker, answers=words).submit(by=checker).approve(by=editor), by=editor)
    assert [each["sentence"] for each in verdict.answered] == ["Test: <nobody> else counted."]
    read = client.get(reverse("public_claim", args=[check.claim_id])).text
    assert "What else you may ask" in read and "Test: &lt;nobody&gt; else counted." in read
    assert "Test: for the desk." not in read


@pytest.mark.django_db
def test_what_happens_to_the_circle_later_does_not_void_an_approval(checker, editor):
    check = factories.approved(checker, editor, answers=factories.answers(public=True))
    edit_source(check.claim.principal_appearance.source, by=editor, note="Found in the cellar")
    assert publish(Check.objects.get(pk=check.pk), by=editor).answered != []


@pytest.mark.django_db
def test_a_submission_taken_back_and_given_again_by_undoing_says_the_same(checker):
    check = factories.submitted(checker, answers=factories.answers(public=True))
    answered = check.answered
    undo(factories.last_act(check), by=checker)
    assert Check.objects.get().answered == []
    undo(Act.objects.latest("position"), by=checker)
    again = Check.objects.get()
    assert (again.state, again.answered) == ("submitted", answered)


@pytest.mark.django_db
def test_a_reopened_claim_keeps_its_answers(checker, editor, chief):
    verdict = factories.verdict(checker, editor)
    check = reopen(verdict.claim, by=chief, reason="Test: a new count")
    assert check.answers == factories.answers()


@pytest.mark.django_db
def test_the_form_refuses_at_the_field_and_keeps_what_was_typed(checker):
    check = with_nothing_answered(checker)
    vera = at(checker)
    typed = drafted(check) | {"answer_one_sided": "", "answer_one_origin": "Test: one ledger.", "submit": "1"}
    answer = send(vera, "edit_check", check, **typed)
    assert list(answer.context["form"].errors) == ["answer_one_sided"]
    assert "Test: one ledger." in answer.text and Check.objects.get().answers == {}
    send(
        vera,
        "edit_check",
        check,
        **typed | {"answer_one_sided": "Test:\r\nwe looked.", "answer_one_sided_public": "on"},
    )
    check = Check.objects.get()
    assert (check.state, check.answers["one-sided"]) == ("submitted", {"sentence": "Test: we looked.", "public": True})
    assert [each["slug"] for each in check.answered] == ["one-sided"]


@pytest.mark.django_db
def test_the_page_asks_for_what_is_open_and_folds_nothing_of_it_away(checker):
    check = with_nothing_answered(checker)
    shown = page(at(checker), check.claim)
    fields = [name for name in [*OPEN, "answer_circular", "answer_days"] if f'name="{name}"' in shown]
    assert fields == OPEN
    assert [shown.count(words) for words in ("To be answered", "Nothing to ask")] == [3, 6]


@pytest.mark.django_db
def test_evidence_added_in_place_changes_the_items_that_stand_otherwise(checker):
    check = with_nothing_answered(checker)
    vera = Client(headers={"HX-Request": "true"})
    vera.force_login(checker)
    piece = {
        "kind": "observation",
        "stance": "contradicts",
        "excerpt": "Test",
        "origin": "The coast guard",
        "primary": "on",
    }
    answer = send(vera, "add_evidence", check.claim, **piece).text
    assert [f'id="asked-{slug}"' in answer for slug in ("one-origin", "one-sided", "interests")] == [True, True, False]


@pytest.mark.django_db
def test_answers_that_the_checklist_does_not_ask_for_are_refused(checker):
    check = with_nothing_answered(checker)
    for answers in ({"moon": {"sentence": "x", "public": True}}, {"days": {"sentence": "a\x00b", "public": True}}):
        with pytest.raises(ValidationError) as refusal:
            check.edit(by=checker, answers=answers)
        assert list(refusal.value.message_dict) == ["answers"]


@pytest.mark.django_db
def test_submitting_in_bulk_refuses_what_is_not_answered_with_the_reason(checker, chief):
    factories.draft(by=checker)
    asked = with_nothing_answered(checker)
    bulk = go_on(stage("submit", Claim.objects.all(), by=chief), by=chief, expected=0)
    assert [number for number, _why in bulk.refused] == [asked.claim_id]
    assert bulk.refused[0][1].startswith("Answer in a sentence, or mend it: Does more than one independent source")
    assert sorted(Check.objects.values_list("state", flat=True)) == ["drafting", "submitted"]


@pytest.mark.django_db
def test_the_history_tells_answers_as_sentences(checker):
    check = factories.draft(by=checker, answers={"days": {"sentence": "Test: a leap year.", "public": False}})
    shown = page(at(checker), check.claim)
    assert "Test: a leap year." in shown and "{&#x27;" not in shown


@pytest.mark.django_db
def test_gathering_the_facts_costs_the_same_however_much_evidence_there_is(checker, django_assert_num_queries):
    check = with_nothing_answered(checker)
    for number in (1, 12):
        for _each in range(number):
            factories.evidence(check.claim, by=checker)
        with django_assert_num_queries(12):
            asked_of(Check.objects.get(pk=check.pk))
