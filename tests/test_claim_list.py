"""The list of claims: what a filter finds, in which order, page by page, at what cost."""

from base64 import urlsafe_b64encode
from datetime import date
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from claims.filters import filtered_claims
from claims.models import Claim
from claims.models.editing import add_publisher
from claims.models.noting import add_appearance, find_attribution
from claims.models.sources import add_source
from claims.paging import found_page, page_of
from tests import factories

LIST = "/desk/claims/"


@pytest.fixture
def desk(client, checker):
    client.force_login(checker)
    return client


def found(user, querystring=""):
    """The claims that a list with this querystring shows, in its order."""
    claims, filterset = filtered_claims(QueryDict(querystring), user)
    assert filterset.errors == {}
    return list(claims)


def refused(user, querystring):
    """The errors of a filter; it must find nothing, so that no export of everything comes from a slip."""
    factories.claim()
    claims, filterset = filtered_claims(QueryDict(querystring), user)
    assert list(claims) == []
    return {name: list(errors) for name, errors in filterset.errors.items()}


@pytest.fixture(params=["few", "many"])
def named_records(request, monkeypatch):
    """A name that a few records bear, and one that so many bear that the database is asked otherwise."""
    if request.param == "many":
        monkeypatch.setattr("claims.search.find.MANY", 0)
        monkeypatch.setattr("claims.filters.MOST_NUMBERS", 0)


# Filters


def test_without_a_filter_the_newest_comes_first(checker):
    first, second = factories.claim(), factories.claim()
    assert found(checker) == [second, first]


def test_words_are_found_in_any_form_and_without_accents(checker):
    claim = factories.claim(statement="The harbour relit forty lamps at the café")
    factories.claim(statement="Nothing burns")
    assert found(checker, "text=lamp+cafe+relit") == [claim]


def test_words_without_a_letter_find_nothing(checker):
    factories.claim()
    assert found(checker, "text=%21%3F") == []


def test_who_said_it_by_name_alias_part_and_number(checker, named_records):
    ada = factories.claimant("Ada Testmann", aliases=["The lamplighter"])
    claim, _other = factories.claim(said_by=ada), factories.claim()
    for typed in ("Ada+Testmann", "ada+testm", "THE+LAMPLIGHTER", "lampl", f"%23{ada.pk}"):
        assert found(checker, f"claimant={typed}") == [claim], typed
    assert found(checker, "claimant=Nobody+Known") == []


def test_a_whole_name_means_this_name_and_not_a_longer_one(checker):
    short, long = factories.claimant("Ada Testmann"), factories.claimant("Ada Testmann-Probe")
    claim, other = factories.claim(said_by=short), factories.claim(said_by=long)
    assert found(checker, "claimant=ada+testmann") == [claim]
    assert found(checker, "claimant=ada+testm") == [other, claim]


def test_who_repeated_it_is_found_too(checker, named_records):
    claim = factories.claim()
    echo = factories.claimant("Echo Testmann")
    add_appearance(claim, by=None, source=factories.source(), quote=factories.QUOTE, claimant=echo)
    assert found(checker, "claimant=Echo+Testmann") == [claim]


def test_publisher_and_source_are_found_at_any_appearance_once(checker, named_records):
    gazette = add_publisher(by=None, name="The Test Gazette")
    source = add_source(by=None, title="Lamps of May", text=factories.TEXT, publisher=gazette)
    claim, _other = factories.claim(), factories.claim()
    for _time in range(2):
        add_appearance(claim, by=None, source=source, quote=factories.QUOTE)
    assert found(checker, "publisher=test+gazette") == [claim]
    assert found(checker, "source=lamps+of") == [claim]
    assert found(checker, f"source=%23{source.pk}") == [claim]
    assert found(checker, "source=%23" + "9" * 40) == []


def test_a_protected_source_cannot_be_found_out_by_a_filter(checker, named_records):
    secret = factories.source(title="Lamp files", protected=True)
    claim = factories.claim(where=secret)
    auditor = factories.person("nora", "auditor")
    assert found(checker, "source=lamp+files") == [claim]
    assert found(auditor, "source=lamp+files") == []
    assert found(auditor, "text=files") == []


