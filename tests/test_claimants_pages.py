"""Who said it: the list, the page of one claimant, and the forms."""

import uuid

import pytest
from django.urls import reverse

from claims.models import Act, Claimant
from claims.models.claimants import add_claimant
from claims.models.editing import edit_claimant
from tests import factories

NEW = "/desk/claimants/new/"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def typed(**values):
    empty = {"name": "Ada Testmann", "kind": "person", "aliases": "", "roles": "", "wikidata": "", "homepage": ""}
    return empty | {"once": str(uuid.uuid4())} | values


def test_a_claimant_with_aliases_and_roles_is_added(desk, checker):
    form = typed(
        aliases="A. Testmann\r\n\r\n  The lamplighter  ",
        roles="Lamplighter | 2020-01-01 | 2021-02-03 | Lamp Party\r\nHarbour master || |\r\nKeeper",
        wikidata="Q42",
        homepage="https://ada.example/",
    )
    response = desk.post(NEW, form)
    ada = Claimant.objects.get()
    assert response.url == reverse("claimant", args=[ada.pk])
    assert list(ada.aliases.order_by("pk").values_list("name", flat=True)) == ["A. Testmann", "The lamplighter"]
    roles = [(each.role, str(each.since), str(each.until), each.party) for each in ada.roles.order_by("pk")]
    assert roles == [
        ("Lamplighter", "2020-01-01", "2021-02-03", "Lamp Party"),
        ("Harbour master", "None", "None", ""),
        ("Keeper", "None", "None", ""),
    ]
    assert Act.objects.latest("position").actor == checker


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("roles", "Keeper\n| 2020-01-01", "Line 2: The role itself is missing."),
        ("roles", "Keeper | yesterday", "Line 1: Write the day as year-month-day, for example 2025-12-03."),
        (
            "roles",
            "Keeper | 2500-01-01",
            "Line 1: The year 2500 cannot be right. Write the day as year-month-day, for example 2025-12-03.",
        ),
        ("roles", "Keeper | 2021-01-01 | 2020-01-01", "Line 1: A role cannot end before it begins."),
        ("roles", "a|||b|c", "Line 1: Write at most four parts: role | since | until | party."),
        ("aliases", "x" * 201, "Line 1: Ensure this value has at most 200 characters (it has 201)."),
        ("wikidata", "42", "A Wikidata id looks like Q42."),
        ("homepage", "javascript:alert(1)", "This is not a web address. It begins with https:// or http://."),
        ("homepage", "data:text/html,x", "This is not a web address. It begins with https:// or http://."),
        ("name", "", "This field is required."),
        (
            "name",
            "a\0b",
            "This holds a character that cannot be kept: U+0000 at character 2. Remove it and send again.",
        ),
        ("kind", "ghost", "Select a valid choice. ghost is not one of the available choices."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(desk, field, value, said):
    response = desk.post(NEW, typed(aliases="Kept alias") | {field: value})
    form = response.context["form"]
    assert (response.status_code, Claimant.objects.count()) == (200, 0)
    assert {name: list(errors) for name, errors in form.errors.items()} == {field: [said]}
    assert form[field].value() == value
    assert form["aliases"].value() == (value if field == "aliases" else "Kept alias")
    assert response.content.decode().count(f'id="id_{field}_error"') == 1


def test_a_form_sent_twice_adds_one(desk):
    form = typed()
    desk.post(NEW, form)
    response = desk.post(NEW, form)
    assert (response.status_code, Claimant.objects.count()) == (302, 1)
    assert response.url == reverse("claimant", args=[Claimant.objects.get().pk])


def test_an_edit_changes_what_was_typed(desk):
    ada = add_claimant(by=None, name="Ada Testmann", aliases=["A."], roles=[role("Keeper")])
    page = reverse("edit_claimant", args=[ada.pk])
    form = desk.get(page).context["form"]
    assert (form["aliases"].value(), form["roles"].value()) == ("A.", "Keeper | | 2021-01-01")
    response = desk.post(
        page, typed(name="Ada Probe", aliases="B.", roles="Keeper | | 2022-01-01", version=ada.version)
    )
    ada.refresh_from_db()
    assert (response.status_code, ada.name, [str(each) for each in ada.aliases.all()]) == (302, "Ada Probe", ["B."])
    assert [str(each.until) for each in ada.roles.all()] == ["2022-01-01"]


def role(name, until="2021-01-01"):
    return {"role": name, "since": None, "until": until, "party": ""}


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(desk, editor):
    ada = add_claimant(by=None, name="Ada Testmann", aliases=["A."])
    edit_claimant(Claimant.objects.get(pk=ada.pk), by=editor, name="Ada Theirs", aliases=["Theirs"])
    response = desk.post(
        reverse("edit_claimant", args=[ada.pk]), typed(name="Ada Mine", aliases="Mine", version=ada.version)
    )
    ada.refresh_from_db()
    assert (response.status_code, ada.name) == (200, "Ada Theirs")
    rows = [[str(each) for each in row] for row in response.context["form"].differences()]
    assert rows == [["Name", "Ada Theirs", "Ada Mine"], ["Other forms of the name", "Theirs", "Mine"]]
    page = response.content.decode()
    assert "Somebody else changed this meanwhile. Nothing was overwritten." in page
    assert ("Ada Theirs" in page, 'value="Ada Mine"' in page) == (True, True)


def test_the_page_shows_words_roles_and_verdicts(desk, checker, editor):
    ada = add_claimant(by=None, name="Ada Testmann", aliases=["The lamplighter"], roles=[role("Keeper")])
    factories.verdict(checker, editor, on=factories.selected(said_by=ada, statement="41 lamps burn"))
    page = desk.get(reverse("claimant", args=[ada.pk])).content.decode()
    for words in (
        "Ada Testmann",
        "The lamplighter",
        "Keeper",
        "1 January 2021",
        "41 lamps burn",
        factories.QUOTE,
        "True",
    ):
        assert words in page, words


def test_words_in_a_protected_source_are_for_those_who_may_see_it(desk, client):
    ada = factories.claimant("Ada Testmann")
    factories.claim(said_by=ada, where=factories.source(title="Secret ledger", protected=True))
    page = reverse("claimant", args=[ada.pk])
    assert "Secret ledger" in desk.get(page).content.decode()
    client.force_login(factories.person("nora", "auditor"))
    assert "Secret ledger" not in client.get(page).content.decode()


def test_an_auditor_reads_and_cannot_write(client, db):
    client.force_login(factories.person("nora", "auditor"))
    ada = factories.claimant("Ada Testmann")
    assert "Edit" not in client.get(reverse("claimant", args=[ada.pk])).content.decode()
    assert client.post(NEW, typed()).status_code == 403
    assert client.post(reverse("edit_claimant", args=[ada.pk]), typed(version=1)).status_code == 403


def test_the_list_is_searched_by_name_and_alias_without_accents(desk):
    ada = factories.claimant("Ádá Testmann", aliases=["The lamplighter"])
    zoe = factories.claimant("Zoe Testmann")

    def found(text):
        return desk.get(reverse("claimants"), {"text": text}).context["page"].rows

    assert found("") == [ada, zoe]
    assert found("ada") == [ada]
    assert found("LAMPL") == [ada]
    assert found("testmann") == [ada, zoe]
    assert found("nobody") == []
    assert found("\0") == []
    assert found("!") == []


def test_the_list_and_the_page_cost_the_same_at_1_row_and_at_60(desk, django_assert_num_queries):
    def one(number):
        person = factories.claimant(f"Person {number} Testmann", aliases=[f"P. {number}"], roles=[role("Keeper")])
        factories.claim(said_by=person)
        factories.claim(said_by=Claimant.objects.get(name="Person 0 Testmann"))

    one(0)
    pages = reverse("claimants"), reverse("claimant", args=[Claimant.objects.get().pk])
    for many in (False, True):
        for number in range(1, 60) if many else ():
            one(number)
        for page in pages:
            with django_assert_num_queries(7 if page == pages[1] else 6):
                desk.get(page)
