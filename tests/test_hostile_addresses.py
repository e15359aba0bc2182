"""No address anybody can type ends in a traceback: every page with query strings that no form would send."""

from base64 import urlsafe_b64encode

import pytest
from django.urls import get_resolver, reverse

from claims.filters import KNOWN_NAMES
from claims.models import Claim
from tests import factories
from tests.admin_pages import address, sent

HOSTILE = [
    "\x00",
    "%",
    "'",
    '"',
    "\\",
    "-1",
    "1e9",
    "9" * 40,
    "x" * 5_000,
    "\ud83d",
    "🙂",
    "نص",
    "()|&!:*",
    "null",
    "[]",
]
LISTS = {
    "claims": sorted(KNOWN_NAMES),
    "sources": ["text", "after", "before"],
    "claimants": ["text", "after", "before"],
    "review": ["after", "before"],
    "new_claim": ["source", "quote"],
    "verdicts_csv": ["text", "flavour", "sort", "claimant"],
    "claims_csv": ["text", "flavour", "said_from"],
    "verdict_evidence_csv": ["text", "flavour", "topic"],
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_no_query_string_is_an_error(name, client, editor):
    factories.claim()
    client.force_login(editor)
    for value in HOSTILE:
        value = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        for query in [{value: "1"}, *({parameter: value} for parameter in LISTS[name])]:
            response = client.get(reverse(name), query)
            assert response.status_code in {200, 302, 400, 404}, query
            if response.streaming:
                b"".join(response.streaming_content)


LONG = "9" * 30
SHAPES = [
    {"claimant": "abc"},
    {"claim": "abc", "source": LONG},
    {"verb": "\x00"},
    {"claimant": LONG, "published_on": "xx"},
    {"topics__id__exact": LONG, "status__exact": "\x00"},
    {"q": "\x00", "p": LONG},
    {"after": urlsafe_b64encode(b"1 0001-01-01T00:00:00+14:00").decode()},
    {"before": urlsafe_b64encode(f"{LONG} 9999-12-31T23:59:59-14:00".encode()).decode()},
]


def addresses(patterns, before="/"):
    """Every address of the site that needs no number in it."""
    for each in patterns:
        path = before + str(each.pattern).removeprefix("^")
        if hasattr(each, "url_patterns"):
            yield from addresses(each.url_patterns, path)
        elif not set("<(?$") & set(path):
            yield path


ADDRESSES = list(addresses(get_resolver().url_patterns))


def test_all_addresses_are_tried():
    assert {"/admin/claims/claim/add/", "/admin/claims/act/", "/desk/review/", "/desk/claims/"} <= set(ADDRESSES)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ADDRESSES)
def test_no_address_with_such_a_value_is_an_error(path, client, chief):
    client.force_login(chief)
    for query in SHAPES:
        response = client.get(path, query)
        assert response.status_code in {200, 302, 400, 403, 404, 405}, query
        if response.streaming:
            b"".join(response.streaming_content)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["claim", "appearance", "evidence"])
def test_an_admin_page_prefilled_with_no_number_opens_without_it(name, client, editor):
    client.force_login(editor)
    field = "claimant" if name == "claim" else "claim"
    answer = client.get(f"/admin/claims/{name}/add/", {field: "abc"})
    shown = str(answer.context["adminform"].form[field])
    assert (answer.status_code, "abc" in shown, 'name="' + field in shown) == (200, False, True)


@pytest.mark.django_db
def test_an_admin_list_asked_for_what_is_no_number_is_a_bad_request_or_led_back(client, editor):
    client.force_login(editor)
    answer = client.get("/admin/claims/claim/", {"assignee__id__exact": "abc"})
    assert answer.status_code in {302, 400}


@pytest.mark.django_db
def test_a_number_too_long_sent_to_the_admin_saves_nothing(client, editor):
    client.force_login(editor)
    claim = factories.claim()
    page = client.get(address(claim))
    answer = client.post(address(claim), sent(page, {"parent": LONG, "statement": "Another"}))
    assert answer.status_code in {200, 400}
    assert Claim.objects.get(statement=claim.statement).parent is None


@pytest.mark.django_db
def test_a_new_claim_without_any_row_of_an_appearance_is_refused(client, editor):
    client.force_login(editor)
    page = client.get("/admin/claims/claim/add/")
    typed = {"statement": "Forged", "claimant": factories.claimant().pk, "appearances-TOTAL_FORMS": 0}
    answer = client.post("/admin/claims/claim/add/", sent(page, typed))
    assert (answer.status_code, "A part of the page did not arrive" in answer.text) == (200, True)
    assert Claim.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/desk/claims/99999999999999999999/", "/claims/99999999999999999999/", "/desk/sources/0/"]
)
def test_numbers_of_nothing_are_not_found(path, client, editor):
    client.force_login(editor)
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_a_page_that_is_not_there_leads_back_to_the_desk(client, checker):
    client.force_login(checker)
    at_desk = client.get("/desk/claims/99999/")
    assert at_desk.status_code == 404
    for name in ("desk", "claims", "sources", "review"):
        assert f'href="{reverse(name)}"' in at_desk.content.decode()
    public = client.get("/claims/99999/").content.decode()
    assert 'href="/"' in public and "/desk/" not in public
