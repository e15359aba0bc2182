"""Axe on every page there is: the addresses are the urlconf's own, so that no page is forgotten."""

import json

import pytest
from django.urls import URLPattern, get_resolver, reverse

from claims.access import PUBLIC

# A record for each kind of address, the newest of the made-up case; and one comment and one request for comment on that
# claim, since the case has none there.
RECORDS = """
import json
from claims.models import *
from django.core.files.base import ContentFile
from claims.models.comments import add_comment
from claims.models.files import add_file
from claims.models.replies import ask_for_comment
check = Check.objects.filter(state="drafting").latest("pk")
claim = check.claim
comment = add_comment(claim, by=User.objects.get(username="wenna.tarrowick"), text="TEST DATA: a comment")
request = ask_for_comment(claim, by=comment.author, whom="TEST DATA", question="TEST DATA: where?")
from claims.models.opinions import ask_opinion
opinion = ask_opinion(check, by=comment.author, asked_of=User.objects.get(username="ilario.mossbeck"))
opinion.withdraw(by=comment.author, reason="TEST DATA: the draft is read on other pages")
from claims.models.redaction.redacting import ask
admin = User.objects.get(username="admin")
redaction = ask(by=admin, words="lamps", reason="TEST DATA: nothing is removed", ground="TEST DATA")
evidence = Evidence.objects.filter(claim__has_evidence=True).latest("pk")
kept = add_file(Source.objects.get(pk=3), file=ContentFile(b"TEST DATA", "note.txt"), by=None)
print(json.dumps({
    "claims": claim.pk, "checks": check.pk, "appearances": claim.principal_appearance_id, "evidence": evidence.pk,
    "claimants": claim.claimant_id, "sources": 3, "published": 49, "comments": comment.pk, "passkeys": 1,
    "files": kept.pk,
    "requests-for-comment": request.pk,
    "redactions": redaction.pk,
    "opinions": opinion.pk,
    "acts": Act.objects.filter(verb="evidence.add").latest("position").pk,
    "people": User.objects.get(username="pim.oddlestone").pk,
}))
"""
KEYS = {"uidb36": "1", "key": "used-up"}


def named(patterns=None, namespace=""):
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(each, URLPattern):
            yield from named(each.url_patterns, each.namespace or namespace)
        elif namespace != "admin":
            yield each


def address(pattern, records):
    """Where the page is; a pattern that asks for something unknown fails here, and then RECORDS needs another."""
    if "pk" not in pattern.pattern.converters:
        return reverse(pattern.name, kwargs=KEYS if pattern.name.endswith("from_key") else {})
    first, second = str(pattern.pattern).split("/")[:2]
    kind = second if first == "desk" else "published" if first == "claims" else first
    first_verdict = [1] if "number" in pattern.pattern.converters else []
    return reverse(pattern.name, args=[records[kind], *first_verdict])


@pytest.fixture(scope="module")
def records(desk):
    return json.loads(desk.manage("shell", "--no-imports", "-c", RECORDS).decode().splitlines()[-1])


def look_at(somebody, pattern, path, seen):
    """What is wrong with the page there; nothing where a GET gets a file, a part of a page, or a page seen before."""
    answer = somebody.page.request.get(somebody.desk.url + path)
    # Some pages of the second step are there for who has set one up; test_people.py looks at them.
    if answer.status == 405 or (answer.status == 404 and pattern.name.startswith("mfa_")):
        return []
    if answer.status != 200:
        return [f"{path} answered {answer.status}"]
    if answer.url in seen or "html" not in answer.headers["content-type"] or "<html" not in answer.text():
        return []
    seen.add(answer.url)
    somebody.open(path)
    wide = somebody.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return somebody.violations() + ([f"{path} is wider than the window"] if wide else [])


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_on_any_page(person, records, width, theme):
    stranger, admin = (person(each, width=width, dark=theme == "dark") for each in (None, "admin"))
    wrong, seen = [], [set(), set()]
    for pattern in named():
        path = address(pattern, records)
        wrong += look_at(admin, pattern, path, seen[0])
        if pattern.callback.access == PUBLIC:
            wrong += look_at(stranger, pattern, path, seen[1])
    assert (wrong, len(seen[0]) > 50, len(seen[1]) > 5) == ([], True, True)
