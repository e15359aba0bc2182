"""The page "My work": what is mine, what waits for me, what came back, what is due, and what others did meanwhile."""

import re
from datetime import date, timedelta

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims.models import Act, Check, Claim, LastSeen
from claims.models.following import log_end
from claims.models.noting import edit_claim
from claims.models.publishing import publish
from tests import factories


def at(person):
    client = Client()
    client.force_login(person)
    return client


def opened(person):
    """{part: its rows} of the page, with the heads of the queue and of what came back as claims."""
    context = at(person).get("/desk/").context
    return {section.name: [getattr(row, "claim", row) for row in section.rows] for section in context["sections"]}


def listed(person, part):
    page = at(person).get(reverse("claims"), {"work": part}).context["page"]
    return sorted(claim.pk for claim in page.rows)


def given(person, **values):
    return factories.selected().assign(person, by=None, **values)


def test_an_empty_desk_says_what_to_do_next(checker, editor):
    page = at(editor).get("/desk/").content.decode()
    assert "Take one of the unassigned claims" in page
    assert "Nothing waits for you. A draft appears here when somebody else submits it." in page
    assert "Nothing came back." in page
    assert "Nothing of yours is due." in page
    assert "Every selected claim has somebody." in page
    assert "Nobody else has changed a claim that you work on or follow." in page


def test_each_sees_the_parts_that_their_role_can_do_something_about(checker, editor, db):
    assert list(opened(editor)) == [
        "approval",
        "sent_back",
        "opinion",
        "mentioned",
        "unanswered",
        "due",
        "assigned",
        "free",
        "recheck",
    ]
    assert list(opened(checker)) == [
        "sent_back",
        "opinion",
        "mentioned",
        "unanswered",
        "due",
        "assigned",
        "free",
        "recheck",
    ]
    assert list(opened(factories.person("conny", "contributor"))) == ["mentioned", "unanswered", "free"]


def test_every_part_holds_what_it_says_and_the_list_of_claims_finds_the_same(checker, editor):
    today = timezone.localdate()
    factories.verdict(checker, editor)
    again = factories.verdict(checker, editor, recheck_on=today).claim
    late = given(checker, due_on=today - timedelta(days=1))
    soon = given(checker, due_on=today + timedelta(days=7))
    later = given(checker, due_on=today + timedelta(days=8))
    given(editor, due_on=today)
    back = factories.submitted(checker).send_back(by=editor, reason="Test: say where").claim
    waiting = factories.submitted(editor).claim
    own = factories.submitted(checker).claim
    free = factories.selected()
    factories.request(back, by=editor, asked_on=today - timedelta(days=9), deadline=today - timedelta(days=1))
    factories.request(later, by=editor, asked_on=today, deadline=today)
    factories.comment(waiting, by=editor, text="Test: @vera, is this yours?")
    assert opened(checker) == {
        "sent_back": [back],
        "opinion": [],
        "mentioned": [waiting],
        "unanswered": [back],
        "due": [late, soon],
        "assigned": [own, back, later, soon, late],
        "free": [free],
        "recheck": [again],
    }
    chief = factories.person("max", "managing-editor")
    assert opened(chief)["approval"] == [waiting, own]
    for part, claims in opened(checker).items():
        assert listed(checker, part) == sorted(claim.pk for claim in claims)
    assert listed(chief, "approval") == [waiting.pk, own.pk]


def test_the_most_urgent_comes_first_and_a_short_list_says_of_how_many(checker):
    for _time in range(11):
        given(checker)
    urgent = factories.selected(priority=4).assign(checker, by=None)
    section = next(each for each in at(checker).get("/desk/").context["sections"] if each.name == "assigned")
    assert (section.rows[0], len(section.rows), section.count) == (urgent, 8, "12")
    assert at(checker).get(section.everything).context["count"] == "12"


