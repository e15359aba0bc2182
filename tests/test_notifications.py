"""Who is told of what: each verb tells those whom it concerns, nobody of their own acts, and once."""

from datetime import date

import pytest
from django.urls import reverse

from claims.models import Act, Claim, Notification
from claims.models.checks import start_check
from claims.models.editing import edit_claimant
from claims.models.log import acting
from claims.models.notifications import tell_assigned
from claims.models.noting import edit_claim
from claims.models.together import together
from tests import factories


def told(person):
    """(kind, claim) of all that this person was told, oldest first."""
    return [(each.kind, each.claim_id) for each in Notification.objects.of(person).order_by("pk")]


def told_by(person):
    return Notification.objects.of(person).latest("pk").act


def test_who_is_assigned_is_told_with_the_act(checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    [notification] = Notification.objects.all()
    assert (notification.person, notification.kind, notification.claim) == (checker, "assigned", claim)
    assert notification.act == Act.objects.get(verb="claim.assign")
    assert (notification.at, notification.by) == (notification.act.at, editor)
    assert notification.says == f"Edda Testperson assigned claim {claim.pk} to you"


def test_a_new_day_for_the_same_person_is_no_new_assignment(checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    claim.assign(checker, by=editor, due_on=date(2026, 12, 3))
    claim.assign(None, by=editor)
    assert told(checker) == [("assigned", claim.pk)]


def test_nobody_is_told_of_their_own_acts(checker):
    claim = factories.selected()
    claim.assign(checker, by=checker)
    factories.draft(on=claim, by=checker).submit(by=checker)
    assert told(checker) == []


@pytest.mark.parametrize("door", ["note", "edit", "start"])
def test_every_door_by_which_a_claim_is_assigned_tells_it(checker, editor, door):
    if door == "note":
        claim = factories.claim(by=editor, assignee=checker)
    elif door == "edit":
        claim = factories.claim(by=editor)
        edit_claim(claim, by=editor, assignee=checker)
    else:
        claim = factories.selected()
        start_check(claim, by=editor, assignee=checker)
    assert told(checker) == [("assigned", claim.pk)]


def test_a_check_started_by_another_than_the_assignee_tells_nobody_anew(checker, editor):
    claim = factories.selected(assignee=checker)
    Notification.objects.all().delete()
    assert start_check(claim, by=editor).assignee == checker
    assert told(checker) == []


def test_a_draft_sent_back_and_approved(checker, editor):
    check = factories.submitted(checker)
    check.send_back(by=editor, reason="Test: the second source is missing")
    check.submit(by=checker).approve(by=editor)
    assert told(checker) == [("sent_back", check.claim_id), ("approved", check.claim_id)]
    check.withdraw_approval(by=editor, reason="Test: a new figure")
    assert told(checker)[2:] == [("sent_back", check.claim_id)]
    assert told(editor) == []


def test_an_editor_s_edit_of_what_waits_returns_it_and_says_so(checker, editor):
    check = factories.submitted(checker)
    check.edit(by=editor, summary="Test data: counted once more.")
    assert told(checker) == [("sent_back", check.claim_id)]


def test_taking_back_tells_nobody(checker, editor):
    check = factories.draft(by=checker)
    check.edit(by=checker, assignee=editor)
    check.submit(by=checker).take_back(by=checker)
    assert told(editor) == [("assigned", check.claim_id)]


def test_what_falls_with_a_shared_record_is_told_for_each_claim_in_one_act(checker, editor):
    claims = [factories.submitted(checker).claim for _each in range(3)]
    edit_claimant(claims[0].claimant, by=editor, name="Mirabel Testwell the Younger")
    assert told(checker) == [("sent_back", claim.pk) for claim in claims]
    assert {each.act for each in Notification.objects.all()} == {Act.objects.get(verb="claimant.edit")}


def test_what_was_refused_or_changed_nothing_tells_nobody(checker, editor):
    claim = factories.selected()
    with pytest.raises(RuntimeError), acting("claim.assign", by=editor) as act:
        act.change(act.lock(claim), assignee=checker)
        tell_assigned(act, [claim])
        raise RuntimeError
    assert Notification.objects.count() == 0


@pytest.mark.parametrize("number", [1, 300])
def test_a_bulk_act_tells_any_number_in_one_statement(checker, editor, chief, django_assert_num_queries, number):
    claim = factories.claim(by=chief)
    claims = [Claim(pk=claim.pk, assignee_id=person.pk) for person in (checker, chief) for _each in range(number)]
    with acting("claim.assign", by=chief) as act, django_assert_num_queries(0):
        act.note("claim", object_id=claim.pk, claim_id=claim.pk)
        tell_assigned(act, claims)
    assert Notification.objects.count() == number
    assert told(chief) == []


def test_several_verbs_as_one_each_tell_with_their_own_act(checker, editor):
    first, second = factories.selected(), factories.selected()
    with together():
        first.assign(checker, by=editor)
        second.assign(checker, by=editor)
        assert told(checker) == []
    assert told(checker) == [("assigned", first.pk), ("assigned", second.pk)]
    assert len({each.act_id for each in Notification.objects.all()}) == 2


# The pages


@pytest.fixture
def two(checker, editor):
    """Vera was told of two claims."""
    claims = [factories.selected(), factories.selected()]
    for claim in claims:
        claim.assign(checker, by=editor)
    return claims


def unread(person):
    return Notification.objects.unread(person).count()


def read(client, **values):
    return client.post(reverse("read_notifications"), values)


def test_one_is_marked_as_read_or_those_of_a_claim_or_all(client, checker, two):
    client.force_login(checker)
    first = Notification.objects.earliest("pk")
    assert read(client, read=first.pk, next="/desk/").url == "/desk/"
    first.refresh_from_db()
    assert (unread(checker), first.read_at is None, first.unmailed) == (1, False, False)
    read(client, claim=two[0].pk)
    assert unread(checker) == 1
    assert read(client, claim=two[1].pk, next="https://elsewhere.example/").url == reverse("notifications")
    assert unread(checker) == 0


def test_a_page_that_is_only_asked_for_marks_nothing(client, checker, two):
    client.force_login(checker)
    assert client.get(reverse("read_notifications")).url == reverse("notifications")
    client.get(reverse("notifications"))
    client.get(two[0].get_absolute_url())
    assert unread(checker) == 2


def test_nobody_marks_what_another_was_told(client, checker, editor, two):
    client.force_login(editor)
    read(client, read=Notification.objects.earliest("pk").pk)
    read(client)
    assert unread(checker) == 2


def test_the_list_says_what_happened_and_what_is_unread(client, checker, two):
    client.force_login(checker)
    text = client.get(reverse("notifications")).content.decode()
    assert f"Edda Testperson assigned claim {two[0].pk} to you" in text
    assert "2 unread" in text
    read(client)
    text = client.get(reverse("notifications")).content.decode()
    assert ("0 unread" in text, "Mark all as read" in text) == (True, False)


def test_an_empty_list_says_what_comes_there(client, checker):
    client.force_login(checker)
    assert "Nothing yet. You are told here when" in client.get(reverse("notifications")).content.decode()


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_however_long(client, checker, editor, django_assert_num_queries, number):
    for _each in range(number):
        factories.selected().assign(checker, by=editor)
    client.force_login(checker)
    with django_assert_num_queries(4):
        client.get(reverse("notifications"))


def test_each_person_chooses_which_mails_they_get(client, checker, editor):
    client.force_login(checker)
    path = reverse("choose_mail")
    assert "They go to vera@desk.example." in client.get(path).content.decode()
    assert client.post(path, {"version": checker.version, "mail_choice": "daily"}).url == path
    checker.refresh_from_db()
    editor.refresh_from_db()
    assert (checker.mail_choice, editor.mail_choice) == ("daily", "at_once")
    act = Act.objects.latest("position")
    assert (act.verb, act.actor) == ("user.choose_mail", checker)
    wrong = client.post(path, {"version": checker.version, "mail_choice": "hourly"})
    assert "Select a valid choice" in wrong.content.decode()
