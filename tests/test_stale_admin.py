"""Rule 6 in the admin: a save over a newer version is refused, with what was typed kept and what stands beside it; sent
again it is saved. Every page, every row of a page, every button."""

import pytest

from claims.admin.site import site
from claims.models import (
    Act,
    Appearance,
    Check,
    Claim,
    Claimant,
    ClaimantRole,
    Evidence,
    Publisher,
    RequestForComment,
    Source,
    Topic,
    User,
    replies,
)
from claims.models.claimants import add_claimant
from claims.models.editing import add_topic, edit_claimant, edit_publisher, edit_source, edit_topic
from claims.models.evidencing import edit_evidence
from claims.models.fields import CleanFormField
from claims.models.noting import edit_appearance, edit_claim
from tests import factories
from tests.admin_pages import act, address, errors, sent

SAID = "Somebody else changed this meanwhile. Nothing was overwritten."
MINE, THEIRS = "Test: my words", "Test: their words"


@pytest.fixture
def desk(client, db):
    """A browser of somebody who may do everything."""
    client.force_login(factories.person("mona", "managing-editor", "administrator", name="Mona Testperson"))
    return client


def renamed(verb, name):
    return lambda record: verb(record, by=None, **{name: THEIRS})


# model: (how a record is made, the field that is typed into, what somebody else does meanwhile)
PAGES = {
    Appearance: (lambda: factories.claim().principal_appearance, "role", renamed(edit_appearance, "role")),
    Check: (factories.draft, "summary", renamed(Check.edit, "summary")),
    Claim: (factories.claim, "statement", renamed(edit_claim, "statement")),
    Claimant: (factories.claimant, "name", renamed(edit_claimant, "name")),
    Evidence: (lambda: factories.evidence(factories.claim()), "origin", renamed(edit_evidence, "origin")),
    Publisher: (factories.publisher, "name", renamed(edit_publisher, "name")),
    RequestForComment: (
        lambda: factories.request(factories.claim()), "question", renamed(replies.edit_request, "question"),
    ),
    Source: (factories.source, "title", renamed(edit_source, "title")),
    Topic: (lambda: add_topic(by=None, name="Lamps"), "name", renamed(edit_topic, "name")),
    User: (lambda: factories.person("pina", "auditor", name="Pina"), "name", renamed(User.edit, "name")),
}  # fmt: skip


def test_every_page_and_every_row_that_writes_is_tried_and_no_list_is_edited():
    assert {model for model, page in site._registry.items() if page.writes} == PAGES.keys()
    rows = {(model, row.model) for model, page in site._registry.items() for row in page.inlines if row.writes}
    assert rows == {(page, row) for page, row, *_how in ROWS} | {(Claimant, OF_A_CLAIMANT)}
    assert {page.list_editable for page in site._registry.values()} == {()}


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_a_stale_page_is_refused_and_keeps_what_was_typed(desk, model):
    make, field, meanwhile = PAGES[model]
    record = make()
    typed = sent(desk.get(address(record)), {field: MINE})
    meanwhile(model.objects.get(pk=record.pk))
    before = Act.objects.count()
    stale = desk.post(address(record), typed)
    assert (Act.objects.count(), getattr(model.objects.get(pk=record.pk), field)) == (before, THEIRS)
    assert (errors(stale)[""], errors(stale)[field]) == ([SAID], [f"It now says: {THEIRS}"])
    assert stale.context["adminform"].form[field].value() == MINE
    assert desk.post(address(record), sent(stale)).status_code == 302
    assert getattr(model.objects.get(pk=record.pk), field) == MINE


OF_A_CLAIMANT = ClaimantRole
# page, row, how the row's record is made, the field that is typed into, what somebody else does meanwhile
ROWS = [
    (Claim, Check, factories.draft, "summary", renamed(Check.edit, "summary")),
    (Claim, Appearance, lambda: factories.claim().principal_appearance, "role", renamed(edit_appearance, "role")),
    (Claim, Evidence, lambda: factories.evidence(factories.claim()), "origin", renamed(edit_evidence, "origin")),
]


