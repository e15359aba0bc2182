"""The admin: every model is there, every change is a verb, and what is refused on a page is refused here."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils.timezone import localtime

from claims.admin.site import site
from claims.models import Act, Check, Claim, Evidence, LastSeen, Mail, Presence, Source, Topic, User
from claims.models.chain import chain_breaks
from claims.models.evidencing import edit_evidence
from claims.models.noting import edit_claim, find_attribution
from claims.models.publishing import publish
from claims.states import Decision
from tests import factories
from tests.admin_pages import act, added_row, address, button, errors, listing, said, sent, verbs

SHOWN_ONLY = {
    "act", "alias", "anchor", "change", "chosenevidence", "claimantrole", "claimtopic", "comment", "forgottencontent",
    "lastseen", "loghead", "mail", "mention", "notification", "presence", "rating", "searchdocument", "secondopinion",
    "snapshot", "snapshotfile", "verdict", "verdictevidence",
}  # fmt: skip


@pytest.fixture
def desk(client, editor):
    """A browser in which the editor is logged in."""
    client.force_login(editor)
    return client


@pytest.fixture
def administrator(db):
    return factories.person("ada", "administrator", name="Ada Testperson")


def test_every_model_is_registered():
    assert {*apps.get_app_config("claims").get_models()} == {*site._registry}


def test_every_page_of_every_model_opens(desk, checker, editor):
    published = factories.verdict(checker, editor, on=factories.selected(topics=["Lamps"]))
    factories.comment(published.claim, by=checker, text="Test: @edda, is this the whole count?")
    Mail.objects.create(person=editor)
    LastSeen.objects.update_or_create(person=editor)
    Presence.objects.say(published.claim, editor, "reading")
    factories.claimant("Of Two Names", aliases=["Two Names"], roles=[{"role": "Tester"}])
    for model, model_admin in site._registry.items():
        if model_admin.reads != "read_desk":  # not for editors: see test_admin_people.py and test_admin_bulk.py
            continue
        assert desk.get(listing(model)).status_code == 200, model
        for record in model_admin.get_queryset(desk.get(listing(model)).wsgi_request)[:1]:
            for page in ("change", "history"):
                assert desk.get(address(record, page)).status_code == 200, (model, page)
        adds = desk.get(listing(model, "add")).status_code
        writes = model._meta.model_name not in SHOWN_ONLY | {"check"}
        assert adds == (200 if writes else 403), model


def test_nothing_is_deleted_here(desk, checker, editor):
    verdict = factories.verdict(checker, editor)
    for record in (verdict, verdict.claim, verdict.check_file, Act.objects.first()):
        assert desk.post(address(record, "delete"), {"post": "yes"}).status_code == 403
        asked = {"action": "delete_selected", "_selected_action": [record.pk], "post": "yes"}
        desk.post(listing(type(record)), asked)
        assert type(record).objects.filter(pk=record.pk).count() == 1
    assert verdict.is_intact()


@pytest.mark.parametrize("name", sorted(SHOWN_ONLY))
def test_what_is_only_shown_takes_no_post(desk, checker, editor, name):
    published = factories.verdict(checker, editor, on=factories.selected(topics=["Lamps"]))
    factories.comment(published.claim, by=checker, text="Test: @edda, is this the whole count?")
    Mail.objects.create(person=editor)
    LastSeen.objects.update_or_create(person=editor)
    Presence.objects.say(published.claim, editor, "reading")
    factories.claimant("Of Two Names", aliases=["Two Names"], roles=[{"role": "Tester"}])
    record = apps.get_model("claims", name)._base_manager.first()
    before = verbs()
    page = reverse(f"admin:claims_{name}_change", args=[record.pk if record else 1])
    response = desk.post(page, {"summary": "changed", "version_seen": 1})
    assert response.status_code == 403
    assert verbs() == [*before, "refusal"]


# Who may enter


def test_nobody_enters_without_logging_in(client, db):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").url == "/accounts/login/?next=%2Fadmin%2F"


@pytest.mark.parametrize("role", ["contributor", "fact-checker", "auditor"])
def test_a_role_without_the_admin_is_refused_and_logged(client, db, role):
    client.force_login(factories.person("nell", role))
    assert client.get("/admin/claims/claim/").status_code == 403
    assert verbs()[-1] == "refusal"


def front(client):
    """{heading: tables} of the admin's first page."""
    parts = client.get("/admin/").context["app_list"]
    return {str(part["name"]): [model["object_name"] for model in part["models"]] for part in parts}


