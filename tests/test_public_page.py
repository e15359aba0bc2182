"""The public page of a published claim: the frozen copies of its verdict, and nothing that the desk keeps to itself."""

from datetime import date

import pytest
from django.urls import reverse

from claims.models.claimants import Claimant
from claims.models.editing import edit_claimant, edit_source
from claims.models.noting import edit_claim, find_attribution
from claims.models.publishing import publish
from tests import factories


def page_of(client, verdict):
    response = client.get(reverse("public_claim", args=[verdict.claim_id]))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("state", ["claim", "selected", "draft", "submitted"])
def test_what_is_not_published_is_not_there(client, checker, state):
    made = {"submitted": lambda: factories.submitted(checker)}.get(state, getattr(factories, state))()
    claim = getattr(made, "claim", made)
    assert client.get(reverse("public_claim", args=[claim.pk])).status_code == 404


def test_it_shows_the_claim_the_rating_with_its_meaning_and_who_stands_behind_it(client, checker, editor, settings):
    settings.DESK_NAME = "The Test Desk"
    claim = factories.selected(
        statement="41 lamps were relit", appearance={"role": "Harbour master", "said_on": date(2025, 12, 3)}
    )
    verdict = factories.verdict(checker, editor, on=claim, rating="half-true", summary="Test data: some were.")
    page = page_of(client, verdict)
    for words in (
        "41 lamps were relit",
        "Half true",
        verdict.rating_meaning.replace("'", "&#x27;"),
        "Test data: some were.",
        "Mirabel Testwell",
        "Harbour master",
        "3 December 2025",
        factories.QUOTE,
        "Vera Testperson",
        "Edda Testperson",
        "The Test Desk",
        verdict.digest,
    ):
        assert words in page, words


def test_later_changes_of_the_records_do_not_change_it(client, checker, editor):
    verdict = factories.verdict(checker, editor)
    before = page_of(client, verdict)
    claim = verdict.claim
    edit_claim(claim, by=None, statement="Another statement")
    edit_claimant(Claimant.objects.get(pk=claim.claimant_id), by=None, name="Another Name")
    edit_source(claim.principal_appearance.source, by=None, title="Another title")
    assert page_of(client, verdict) == before


