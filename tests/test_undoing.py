"""Taking single acts back from the history: the old values return, or what stands on them is named."""

import pytest
from django.urls import reverse

from claims.models import Act, Appearance, Check, Claim, Evidence, SearchDocument
from claims.models.chain import chain_breaks
from claims.models.checks import start_check
from claims.models.evidencing import add_evidence, edit_evidence, remove_evidence
from claims.models.noting import edit_claim
from claims.models.publishing import publish
from claims.models.undoing import UNDOABLE, undo
from claims.states import CheckState, NotAllowed, Refused
from tests import factories

pytestmark = pytest.mark.django_db


def last():
    return Act.objects.latest("position")


def test_an_edited_claim_says_again_what_it_said_and_is_found_by_it(checker):
    claim = factories.claim(statement="Nine lanterns burn", topics=["Lamps"])
    before = SearchDocument.objects.get(claim=claim).statement
    edit_claim(claim, by=checker, statement="Twelve candles burn", topics=["Candles"], priority=4)
    assert SearchDocument.objects.get(claim=claim).statement != before
    undo(last(), by=checker)
    claim.refresh_from_db()
    assert (claim.statement, claim.priority, claim.version) == ("Nine lanterns burn", 2, 4)
    assert [topic.name for topic in claim.topics.all()] == ["Lamps"]
    assert claim.statement_key == "nine lanterns burn"
    assert SearchDocument.objects.get(claim=claim).statement == before
    assert list(chain_breaks()) == []


def test_who_said_it_comes_back_in_the_claim_and_in_its_appearance(checker):
    claim, other = factories.claim(), factories.claimant("Otto Testmann")
    edit_claim(claim, by=checker, claimant=other)
    undo(last(), by=checker)
    claim.refresh_from_db()
    assert claim.claimant.name == claim.principal_appearance.claimant.name == "Mirabel Testwell"
    assert claim.claimant_key == "mirabel testwell"


def test_evidence_added_goes_and_evidence_removed_comes_back_with_its_place_in_the_draft(checker):
    check = factories.draft(by=checker)
    [first] = check.evidence.all()
    added = factories.evidence(check.claim, by=checker, excerpt="A second count")
    assert set(check.evidence.all()) == {first, added}
    undo(last(), by=checker)
    assert list(Evidence.objects.all()) == list(check.evidence.all()) == [first]
    remove_evidence(first, by=checker, reason="By mistake")
    assert not Claim.objects.get().has_evidence
    undo(last(), by=checker)
    back = Evidence.objects.get()
    assert (back.pk, back.excerpt, back.source, back.added_by) == (
        first.pk,
        first.excerpt,
        first.source,
        first.added_by,
    )
    assert list(check.evidence.all()) == [back]
    assert Claim.objects.get().has_evidence
    assert back.version > first.version


def test_an_undone_draft_is_stale_for_whoever_had_it_open(checker):
    check = factories.draft(by=checker)
    edit_evidence(check.evidence.get(), by=checker, excerpt="Counted twice")
    seen = Check.objects.get().version
    undo(last(), by=checker)
    assert Check.objects.get().version == seen + 1
    assert Evidence.objects.get().excerpt == "Test data: 41"


def test_the_draft_itself(checker):
    check = factories.draft(by=checker)
    check.edit(by=checker, summary="Other words", rating=None)
    undo(last(), by=checker)
    check.refresh_from_db()
    assert (check.summary, check.rating.slug) == ("Test data: the lamps were counted.", "true")


def test_an_editors_edit_undone_gives_the_words_back_and_not_the_submission(checker, editor):
    """Rule 3: changes void it. Whoever takes the change back did not read what waits then."""
    check = factories.submitted(checker)
    check.edit(by=editor, summary="The editor's words")
    undo(last(), by=checker)
    check.refresh_from_db()
    assert (check.summary, check.state) == ("Test data: the lamps were counted.", CheckState.DRAFTING)
    assert (check.submitted_by, check.submitted_digest, check.sent_back) == (None, "", True)
    assert check.claim.status == "drafting"


