"""Who else has a claim open: shown, and nobody locked out."""

import pytest
from django.urls import reverse

from claims.models import Presence
from tests import factories


def say(client, person, claim, doing="reading", **more):
    client.force_login(person)
    return client.post(reverse("here", args=[claim.pk]), {"doing": doing, **more})


def names(rows):
    return [(row.person.username, row.doing, row.ago) for row in rows]


@pytest.fixture
def claim(clock):
    clock.at("2026-03-02 10:00")
    return factories.selected()


def test_each_is_told_of_the_others_and_never_of_themselves(client, checker, editor, claim):
    assert say(client, checker, claim).text.strip() == ""
    answer = say(client, editor, claim, "drafting").text
    assert "Vera Testperson</strong> (reading)" in answer
    assert "Edda" not in answer
    assert 'data-who="Edda Testperson (drafting)"' in say(client, checker, claim).text
    assert Presence.objects.count() == 2


def test_pages_show_it_and_asking_for_a_page_says_nothing_of_who_asks(client, checker, editor, claim):
    check = factories.draft(on=claim)
    say(client, editor, claim)
    client.force_login(checker)
    for page in (claim.get_absolute_url(), reverse("edit_check", args=[check.pk])):
        assert "Edda Testperson</strong> (reading)" in client.get(page).text
    assert [row.person for row in Presence.objects.all()] == [editor]


def test_somebody_with_two_pages_open_is_named_once_with_the_most_that_they_do(checker, editor, claim, clock):
    for moment, doing in (("10:00", "drafting"), ("10:01", "reading")):
        clock.at(f"2026-03-02 {moment}")
        Presence.objects.say(claim, editor, doing)
    assert names(Presence.objects.beside(claim, checker)) == [("edda", "drafting", "")]
    clock.at("2026-03-02 10:02")
    # The page of the draft was closed without a word, and the other one is looked at.
    assert names(Presence.objects.beside(claim, checker)) == [("edda", "reading", "")]


@pytest.mark.parametrize(
    ("moment", "seen"),
    [
        ("10:01:15", [("edda", "reading", "")]),
        ("10:01:16", [("edda", "reading", "1 minute ago")]),
        ("10:04:59", [("edda", "reading", "4 minutes ago")]),
        ("10:05:00", []),
    ],
)
def test_a_page_that_is_no_longer_looked_at_fades(checker, editor, claim, clock, moment, seen):
    Presence.objects.say(claim, editor, "reading")
    clock.at(f"2026-03-02 {moment}")
    assert names(Presence.objects.beside(claim, checker)) == seen


def test_who_leaves_is_gone_at_once_and_takes_along_what_is_old(client, checker, editor, claim, clock):
    Presence.objects.say(factories.claim(), checker, "writing")
    clock.at("2026-03-02 10:06")
    for doing in ("reading", "drafting"):
        Presence.objects.say(claim, editor, doing)
    assert say(client, editor, claim, "drafting", gone="yes").status_code == 204
    assert [(row.person, row.doing) for row in Presence.objects.all()] == [(editor, "reading")]


def test_it_locks_nobody_out(client, checker, editor, claim):
    check = factories.draft(on=claim)
    say(client, editor, claim, "drafting")
    client.force_login(checker)
    answer = client.post(reverse("submit_check", args=[check.pk]), {"version": check.version})
    assert (answer.status_code, answer.url) == (302, check.get_absolute_url())


def test_it_is_for_readers_of_the_desk(client, outsider, editor, claim):
    assert say(client, outsider, claim).status_code == 403
    assert list(Presence.objects.visible_to(outsider)) == []
    assert [say(client, editor, claim, doing).status_code for doing in ("", "sleeping")] == [400, 400]
    assert client.post(reverse("here", args=[claim.pk + 1]), {"doing": "reading"}).status_code == 404
    assert Presence.objects.count() == 0


def test_it_costs_the_same_however_many_are_there(client, editor, claim, django_assert_num_queries):
    say(client, editor, claim)
    for _number in range(20):
        Presence.objects.say(claim, factories.person(None, "contributor"), "reading")
    with django_assert_num_queries(5):
        client.post(reverse("here", args=[claim.pk]), {"doing": "reading"})