def test_evidence_stands_under_for_against_and_context_with_its_hash(client, checker, editor):
    claim = factories.selected()
    factories.evidence(claim, stance="supports", excerpt="Test data: for")
    factories.evidence(claim, stance="contradicts", excerpt="Test data: against")
    factories.evidence(claim, stance="context", kind="calculation", calculation="20 + 21 = 41", excerpt="")
    verdict = factories.verdict(checker, editor, on=claim)
    page = page_of(client, verdict)
    order = ["Supports", "Test data: for", "Contradicts", "Test data: against", "Context", "20 + 21 = 41"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    for piece in verdict.frozen_evidence.exclude(snapshot_sha256=""):
        assert piece.snapshot_sha256 in page


def test_protected_evidence_is_named_as_such_and_nothing_of_it_is_shown(client, checker, editor):
    claim = factories.selected()
    secret = factories.source(title="Secret ledger", url="https://secret.example/ledger", protected=True)
    factories.evidence(claim, source=secret, excerpt="The secret words", origin="A secret person")
    page = page_of(client, factories.verdict(checker, editor, on=claim))
    assert page.count("A protected source") == 1
    assert "ecret" not in page


def test_a_protected_source_of_the_claim_is_not_named(client, checker, editor):
    secret = factories.source(title="Secret ledger", url="https://secret.example/ledger", protected=True)
    page = page_of(client, factories.verdict(checker, editor, on=factories.selected(where=secret)))
    assert "A protected source" in page
    assert "ecret ledger" not in page
    assert "secret.example" not in page


def test_the_explanation_is_markdown_in_which_nothing_runs(client, checker, editor):
    explanation = (
        "# Heading\n\n**Bold** <script>alert(1)</script> <img src=x onerror=alert(1)>\n\n"
        "[good](https://lamps.example/?a=1&b=2) [bad](javascript:alert(1)) [worse](data:text/html,x) "
        "[mail](mailto:x@y.example) [here](/desk/) ![picture](https://spy.example/p.png) "
        '[quoted](https://x.example/"onclick=alert(1)) <https://auto.example/>'
    )
    page = page_of(client, factories.verdict(checker, editor, explanation=explanation))
    prose = page[page.index('<div class="prose"') : page.index('aria-labelledby="evidence"')]
    assert "<h3>Heading</h3>" in prose
    assert "<strong>Bold</strong> &lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt;" in prose
    assert '<a href="https://lamps.example/?a=1&amp;b=2" rel="noopener nofollow">good</a>' in prose
    assert "<img" not in prose
    links = [part.split('"')[0] for part in prose.split('href="')[1:]]
    assert [link.split(":")[0] for link in links] == ["https"] * len(links)
    assert "[bad](javascript:alert(1)) [worse](data:text/html,x)" in prose


def test_what_was_typed_stays_text(client, checker, editor):
    claim = factories.selected(statement="<b>41</b> lamps & 'more' \"lamps\"")
    page = page_of(client, factories.verdict(checker, editor, on=claim, summary="<i>Test</i>"))
    assert "&lt;b&gt;41&lt;/b&gt; lamps &amp; &#x27;more&#x27; &quot;lamps&quot;" in page
    assert "<i>Test</i>" not in page


def test_a_verdict_on_the_attribution_alone_says_so_in_words(client, checker, editor):
    claim = factories.selected()
    find_attribution(claim.principal_appearance, "not_so", by=None)
    claim.refresh_from_db()
    page = page_of(client, factories.verdict(checker, editor, on=claim, rating=None))
    assert "Was it said as reported? <strong>Not said so</strong>" in page
    assert 'class="meaning"' not in page


def test_an_override_shows_as_an_override_with_its_reason(client, chief):
    check = factories.submitted(chief).approve(by=chief, override_reason="Test: nobody else was there")
    page = page_of(client, publish(check, by=chief))
    assert "Approved by the person who wrote it." in page
    assert "Test: nobody else was there" in page


def test_it_is_the_same_page_for_everybody(client, checker, editor):
    verdict = factories.verdict(checker, editor)
    before = page_of(client, verdict)
    client.force_login(checker)
    assert page_of(client, verdict) == before


def test_it_costs_the_same_with_1_and_with_9_pieces_of_evidence(client, checker, editor, django_assert_num_queries):
    one = factories.verdict(checker, editor)
    claim = factories.selected()
    for _time in range(9):
        factories.evidence(claim)
    nine = factories.verdict(checker, editor, on=claim)
    for verdict in (one, nine):
        with django_assert_num_queries(3):
            page_of(client, verdict)


def test_a_page_tells_what_changed_when_and_why_and_leads_to_what_stood_before(client, checker, editor, chief):
    first = factories.verdict(checker, editor, rating="true", summary="Test: 41 lamps were counted.")
    assert "What changed" not in page_of(client, first)
    said = {"note": "Test: one lamp was counted twice.", "summary": "Test: 40 lamps were counted."}
    second = factories.replaced(first, checker, editor, chief, **said)
    page = page_of(client, second)
    assert page.count("Correction: we erred") == 2  # under the verdict, and in its history
    assert "Test: one lamp was counted twice." in page
    assert "[removed: </span>41<" in page and "[added: </span>40<" in page
    assert f'href="{first.own_url}"' in page
    old = client.get(first.own_url).content.decode()
    for words in ("no longer in force", "Test: 41 lamps were counted.", "Test: one lamp was counted twice."):
        assert words in old
    assert "Test: 40 lamps" not in old
    assert "It is in force." in client.get(second.own_url).content.decode()
    assert f'rel="canonical" href="http://127.0.0.1:8000/claims/{first.claim_id}/"' in old


def test_a_slip_of_the_pen_stands_in_the_history_alone(client, checker, editor, chief):
    first = factories.verdict(checker, editor)
    page = page_of(client, factories.replaced(first, checker, editor, chief, kind="editorial", summary="Test data."))
    assert page.count("Editorial: a slip of the pen") == 1


def test_a_retracted_verdict_says_so_and_what_it_said_stays(client, checker, editor, chief):
    first = factories.verdict(checker, editor, rating="true", summary="Test: 41 lamps were counted.")
    gone = {"kind": "retraction", "note": "Test: our notes were lost.", "summary": "Test: we say nothing."}
    last = factories.replaced(first, checker, editor, chief, **gone, evidence=[])
    page = page_of(client, last)
    assert "says nothing any more about this claim" in page
    assert "Test: our notes were lost." in page and f'href="{first.own_url}"' in page
    assert "Was it said as reported?" not in page and "published without evidence" not in page
    old = client.get(first.own_url).content.decode()
    assert "Then the desk retracted it, and says nothing any more about this claim." in old
    assert "Test: 41 lamps were counted." in old and "Was it said as reported?" in old


@pytest.mark.parametrize("number", [0, 2, 10**20])
def test_a_verdict_that_never_was_is_not_there(client, checker, editor, number):
    verdict = factories.verdict(checker, editor)
    assert client.get(reverse("public_verdict", args=[verdict.claim_id, number])).status_code == 404


def test_it_costs_the_same_with_1_and_with_4_verdicts(client, checker, editor, chief, django_assert_num_queries):
    verdict = factories.verdict(checker, editor)
    for kind in (None, "clarification", "update", "correction"):
        if kind:
            verdict = factories.replaced(verdict, checker, editor, chief, kind=kind, summary=f"Test: {kind}.")
        for address in (verdict.get_absolute_url(), verdict.own_url):
            with django_assert_num_queries(3):
                client.get(address)