def test_topic_kind_priority_and_status(checker, named_records):
    claim = factories.selected(topics=["Lámps"], kind="figure", priority=4)
    other = factories.claim()
    declined = factories.claim().decline(by=None, reason="opinion")
    assert found(checker, "topic=lamps") == [claim]
    assert found(checker, "kind=figure") == [claim]
    assert found(checker, "priority=4") == [claim]
    assert found(checker, "status=selected") == [claim]
    assert found(checker, "status=noted&status=not_checking") == [declined, other]


def test_rating_none_and_attribution_alone(checker, editor):
    rated = factories.verdict(checker, editor, rating="half-true").claim
    claim = factories.selected()
    find_attribution(claim.principal_appearance, "not_so", by=None)
    claim.refresh_from_db()
    judged = factories.verdict(checker, editor, on=claim, rating=None).claim
    none = factories.claim()
    assert found(checker, "rating=half-true") == [rated]
    assert found(checker, "rating=attribution") == [judged]
    assert found(checker, "rating=none") == [none]


def test_assignee_me_nobody_and_by_name(checker, editor):
    mine, theirs, free = factories.selected(), factories.selected(), factories.selected()
    mine.assign(checker, by=editor)
    theirs.assign(editor, by=editor)
    assert found(checker, "assignee=me") == [mine]
    assert found(checker, "assignee=edda") == [theirs]
    assert found(checker, "assignee=nobody") == [free]


def test_said_on_range_leaves_unknown_days_out(checker):
    early = factories.claim(appearance={"said_on": date(2025, 12, 3)})
    late = factories.claim(appearance={"said_on": date(2025, 12, 9)})
    factories.claim()
    assert found(checker, "said_from=2025-12-03&said_to=2025-12-03") == [early]
    assert found(checker, "said_from=2025-12-04") == [late]
    assert found(checker, "said_to=2025-12-31") == [late, early]


def test_with_and_without_evidence(checker):
    bare, backed = factories.claim(), factories.claim()
    factories.evidence(backed)
    assert found(checker, "evidence=with") == [backed]
    assert found(checker, "evidence=without") == [bare]


def test_what_the_public_may_see_is_published_only(checker, editor, outsider):
    published = factories.verdict(checker, editor).claim
    factories.claim()
    assert found(outsider) == [published]


# Wrong names and values


@pytest.mark.parametrize("name", ["statsu", "asof", "Text", "q", "\0", "<b>"])
def test_a_name_that_is_no_filter_is_refused_rather_than_ignored(checker, name):
    said = f"“{name}” is no filter of this list. Check how it is spelt, or take it out of the address."
    assert refused(checker, urlencode({name: "noted"})) == {"__all__": [said]}


def test_what_the_list_and_the_exports_say_themselves_is_no_mistake(checker):
    claim = factories.claim()
    for known in ("sort=noted", "after=x", "before=x", "flavour=raw", "flavour=spreadsheet", "text=&kind=&said_from="):
        assert found(checker, known) == [claim], known


def test_a_flavour_that_no_export_has_is_refused(checker):
    assert refused(checker, "flavour=salty") == {"__all__": ["The flavour of an export is one of: spreadsheet, raw."]}


def test_the_page_names_the_mistyped_filter_and_no_export_starts(desk):
    claim = factories.claim()
    page = desk.get(LIST + "?statsu=noted").content.decode()
    assert "“statsu” is no filter of this list." in page
    assert claim.statement not in page
    response = desk.get(reverse("claims_csv") + "?statsu=noted")
    assert (response.status_code, response["Location"]) == (302, LIST + "?statsu=noted")


@pytest.mark.parametrize(
    ("querystring", "field", "said"),
    [
        ("said_from=20255-01-01", "said_from", "Write the day as year-month-day, for example 2025-12-03."),
        ("said_to=yesterday", "said_to", "Write the day as year-month-day, for example 2025-12-03."),
        ("said_from=2025-12-03&said_to=2025-12-02", "said_to", "This day lies before the first one."),
        ("kind=song", "kind", "Select a valid choice. song is not one of the available choices."),
        ("status=lost", "status", "Select a valid choice. lost is not one of the available choices."),
        ("sort=colour", "sort", "Select a valid choice. colour is not one of the available choices."),
        ("priority=%00", "priority", "Select a valid choice. \0 is not one of the available choices."),
    ],
)
def test_a_wrong_value_is_named_at_its_field(checker, querystring, field, said):
    assert refused(checker, querystring) == {field: [said]}