@pytest.mark.parametrize(
    ("page", "row", "make", "field", "meanwhile"), ROWS, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_stale_row_is_refused_and_keeps_what_was_typed(desk, page, row, make, field, meanwhile):
    record = make()
    opened = desk.get(address(record.claim))
    formset = next(each.formset for each in opened.context["inline_admin_formsets"] if each.formset.model is row)
    name = f"{formset.prefix}-0-{field}"
    typed = sent(opened, {name: MINE, "statement": MINE})
    meanwhile(row.objects.get(pk=record.pk))
    before = Act.objects.count()
    stale = desk.post(address(record.claim), typed)
    assert (Act.objects.count(), getattr(row.objects.get(pk=record.pk), field)) == (before, THEIRS)
    assert (errors(stale)[f"{formset.prefix}-0"], errors(stale)[name]) == ([SAID], [f"It now says: {THEIRS}"])
    again = sent(stale)
    assert (again[name], again["statement"]) == (MINE, MINE)
    assert desk.post(address(record.claim), again).status_code == 302
    assert getattr(row.objects.get(pk=record.pk), field) == MINE


def test_roles_that_somebody_else_gave_meanwhile_are_told(desk):
    ada = add_claimant(by=None, name="Ada Testmann", roles=[role("Keeper")])
    typed = sent(desk.get(address(ada)), {"roles-0-role": "Head keeper"})
    edit_claimant(ada, by=None, roles=[role("Keeper"), role("Warden")])
    stale = desk.post(address(ada), typed)
    assert [each.role for each in ada.roles.all()] == ["Keeper", "Warden"]
    assert errors(stale)[""] == [SAID, "Its roles now are: Keeper; Warden. Saving makes them those of this page alone."]
    assert sent(stale)["roles-0-role"] == "Head keeper"
    desk.post(address(ada), sent(stale))
    assert [each.role for each in ada.roles.all()] == ["Head keeper"]


def test_a_role_that_somebody_else_took_away_meanwhile_loses_no_words(desk):
    ada = add_claimant(by=None, name="Ada Testmann", roles=[role("Keeper")])
    typed = sent(desk.get(address(ada)), {"roles-0-role": "Head keeper"})
    edit_claimant(ada, by=None, roles=[])
    stale = desk.post(address(ada), typed)
    assert (stale.status_code, "Head keeper" in stale.text, list(ada.roles.all())) == (200, True, [])


def role(name):
    return {"role": name, "since": None, "until": None, "party": ""}


# What adds something overwrites nobody's words.
ADDING = {"source.take_snapshot"}


def test_every_button_carries_the_version_and_is_refused_where_it_is_stale(desk):
    mona, claim = User.objects.get(username="mona"), factories.draft().claim
    records = [claim, claim.open_check(), claim.principal_appearance, claim.evidence.get(), factories.request(claim)]
    records += [claim.principal_appearance.source, factories.person("pina", "fact-checker")]
    factories.selected().assign(records[-1], by=None)
    with_buttons = {model for model, page in site._registry.items() if getattr(page, "buttons", ())}
    assert {type(record) for record in records} == with_buttons
    for record in records:
        for each in site._registry[type(record)].buttons:
            form = each.form(None, record=record, user=mona)
            assert ("version" in form.fields) == (each.verb not in ADDING), each
            if each.verb not in ADDING:
                sent_form = filled(form) | {"act": each.name, "version": 0}
                answer = desk.post(act(record, each.name), sent_form)
                assert answer.context, (each, answer.status_code)
                stale = answer.context["form"]
                assert stale.non_field_errors() == [SAID], (each, stale.errors)
                assert "reason" not in form.fields or stale["reason"].value() == MINE


def filled(form):
    """Something for each field of a button's form that can be typed into or chosen."""
    chosen = {
        name: str(next((key for key, _label in field.choices if key), ""))
        for name, field in form.fields.items()
        if hasattr(field, "choices")
    }
    typed = {name: MINE for name, field in form.fields.items() if type(field) is CleanFormField}
    return chosen | typed | {name: "2026-01-01" for name in form.fields if name.endswith("_on")}
