"""A claim's own page: what it shows, to whom, and at what cost."""

from uuid import uuid4

import pytest
from django.urls import reverse

from claims.models import Act, Claim, Evidence
from claims.models.appearances import LONGEST_QUOTE
from claims.models.evidencing import edit_evidence, remove_evidence
from claims.models.noting import add_appearance, edit_claim
from claims.states import ClaimStatus
from tests import factories

HIDDEN = "The hidden harbour ledger"


def page(client, claim, name="claim"):
    return client.get(reverse(name, args=[claim.pk])).content.decode()


def send(client, name, pk, record=None, **values):
    version = {} if record is None else {"version": type(record).objects.get(pk=record.pk).version}
    return client.post(reverse(name, args=[pk]), {"once": uuid4(), **version, **values})


@pytest.fixture
def auditor(db):
    return factories.person("anna", "auditor", name="Anna Testauditor")


@pytest.fixture
def protected(checker):
    """A selected claim with one open and one protected sighting, and one open and two protected pieces of evidence."""
    claim = factories.selected(by=checker, statement="41 test lamps were relit")
    closed = factories.source(title=HIDDEN, text="Ledger: the hidden count is 41.\n", protected=True)
    add_appearance(claim, by=checker, source=closed, quote="the hidden count is 41")
    factories.evidence(claim, by=checker, excerpt="An open count")
    piece = factories.evidence(claim, by=checker, excerpt="A secret excerpt", protected=True)
    factories.evidence(claim, by=checker, source=closed, excerpt="From the closed ledger")
    edit_evidence(piece, by=checker, excerpt="A milder excerpt", protected=False)
    return claim


def test_it_shows_the_words_in_their_context(client, checker):
    client.force_login(checker)
    claim = factories.claim(appearance={"role": "harbour master", "cue": "said", "reported_via": "the test radio"})
    text = page(client, claim)
    assert "<p>The harbour master said: “<mark>We relit 41 lamps in May.</mark>” Nobody else counted." in text
    for words in ("harbour master", "“said”", "the test radio", "outlet not known", "address not known"):
        assert words in text


@pytest.mark.parametrize("number", [1, 30])
def test_it_costs_the_same_however_much_there_is(client, checker, editor, django_assert_num_queries, number):
    client.force_login(checker)
    claim = factories.selected()
    for _each in range(number):
        where = factories.source()
        add_appearance(claim, by=checker, source=where, quote=factories.QUOTE)
        factories.evidence(claim, by=checker)
    check = factories.draft(on=claim, by=checker)
    check.submit(by=checker)
    check.send_back(by=editor, reason="Test: more evidence")
    page(client, claim)
    with django_assert_num_queries(48):
        page(client, claim)


def test_the_facts_and_what_can_be_done_come_before_the_appearances(client, checker):
    client.force_login(checker)
    text = page(client, factories.claim())
    order = [text.index(words) for words in ("<h1", 'aria-label="About this claim"', "/select/", 'id="appearances"')]
    assert order == sorted(order)


def test_protected_words_reach_only_who_may_see_them(client, auditor, checker, protected):
    secrets = (HIDDEN, "the hidden count", "A secret excerpt", "From the closed ledger")
    client.force_login(checker)
    seen = page(client, protected)
    assert [words for words in secrets if words not in seen] == []
    client.force_login(auditor)
    for name in ("claim", "claim_history"):
        seen = page(client, protected, name)
        assert [words for words in secrets if words in seen] == []
    assert "An open count" in page(client, protected)


def test_what_was_removed_stays_protected_in_the_history(client, auditor, checker, protected):
    for piece in Evidence.objects.filter(claim=protected):
        remove_evidence(piece, by=checker, reason="Test: not needed")
    client.force_login(auditor)
    seen = page(client, protected)
    assert "A secret excerpt" not in seen
    assert "From the closed ledger" not in seen
    assert HIDDEN not in seen
    assert "An open count" in seen