@pytest.mark.parametrize("field", ["text", "claimant", "source", "publisher", "topic"])
def test_characters_that_no_text_holds_are_refused(checker, field):
    said = "This holds a character that cannot be kept: U+0000 at character 2. Remove it and send again."
    assert refused(checker, f"{field}=a%00b") == {field: [said]}


def test_the_page_shows_the_message_keeps_what_was_typed_and_lists_nothing(desk):
    claim = factories.claim()
    response = desk.get(LIST + "?said_from=20255-01-01&text=lamps")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Write the day as year-month-day" in page
    assert 'value="20255-01-01"' in page
    assert claim.statement not in page
    assert reverse("claims_csv") not in page


@pytest.mark.parametrize("token", ["x", "%00", "ü", "MSAAYQ", urlsafe_b64encode(b"one Lamps").decode()])
def test_a_token_that_is_none_of_ours_shows_the_first_page(desk, token):
    claim = factories.claim(statement="Lamps burn")
    for sort in ("statement", "-said_on", "noted"):
        for way in ("before", "after"):
            assert desk.get(f"{LIST}?sort={sort}&{way}={token}").context["page"].rows == [claim]


@pytest.mark.parametrize("number", [0, 10**24])
def test_a_place_beyond_either_end_shows_no_row_or_all(desk, number):
    claim = factories.claim(statement="Lamps burn")
    token = urlsafe_b64encode(f"{number} {number}".encode()).decode().rstrip("=")
    before, after = ([], [claim]) if number == 0 else ([claim], [])
    assert desk.get(f"{LIST}?sort=noted&before={token}").context["page"].rows == before
    assert desk.get(f"{LIST}?sort=noted&after={token}").context["page"].rows == after


# Order


SORTED = ["noted", "statement", "who", "said_on", "rating", "status", "priority"]


@pytest.fixture
def assorted(checker, editor):
    """Claims that differ in everything they can be sorted by, with equals among them."""
    names = ["Ärla Testmann", "arla Testmann", "Zoe Testmann"]
    for number in range(7):
        factories.claim(
            statement=["Éclairs burn", "eclairs burn", "zebra", "A lamp", "Über", "lamp a", "10 lamps"][number],
            said_by=factories.claimant(names[number % 3]),
            priority=number % 4 + 1,
            appearance={"said_on": date(2025, 12, number % 3 + 1) if number % 2 else None},
        )
    factories.verdict(checker, editor, rating="false")
    factories.verdict(checker, editor, rating="true")
    factories.submitted(checker)
    return Claim.objects.count()


def turn_all_pages(turn, expected):
    """Forwards to the last page and back to the first; `turn(params)` gives a page of three."""
    page, pages = turn({}), []
    while page.after:
        pages.append(page.rows)
        page = turn({"after": page.after})
    pages.append(page.rows)
    assert [row for rows in pages for row in rows] == expected
    assert [len(rows) for rows in pages] == [3, 3, 3, 1]
    for rows in reversed(pages[:-1]):
        page = turn({"before": page.before})
        assert page.rows == rows
    assert page.before is None


@pytest.mark.parametrize("sort", [way + name for name in SORTED for way in ("", "-")])
def test_pages_follow_one_another_forwards_and_back(checker, assorted, sort, monkeypatch):
    claims, filterset = filtered_claims(QueryDict(f"sort={sort}"), checker)
    key, descending = filterset.order
    expected = list(claims)
    turn_all_pages(lambda params: page_of(claims, params, key, descending=descending, size=3), expected)

    def turn(params):
        return found_page(filterset.found, Claim.objects.for_list(), params, key, descending=descending, size=3)[0]

    turn_all_pages(turn, expected)
    monkeypatch.setattr("claims.paging.MOST_SORTED", 2)
    turn_all_pages(turn, expected)
    monkeypatch.setattr("claims.paging.NEAR", 2)
    turn_all_pages(turn, expected)


def test_a_page_of_many_finds_reaches_beyond_the_nearest_rows(checker, monkeypatch):
    monkeypatch.setattr("claims.paging.MOST_SORTED", 2)
    monkeypatch.setattr("claims.paging.NEAR", 2)
    old = [factories.claim(kind="figure") for _time in range(4)]
    for _time in range(3):
        factories.claim()
    _claims, filterset = filtered_claims(QueryDict("kind=figure"), checker)
    page, count = found_page(filterset.found, Claim.objects.for_list(), {}, "id", descending=True, size=3)
    assert (page.rows, count) == ([old[3], old[2], old[1]], "3")