def test_an_approval_that_fell_stays_fallen(checker, editor):
    check = factories.approved(checker, editor)
    contributor = factories.person("pim", "contributor")
    edit_claim(check.claim, by=contributor, statement="Nine lanterns burn")
    edited = last()
    edit_evidence(check.evidence.get(), by=contributor, excerpt="Counted by nobody")
    undo(edited, by=contributor)
    check.refresh_from_db()
    assert check.claim.statement != "Nine lanterns burn"
    assert (check.state, check.approved_by, check.claim.status) == (CheckState.DRAFTING, None, "drafting")


def test_what_was_sent_back_waits_again_only_as_it_was_submitted(checker, editor):
    check = factories.submitted(checker)
    digest = check.submitted_digest
    check.send_back(by=editor, reason="Count again")
    sent = last()
    edit_evidence(check.evidence.get(), by=checker, excerpt="Counted again")
    counted = last()
    with pytest.raises(Refused, match="no longer what was submitted"):
        undo(sent, by=editor)
    assert Check.objects.get().state == CheckState.DRAFTING
    undo(counted, by=checker)
    with pytest.raises(Refused, match="no longer what was submitted"):
        undo(sent, by=editor)  # the words are the same, and their version says that they were touched
    other = factories.submitted(checker)
    other.send_back(by=editor, reason="Count again")
    undo(last(), by=editor)
    other.refresh_from_db()
    assert (other.state, other.submitted_by, other.claim.status) == (CheckState.SUBMITTED, checker, "submitted")
    assert other.submitted_digest != digest
    assert other.approve(by=editor).state == CheckState.APPROVED


def test_nothing_is_undone_under_the_eyes_of_a_second_person(checker, editor):
    check = factories.draft(by=checker)
    piece = factories.evidence(check.claim, by=checker)
    edit_evidence(piece, by=checker, excerpt="Counted twice")
    edit = last()
    check.refresh_from_db()
    check.submit(by=checker)
    with pytest.raises(Refused, match="It waits for a second person"):
        undo(edit, by=checker)
    assert Evidence.objects.get(pk=piece.pk).excerpt == "Counted twice"
    check.take_back(by=checker)
    undo(edit, by=checker)
    assert Evidence.objects.get(pk=piece.pk).excerpt == "Test data: 41"


def test_what_no_second_person_reads_is_undone_while_they_read(checker, editor):
    check = factories.draft(by=checker)
    check.claim.assign(editor, by=checker)
    assigned = last()
    edit_claim(check.claim, by=checker, priority=4)
    urgent = last()
    check.refresh_from_db()
    digest = check.submit(by=checker).submitted_digest
    undo(assigned, by=checker)
    undo(urgent, by=checker)
    check.refresh_from_db()
    assert (check.assignee, check.claim.assignee, check.claim.priority) == (checker, checker, 2)
    assert (check.state, check.submitted_by, check.submitted_digest) == (CheckState.SUBMITTED, checker, digest)
    assert check.approve(by=editor).state == CheckState.APPROVED


def test_an_assignment_stays_that_came_with_words_of_the_draft(checker, editor):
    check = factories.draft(by=checker)
    check.edit(by=checker, assignee=editor, summary="Other words")
    edited = last()
    check.submit(by=checker)
    with pytest.raises(Refused, match="It waits for a second person"):
        undo(edited, by=checker)
    assert Check.objects.get().assignee == editor


def test_what_a_published_verdict_rests_on_stays(checker, editor):
    verdict = factories.verdict(checker, editor)
    added = Act.objects.filter(verb="evidence.add").latest("position")
    with pytest.raises(Refused, match=r"closed check rests|check is closed|stands on it"):
        undo(added, by=checker)
    assert verdict.check_file.evidence.count() == 1


def test_what_came_later_is_named(checker, editor):
    claim = factories.claim(by=checker)
    edit_claim(claim, by=checker, priority=4)
    first = last()
    edit_claim(claim, by=editor, priority=1)
    with pytest.raises(Refused, match="Something later stands on it: Edda Testperson edited the claim, "):
        undo(first, by=checker)


