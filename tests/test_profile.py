"""Everybody's own profile: name, time zone, address; and whose time a page shows."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from claims.access import own_time_zone
from claims.models import Act
from claims.states import NotAllowed, OutsideVerb
from tests import factories


@pytest.fixture
def own(client, checker):
    """Vera's browser, and what her profile sends as it stands."""
    client.force_login(checker)
    form = client.get(reverse("profile")).context["form"]
    return client, {field.html_name: field.value() for field in form if field.value() is not None}


def test_somebody_changes_name_and_time_zone(own, checker):
    client, form = own
    answer = client.post(reverse("profile"), form | {"name": "Vera Othername", "time_zone": "America/Lima"})
    checker.refresh_from_db()
    assert (answer.url, checker.name, checker.time_zone) == (reverse("profile"), "Vera Othername", "America/Lima")
    assert checker.name_key == "vera othername vera"
    act = Act.objects.latest("position")
    assert (act.verb, act.actor, sorted(act.changes.get().values)) == ("user.edit_own", checker, ["name", "time_zone"])


def test_a_page_opened_before_any_change_of_theirs_overwrites_nothing(own, checker):
    client, form = own
    for change in (
        lambda: checker.edit_own(by=checker, language="es"),
        lambda: checker.choose_mail("never", by=checker),
    ):
        stands = form | {"version": checker.version}
        change()
        page = client.post(reverse("profile"), stands | {"name": "Vera Othername"})
        assert page.context["form"].theirs == checker
    checker.refresh_from_db()
    assert (checker.name, checker.language, checker.mail_choice) == ("Vera Testperson", "es", "never")


def test_a_zone_that_does_not_exist_is_told_at_its_field(own):
    client, form = own
    page = client.post(reverse("profile"), form | {"name": "Vera Othername", "time_zone": "Europe/Atlantis"})
    assert page.context["form"].errors == {"time_zone": ["No such time zone: Europe/Atlantis."]}
    assert 'value="Vera Othername"' in page.content.decode()


def test_roles_come_from_somebody_else(own, checker):
    client, form = own
    client.post(reverse("profile"), form | {"roles": ["administrator"], "is_active": ""})
    checker.refresh_from_db()
    assert (checker.roles, checker.is_active) == (["fact-checker"], True)
    with pytest.raises(OutsideVerb):
        checker.edit_own(by=checker, roles=["administrator"])


def test_nobody_edits_the_profile_of_another(checker, editor):
    with pytest.raises(NotAllowed):
        checker.edit_own(by=editor, name="Somebody Else")


def test_a_profile_is_there_for_everybody_who_is_logged_in(client, outsider):
    client.force_login(outsider)
    assert client.get(reverse("profile")).status_code == 200


def test_the_address_changes_after_the_password_and_both_addresses_hear_of_it(client, checker):
    client.force_login(checker)
    asked = client.get(reverse("profile_address"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    page = client.post(asked.url, {"password": factories.PASSWORD}, follow=True)
    typed = {"email": "vera@elsewhere.example", "version": page.context["form"]["version"].value()}
    assert client.post(reverse("profile_address"), typed).url == reverse("profile")
    checker.refresh_from_db()
    assert checker.email == "vera@elsewhere.example"
    assert [sent.to for sent in mail.outbox] == [["vera@desk.example"], ["vera@elsewhere.example"]]
    assert "The e-mail address was changed." in mail.outbox[0].body


def test_an_address_of_somebody_else_is_refused(checker, editor):
    with pytest.raises(ValidationError):
        checker.edit_own(by=checker, email="EDDA@desk.example")


# Whose time


@pytest.fixture
def in_the_night(checker, editor, monkeypatch):
    """A verdict of half past one on 4 December by UTC, when it is still 3 December in Lima."""
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: datetime(2025, 12, 4, 1, 30, tzinfo=UTC))
        return factories.verdict(checker, editor)


def page_of(client, claim):
    return client.get(reverse("claim", args=[claim.pk])).content.decode()


def test_times_are_the_person_s_and_the_day_of_a_verdict_is_the_desk_s(client, checker, in_the_night):
    checker.edit_own(by=checker, time_zone="America/Lima")
    client.force_login(checker)
    page = page_of(client, in_the_night.claim)
    assert "3 December 2025, 20:30</time>" in page
    assert "4 December 2025, 01:30 UTC" in page
    assert "4 December 2025, 01:30</time>" not in page


def test_without_a_zone_of_their_own_people_see_the_desk_s(client, checker, in_the_night):
    client.force_login(checker)
    assert "4 December 2025, 01:30</time>" in page_of(client, in_the_night.claim)


def test_every_reader_sees_the_same_day(client, checker, in_the_night):
    address = reverse("public_claim", args=[in_the_night.claim.pk])
    checker.edit_own(by=checker, time_zone="America/Lima")
    before = "4 December 2025, 01:30 UTC"
    assert before in client.get(address).content.decode()
    client.force_login(checker)
    assert before in client.get(address).content.decode()


def test_a_zone_that_this_machine_does_not_know_is_the_desk_s(checker):
    checker.time_zone = "Europe/Atlantis"
    assert str(own_time_zone(checker)) == "UTC"


def test_one_person_s_zone_is_not_the_next_one_s(client, checker, editor, in_the_night):
    checker.edit_own(by=checker, time_zone="America/Lima")
    client.force_login(checker)
    page_of(client, in_the_night.claim)
    client.force_login(editor)
    assert "4 December 2025, 01:30</time>" in page_of(client, in_the_night.claim)