def test_both_directions_are_each_other_s_mirror(checker, assorted):
    for name in SORTED:
        assert found(checker, f"sort={name}") == found(checker, f"sort=-{name}")[::-1]


def test_statements_are_sorted_by_folded_words_on_either_database(checker, assorted):
    statements = [claim.statement for claim in found(checker, "sort=statement")]
    words = [each for each in statements if "relit" not in each]
    assert words == ["10 lamps", "A lamp", "Éclairs burn", "eclairs burn", "lamp a", "Über", "zebra"]


def test_a_heading_turns_the_order_round_and_keeps_the_filter(desk):
    factories.claim()
    page = desk.get(LIST + "?status=noted&sort=who").content.decode()
    assert 'href="?status=noted&amp;sort=-who"' in page
    assert 'href="?status=noted&amp;sort=statement"' in page


def test_the_csv_buttons_carry_exactly_this_filter(desk):
    factories.claim()
    page = desk.get(LIST + "?status=noted&sort=who").content.decode()
    assert 'href="/desk/claims.csv?status=noted&amp;sort=who"' in page
    assert 'href="/desk/verdicts.csv?status=noted&amp;sort=who&amp;flavour=raw"' in page
    assert 'href="/desk/verdict-evidence.csv?status=noted&amp;sort=who"' in page


# Cost


def full_row(number, checker, editor):
    claim = factories.selected(
        topics=["lamps", f"topic {number}"],
        said_by=factories.claimant(f"Person {number} Testmann"),
        appearance={"said_on": date(2025, 12, 3)},
    )
    claim.assign(checker, by=editor)
    factories.verdict(checker, editor, on=Claim.objects.get(pk=claim.pk))


def copied(number):
    """So many further claims like the last, each with its appearance, by a statement a table."""
    claim = Claim.objects.latest("pk")
    own = {"id": "id + i", "claim_id": "claim_id + i", "principal_appearance_id": "principal_appearance_id + i"}
    own |= {"verdict_id": "NULL", "external_id": "NULL"}
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})"
    with connection.cursor() as cursor:
        for record in (claim, claim.principal_appearance):
            names = [field.column for field in record._meta.concrete_fields]
            values = ", ".join(own.get(name, f'"{name}"') for name in names)
            columns, table = ", ".join(f'"{name}"' for name in names), record._meta.db_table
            cursor.execute(
                f"{numbers} INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, n WHERE id = %s", [record.pk]
            )


def test_the_list_costs_the_same_at_1_row_at_60_and_at_1_060(desk, checker, editor, django_assert_num_queries):
    full_row(0, checker, editor)
    with django_assert_num_queries(10):
        assert len(desk.get(LIST).context["page"].rows) == 1
    for number in range(1, 60):
        full_row(number, checker, editor)
    with django_assert_num_queries(10):
        assert len(desk.get(LIST).context["page"].rows) == 50
    copied(1_000)
    with django_assert_num_queries(10):
        context = desk.get(LIST).context
    assert (len(context["page"].rows), context["count"]) == (50, "1,060")


@pytest.mark.parametrize("narrowing", ["", "text=lamps", "kind=figure", "text=lamps&kind=figure"])
def test_the_list_costs_the_same_where_it_stops_counting(desk, monkeypatch, narrowing, django_assert_num_queries):
    for number in range(6):
        factories.claim(kind="figure", statement=f"{number} lamps burned")
    for number in range(6):
        factories.claim(kind="event", statement=f"{number} boats sailed")
    address = f"{LIST}?{narrowing}"
    monkeypatch.setattr("claims.paging.NEAR", 3)
    every = [claim.pk for claim in desk.get(address).context["page"].rows]
    for most in (13_000, 2):
        monkeypatch.setattr("claims.paging.MOST_SORTED", most)
        with django_assert_num_queries(10):
            assert [claim.pk for claim in desk.get(address).context["page"].rows] == every


def test_a_long_count_stops_at_its_cap(desk, monkeypatch):
    for _time in range(3):
        factories.claim()
    monkeypatch.setattr("claims.paging.MOST_COUNTED", 2)
    assert desk.get(LIST).context["count"] == "2+"