def test_steps_are_undone_one_by_one_and_done_again(checker, editor):
    claim = factories.claim(by=checker, priority=2)
    edit_claim(claim, by=checker, priority=4)
    first = last()
    edit_claim(claim, by=editor, priority=1)
    second = last()
    undo(second, by=editor)
    undo(first, by=checker)
    withdrawn = last()
    assert Claim.objects.get().priority == 2
    with pytest.raises(Refused, match="undone already"):
        undo(first, by=checker)
    undo(withdrawn, by=checker)
    assert Claim.objects.get().priority == 4
    again = last()
    undo(first, by=checker)
    assert Claim.objects.get().priority == 2
    with pytest.raises(Refused, match=r"stands on it|undone already"):
        undo(again, by=checker)


def test_the_same_value_set_anew_is_somebodys_later_word(checker, editor):
    claim = factories.claim(by=checker, priority=2)
    edit_claim(claim, by=checker, priority=4)
    first = last()
    edit_claim(claim, by=editor, priority=1)
    edit_claim(claim, by=editor, priority=4)
    with pytest.raises(Refused, match="Edda Testperson edited the claim"):
        undo(first, by=checker)


def test_a_selection_stays_once_its_check_is_open(checker):
    claim = factories.claim()
    claim.select(by=checker, why="reach", reason="Test")
    selected = last()
    start_check(claim, by=checker, assignee=None)
    with pytest.raises(Refused, match="A check of this claim is open or published"):
        undo(selected, by=checker)


def test_an_assignment_stays_once_its_check_was_started_in_those_hands(checker, editor):
    claim, other = factories.selected(), factories.selected()
    for each in (claim, other):
        each.assign(checker, by=editor)
    given, second = Act.objects.order_by("-position")[:2][::-1]
    check = start_check(claim, by=checker)
    with pytest.raises(Refused, match="A check of this claim was started since"):
        undo(given, by=editor)
    assert (Claim.objects.get(pk=claim.pk).assignee, Check.objects.get().assignee) == (checker, checker)
    undo(second, by=editor)
    assert Claim.objects.get(pk=other.pk).assignee is None
    check.abandon(by=checker, reason="Test: begun by mistake")
    undo(given, by=editor)
    assert Claim.objects.get(pk=claim.pk).assignee is None


def test_an_assignment_made_while_a_check_is_open_is_undone_with_it(checker, editor):
    check = factories.draft(by=checker)
    check.claim.assign(editor, by=editor)
    undo(last(), by=editor)
    assert (Claim.objects.get().assignee, Check.objects.get().assignee) == (checker, checker)


def test_what_is_never_undone(checker, editor, chief):
    factories.verdict(checker, editor)
    for act in Act.objects.exclude(verb__in=UNDOABLE):
        with pytest.raises(NotAllowed):
            undo(act, by=chief)
    assert {"check.approve", "check.publish", "claim.note"} <= set(Act.objects.values_list("verb", flat=True))


def test_who_may(checker, editor, chief):
    check = factories.submitted(checker)
    submitted = last()
    for person in (factories.person("pim", "contributor"), factories.person("nora", "auditor"), editor):
        with pytest.raises(NotAllowed):
            undo(submitted, by=person)
    undo(submitted, by=checker)
    check.refresh_from_db()
    assert check.state == CheckState.DRAFTING


def test_a_submission_that_its_author_withdrew_is_given_back_by_nobody_else(checker, chief):
    """Rule 3: or a managing editor would submit in another's name and approve it alone."""
    check = factories.submitted(checker)
    undo(last(), by=checker)
    withdrawn = last()
    with pytest.raises(NotAllowed):
        undo(withdrawn, by=chief)
    check.refresh_from_db()
    assert (check.state, check.submitted_by) == (CheckState.DRAFTING, None)
    undo(withdrawn, by=checker)
    check.refresh_from_db()
    assert (check.state, check.submitted_by) == (CheckState.SUBMITTED, checker)
    assert check.approve(by=chief).override_reason == ""