def test_what_an_editor_may_change_stands_before_what_is_only_shown(desk):
    parts = front(desk)
    written = ["Appearance", "Check", "Claimant", "Claim", "Evidence", "Publisher", "RequestForComment", "Source"]
    assert (list(parts), parts["To work on"]) == (["To work on", "To look up"], [*written, "Topic"])
    assert {"Verdict", "Act"} <= set(parts["To look up"])


def test_status_and_rating_are_shown_as_on_the_desk(desk, checker, editor):
    factories.verdict(checker, editor)
    for model in (Claim, Check):
        listed = desk.get(listing(model)).text
        assert 'class="badge status status-published"' in listed
        assert 'class="badge rating rating-true"' in listed


def test_an_administrator_sees_people_and_nothing_else(client, administrator):
    client.force_login(administrator)
    assert front(client) == {"To work on": ["User"], "To look up": ["KeptDraft"]}
    assert client.get(listing(Claim)).status_code == 403
    assert client.get(listing(Act)).status_code == 403


def test_an_editor_sees_no_accounts(desk, editor):
    assert desk.get(listing(User)).status_code == 403
    assert desk.get(address(editor)).status_code == 403


def test_logging_out_and_changing_the_password_are_the_sites_own(desk):
    assert desk.post("/admin/logout/").url == "/accounts/logout/"
    assert desk.get("/admin/password_change/").url == "/accounts/password/change/"


# Claims


def new_claim(**typed):
    return {
        "statement": "41 lamps were relit",
        "kind": "figure",
        "claimant": factories.claimant().pk,
        "topic_names": "Lamps, Harbour",
        "appearances-0-source": factories.source().pk,
        "appearances-0-quote": factories.QUOTE,
        "appearances-0-mode": "direct",
        **typed,
    }


def test_a_claim_is_noted_with_its_first_appearance_and_evidence(desk, editor):
    page = desk.get(listing(Claim, "add"))
    row = added_row(page, "evidence", kind="observation", stance="context", origin="Test", excerpt="Seen.")
    typed = new_claim(**row)
    before = len(verbs())
    response = desk.post(listing(Claim, "add"), sent(page, typed))
    claim = Claim.objects.get()
    assert response.status_code == 302
    assert verbs()[before:] == ["claim.note", "evidence.add"]
    assert Act.objects.get(verb="claim.note").actor == editor
    assert claim.principal_appearance.quote == factories.QUOTE
    assert claim.principal_appearance.claimant == claim.claimant
    assert [topic.name for topic in claim.topics.order_by("pk")] == ["Lamps", "Harbour"]
    assert claim.evidence.get().excerpt == "Seen."
    assert claim.has_evidence
    assert LogEntry.objects.count() == 0
    assert list(chain_breaks()) == []


def test_a_new_claim_needs_its_first_appearance(desk):
    page = desk.post(listing(Claim, "add"), sent(desk.get(listing(Claim, "add")), {"statement": "41 lamps"}))
    assert errors(page) == {
        "claimant": ["This field is required."],
        "appearances-0-source": ["This field is required."],
        "appearances-0-quote": ["This field is required."],
    }


def test_a_quote_that_is_not_in_the_text_is_an_error_at_its_field(desk):
    page = desk.get(listing(Claim, "add"))
    answer = desk.post(listing(Claim, "add"), sent(page, new_claim(**{"appearances-0-quote": "42 lamps"})))
    message = "These words are not in the text. Copy them exactly as they stand there."
    assert errors(answer) == {"appearances-0-quote": [message]}
    assert message in answer.text
    assert answer.context["adminform"].form["statement"].value() == "41 lamps were relit"
    assert Claim.objects.count() == 0
    assert Topic.objects.count() == 0


def test_words_at_two_places_ask_which_place(desk):
    twice = factories.source(text="It is so. And again: It is so.\n")
    typed = new_claim(**{"appearances-0-source": twice.pk, "appearances-0-quote": "It is so."})
    asked = desk.post(listing(Claim, "add"), sent(desk.get(listing(Claim, "add")), typed))
    place = asked.context["inline_admin_formsets"][0].formset.forms[0]["place"]
    assert [choice for choice, _label in place.field.widget.choices] == [0, 21]
    assert 'type="radio" name="appearances-0-place"' in asked.text
    desk.post(listing(Claim, "add"), sent(asked, {"appearances-0-place": 21}))
    assert Claim.objects.get().principal_appearance.anchors.get().start == 21