def test_the_draft_of_an_auditor_names_no_protected_evidence(client, auditor, checker, protected):
    factories.draft(on=protected, by=checker)
    client.force_login(auditor)
    seen = page(client, protected)
    assert "1 protected piece" in seen
    assert "From the closed ledger" not in seen
    assert "<textarea" not in seen


def test_the_history_tells_changes_in_words(client, checker):
    claim = factories.claim(statement="Forty test lamps", topics=["lamps"])
    other = factories.claimant("Osric Testbury")
    edit_claim(claim, by=checker, statement="Forty-one test lamps", claimant=other, topics=["harbours"], priority=3)
    client.force_login(checker)
    text = page(client, claim)
    for old, new in (
        ("Forty test lamps", "Forty-one test lamps"),
        ("Mirabel Testwell", "Osric Testbury"),
        ("lamps", "harbours"),
        ("Normal", "High"),
    ):
        assert f"<del>{old}</del> → <ins>{new}</ins>" in text
    assert "<strong>Vera Testperson</strong> edited the claim" in text


def test_twenty_acts_stand_on_the_page_and_the_others_behind_a_link(client, checker):
    claim = factories.claim(by=checker)
    for number in range(60):
        edit_claim(claim, by=checker, statement=f"Test lamps, edition {number}")
    client.force_login(checker)
    assert page(client, claim).count('<li id="act-') == 20
    first = client.get(reverse("claim_history", args=[claim.pk]))
    assert first.content.decode().count('<li id="act-') == 50
    second = client.get(reverse("claim_history", args=[claim.pk]), {"after": first.context["page"].after})
    assert [entry.act.verb for entry in second.context["history"]] == ["claim.edit"] * 10 + ["claim.note"]


def test_deciding_and_assigning(client, checker):
    client.force_login(checker)
    claim = factories.claim(by=checker)
    assert "Say why" not in page(client, claim)
    send(client, "select_claim", claim.pk, claim, why="harm", reason="Test: it may hurt")
    claim = Claim.objects.get(pk=claim.pk)
    assert (claim.status, claim.why_selected, claim.decision_reason) == ("selected", "harm", "Test: it may hurt")
    send(client, "assign_claim", claim.pk, claim, assignee=checker.pk, due_on="2026-03-01")
    assert Claim.objects.get(pk=claim.pk).assignee == checker
    send(client, "assign_claim", claim.pk, claim, assignee="")
    assert Claim.objects.get(pk=claim.pk).assignee is None
    send(client, "decline_claim", claim.pk, claim, reason="Test: too vague")
    assert Claim.objects.get(pk=claim.pk).status == ClaimStatus.NOT_CHECKING
    send(client, "put_back_claim", claim.pk, claim)
    assert Claim.objects.get(pk=claim.pk).status == ClaimStatus.NOTED


def test_a_reason_that_is_missing_is_asked_for_at_its_field(client, checker):
    client.force_login(checker)
    claim = factories.claim()
    answer = send(client, "decline_claim", claim.pk, claim, reason="")
    assert answer.context["form"].errors == {"reason": ["This field is required."]}
    assert Claim.objects.get(pk=claim.pk).status == ClaimStatus.NOTED


def test_editing_the_claim(client, checker):
    client.force_login(checker)
    parent, claim = factories.claim(), factories.claim(topics=["lamps"])
    url = reverse("edit_claim", args=[claim.pk])
    form = client.get(url).context["form"]
    assert (form["said_by"].value(), form["topics"].value()) == ("Mirabel Testwell", "lamps")
    values = {
        "statement": "=1+1 lamps", "kind": "figure", "language": "en", "said_by": "Osric Testbury", "priority": 4,
        "claimant_kind": "group", "topics": "harbours, lamps", "parent": parent.pk, "parts_needed": 2,
        "due_on": "2026-05-01", "recheck_on": "2027-05-01", "external_id": "T-1",
    }  # fmt: skip
    assert send(client, "edit_claim", claim.pk, claim, **values).status_code == 302
    claim = Claim.objects.get(pk=claim.pk)
    assert (claim.statement, claim.claimant.name, claim.claimant.kind) == ("=1+1 lamps", "Osric Testbury", "group")
    assert (claim.parent, claim.parts_needed, claim.external_id) == (parent, 2, "T-1")
    assert sorted(topic.name for topic in claim.topics.all()) == ["harbours", "lamps"]
    answer = send(client, "edit_claim", claim.pk, claim, **values | {"parent": claim.pk})
    assert answer.context["form"].errors == {"parent": ["A claim cannot be a part of itself."]}


