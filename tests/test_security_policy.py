"""Nothing inline, nothing foreign: the content security policy is on every answer, and our pages keep to it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import path, reverse

from claims.access import POLICY, public
from factcheck.urls import handler400, handler403, handler404, handler500
from factcheck.urls import urlpatterns as pages
from tests import factories

INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))

__all__ = ["handler400", "handler403", "handler404", "handler500"]


@public
def broken(request):
    raise ZeroDivisionError


urlpatterns = [*pages, path("broken/", broken)]


@pytest.fixture
def logged_in(client, checker):
    client.force_login(checker)
    return client


def test_a_page_carries_the_policy(logged_in):
    response = logged_in.get(reverse("desk"))
    assert (response.status_code, response["Content-Security-Policy"]) == (200, POLICY)


def test_the_log_in_carries_the_policy(client, db):
    assert client.get(reverse("account_login"))["Content-Security-Policy"] == POLICY


def test_a_redirect_carries_the_policy(client, db):
    response = client.get(reverse("desk"))
    assert (response.status_code, response["Content-Security-Policy"]) == (302, POLICY)


def test_a_refusal_carries_the_policy(client, outsider):
    client.force_login(outsider)
    response = client.get(reverse("desk"))
    assert (response.status_code, response["Content-Security-Policy"]) == (403, POLICY)


def test_a_missing_page_carries_the_policy(client, db):
    response = client.get("/nowhere/")
    assert (response.status_code, response["Content-Security-Policy"]) == (404, POLICY)


def test_an_export_carries_the_policy(logged_in):
    assert logged_in.get(reverse("claims_csv"))["Content-Security-Policy"] == POLICY


def test_the_admin_carries_the_policy(client, editor):
    client.force_login(editor)
    response = client.get(reverse("admin:index"))
    assert (response.status_code, response["Content-Security-Policy"]) == (200, POLICY)


def test_a_host_that_is_not_ours_is_refused_with_a_page_of_ours(client, db):
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert (response.status_code, response.templates[0].name) == (400, "400.html")
    assert response["Content-Security-Policy"] == POLICY


@pytest.mark.urls("tests.test_security_policy")
def test_a_fault_of_the_program_carries_the_policy_and_shows_no_traceback(db):
    response = Client(raise_request_exception=False).get("/broken/")
    assert (response.status_code, response["Content-Security-Policy"]) == (500, POLICY)
    assert b"ZeroDivisionError" not in response.content


def test_a_form_too_old_says_what_to_do(db):
    factories.person("vera", "fact-checker")
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "vera", "password": "x"})
    assert (response.status_code, response.templates[0].name) == (403, "expired_form.html")
    assert response["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: str(each.relative_to(settings.BASE_DIR)))
def test_no_template_holds_anything_inline(template):
    assert INLINE.findall(template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "name", ["desk", "claims", "review", "claimants", "new_claimant", "sources", "new_source", "new_claim"]
)
def test_no_page_holds_anything_inline(logged_in, name):
    response = logged_in.get(reverse(name))
    assert (response.status_code, INLINE.findall(response.content.decode())) == (200, [])


def test_the_policy_lets_nothing_in_but_this_site():
    allowed = {source for rule in POLICY.split("; ") for source in rule.split()[1:]}
    assert allowed == {"'none'", "'self'", "data:"}


def test_pages_travel_compressed_and_exports_as_they_are(logged_in):
    asked = {"headers": {"accept-encoding": "gzip"}}
    assert logged_in.get(reverse("claims"), **asked)["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in logged_in.get(reverse("claims_csv"), **asked).headers
