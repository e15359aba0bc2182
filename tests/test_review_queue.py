"""The review queue: what waits for somebody's word, oldest first, and the way along it."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import Check
from claims.policy import roles
from tests import factories


def at(person):
    client = Client()
    client.force_login(person)
    return client


def queue(person):
    return at(person).get(reverse("review")).context["page"].rows


def walking(check):
    return f"{reverse('claim', args=[check.claim_id])}?queue=1"


def place(person, check):
    return at(person).get(walking(check)).context["queue"]


def send(person, name, check, **values):
    version = Check.objects.get(pk=check.pk).version
    return at(person).post(reverse(name, args=[check.pk]), {"once": uuid4(), "version": version, **values})


@pytest.fixture
def second_editor(db):
    return factories.person("nils", "editor", name="Nils Testperson")


def test_it_holds_what_others_submitted_oldest_first_and_below_what_i_submitted(checker, editor, second_editor):
    first, own = factories.submitted(checker), factories.submitted(editor)
    approved = factories.approved(checker, second_editor)
    factories.draft(by=checker)
    factories.verdict(checker, second_editor)
    context = at(editor).get(reverse("review")).context
    assert (context["page"].rows, context["count"]) == ([first, approved], "2")
    assert (list(context["own"]), context["own_count"]) == ([own], "1")
    page = at(editor).get(reverse("review")).content.decode()
    assert page.count("Yours: waits for somebody else.") == 1
    assert page.count("Waits to be published.") == 1


@pytest.fixture
def editors_without(settings, tmp_path):
    """editors_without("publish_checks"): from now on the role of an editor lacks this permission."""

    def rewrite(permission):
        text = (Path(__file__).parents[1] / "seeds" / "roles.toml").read_text()
        before, editor, after = text.partition('slug = "editor"')
        (tmp_path / "roles.toml").write_text(before + editor + after.replace(f'"{permission}", ', "", 1))
        settings.SEEDS_DIR = tmp_path
        roles.cache_clear()

    yield rewrite
    roles.cache_clear()


@pytest.mark.parametrize("permission, left", [("approve_checks", "approved"), ("publish_checks", "submitted")])
def test_it_holds_what_the_role_can_take_further(checker, editor, second_editor, editors_without, permission, left):
    factories.submitted(checker)
    factories.approved(checker, second_editor)
    editors_without(permission)
    assert [check.state for check in queue(editor)] == [left]


def test_who_may_do_neither_reads_along(checker, editor):
    waiting = [factories.submitted(checker), factories.approved(checker, editor)]
    assert queue(factories.person("vim", "fact-checker")) == waiting


def test_a_page_in_the_queue_says_its_place_and_leads_to_the_next_and_the_one_before(checker, editor):
    first, second, third = (factories.submitted(checker) for _time in range(3))
    factories.submitted(editor)
    found = place(editor, second)
    assert (found.number, found.count) == ("2", "3")
    assert (found.before, found.after) == (walking(first), walking(third))
    assert place(editor, first).before is None
    assert place(editor, third).after is None
    page = at(editor).get(walking(second)).content.decode()
    assert re.search(r'<a rel="next"[^>]*>\s*Next', page)
    assert 'class="queue"' not in at(editor).get(second.claim.get_absolute_url()).content.decode()


def test_what_does_not_wait_for_me_is_said_and_the_way_back_in_is_shown(checker, editor):
    waiting, own = factories.submitted(checker), factories.submitted(editor)
    found = place(editor, own)
    assert (found.number, found.count, found.after) == (None, "1", walking(waiting))
    noted = factories.claim()
    assert "does not wait for you now" in at(editor).get(f"{noted.get_absolute_url()}?queue=1").content.decode()


def test_sending_back_leads_on_to_the_next_and_after_the_last_to_the_oldest(checker, editor):
    first, second, third = (factories.submitted(checker) for _time in range(3))
    assert send(editor, "send_back_check", second, queue=1, reason="Test: where?").url == walking(third)
    assert send(editor, "send_back_check", third, queue=1, reason="Test: where?").url == walking(first)
    assert send(editor, "send_back_check", first, queue=1, reason="Test: where?").url == reverse("review")


def test_who_approves_stays_to_publish_and_then_goes_on(checker, editor):
    first, second = factories.submitted(checker), factories.submitted(checker)
    assert send(editor, "approve_check", first, queue=1).url == walking(first)
    assert send(editor, "publish_check", first, queue=1).url == walking(second)


def test_who_may_not_publish_goes_on_once_approved(checker, editor, editors_without):
    first, second = factories.submitted(checker), factories.submitted(checker)
    editors_without("publish_checks")
    assert send(editor, "approve_check", first, queue=1).url == walking(second)


def test_the_word_on_what_was_done_names_the_claim_that_is_left(checker, editor):
    first, second = factories.submitted(checker), factories.submitted(checker)
    client = at(editor)
    sent = {"version": first.version, "reason": "Test: where?", "queue": 1}
    page = client.post(reverse("send_back_check", args=[first.pk]), sent, follow=True)
    assert page.redirect_chain[-1][0] == walking(second)
    assert f"Done for claim {first.claim_id}, “{first.claim.statement}”." in page.content.decode()


def test_who_came_another_way_stays_with_the_claim(checker, editor):
    first, _second = factories.submitted(checker), factories.submitted(checker)
    assert send(editor, "send_back_check", first, reason="Test: where?").url == first.get_absolute_url()


def test_a_refusal_keeps_to_the_queue(checker, editor):
    check = factories.submitted(checker)
    page = send(editor, "send_back_check", check, queue=1, reason="").content.decode()
    assert '<input type="hidden" name="queue" value="1">' in page
    assert "Give the reason" in page or "This field is required." in page


def test_the_queue_and_a_page_in_it_cost_the_same_at_1_row_and_at_9(checker, editor):
    client, check = at(editor), factories.submitted(checker)
    factories.submitted(editor)

    def queries():
        found = []
        for path in (reverse("review"), walking(check)):
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            found.append(len(asked))
        return found

    before = queries()
    assert before[0] == 6
    for _time in range(8):
        factories.submitted(checker)
        factories.submitted(editor)
    assert queries() == before