def test_nor_by_way_of_what_others_undid_between(checker, editor, chief):
    factories.submitted(checker)
    submitted = last()
    undo(submitted, by=chief)
    withdrawn = last()
    for person in (editor, chief):
        with pytest.raises((NotAllowed, Refused)):
            undo(withdrawn, by=person)
    assert Check.objects.get().state == CheckState.DRAFTING
    undo(withdrawn, by=checker)
    assert Check.objects.get().state == CheckState.SUBMITTED


def test_nobody_sends_a_draft_back_in_anothers_name(checker, editor, chief):
    factories.submitted(checker).send_back(by=editor, reason="Count again")
    undo(last(), by=chief)
    for person in (checker, chief):
        with pytest.raises(NotAllowed):
            undo(last(), by=person)
    undo(last(), by=editor)
    assert Check.objects.get().returned_because == "Count again"


def test_protected_evidence_is_not_undone_by_whoever_may_not_see_it(checker, monkeypatch):
    claim = factories.claim()
    piece = add_evidence(
        claim, by=checker, kind="interview", stance="context", excerpt="A voice", origin="Keeper", protected=True
    )
    edit_evidence(piece, by=checker, excerpt="Another voice")
    edit = last()
    blind = factories.person("bela", "fact-checker")
    monkeypatch.setattr(type(blind), "may", lambda person, permission: permission != "see_protected")
    with pytest.raises(Refused, match="no longer there"):
        undo(edit, by=blind)


def test_the_page_undoes_once_and_says_what_it_gives_back(client, checker):
    claim = factories.claim(by=checker)
    edit_claim(claim, by=checker, statement="Twelve candles burn")
    address = reverse("undo_act", args=[last().pk])
    client.force_login(checker)
    assert address in client.get(reverse("claim_history", args=[claim.pk])).text
    page = client.get(address)
    assert "Twelve candles burn" in page.text
    once = str(page.context["form"]["once"].value())
    for _sent in range(2):
        answer = client.post(address, {"once": once}, follow=True)
        assert answer.status_code == 200
    assert Act.objects.filter(verb="undo").count() == 1
    claim.refresh_from_db()
    assert claim.statement != "Twelve candles burn"
    assert "It was undone." in client.get(reverse("claim_history", args=[claim.pk])).text
    client.force_login(factories.person("nora", "auditor"))
    assert client.post(address, {"once": once}).status_code == 403


def test_a_refused_undoing_says_why_on_its_page(client, checker):
    claim = factories.claim(by=checker)
    edit_claim(claim, by=checker, priority=4)
    first = last()
    edit_claim(claim, by=checker, priority=1)
    client.force_login(checker)
    page = client.post(reverse("undo_act", args=[first.pk]), {"once": ""})
    assert "Something later stands on it: Vera Testperson edited the claim" in page.text
    assert Claim.objects.get().priority == 1
    assert Appearance.objects.count() == 1


def test_no_undoing_is_offered_of_what_was_published(client, checker, editor):
    claim = factories.selected(by=checker)
    select = last()
    check = factories.draft(on=claim, by=checker)
    drafted = list(Act.objects.filter(position__gt=select.position, verb__startswith="check."))
    client.force_login(checker)
    history = reverse("claim_history", args=[claim.pk])
    offered = [reverse("undo_act", args=[act.pk]) in client.get(history).text for act in drafted]
    assert True in offered
    publish(check.submit(by=checker).approve(by=editor), by=editor)
    for act in Act.objects.filter(verb__startswith="check.", verb__in=UNDOABLE):
        with pytest.raises(Refused):
            undo(act, by=checker)
        assert reverse("undo_act", args=[act.pk]) not in client.get(history).text


def test_what_was_done_to_a_claim_may_be_undone_though_a_submission_fell_by_it(client, checker, editor):
    check = factories.draft(by=checker).submit(by=checker)
    edit_claim(check.claim, by=editor, statement="Test: 42 lamps were relit")
    edited = last()
    assert edited.changes.filter(kind="check").exists()
    publish(Check.objects.get().submit(by=checker).approve(by=editor), by=editor)
    client.force_login(checker)
    assert reverse("undo_act", args=[edited.pk]) in client.get(reverse("claim_history", args=[check.claim_id])).text
    undo(edited, by=checker)
    assert Claim.objects.get().statement != "Test: 42 lamps were relit"