def test_appearances_are_added_edited_judged_and_made_principal(client, checker):
    client.force_login(checker)
    claim, where = factories.claim(), factories.source()
    words = {"mode": "direct", "said_on_precision": "day", "relation": "same", "said_by": "Osric Testbury"}
    send(client, "add_appearance", claim.pk, quote=factories.QUOTE, source=where.pk, **words)
    second = claim.appearances.get(source=where)
    assert second.claimant.name == "Osric Testbury"
    send(client, "edit_appearance", second.pk, second, quote="Nobody else counted", **words | {"cue": "=said"})
    second.refresh_from_db()
    assert (second.quote, second.cue) == ("Nobody else counted", "=said")
    send(client, "find_attribution", second.pk, second, attribution="not_so", reason="Test: heard the tape")
    second.refresh_from_db()
    assert second.attribution == "not_so"
    send(client, "make_principal", second.pk, claim)
    assert Claim.objects.get(pk=claim.pk).principal_appearance == second


def test_a_double_click_on_remove_evidence_shows_the_one_result(client, checker):
    piece = factories.evidence(factories.claim(), by=checker)
    client.force_login(checker)
    typed = {"once": uuid4(), "version": piece.version, "reason": "Test: wrong claim"}
    for _click in range(2):
        answer = client.post(reverse("remove_evidence", args=[piece.pk]), typed, follow=True)
        assert (answer.status_code, answer.request["PATH_INFO"]) == (200, piece.claim.get_absolute_url())
    assert "This form was sent twice. It was done once." in answer.text
    assert Act.objects.filter(verb="evidence.remove").count() == 1
    again = client.post(reverse("remove_evidence", args=[piece.pk]), typed | {"once": uuid4()})
    assert again.status_code == 404


def test_evidence_is_added_edited_and_removed(client, checker):
    client.force_login(checker)
    claim, where = factories.claim(), factories.source()
    values = {"kind": "document", "stance": "supports", "origin": "Test office", "primary": "on", "excerpt": "41"}
    answer = send(client, "add_evidence", claim.pk, **values)
    assert answer.context["form"].errors == {"source": ["A document needs its source."]}
    assert answer.context["form"]["excerpt"].value() == "41"
    send(client, "add_evidence", claim.pk, source=where.pk, **values)
    piece = claim.evidence.get()
    assert (piece.source, piece.snapshot) == (where, where.full_text())
    send(client, "edit_evidence", piece.pk, piece, source=where.pk, **values | {"stance": "contradicts"})
    piece.refresh_from_db()
    assert piece.stance == "contradicts"
    send(client, "remove_evidence", piece.pk, piece, reason="Test: wrong claim")
    assert claim.evidence.count() == 0


def test_an_auditor_is_offered_nothing_and_refused_everything(client, auditor):
    claim = factories.claim()
    client.force_login(auditor)
    text = page(client, claim)
    # The forms round the page log out and choose colours; the page itself has none.
    assert text[text.index("<main") : text.index("</main>")].count("<form") == 0
    for name in ("edit_claim", "select_claim", "decline_claim", "assign_claim", "add_appearance", "add_evidence"):
        assert send(client, name, claim.pk, claim).status_code == 403


def test_a_quote_longer_than_allowed_is_refused_at_its_field(client, checker):
    client.force_login(checker)
    claim, where = factories.claim(), factories.source()
    answer = send(client, "add_appearance", claim.pk, source=where.pk, quote="x" * (LONGEST_QUOTE + 1), said_by="T")
    assert "quote" in answer.context["form"].errors