def test_the_list_of_a_part_is_in_the_order_of_the_part_as_far_as_claims_have_one(checker, editor):
    first, second, urgent = (factories.selected(priority=number) for number in (2, 2, 4))
    for claim in (first, second, urgent):
        factories.submitted(checker, on=claim)
    sections = at(editor).get("/desk/").context["sections"]
    [approval] = [each for each in sections if each.name == "approval"]
    listed = at(editor).get(approval.everything).context["page"].rows
    assert [check.claim for check in approval.rows] == listed == [first, second, urgent]


def test_a_day_says_how_near_it_is(checker):
    today = timezone.localdate()
    for days in (-1, 0, 1):
        given(checker, due_on=today + timedelta(days=days))
    page = at(checker).get("/desk/").content.decode()
    assert ("overdue since" in page, "due today" in page, "due tomorrow" in page) == (True, True, True)


def test_a_mention_stays_until_it_is_marked_as_read(checker, editor):
    factories.comment(factories.claim(), by=editor, text="Test: @vera, is this yours?")
    vera = at(checker)
    page = vera.get("/desk/").content.decode()
    assert "Edda Testperson mentioned you in a comment" in page
    number = re.search(r'name="read" value="(\d+)"', page).group(1)
    answer = vera.post(reverse("read_notifications"), {"read": number, "next": "/desk/"})
    assert (answer.url, opened(checker)["mentioned"]) == ("/desk/", [])


def test_what_came_back_leaves_the_list_when_it_is_submitted_again(checker, editor):
    check = factories.submitted(checker).send_back(by=editor, reason="Test: say where")
    assert "Test: say where" in at(checker).get("/desk/").content.decode()
    check.submit(by=checker)
    assert opened(checker)["sent_back"] == []


# What changed since


def changed(person):
    """{claim: [verbs], latest first} as the page shows it."""
    context = at(person).get("/desk/").context
    return {each.claim: [act.verb for act in each.acts] for each in context["changed"]}


def seen_all(person):
    LastSeen.objects.update_or_create(person=person, defaults={"position": log_end()})


def test_what_others_did_to_what_i_work_on_or_follow_comes_newest_first_by_claim(checker, editor):
    assigned, strange, commented = given(checker), factories.selected(), factories.claim()
    started = factories.draft(by=checker)
    approved = factories.approved(editor, factories.person("max", "managing-editor"))
    seen_all(checker)
    seen_all(editor)
    edit_claim(strange, by=editor, priority=4)
    edit_claim(assigned, by=editor, priority=4)
    factories.evidence(started.claim, by=editor)
    edit_claim(assigned, by=editor, priority=3)
    edit_claim(assigned, by=checker, priority=1)
    factories.comment(commented, by=checker, text="Test: who counted?")
    commented.select(by=editor, why="reach", reason="Test")
    assert list(changed(checker).items()) == [
        (commented, ["claim.select"]),
        (assigned, ["claim.edit", "claim.edit"]),
        (started.claim, ["evidence.add"]),
    ]
    publish(approved, by=Act.objects.get(verb="check.approve").actor)
    assert list(changed(editor).items()) == [(approved.claim, ["check.publish"])]
    page = at(editor).get("/desk/").content.decode()
    assert "published the verdict" in page


def test_a_reason_stands_beside_the_act_and_older_acts_are_counted(checker, editor):
    check = factories.submitted(checker)
    seen_all(checker)
    for priority in (4, 1, 4):
        edit_claim(check.claim, by=editor, priority=priority)
    check.send_back(by=editor, reason="Test: say where & when")
    page = at(checker).get("/desk/")
    assert [(each.acts[0].verb, len(each.acts), each.more) for each in page.context["changed"]] == [
        ("check.send_back", 3, 1)
    ]
    assert "Test: say where &amp; when" in page.content.decode()
    assert listed(checker, "changed") == [check.claim_id]


