"""The whole life of a check through its pages: two people, a third who is refused, and the override."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from claims.forms.answers import answers_as_fields
from claims.models import Act, Check, Claim, Rating, noting
from tests import factories


def at(person):
    client = Client()
    client.force_login(person)
    return client


def page(client, claim):
    return client.get(claim.get_absolute_url()).content.decode()


def offered(client, claim):
    """The verbs whose forms stand on the claim's page."""
    return re.findall(r'action="/desk/(?:claims|checks)/\d+/([a-z-]+)/"', page(client, claim))


def send(client, name, record, **values):
    version = type(record).objects.get(pk=record.pk).version
    return client.post(reverse(name, args=[record.pk]), {"once": uuid4(), "version": version, **values})


def drafted(check, **values):
    chosen = list(check.evidence.values_list("pk", flat=True))
    rating = Rating.objects.get(slug="true").pk
    return {
        "rating": rating, "summary": "Test data: counted.", "explanation": "*Counted*", "disclosures": "",
        "evidence_until": "2026-06-01", "evidence": chosen, **answers_as_fields(factories.answers()),
    } | values  # fmt: skip


def test_a_claim_goes_from_noted_to_published_by_two_people(checker, editor):
    vera, edda = at(checker), at(editor)
    claim = factories.claim(by=checker)
    assert offered(vera, claim) == ["select", "assign", "decline"]
    send(vera, "select_claim", claim, why="reach", reason="Test: widely met")
    factories.evidence(claim, by=checker)
    assert offered(vera, claim) == ["check", "assign", "decline", "put-back"]
    send(vera, "start_check", claim)
    check = Check.objects.get()
    assert (check.assignee, offered(vera, claim)) == (checker, ["assign", "edit", "abandon", "ask-opinion"])

    assert send(vera, "edit_check", check, **drafted(check)).url == check.get_absolute_url()
    assert "<em>Counted</em>" not in page(vera, claim)
    assert send(edda, "submit_check", check).status_code == 302
    send(edda, "take_back_check", check)
    send(vera, "edit_check", check, submit="1", **drafted(check, summary="Test data: counted twice."))
    check.refresh_from_db()
    assert (check.state, check.submitted_by, check.summary) == ("submitted", checker, "Test data: counted twice.")

    assert offered(vera, claim) == ["assign", "take-back", "ask-opinion"]
    assert offered(edda, claim) == ["assign", "approve", "send-back", "ask-opinion"]
    assert "<em>Counted</em>" in page(edda, claim)

    send(edda, "send_back_check", check, reason="Test: say where")
    assert "Test: say where" in page(vera, claim)
    send(vera, "edit_check", check, submit="1", **drafted(check, summary="Test data: counted in the office."))
    send(edda, "approve_check", check)
    assert offered(edda, claim) == ["assign", "publish", "withdraw-approval", "ask-opinion"]
    send(edda, "withdraw_approval", check, reason="Test: one word more")
    send(vera, "submit_check", check)
    send(edda, "approve_check", check)
    assert send(edda, "publish_check", check).url == check.get_absolute_url()
    claim = Claim.objects.get()
    assert (claim.status, claim.verdict.summary) == ("published", "Test data: counted in the office.")
    assert (claim.verdict.author, claim.verdict.approver) == ("Vera Testperson", "Edda Testperson")
    assert offered(edda, claim) == ["assign"]
    assert "Verdict 1" in page(edda, claim)


def test_a_third_without_the_role_and_the_submitter_are_refused(checker, outsider):
    check = factories.submitted(checker)
    for name in ("approve_check", "send_back_check", "publish_check", "submit_check"):
        assert send(at(outsider), name, check, reason="Test").status_code == 403
    assert send(at(checker), "approve_check", check).status_code == 403
    refusals = [(act.actor, act.changes.get().values["method"][1]) for act in Act.objects.filter(verb="refusal")]
    assert refusals == [(outsider, "POST")] * 4 + [(checker, "POST")]
    check.refresh_from_db()
    assert check.state == "submitted"


