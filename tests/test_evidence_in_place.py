"""Evidence on the claim's page by htmx: the same views, the same forms, the same rules; only the answer is smaller."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import Act, Check, Claim
from claims.models.evidencing import edit_evidence
from tests import factories

IN_PLACE = {"HX-Request": "true"}


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def typed(**values):
    return {
        "once": uuid4(), "kind": "observation", "stance": "supports", "origin": "Test office", "primary": "on",
        "excerpt": "41 test lamps",
    } | values  # fmt: skip


def send(client, name, record, **values):
    return client.post(reverse(name, args=[record.pk]), typed(**values), headers=IN_PLACE)


def versions(answer):
    """(from, to) of the check that the answer tells the page of."""
    return tuple(
        map(int, re.search(r'data-check-from="(\d+)" data-check-to="(\d+)"', answer.content.decode()).groups())
    )


def swapped(answer):
    """The ids of what the answer replaces beside the list of evidence."""
    return re.findall(r'id="([\w-]+)"[^>]*hx-swap-oob="true"', answer.content.decode())


def test_the_form_comes_alone_and_with_the_page_around_it_without_scripts(desk):
    claim = factories.claim()
    for name, record in (("add_evidence", claim), ("edit_evidence", factories.evidence(claim))):
        url = reverse(name, args=[record.pk])
        part, page = (desk.get(url, headers=headers).content.decode() for headers in (IN_PLACE, {}))
        assert ("<html" in part, "<html" in page) == (False, True)
        assert "HX-Request" in desk.get(url)["Vary"]
        assert f'action="{url}"' in part
        for field in ("kind", "stance", "source", "excerpt", "origin"):
            assert f'name="{field}"' in part
            assert f'name="{field}"' in page


def test_what_is_wrong_stands_at_the_field_and_what_was_typed_is_kept(desk):
    claim = factories.claim()
    answer = send(desk, "add_evidence", claim, excerpt="", origin="Kept office")
    assert answer.templates[0].name == "desk/_evidence_form.html"
    assert answer.context["form"].errors == {"excerpt": ["Write what was said or seen."]}
    assert 'value="Kept office"' in answer.content.decode()
    assert claim.evidence.count() == 0


def test_evidence_is_added_and_the_page_is_told_all_that_follows(desk, checker):
    check = factories.draft(by=checker)
    opened, before = check.version, Act.objects.count()
    answer = send(desk, "add_evidence", check.claim)
    check.refresh_from_db()
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#evidence-list", "innerHTML")
    assert (Act.objects.count() - before, versions(answer)) == (1, (opened, check.version))
    assert swapped(answer) == ["evidence-said", "evidence-new", "glance", "draft-evidence_field", "history-section"]
    text = answer.content.decode()
    assert "41 test lamps" in text
    assert "Done. It stands in the history." in text
    assert "<html" not in text
    assert 'name="summary"' not in text
    assert "Done. It stands in the history." not in desk.get(check.claim.get_absolute_url()).content.decode()


def test_the_draft_beside_it_can_be_saved_with_the_version_it_was_told(desk, checker):
    check = factories.draft(by=checker)
    draft = {"summary": "Test data: counted again.", "rating": check.rating_id, "once": uuid4()}
    stale = desk.post(reverse("edit_check", args=[check.pk]), draft | {"version": check.version - 1})
    assert stale.context["form"].differences()
    answer = send(desk, "add_evidence", check.claim)
    assert (
        desk.post(reverse("edit_check", args=[check.pk]), draft | {"version": versions(answer)[1]}).status_code == 302
    )


def test_somebody_else_s_change_of_the_draft_is_never_passed_over(desk, checker, editor):
    check = factories.draft(by=checker)
    opened = check.version
    check.edit(by=editor, summary="Test data: the editor's")
    told, _now = versions(send(desk, "add_evidence", check.claim))
    # The page changes a version only where it is the one the act began from.
    assert told != opened


def test_a_fallen_submission_shows_the_whole_check_again(desk, checker):
    check = factories.submitted(checker)
    piece = check.evidence.get()
    answer = send(desk, "edit_evidence", piece, version=piece.version, source=piece.source_id, excerpt="Other words")
    assert Check.objects.get().state == "drafting"
    assert "check-section" in swapped(answer)
    assert "The evidence changed after it was submitted" in answer.content.decode()


def test_a_stale_piece_is_not_overwritten_and_both_are_shown(desk, checker, editor):
    piece = factories.evidence(factories.claim(), by=checker)
    opened = piece.version
    edit_evidence(piece, by=editor, excerpt="The editor's words")
    answer = send(desk, "edit_evidence", piece, version=opened, source=piece.source_id, excerpt="My words")
    form = answer.context["form"]
    assert form.non_field_errors() == ["Somebody else changed this meanwhile. Nothing was overwritten."]
    assert ("Excerpt", "The editor's words", "My words") in form.differences()
    assert "My words</textarea>" in answer.content.decode()
    piece.refresh_from_db()
    assert piece.excerpt == "The editor's words"


def test_a_piece_is_removed_with_the_reason(desk, checker):
    piece = factories.evidence(factories.claim(), by=checker)
    url = reverse("remove_evidence", args=[piece.pk])
    asked = desk.post(url, {"once": uuid4(), "version": piece.version, "reason": ""}, headers=IN_PLACE)
    assert asked.context["form"].errors == {"reason": ["This field is required."]}
    answer = desk.post(url, {"once": uuid4(), "version": piece.version, "reason": "Test: wrong"}, headers=IN_PLACE)
    assert "No evidence is recorded yet." in answer.content.decode()
    assert Claim.objects.get().evidence.count() == 0


def test_the_same_form_twice_is_one_piece(desk):
    claim, values = factories.claim(), typed()
    for _each in range(2):
        answer = desk.post(reverse("add_evidence", args=[claim.pk]), values, headers=IN_PLACE)
    assert claim.evidence.count() == 1
    assert answer.status_code == 302  # The script follows it, sees that it was led elsewhere, and loads the page anew.


def test_who_may_not_gets_a_sentence_and_it_is_logged(client, db):
    auditor = factories.person("anna", "auditor")
    claim = factories.claim()
    client.force_login(auditor)
    for answer in (
        send(client, "add_evidence", claim),
        client.get(f"/desk/claims/{claim.pk}/evidence/new/", headers=IN_PLACE),
    ):
        assert (answer.status_code, answer.content.decode()) == (403, "<p>Your role does not allow this.</p>\n")
    assert [act.actor for act in Act.objects.filter(verb="refusal")] == [auditor, auditor]
    assert claim.evidence.count() == 0


def test_who_was_logged_out_is_told_so_in_place_and_learns_nothing(client, db):
    piece = factories.evidence(factories.claim())
    answer = send(client, "edit_evidence", piece, excerpt="My words")
    assert (answer.status_code, "You are logged out." in answer.content.decode()) == (401, True)
    assert piece.excerpt not in answer.content.decode()


def test_without_the_token_of_the_form_nothing_happens(checker):
    client = Client(enforce_csrf_checks=True)
    client.force_login(checker)
    claim = factories.claim()
    assert send(client, "add_evidence", claim).status_code == 403
    assert claim.evidence.count() == 0


def test_protected_evidence_is_no_more_visible_in_place(desk, checker, monkeypatch):
    claim = factories.claim()
    piece = factories.evidence(claim, by=checker, protected=True, excerpt="A secret excerpt")
    may = type(checker).may
    monkeypatch.setattr(type(checker), "may", lambda self, what: what != "see_protected" and may(self, what))
    answer = send(desk, "add_evidence", claim)
    assert ("A secret excerpt" in answer.content.decode(), answer.context["evidence_hidden"]) == (False, 1)
    assert desk.get(reverse("edit_evidence", args=[piece.pk]), headers=IN_PLACE).status_code == 404


def test_adding_costs_the_same_however_much_there_is(desk, checker):
    check = factories.draft(by=checker)

    def cost(number):
        for _each in range(number):
            factories.evidence(check.claim, by=checker)
        with CaptureQueriesContext(connection) as asked:
            assert send(desk, "add_evidence", check.claim)["HX-Retarget"] == "#evidence-list"
        return len(asked)

    # The page of the history is full from the first measurement on.
    assert cost(25) == cost(40) < 90


def test_whoever_removes_evidence_reads_the_whole_of_it(desk):
    words = "Test data: the lamps of the outer harbour were counted twice by two people who did not know of each other"
    piece = factories.evidence(factories.selected(), excerpt=words)
    assert str(piece).endswith("…") and words.startswith(str(piece)[:-1])
    assert words in desk.get(reverse("remove_evidence", args=[piece.pk])).text
