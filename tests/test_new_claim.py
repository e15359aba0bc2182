"""Noting a claim by its form: one act, or nothing."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from claims.forms.claims import NewClaimForm
from claims.models import Act, Claim, Claimant, Publisher, Source, Topic
from claims.models.editing import add_topic
from claims.models.sources import LONGEST_TEXT
from tests import factories

URL = "/desk/claims/new/"


def typed(**values):
    return {
        "once": uuid4(), "statement": "41 test lamps were relit", "kind": "figure", "language": "en", "priority": 2,
        "said_by": "Mirabel Testwell", "quote": factories.QUOTE, "mode": "direct", "said_on_precision": "day",
    } | values  # fmt: skip


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def test_everything_typed_is_kept_in_one_act(desk, checker):
    where = factories.source()
    before = Act.objects.count()
    answer = desk.post(
        URL,
        typed(
            source=where.pk, role="harbour master", claimant_kind="organisation", mode="mixed", cue="said",
            reported_via="the test radio", said_on="2026-05-31", said_on_precision="about", said_on_inferred="on",
            original_language="es", original_wording="=41 lámparas", topics="lamps, harbours", priority=4,
        ),
    )  # fmt: skip
    claim = Claim.objects.get()
    assert answer.url == claim.get_absolute_url()
    assert (Act.objects.count() - before, Act.objects.order_by("-position").first().verb) == (1, "claim.note")
    assert (claim.statement, claim.kind, claim.priority, claim.noted_by) == (
        "41 test lamps were relit", "figure", 4, checker,
    )  # fmt: skip
    assert (claim.claimant.name, claim.claimant.kind) == ("Mirabel Testwell", "organisation")
    assert sorted(claim.topics.values_list("name", flat=True)) == ["harbours", "lamps"]
    said = claim.principal_appearance
    assert (said.source, said.claimant, said.quote, said.role) == (
        where, claim.claimant, factories.QUOTE, "harbour master",
    )  # fmt: skip
    assert (said.mode, said.cue, said.reported_via) == ("mixed", "said", "the test radio")
    assert (str(said.said_on), said.said_on_precision, said.said_on_inferred) == ("2026-05-31", "about", True)
    assert (said.original_language, said.original_wording) == ("es", "=41 lámparas")


def test_a_new_source_is_made_with_it(desk):
    desk.post(
        URL,
        typed(
            source_title="The Test Gazette", source_url="https://gazette.example/1", source_publisher="Gazette House",
            source_text=factories.TEXT.replace("\n", "\r\n"),
        ),
    )  # fmt: skip
    source = Source.objects.get()
    assert (source.title, source.url, source.publisher.name) == (
        "The Test Gazette", "https://gazette.example/1", "Gazette House",
    )  # fmt: skip
    assert source.full_text().text == factories.TEXT
    assert Claim.objects.get().principal_appearance.source == source


def test_a_refused_claim_leaves_nothing_behind(desk):
    before = Act.objects.count()
    values = typed(
        source_title="The Test Gazette", source_publisher="Gazette House", source_text="Other words.", topics="lamps"
    )
    answer = desk.post(URL, values)
    assert answer.context["form"].errors == {
        "quote": ["These words are not in the text. Copy them exactly as they stand there."]
    }
    kept = {name: answer.context["form"][name].value() for name in ("quote", "source_title", "source_text", "topics")}
    assert kept == {name: values[name] for name in kept}
    assert [model.objects.count() for model in (Claim, Claimant, Source, Publisher, Topic)] == [0, 0, 0, 0, 0]
    assert Act.objects.count() == before


def test_a_statement_is_typed_on_as_many_lines_as_it_needs_and_kept_on_one(desk):
    page = desk.get(URL).content.decode()
    assert '<textarea name="statement"' in page
    values = typed(
        source_title="The Test Gazette", source_text=factories.TEXT, statement=" 41 test lamps\r\n were\trelit "
    )
    assert desk.post(URL, values).status_code == 302
    assert Claim.objects.get().statement == "41 test lamps were relit"


def test_a_topic_with_a_semicolon_could_not_come_back_from_a_table(desk, checker):
    values = typed(source_title="The Test Gazette", source_text=factories.TEXT, topics="lamps; oil, boats")
    said = "A topic’s name holds no comma and no semicolon: they part topics from each other."
    assert desk.post(URL, values).context["form"].errors == {"topics": [said]}
    for name in ("lamps; oil", "lamps, oil"):
        with pytest.raises(ValidationError, match="no comma and no semicolon"):
            add_topic(by=checker, name=name)
    assert Topic.objects.count() == 0


def test_the_same_form_twice_is_one_claim(desk):
    values = typed(source_title="The Test Gazette", source_text=factories.TEXT)
    first, second = desk.post(URL, values), desk.post(URL, values)
    assert (Claim.objects.count(), Claimant.objects.count(), Source.objects.count()) == (1, 1, 1)
    assert (first.status_code, second.status_code) == (302, 302)


def test_a_known_name_or_alias_is_who_is_meant(desk):
    known = factories.claimant("Mirabel Testwell", aliases=["The harbour master"])
    desk.post(URL, typed(source=factories.source().pk, said_by="the HARBOUR máster"))
    assert Claim.objects.get().claimant == known
    assert Claimant.objects.count() == 1


def test_of_several_with_one_name_it_asks_which(desk):
    known = factories.claimant("Mirabel Testwell")
    second = factories.claimant("Osric Testbury", aliases=["Mirabel Testwell"])
    values = typed(source=factories.source().pk)
    form = desk.post(URL, values).context["form"]
    assert form.errors == {"which": ["Several have this name. Say which one you mean."]}
    assert [value for value, _label in form.fields["which"].choices] == [str(known.pk), str(second.pk), "new"]
    desk.post(URL, values | {"which": second.pk})
    assert Claim.objects.get().claimant == second
    desk.post(URL, values | {"which": "new", "once": uuid4()})
    assert Claimant.objects.filter(name="Mirabel Testwell").count() == 2


def test_the_form_comes_filled_in_from_a_source(desk):
    for _each in range(30):
        factories.source()
    where = Source.objects.order_by("pk").first()
    form = desk.get(URL, {"source": where.pk, "quote": factories.QUOTE}).context["form"]
    assert (form["source"].value(), form["quote"].value()) == (f"{where.pk}. {where.title}", factories.QUOTE)


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({}, "source"),
        ({"source": 999_999}, "source"),
        ({"source": 10**30}, "source"),
        ({"source_text": "Text alone"}, "source_title"),
        ({"source_title": "T", "source_url": "javascript:alert(1)"}, "source_url"),
        ({"source_title": "T", "source_text": "x" * (LONGEST_TEXT + 1)}, "source_text"),
    ],
)
def test_a_source_must_be_named_rightly(desk, named, field):
    assert list(desk.post(URL, typed(**named)).context["form"].errors) == [field]
    assert Claim.objects.count() == 0


def test_a_protected_source_is_no_choice_for_who_may_not_see_it(db):
    closed = factories.source(protected=True, url="https://hidden.example/ledger")
    auditor = factories.person("anna", "auditor")
    for named in (str(closed.pk), f"{closed.pk}. {closed.title}", closed.title, closed.url):
        form = NewClaimForm(typed(source=named), user=auditor)
        assert form.errors == {
            "source": ["No source has this number, address or title. Choose one, or write a new one."]
        }


def test_who_may_not_write_claims_is_refused(client, db):
    client.force_login(factories.person("anna", "auditor"))
    assert client.get(URL).status_code == 403
    assert client.post(URL, typed()).status_code == 403
    assert reverse("new_claim") == URL
