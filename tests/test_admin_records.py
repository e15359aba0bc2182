"""The admin: claimants, sources, topics, publishers, evidence and appearances, each changed by its verb."""

import pytest

from claims.admin.site import site
from claims.models import Act, Appearance, Claimant, Evidence, Publisher, Source, Topic
from claims.models.noting import add_appearance
from tests import factories
from tests.admin_pages import act, added_row, address, button, errors, listing, said, sent, verbs


@pytest.fixture
def desk(client, editor):
    """A browser in which the editor is logged in."""
    client.force_login(editor)
    return client


def test_small_records_are_written_by_verbs(desk):
    before = len(verbs())
    for model, first, second in (
        (Publisher, {"name": "The Test Gazette", "site": "gazette.example"}, {"name": "The New Test Gazette"}),
        (Topic, {"name": "Lamps"}, {"name": "Oil lamps"}),
        (Source, {"title": "Page 1", "text": "Line one\r\nLine two\r\n", "language": "en"}, {"title": "Page one"}),
    ):
        desk.post(listing(model, "add"), sent(desk.get(listing(model, "add")), first))
        made = model.objects.latest("pk")
        desk.post(address(made), sent(desk.get(address(made)), second))
        made.refresh_from_db()
        assert made.version == 2
    assert Source.objects.get().snapshots.get().text == "Line one\nLine two\n"
    assert verbs()[before:] == [
        "publisher.add", "publisher.edit", "topic.add", "topic.edit", "source.add", "source.edit",
    ]  # fmt: skip


def test_a_topic_of_a_known_name_is_told_on_the_form(desk):
    for status in (302, 200):
        answer = desk.post(listing(Topic, "add"), sent(desk.get(listing(Topic, "add")), {"name": "Lamps"}))
        assert answer.status_code == status
    assert answer.context["adminform"].form["name"].value() == "Lamps"


def test_a_claimants_names_and_roles_go_to_one_verb(desk):
    page = desk.get(listing(Claimant, "add"))
    row = added_row(page, "roles", role="Keeper of the Test Lamp", since="2020-01-01")
    desk.post(
        listing(Claimant, "add"), sent(page, {"name": "Mirabel Testwell", "other_names": "M. Testwell\r\n", **row})
    )
    made = Claimant.objects.get()
    assert [alias.name for alias in made.aliases.all()] == ["M. Testwell"]
    assert made.roles.get().role == "Keeper of the Test Lamp"
    desk.post(address(made), sent(desk.get(address(made)), {"roles-0-DELETE": "on"}))
    assert made.roles.count() == 0
    assert verbs()[-2:] == ["claimant.add", "claimant.edit"]


def test_links_that_run_code_are_refused(desk):
    page = desk.get(listing(Source, "add"))
    answer = desk.post(listing(Source, "add"), sent(page, {"title": "Page", "url": "javascript:alert(1)"}))
    assert errors(answer) == {"url": ["This is not a web address. It begins with https:// or http://."]}


def test_a_snapshot_is_taken_by_a_button(desk):
    source = factories.source()
    data = button(desk.get(address(source)), "take-snapshot") | {"text": "It reads otherwise now.\r\n"}
    desk.post(act(source, "take-snapshot"), data)
    assert source.latest_snapshot().text == "It reads otherwise now.\n"
    assert verbs()[-1] == "source.take_snapshot"


def test_evidence_is_removed_with_a_reason(desk):
    piece = factories.evidence(factories.claim())
    typed = button(desk.get(address(piece)), "remove") | {"reason": "Entered twice"}
    for _click in range(2):
        answer = desk.post(act(piece, "remove"), typed)
    assert (answer.url, said(answer)[-1]) == (listing(Evidence), "This form was sent twice. It was done once.")
    assert Evidence.objects.count() == 0
    assert Act.objects.get(verb="evidence.remove").reason == "Entered twice"


def test_evidence_gets_another_source_with_its_snapshot_and_then_none(desk):
    claim, other = factories.claim(), factories.source()
    piece = factories.evidence(claim)
    answer = desk.post(address(piece), sent(desk.get(address(piece)), {"source": other.pk}))
    assert answer.status_code == 302
    piece.refresh_from_db()
    assert (piece.source, piece.snapshot) == (other, other.latest_snapshot())
    typed = {"evidence-0-source": "", "evidence-0-kind": "calculation", "evidence-0-calculation": "40 + 1 = 41"}
    assert desk.post(address(claim), sent(desk.get(address(claim)), typed)).status_code == 302
    piece.refresh_from_db()
    assert (piece.source, piece.snapshot, piece.calculation) == (None, None, "40 + 1 = 41")
    assert verbs()[-2:] == ["evidence.edit", "evidence.edit"]