def test_a_form_sent_twice_notes_one_claim(desk):
    data = sent(desk.get(listing(Claim, "add")), new_claim())
    desk.post(listing(Claim, "add"), data)
    again = desk.post(listing(Claim, "add"), data)
    assert again.url == address(Claim.objects.get())
    assert said(again)[-1] == "This form was sent twice. It was done once."


def test_evidence_sent_twice_is_one_piece_even_where_the_claim_did_not_change(desk):
    claim = factories.claim()
    page = desk.get(address(claim))
    row = added_row(page, "evidence", kind="observation", stance="context", origin="Test", excerpt="Seen.")
    data = sent(page, row)
    assert [desk.post(address(claim), data).status_code for _time in range(2)] == [302, 302]
    assert claim.evidence.count() == 1


def test_a_claim_and_its_inlines_change_as_one_or_not_at_all(desk):
    claim = factories.claim(statement="41 lamps")
    piece = factories.evidence(claim)
    before = verbs()
    page = desk.get(address(claim))
    row = added_row(page, "appearances", source=factories.source().pk, quote="not there")
    typed = {"statement": "Some lamps", "evidence-0-origin": "Another", **row}
    before = verbs()
    answer = desk.post(address(claim), sent(page, typed))
    assert list(errors(answer)) == ["appearances-1-quote"]
    claim.refresh_from_db()
    piece.refresh_from_db()
    assert (claim.statement, piece.origin, verbs()) == ("41 lamps", "Test office", before)
    desk.post(address(claim), sent(answer, {"appearances-1-quote": factories.QUOTE}))
    assert verbs() == [*before, "claim.edit", "appearance.add", "evidence.edit"]
    assert list(chain_breaks()) == []


def test_a_stale_save_changes_nothing_and_shows_both_versions(desk, chief):
    claim = factories.claim(statement="41 lamps")
    page = desk.get(address(claim))
    edit_claim(claim, by=chief, statement="About 41 lamps")
    stale = desk.post(address(claim), sent(page, {"statement": "At least 41 lamps"}))
    claim.refresh_from_db()
    assert claim.statement == "About 41 lamps"
    assert errors(stale) == {
        "": ["Somebody else changed this meanwhile. Nothing was overwritten."],
        "statement": ["It now says: About 41 lamps"],
    }
    assert stale.context["adminform"].form["statement"].value() == "At least 41 lamps"
    assert desk.post(address(claim), sent(stale)).status_code == 302
    claim.refresh_from_db()
    assert claim.statement == "At least 41 lamps"


def test_a_row_that_changed_meanwhile_is_stale_too(desk, chief):
    claim = factories.claim()
    piece = factories.evidence(claim)
    page = desk.get(address(claim))
    edit_evidence(piece, by=chief, origin="Somebody else")
    stale = desk.post(address(claim), sent(page, {"priority": 4}))
    piece.refresh_from_db()
    claim.refresh_from_db()
    assert (piece.origin, claim.priority) == ("Somebody else", 2)
    assert errors(stale)["evidence-0"] == ["Somebody else changed this meanwhile. Nothing was overwritten."]


def test_a_page_without_the_version_is_refused(desk):
    claim = factories.claim()
    answer = desk.post(address(claim), sent(desk.get(address(claim)), {"version_seen": "", "statement": "Other"}))
    assert errors(answer) == {"version_seen": ["This field is required."]}


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("statement", "NUL \x00", "This holds a character that cannot be kept: U+0000 at character 5."),
        ("due_on", "20255-01-01", "Write the day as year-month-day, for example 2025-12-03."),
        ("language", "<b>", "Write a language code such as en, es or pt-BR."),
    ],
)
def test_bad_input_is_told_at_the_field(desk, field, typed, message):
    claim = factories.claim()
    answer = desk.post(address(claim), sent(desk.get(address(claim)), {field: typed}))
    assert list(errors(answer)) == [field]
    assert errors(answer)[field][0].startswith(message)
    assert verbs()[-1] == "claim.note"


def test_assigning_and_findings_are_verbs_of_their_own(desk, checker):
    claim = factories.claim()
    typed = {"assignee": checker.pk, "appearances-0-attribution": "as_reported"}
    desk.post(address(claim), sent(desk.get(address(claim)), typed))
    assert verbs()[-2:] == ["claim.assign", "appearance.find"]
    claim.refresh_from_db()
    assert claim.assignee == checker
    assert claim.principal_appearance.attribution == "as_reported"