def test_nobody_approves_their_own_submission(editor):
    edda = at(editor)
    check = factories.submitted(editor)
    assert "approve" not in offered(edda, check.claim)
    answer = send(edda, "approve_check", check, override_reason="Test: alone")
    assert answer.status_code == 403
    check.refresh_from_db()
    assert (check.state, Act.objects.order_by("-position").first().verb) == ("submitted", "refusal")


def test_an_override_needs_its_reason_and_shows_it(chief):
    max_ = at(chief)
    check = factories.submitted(chief)
    assert offered(max_, check.claim) == ["assign", "approve", "take-back", "ask-opinion"]
    answer = send(max_, "approve_check", check, override_reason="")
    assert answer.context["form"].errors == {
        "override_reason": ["You submitted this yourself. Give the reason why you approve it alone."]
    }
    send(max_, "approve_check", check, override_reason="Test: nobody else on duty")
    assert "Test: nobody else on duty" in page(max_, check.claim)
    send(max_, "publish_check", check)
    assert Claim.objects.get().verdict.override_reason == "Test: nobody else on duty"


def test_the_reason_for_an_override_is_asked_of_the_submitter_alone(checker, chief):
    check = factories.submitted(checker)
    assert 'name="override_reason"' not in page(at(chief), check.claim)


def test_a_draft_that_lacks_something_is_neither_saved_nor_submitted(checker):
    vera = at(checker)
    check = factories.draft(by=checker, summary="Test data: before")
    answer = send(vera, "edit_check", check, submit="1", **drafted(check, summary="", explanation="Kept", evidence=[]))
    form = answer.context["form"]
    assert sorted(form.errors) == ["evidence", "summary"]
    assert form["explanation"].value() == "Kept"
    check.refresh_from_db()
    assert (check.state, check.summary) == ("drafting", "Test data: before")


def test_an_editor_who_changes_a_submission_returns_it(checker, editor):
    edda = at(editor)
    check = factories.submitted(checker)
    assert "returns it to its author" in page(edda, check.claim)
    assert send(at(checker), "edit_check", check, **drafted(check)).status_code == 403
    send(edda, "edit_check", check, **drafted(check, summary="Test data: better said"))
    check.refresh_from_db()
    assert (check.state, check.summary) == ("drafting", "Test data: better said")
    assert "Edda Testperson edited the draft." in page(at(checker), check.claim)


def test_an_abandoned_check_is_listed(checker):
    vera = at(checker)
    check = factories.draft(by=checker, summary="Test data: never finished")
    send(vera, "abandon_check", check, reason="Test: checked elsewhere")
    text = page(vera, check.claim)
    assert "Abandoned" in text
    assert "Test data: never finished" in text
    assert Claim.objects.get().status == "selected"


def test_evidence_that_the_drafter_may_not_see_stays_chosen(checker):
    claim = factories.selected()
    factories.evidence(claim, protected=True)
    check = factories.draft(on=claim, by=checker)
    seen = at(checker).get(reverse("edit_check", args=[check.pk])).context["form"]
    assert [each.pk for each in seen.fields["evidence"].queryset] == [claim.evidence.get().pk]
    auditor = factories.person("anna", "auditor")
    form = type(seen)(drafted(check, evidence=[], version=check.version), user=auditor, record=check)
    assert form.is_valid()
    assert form.values()["evidence"] == [claim.evidence.get()]


def test_a_stale_draft_overwrites_nothing_and_shows_both(checker, editor):
    vera = at(checker)
    check = factories.draft(by=checker, summary="Test data: first")
    opened = check.version
    check.edit(by=editor, summary="Test data: the editor's")
    url = reverse("edit_check", args=[check.pk])
    typed = drafted(check, summary="Test data: mine", version=opened, once=uuid4())
    answer = vera.post(url, typed)
    form = answer.context["form"]
    assert form.non_field_errors() == ["Somebody else changed this meanwhile. Nothing was overwritten."]
    assert ("Summary", "Test data: the editor's", "Test data: mine") in form.differences()
    text = answer.content.decode()
    assert "Test data: the editor&#x27;s" in text
    assert form["summary"].value() == "Test data: mine"
    check.refresh_from_db()
    assert check.summary == "Test data: the editor's"
    assert vera.post(url, typed | {"version": form["version"].value()}).status_code == 302
    check.refresh_from_db()
    assert check.summary == "Test data: mine"


