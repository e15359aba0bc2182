"""Light, dark or as the system: chosen once, kept in a cookie, known to the first byte of every page of the desk."""

import re

import pytest
from django.urls import reverse

from tests import factories


def theme_of(answer):
    return re.search(r'<html[^>]* data-theme="(\w*)"', answer.content.decode()).group(1)


def choose(client, theme, back="/desk/claims/?text=lamps"):
    return client.post(reverse("theme"), {"theme": theme, "next": back})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_was_chosen_stands_on_every_page(client, checker, theme):
    client.force_login(checker)
    answer = choose(client, theme)
    assert (answer.status_code, answer.url) == (302, "/desk/claims/?text=lamps")
    for name in ("desk", "claims", "new_source", "account_change_password"):
        page = client.get(reverse(name))
        assert theme_of(page) == theme
        assert f'<meta name="color-scheme" content="{theme}">' in page.content.decode()
        assert f'value="{theme}" aria-pressed="true"' in page.content.decode()


def test_at_first_and_after_going_back_to_it_the_system_decides(client, db):
    login = reverse("account_login")
    assert theme_of(client.get(login)) == "system"
    choose(client, "dark")
    assert theme_of(client.get(login)) == "dark"
    choose(client, "system")
    assert theme_of(client.get(login)) == "system"
    assert 'content="light dark"' in client.get(login).content.decode()


def test_a_cookie_that_holds_something_else_says_nothing(client, db):
    client.cookies["theme"] = '"><script>'
    assert theme_of(client.get(reverse("account_login"))) == "system"


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_it_leads_nowhere_else(client, back, db):
    assert choose(client, "dark", back).url == "/"


def test_it_is_never_changed_by_a_get(client, db):
    assert client.get(reverse("theme")).status_code == 405


def test_a_public_page_is_the_same_for_all_so_that_any_cache_may_keep_it(client, checker, editor):
    page = reverse("public_claim", args=[factories.verdict(checker, editor).claim_id])
    plain = client.get(page)
    choose(client, "dark")
    again = client.get(page)
    assert (again.content, theme_of(again)) == (plain.content, "system")
