"""The administrator's pages: who works here, inviting, leaving, and what each page says when something is wrong."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import Act, User
from claims.models.leaving import deactivate
from tests import factories
from tests.admin_pages import said


@pytest.fixture
def administrator(db):
    return factories.person("ada", "administrator", name="Ada Testperson")


@pytest.fixture
def office(client, administrator):
    client.force_login(administrator)
    return client


def address(name, person):
    return reverse(name, args=[person.pk])


def filled(client, path, **typed):
    """Send the form of a page as it stands, with what was typed."""
    form = client.get(path).context["form"]
    stands = {field.html_name: field.value() for field in form if field.value() is not None}
    return client.post(path, stands | typed)


def text_of(client, path):
    return client.get(path).content.decode()


@pytest.mark.django_db(transaction=True)
def test_somebody_is_invited_and_stands_on_the_list_as_invited(office):
    answer = filled(
        office, reverse("invite_person"), name="Newt Testperson", email="newt@desk.example", roles=["editor"]
    )
    newt = User.objects.get(username="newt")
    assert answer.url == address("person", newt)
    assert said(answer)[-1] == "The invitation is on its way to newt@desk.example."
    assert [sent.to for sent in mail.outbox] == [["newt@desk.example"]]
    assert "invited, has not come yet" in text_of(office, reverse("people"))
    again = filled(office, address("invite_person_again", newt))
    assert (again.url, len(mail.outbox)) == (address("person", newt), 2)


@pytest.mark.django_db(transaction=True)
def test_a_desk_without_a_mail_server_says_where_the_mail_lies(office, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    answer = filled(office, reverse("invite_person"), email="newt@desk.example")
    assert said(answer)[-1] == "This desk has no mail server (EMAIL_URL). The mail lies in VAR_DIR/mail."
    [kept] = tmp_path.iterdir()
    assert "To: newt@desk.example" in kept.read_text()


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_not_taken_is_told(office, settings):
    settings.EMAIL_BACKEND = "tests.test_people.NoMailServer"
    answer = filled(office, reverse("invite_person"), email="newt@desk.example")
    assert said(answer)[-1] == "The account stands, but the mail server did not take the mail. Send it again later."


def test_an_address_that_is_taken_is_told_and_what_was_typed_is_kept(office, checker):
    page = filled(office, reverse("invite_person"), name="Newt Testperson", email="vera@desk.example")
    assert "Somebody already has this e-mail address." in page.content.decode()
    assert 'value="Newt Testperson"' in page.content.decode()


def test_roles_are_given_and_taken(office, checker):
    answer = filled(office, address("edit_person", checker), roles=["editor"])
    checker.refresh_from_db()
    assert (answer.url, checker.roles) == (address("person", checker), ["editor"])


def test_a_stale_page_overwrites_nothing(office, checker, administrator):
    form = office.get(address("edit_person", checker)).context["form"]
    checker.edit(by=administrator, name="Vera Othername")
    typed = {"version": form["version"].value(), "name": "Vera Thirdname", "roles": ["editor"]}
    page = office.post(address("edit_person", checker), typed)
    assert "Somebody else changed this meanwhile. Nothing was overwritten." in page.content.decode()
    checker.refresh_from_db()
    assert (checker.name, checker.roles) == ("Vera Othername", ["fact-checker"])


def test_the_last_administrator_is_told_at_the_roles(office, administrator):
    page = filled(office, address("edit_person", administrator), roles=["editor"])
    assert page.context["form"].errors["roles"] == [
        "Nobody else here can log in and manage accounts. Give that role to somebody else first."
    ]


def test_somebody_leaves_and_the_work_goes_to_who_was_chosen(office, checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    assert "<dt>Open claims</dt><dd>1</dd>" in text_of(office, address("person", checker))
    answer = filled(office, address("deactivate_person", checker), successor=editor.pk, reason="moved away")
    checker.refresh_from_db()
    claim.refresh_from_db()
    assert (answer.url, checker.is_active, claim.assignee) == (address("person", checker), False, editor)
    page = text_of(office, address("person", checker))
    assert "moved away" in page
    assert "Reactivate" in page
    assert checker.name not in text_of(office, reverse("people"))
    assert checker.name in text_of(office, reverse("people") + "?gone=yes")
    filled(office, address("reactivate_person", checker))
    checker.refresh_from_db()
    assert checker.is_active


def test_who_takes_over_is_asked_where_roles_are_taken_from_somebody_with_open_work(office, checker, editor):
    edit = address("edit_person", checker)
    assert "successor" not in office.get(edit).context["form"].fields
    claim = factories.selected().assign(checker, by=editor)
    assert "Open claims now: 1." in text_of(office, edit)
    filled(office, edit, roles=["contributor"], successor=editor.pk)
    claim.refresh_from_db()
    assert claim.assignee == editor


def test_work_is_handed_over_without_anybody_leaving(office, checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    filled(office, address("hand_over", checker))
    claim.refresh_from_db()
    checker.refresh_from_db()
    assert (claim.assignee, checker.is_active) == (None, True)


def test_who_may_not_check_is_offered_for_nothing(office, checker, editor, outsider, administrator):
    offered = office.get(address("deactivate_person", checker)).context["form"].fields["successor"].queryset
    assert list(offered) == [editor]


def test_a_one_time_password_is_shown_once(office, checker):
    answer = filled(office, address("give_password", checker))
    password = said(answer)[-1].rpartition(" ")[2]
    checker.refresh_from_db()
    assert checker.check_password(password)
    assert password not in text_of(office, address("person", checker)).replace(password, "", 1)


def test_a_lost_second_step_is_removed_and_its_owner_is_written_to(office, checker):
    checker.authenticator_set.create(type="totp", data={"secret": "made up"})
    filled(office, address("remove_second_step", checker), reason="lost the phone; I called back")
    assert not checker.has_second_step()
    [sent] = mail.outbox
    assert sent.to == ["vera@desk.example"]
    assert "An administrator removed the two-step sign-in." in sent.body


def test_people_are_found_by_name(office, checker, editor):
    page = office.get(reverse("people"), {"text": "véra"}).context["page"]
    assert page.rows == [checker]
    assert "Nobody of this name." in text_of(office, reverse("people") + "?text=nobody")


def test_the_list_says_who_has_two_step_sign_in(office, checker, editor):
    checker.authenticator_set.create(type="totp", data={"secret": "made up"})
    editor.authenticator_set.create(type="recovery_codes", data={"seed": "made up", "used_mask": 0})
    rows = office.get(reverse("people")).context["page"].rows
    assert [row.username for row in rows if row.second_step] == ["vera"]


def test_the_list_costs_the_same_for_many(office, checker):
    def queries():
        with CaptureQueriesContext(connection) as found:
            office.get(reverse("people"))
        return len(found)

    few = queries()
    for _number in range(60):
        factories.person()
    assert queries() == few
    assert office.get(reverse("people")).context["page"].after


@pytest.mark.parametrize("name", ["edit_person", "deactivate_person", "hand_over", "give_password", "person"])
def test_nobody_but_an_administrator_gets_there(client, chief, checker, name):
    client.force_login(chief)
    assert client.get(address(name, checker)).status_code == 403
    assert client.post(address(name, checker), {"version": checker.version}).status_code == 403
    checker.refresh_from_db()
    assert checker.is_active


def test_a_get_changes_nothing(office, checker, administrator):
    deactivate(factories.person("gone", "editor"), by=administrator)
    before = Act.objects.count()
    for name in ("deactivate_person", "hand_over", "give_password", "invite_person_again", "remove_second_step"):
        assert office.get(address(name, checker)).status_code == 200
    assert Act.objects.count() == before