def shown_on(page):
    """What a browser would send of the form as the page shows it."""
    form = page.context["form"]
    sent = {"once": uuid4(), "version": form["version"].value(), "seen": form["seen"].value()}
    for bound in form.visible_fields():
        value = bound.value()
        sent[bound.html_name] = "" if value is None else value
    return sent


def test_what_nobody_typed_into_takes_over_what_a_colleague_saved_there(checker, editor):
    vera = at(checker)
    check = factories.draft(by=checker, summary="Test data: first", disclosures="Test data: none")
    url = reverse("edit_check", args=[check.pk])
    typed = shown_on(vera.get(url)) | {"summary": "Test data: mine"}
    check.edit(by=editor, disclosures="Test data: her brother", summary="Test data: the editor's")
    answer = vera.post(url, typed)
    form = answer.context["form"]
    assert form.differences() == [("Summary", "Test data: the editor's", "Test data: mine")]
    assert form.taken_over == ["Disclosures"]
    assert form["disclosures"].value() == "Test data: her brother"
    assert "Where you had typed nothing" in answer.content.decode()
    again = shown_on(answer)
    check.edit(by=editor, disclosures="Test data: her cousin")
    answer = vera.post(url, again)
    assert answer.context["form"].taken_over == ["Disclosures"]
    assert vera.post(url, shown_on(answer)).status_code == 302
    check.refresh_from_db()
    assert (check.summary, check.disclosures) == ("Test data: mine", "Test data: her cousin")


def test_what_was_emptied_is_typed_too(checker, editor):
    vera = at(checker)
    check = factories.draft(by=checker, summary="Test data: first", disclosures="Test data: none")
    url = reverse("edit_check", args=[check.pk])
    typed = shown_on(vera.get(url)) | {"disclosures": ""}
    check.edit(by=editor, disclosures="Test data: her brother")
    form = vera.post(url, typed).context["form"]
    assert form.differences() == [("Disclosures", "Test data: her brother", "")]
    assert form.taken_over == []
    assert form["disclosures"].value() == ""


def test_a_claims_topics_and_claimant_are_taken_over_too(checker, editor):
    vera = at(checker)
    claim = factories.selected()
    url = reverse("edit_claim", args=[claim.pk])
    typed = shown_on(vera.get(url)) | {"statement": "Test data: mine"}
    said_by = {"name": "Test Nobody", "kind": "person"}
    noting.edit_claim(claim, by=editor, topics=["Test brine", "Test boats"], claimant=said_by)
    form = vera.post(url, typed).context["form"]
    assert (form.differences(), form.conflict.alone) == ([], ["Statement"])
    assert (form["topics"].value(), form["said_by"].value()) == ("Test boats, Test brine", "Test Nobody")
    assert form.taken_over == ["Who said it", "Topics"]


@pytest.mark.parametrize("name", ["submit_check", "approve_check", "publish_check", "abandon_check", "send_back_check"])
def test_a_verb_out_of_turn_is_refused_on_its_page(chief, checker, name):
    check = factories.verdict(checker, chief).check_file
    answer = send(at(chief), name, check, reason="Test")
    assert answer.context["form"].non_field_errors() == ["This cannot be done now: it is “Published”."]


def test_a_get_starts_and_ends_nothing(chief, checker):
    check = factories.submitted(checker)
    before = Act.objects.count()
    for name in ("edit_check", "take_back_check", "send_back_check", "approve_check", "publish_check", "abandon_check"):
        assert at(chief).get(reverse(name, args=[check.pk])).status_code == 200
    assert Act.objects.count() == before