def test_mark_as_seen_moves_to_what_the_page_showed_and_never_back(checker, editor):
    claim = given(checker)
    seen_all(checker)
    edit_claim(claim, by=editor, priority=4)
    vera = at(checker)
    until = vera.get("/desk/").context["seen_until"]
    edit_claim(claim, by=editor, priority=1)
    vera.post(reverse("mark_seen"), {"until": until})
    assert [len(acts) for acts in changed(checker).values()] == [1]
    vera.post(reverse("mark_seen"), {"until": log_end()})
    assert changed(checker) == {}
    vera.post(reverse("mark_seen"), {"until": 1})
    vera.post(reverse("mark_seen"), {"until": "٣x"})
    vera.post(reverse("mark_seen"), {})
    assert changed(checker) == {}
    vera.post(reverse("mark_seen"), {"until": 10**18})
    edit_claim(claim, by=editor, priority=2)
    assert [len(acts) for acts in changed(checker).values()] == [1]


def test_looking_writes_nothing_at_all(checker):
    given(checker)
    vera = at(checker)
    before = (log_end(), LastSeen.objects.count())
    for _time in range(2):
        vera.get("/desk/")
    assert (log_end(), LastSeen.objects.count()) == before
    assert vera.get(reverse("mark_seen")).status_code == 405


def log_in(person):
    client = Client()
    form = {"login": person.username, "password": factories.PASSWORD}
    assert client.post(reverse("account_login"), form).status_code == 302
    return client


def test_a_visit_ends_where_somebody_logs_out(checker, editor):
    claim = given(checker)
    vera = log_in(checker)
    edit_claim(claim, by=editor, priority=4)
    vera.post(reverse("account_logout"))
    edit_claim(claim, by=editor, priority=1)
    log_in(checker)
    assert [len(acts) for acts in changed(checker).values()] == [1]


def test_who_left_without_logging_out_has_seen_what_came_before_their_own_last_act(checker, editor):
    claim = given(checker)
    log_in(checker)
    edit_claim(claim, by=editor, priority=4)
    edit_claim(claim, by=checker, priority=3)
    edit_claim(claim, by=editor, priority=2)
    log_in(checker)
    assert [len(acts) for acts in changed(checker).values()] == [1]


def test_a_newcomer_is_not_told_of_what_was_before_them(checker, editor):
    claim = given(checker)
    edit_claim(claim, by=editor, priority=4)
    log_in(checker)
    assert changed(checker) == {}


def test_the_page_costs_the_same_at_1_row_and_at_12(chief, checker, django_assert_num_queries):
    def fill():
        factories.submitted(checker)
        factories.selected(topics=["lamps"])
        factories.comment(factories.claim(), by=checker, text="Test: @max, is this yours?")
        factories.request(factories.claim(), by=chief, asked_on=date(2026, 3, 1), deadline=date(2026, 3, 2))
        edit_claim(given(chief, due_on=timezone.localdate()), by=checker, priority=4)
        factories.submitted(chief).send_back(by=edda, reason="Test: again")

    edda, max_ = factories.person("edda", "editor"), at(chief)
    fill()
    with django_assert_num_queries(42):
        max_.get("/desk/")
    for _time in range(11):
        fill()
    with django_assert_num_queries(42):
        max_.get("/desk/")


def test_what_may_be_long_is_read_in_order_from_an_index_of_its_own(checker, chief):
    claims = Claim.objects.all()
    parts = {
        "claims_of_assignee": claims.work_of(chief),
        "claims_due_of_assignee": claims.due_soon_of(chief),
        "claims_of_nobody": claims.unassigned(),
        "claims_due_again": claims.due_again(),
        "checks_waiting": Check.objects.queue_of(chief),
    }
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # which else reads a table of no rows as a whole
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert [name for name, rows in parts.items() if f" {name} " not in f"{rows[:8].explain()} "] == []


def test_the_way_to_everything_somebody_was_told(client, checker):
    client.force_login(checker)
    assert f'href="{reverse("notifications")}"' in client.get(reverse("desk")).text