@pytest.mark.parametrize("typed", [{"said_on": "20255-01-01"}, {"quote": "Everybody counted."}])
def test_an_appearance_without_who_said_it_keeps_it_and_shows_the_other_error(typed, desk):
    claim = factories.claim()
    made, [name] = claim.principal_appearance, typed
    for page, prefix in ((address(made), ""), (address(claim), "appearances-0-")):
        row = {prefix + field: value for field, value in (typed | {"claimant": ""}).items()}
        answer = desk.post(page, sent(desk.get(page), row))
        assert (answer.status_code, list(errors(answer))) == (200, [prefix + name])
    desk.post(address(made), sent(desk.get(address(made)), {"claimant": "", "role": "Keeper"}))
    made.refresh_from_db()
    assert (made.role, made.claimant.name) == ("Keeper", "Mirabel Testwell")


def test_another_appearance_becomes_the_principal_one(desk):
    claim = factories.claim()
    other = add_appearance(claim, by=None, source=factories.source(), quote=factories.QUOTE)
    desk.post(act(other, "make-principal"), button(desk.get(address(other)), "make-principal"))
    claim.refresh_from_db()
    assert claim.principal_appearance == other


def test_an_appearance_noted_on_its_own_page_stands_at_its_exact_words(desk):
    claim, source = factories.claim(), factories.source()
    page, before = desk.get(listing(Appearance, "add")), len(verbs())
    typed = {"claim": claim.pk, "source": source.pk, "quote": "We relit 42 lamps in May."}
    answer = desk.post(listing(Appearance, "add"), sent(page, typed))
    assert list(errors(answer)) == ["quote"]
    assert claim.appearances.count() == 1
    desk.post(listing(Appearance, "add"), sent(answer, {"quote": factories.QUOTE}))
    made = claim.appearances.get(source=source)
    anchor = made.anchors.get()
    assert anchor.snapshot.text[anchor.start : anchor.end] == made.quote == factories.QUOTE
    assert made.claimant == claim.claimant
    assert verbs()[before:] == ["appearance.add"]


def test_an_appearances_words_are_changed_on_its_own_page_only_to_words_of_its_text(desk):
    made = factories.claim().principal_appearance
    before = len(verbs())
    answer = desk.post(address(made), sent(desk.get(address(made)), {"quote": "Everybody counted."}))
    assert list(errors(answer)) == ["quote"]
    desk.post(address(made), sent(answer, {"quote": "We relit 41 lamps", "attribution": "as_reported"}))
    made.refresh_from_db()
    anchor = made.anchors.get()
    assert anchor.snapshot.text[anchor.start : anchor.end] == made.quote == "We relit 41 lamps"
    assert verbs()[before:] == ["appearance.edit", "appearance.find"]


def test_an_appearance_without_source_or_claim_is_refused_on_its_own_page(desk):
    page, before = desk.get(listing(Appearance, "add")), len(verbs())
    answer = desk.post(listing(Appearance, "add"), sent(page, {"quote": factories.QUOTE}))
    assert list(errors(answer)) == ["claim", "source"]
    assert Appearance.objects.count() == 0
    assert len(verbs()) == before


@pytest.mark.parametrize("number", ["letters", "9" * 18, "-1", "1.5"])
def test_a_choice_that_no_number_is_or_that_is_not_there_is_refused_at_its_field(desk, number):
    refused = []
    for model, model_admin in site._registry.items():
        if not model_admin.autocomplete_fields or desk.get(listing(model, "add")).status_code != 200:
            continue
        page = desk.get(listing(model, "add"))
        for name in model_admin.autocomplete_fields:
            if name in page.context["adminform"].form.fields:
                answer = desk.post(listing(model, "add"), sent(page, {name: number}))
                assert "valid choice" in errors(answer)[name][0], (model, name)
                refused.append(name)
    assert {"claim", "claimant", "source", "publisher"} <= set(refused)
