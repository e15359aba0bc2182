"""The admin shows nothing protected to whoever may not see it: on no page, in no list, by no address."""

import pytest
from django.urls import reverse

from claims import policy
from claims.admin.site import site
from claims.forms.evidence import EvidenceForm
from claims.forms.untouched import seen_of
from claims.models import Act, Change, ChosenEvidence, Claim, Evidence, Publisher, Source, User
from claims.models.comments import add_comment
from claims.models.editing import edit_source
from claims.models.evidencing import edit_evidence, remove_evidence
from claims.models.noting import add_appearance, find_attribution
from claims.models.replies import remove_request
from tests import factories
from tests.admin_pages import act, address, listing, sent

TEXT = "Canary words: the keeper lit 41 lamps.\n"
QUOTE = "the keeper lit 41 lamps"
CANARIES = ("canary", QUOTE)


@pytest.fixture
def few_are_trusted(settings, tmp_path):
    """A desk whose editors may not see what is protected: its own seeds/roles.toml says so."""
    told = (settings.SEEDS_DIR / "roles.toml").read_text()
    editor = told.index('slug = "editor"')
    told = told[:editor] + told[editor:].replace('"see_protected", ', "", 1)
    (tmp_path / "roles.toml").write_text(told)
    settings.SEEDS_DIR = tmp_path
    policy.roles.cache_clear()
    yield
    policy.roles.cache_clear()


@pytest.fixture
def secret(db):
    return factories.source(
        TEXT,
        "Canary title",
        url="https://canary.example/",
        note="Canary note",
        publisher="Canary Press",
        protected=True,
    )


@pytest.fixture
def draft(checker, chief, secret):
    """The open check of a claim whose principal appearance is protected; a published claim rests on as much."""
    drafted, published = factories.selected(by=checker, where=secret, quote=QUOTE), factories.selected(by=checker)
    for claim in (drafted, published):
        seen = claim.appearances.filter(source=secret).first()
        seen = seen or add_appearance(claim, by=checker, source=secret, quote=QUOTE)
        factories.evidence(claim, by=checker, source=secret, excerpt="Canary one", origin="Canary office")
        factories.evidence(claim, by=checker, protected=True, calculation="Canary 2 = 2", interests="Canary three")
        find_attribution(seen, "as_reported", by=checker, reason="Canary reason")
        remove_evidence(factories.evidence(claim, by=checker, source=secret), by=checker, reason="Canary reason")
        factories.evidence(claim, by=checker, excerpt="An open count", appearance=seen)
        kept = {"whom": "Canary desk", "question": "Canary?", "protected": True}
        factories.request(claim, by=checker, **kept)
        remove_request(factories.request(claim, by=checker, **kept), by=checker, reason="Canary reason")
    factories.source(title="An open page", contained_in=secret)
    factories.verdict(checker, chief, on=published)
    return factories.draft(on=drafted, by=checker)


@pytest.fixture(params=["writes", "reads alone"])
def desk(request, client, few_are_trusted, draft):
    """A browser in which somebody works who may use the admin and read the desk, and not see what is protected."""
    roles = ["editor"] if request.param == "writes" else ["auditor", "administrator"]
    client.force_login(factories.person("nora", *roles))
    return client


def told(page):
    return [words for words in CANARIES if words in page.text.lower()]


def pages():
    for model, model_admin in site._registry.items():
        yield listing(model)
        yield listing(model, "add")
        for record in model._base_manager.all():
            yield address(record)
            yield address(record, "history")
            yield from (act(record, each.name) for each in getattr(model_admin, "buttons", ()))


def test_no_page_tells_it(desk, client, chief):
    asked = list(pages())
    assert [page for page in asked if told(desk.get(page, follow=True))] == []
    client.force_login(chief)
    open_to_chief = [listing(model) for model in (Evidence, Publisher, Source)]
    open_to_chief += [address(act) for act in Act.objects.filter(verb__in=["appearance.find", "evidence.remove"])]
    assert [told(client.get(page)) for page in open_to_chief] == [["canary"]] * 7


def test_no_autocompletion_tells_it(desk):
    for model, model_admin in site._registry.items():
        for each in [model_admin, *model_admin.inlines]:
            for field in each.autocomplete_fields:
                asked = {"app_label": "claims", "model_name": each.model._meta.model_name, "field_name": field}
                answer = desk.get(reverse("admin:autocomplete"), asked)
                assert (answer.status_code, told(answer)) in ((200, []), (403, [])), (model, field)


@pytest.mark.parametrize("lookup", ["values__icontains", "values__excerpt__1__startswith", "seals__icontains"])
def test_no_address_lets_it_be_guessed_in_the_log(desk, lookup):
    assert desk.get(listing(Change), {lookup: "Canary"}).status_code == 400
    assert desk.get(listing(Act), {"changes__values__icontains": "Canary", "verb": "evidence.add"}).status_code == 400