def test_the_draft_is_written_on_the_claims_page(desk, checker):
    check = factories.draft(by=checker)
    page = desk.get(address(check.claim))
    typed = {"checks-0-summary": "Test data: it holds.", "statement": "41 lamps, exactly"}
    desk.post(address(check.claim), sent(page, typed))
    check.refresh_from_db()
    assert check.summary == "Test data: it holds."
    assert verbs()[-2:] == ["check.edit", "claim.edit"]


def test_a_draft_that_was_published_meanwhile_loses_no_words(desk, checker, chief):
    check = factories.submitted(checker)
    page = desk.get(address(check.claim))
    publish(check.approve(by=chief), by=chief)
    answer = desk.post(address(check.claim), sent(page, {"checks-0-summary": "Too late"}))
    assert answer.status_code == 200
    assert "Too late" in answer.text
    assert verbs()[-1] == "check.publish"


def test_a_claim_is_selected_declined_and_put_back_by_buttons(desk):
    claim = factories.claim()
    page = desk.get(address(claim))
    assert [each["button"].name for each in page.context["buttons"]] == ["select", "decline"]
    desk.post(act(claim, "select"), button(page, "select") | {"why": "reach", "reason": "Many met it"})
    desk.post(act(claim, "put-back"), button(desk.get(address(claim)), "put-back"))
    desk.post(act(claim, "decline"), button(desk.get(address(claim)), "decline") | {"reason": "Too vague"})
    claim.refresh_from_db()
    assert claim.decision == Decision.NOT_CHECKING
    assert verbs()[-3:] == ["claim.select", "claim.put_back", "claim.decline"]


def test_a_button_without_its_reason_keeps_what_was_typed(desk):
    claim = factories.claim()
    data = button(desk.get(address(claim)), "select") | {"why": "harm", "reason": ""}
    answer = desk.post(act(claim, "select"), data)
    assert answer.context["form"].errors == {"reason": ["This field is required."]}
    assert answer.context["form"]["why"].value() == "harm"
    assert verbs()[-1] == "claim.note"


def test_a_get_does_nothing(desk, checker):
    check = factories.draft(by=checker)
    before = verbs()
    assert desk.get(act(check, "submit")).status_code == 200
    assert verbs() == before


def test_the_list_of_claims_searches_as_the_desk_does(desk):
    factories.claim(statement="Forty-one lamps were relit")
    factories.claim(statement="The harbour froze", quote="The lamps burn oil.")
    found = desk.get(listing(Claim), {"q": "lamp relit forty"}).context["cl"].result_list
    assert [claim.statement for claim in found] == ["Forty-one lamps were relit"]


@pytest.mark.parametrize("model", [Claim, Evidence, Act, Source])
def test_a_list_costs_the_same_at_1_row_and_at_30(desk, django_assert_num_queries, checker, model):
    factories.draft(by=checker)
    desk.get(listing(model))
    with django_assert_num_queries(QUERIES[model.__name__]):
        desk.get(listing(model))
    for _number in range(29):
        factories.draft(by=checker)
    with django_assert_num_queries(QUERIES[model.__name__]):
        desk.get(listing(model))


QUERIES = {"Claim": 7, "Evidence": 4, "Act": 5, "Source": 5}


def test_the_history_of_a_claim_is_the_log(desk, checker, editor):
    verdict = factories.verdict(checker, editor)
    acts = desk.get(address(verdict.claim, "history")).context["acts"]
    assert list(acts) == list(Act.objects.of_claim(verdict.claim))


def test_the_list_says_what_a_verdict_on_the_attribution_alone_found(desk, checker, editor):
    claim = factories.selected()
    find_attribution(claim.principal_appearance, "not_so", by=checker)
    claim.refresh_from_db()
    factories.verdict(checker, editor, on=claim, rating=None)
    assert "Not said so" in desk.get(listing(Claim)).text


def test_days_in_lists_are_short_and_the_system_has_a_name(desk, editor):
    factories.claim()
    page = desk.get(listing(Act)).text
    assert localtime().strftime("%b %Y, ") in page
    assert "The system" in page


def test_a_statement_is_edited_where_all_of_it_is_seen(desk):
    page = desk.get(address(factories.claim())).text
    assert '<textarea name="statement"' in page