def test_a_list_is_filtered_by_its_own_filters_alone(desk):
    claim = Claim.objects.first()
    for allowed in ({"status__exact": claim.status}, {"topics__id__exact": 1}, {"q": "lamps"}):
        assert desk.get(listing(Claim), allowed).status_code == 200
    for refused in ({"search_document__quotes__contains": "keeper"}, {"principal_appearance__quote__contains": "k"}):
        assert desk.get(listing(Claim), refused).status_code == 400


def test_what_is_shown_says_that_something_is_kept_back(desk):
    closed = ChosenEvidence.objects.order_by("pk").first().check_file
    assert "An open count; 2 protected pieces" in desk.get(address(closed)).text


@pytest.fixture
def writer(client, few_are_trusted, draft):
    client.force_login(factories.person("nora", "editor"))
    return client


def test_no_page_of_the_desk_tells_the_reason_of_an_act_on_it(writer, draft, checker):
    add_comment(draft.claim, by=User.objects.get(username="nora"), text="Test")
    find_attribution(draft.claim.principal_appearance, "not_so", by=checker, reason="Canary reason")
    removal = Act.objects.filter(verb="evidence.remove", changes__claim_id=draft.claim_id).distinct().get()
    history, undoing = reverse("claim_history", args=[draft.claim_id]), reverse("undo_act", args=[removal.pk])
    pages = [writer.get(page) for page in (reverse("desk"), history, undoing)]
    assert [(page.status_code, "withheld" in page.text, told(page)) for page in pages] == [(200, True, [])] * 3


def test_a_stale_draft_shows_only_what_the_person_may_see(writer, checker, draft):
    page = writer.get(address(draft))
    typed = sent(page, {"summary": "Mine", "chosen": []})
    draft.edit(by=checker, summary="Theirs")
    answer = writer.post(address(draft), typed)
    assert ("Theirs" in answer.text, "An open count" in answer.text, told(answer)) == (True, True, [])
    asked = {"version": draft.version - 1, "rating": "", "summary": "Mine", "evidence": [], "once": ""}
    answer = writer.post(reverse("edit_check", args=[draft.pk]), asked)
    differing = {label: theirs for label, theirs, _mine in answer.context["form"].differences()}
    assert (differing["Chosen evidence"], told(answer)) == ("An open count", [])


def test_what_could_not_be_shown_stays_when_the_rest_is_saved(writer, secret, draft):
    piece = Evidence.objects.get(claim=draft.claim, excerpt="An open count")
    typed = {"origin": "Another", "appearance": ""}
    assert writer.post(address(piece), sent(writer.get(address(piece)), typed)).status_code == 302
    values = {"kind": "document", "stance": "context", "source": piece.source_id, "origin": "A third", "primary": "on"}
    asked = values | {"excerpt": piece.excerpt, "version": piece.version + 1, "appearance": "", "once": ""}
    assert writer.post(reverse("edit_evidence", args=[piece.pk]), asked).status_code == 302
    inner, typed = Source.objects.get(title="An open page"), {"byline": "N. Test", "contained_in": ""}
    assert writer.post(address(inner), sent(writer.get(address(inner)), typed)).status_code == 302
    piece.refresh_from_db()
    inner.refresh_from_db()
    assert (piece.origin, piece.appearance.source, inner.byline, inner.contained_in) == (
        "A third", secret, "N. Test", secret,
    )  # fmt: skip


def test_a_source_at_hand_is_as_visible_as_in_a_list(writer, checker, secret):
    nora = User.objects.get(username="nora")
    edit_source(Source.objects.get(title="An open page"), by=checker, note="Edited")
    for person in (nora, checker):
        seen = set(Source.objects.visible_to(person))
        assert {each for each in Source.objects.all() if each.is_visible_to(person)} == seen


def test_a_stale_form_tells_nobody_what_stood_there_while_it_was_protected(writer, checker, draft):
    piece = factories.evidence(draft.claim, by=checker, excerpt="Canary four", protected=True)
    edit_evidence(piece, by=checker, excerpt="Open words", protected=False)
    shown = EvidenceForm(record=piece, user=checker, claim=draft.claim)
    guessed = seen_of(shown, lambda name: "Canary four" if name == "excerpt" else None)
    for version, typed in ((piece.version - 1, guessed), (piece.version - 1, "")):
        asked = {"version": version, "seen": typed, "excerpt": "Mine", "kind": "document", "stance": "context"}
        asked |= {"source": piece.source_id, "origin": "Test office", "primary": "on", "once": ""}
        answer = writer.post(reverse("edit_evidence", args=[piece.pk]), asked)
        (row,) = [row for row in answer.context["form"].conflict.rows if row.label == "Excerpt"]
        assert (row.base, row.theirs, row.mine, told(answer)) == (None, "Open words", "Mine", [])
