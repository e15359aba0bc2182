"""Two-step sign-in: codes of an app, recovery codes, the limit on guesses, and the setting that demands it."""

import base64
import hmac
import re
import struct
import time

import pytest
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from claims.models import Act
from claims.models.leaving import deactivate, reactivate
from claims.states import NotAllowed, WrongState
from tests import factories

STEP = 30


def code_of(secret, steps=0):
    """What an app shows now, or `steps` half minutes later (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // STEP + steps)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    number = struct.unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@pytest.fixture(autouse=True)
def _well_inside_a_step():
    """No test begins in the last seconds of a code's half minute."""
    if time.time() % STEP > STEP - 5:
        time.sleep(STEP - time.time() % STEP)


@pytest.fixture
def shared_cache(settings, db):
    """The cache as it is in production: in the database, so that all processes count the same guesses."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "desk_cache"}}
    call_command("createcachetable", verbosity=0)
    caches["default"].clear()


def confirm(client, page):
    """Give the password that a page asked for, and go on to it."""
    return client.post(page.redirect_chain[-1][0], {"password": factories.PASSWORD}, follow=True)


def add_app(client):
    """Set the app up as a person does; returns its secret."""
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    page = confirm(client, page) if page.redirect_chain else page
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())[1]
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return secret


@pytest.fixture
def protected(client, checker):
    """Vera with an app: its secret."""
    client.force_login(checker)
    secret = add_app(client)
    assert checker.has_second_step()
    return secret


def at_second_step(username="vera"):
    """A browser that has given the right password."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": username, "password": factories.PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    return client


def enters(client, code):
    """Does this code let the browser in?"""
    client.post(reverse("mfa_authenticate"), {"code": code})
    return "_auth_user_id" in client.session


def recovery_codes(client):
    return re.findall(r"<code>(\d{8})</code>", client.get(reverse("mfa_view_recovery_codes")).content.decode())


def test_the_password_alone_lets_in_nobody_with_an_app(protected):
    client = at_second_step()
    assert client.get(reverse("desk")).status_code == 302
    assert enters(client, code_of(protected, 1))
    assert client.get(reverse("desk")).status_code == 200


def test_a_wrong_code_is_told_at_its_field(protected):
    client = at_second_step()
    page = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert page.context["form"].errors == {"code": ["Incorrect code."]}


def test_the_code_that_added_the_app_is_spent(protected):
    assert not enters(at_second_step(), code_of(protected))


def test_a_code_that_let_somebody_in_is_spent_for_as_long_as_it_would_be_right(protected, monkeypatch):
    code = code_of(protected, 1)
    assert enters(at_second_step(), code)
    assert not enters(at_second_step(), code)
    later = time.time() + STEP + 1
    monkeypatch.setattr("time.time", lambda: later)
    assert not enters(at_second_step(), code)


def test_clocks_may_differ_by_half_a_minute_and_no_more(protected):
    assert not enters(at_second_step(), code_of(protected, -2))
    assert enters(at_second_step(), code_of(protected, -1))


def test_an_app_is_added_with_a_code_that_is_right(client, checker):
    client.force_login(checker)
    confirm(client, client.get(reverse("mfa_activate_totp"), follow=True))
    page = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert page.context["form"].errors["code"] == ["Incorrect code."]
    assert not checker.has_second_step()


def test_changes_of_the_second_step_ask_for_the_password_first(client, checker):
    client.force_login(checker)
    for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        assert client.get(reverse(name)).url.startswith(reverse("account_reauthenticate"))


def test_recovery_codes_let_in_once_each(client, protected):
    codes = recovery_codes(client)
    assert len(set(codes)) == 10
    assert enters(at_second_step(), codes[0])
    assert not enters(at_second_step(), codes[0])
    assert enters(at_second_step(), codes[1])
    assert recovery_codes(client) == codes[2:]


def test_recovery_codes_are_taken_home_as_a_file(client, protected):
    codes = recovery_codes(client)
    file = client.get(reverse("mfa_download_recovery_codes"))
    assert file["Content-Type"] == "text/plain"
    assert re.findall(r"^\d{8}$", file.content.decode(), re.M) == codes


def test_new_recovery_codes_end_the_old_ones(client, protected):
    old = recovery_codes(client)
    client.post(reverse("mfa_generate_recovery_codes"))
    assert not enters(at_second_step(), old[0])
    assert enters(at_second_step(), recovery_codes(client)[0])


def test_who_removes_the_app_is_asked_for_the_password_alone_again(client, protected, checker):
    client.post(reverse("mfa_deactivate_totp"))
    assert not checker.has_second_step()
    answer = Client().post(reverse("account_login"), {"login": "vera", "password": factories.PASSWORD})
    assert answer.url == reverse("home")


@pytest.mark.django_db(transaction=True)
def test_its_owner_hears_of_every_change(client, protected):
    client.post(reverse("mfa_generate_recovery_codes"))
    client.post(reverse("mfa_deactivate_totp"))
    said = "\n".join(sent.body for sent in mail.outbox)
    changes = ["An authenticator app was added.", "New recovery codes were made.", "The authenticator app was removed."]
    assert [said.count(each) for each in changes] == [1, 1, 1]
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["vera@desk.example"], "[Fact-check desk] Your account was changed")
    ] * 3


def test_guesses_at_codes_are_limited_for_every_process(shared_cache, client, checker):
    client.force_login(checker)
    secret = add_app(client)
    for _guess in range(5):
        assert not enters(at_second_step(), "000000")
    assert not enters(at_second_step(), code_of(secret, 1))
    page = at_second_step().post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)})
    assert page.context["form"].errors["code"] == ["Too many failed login attempts. Try again later."]


def test_a_spent_code_is_spent_for_every_process(shared_cache, client, checker):
    client.force_login(checker)
    secret = add_app(client)
    assert [each for each in (code_of(secret),) if enters(at_second_step(), each)] == []


def test_a_deactivated_person_does_not_come_in_between_the_two_steps(protected, checker):
    client = at_second_step()
    administrator = factories.person("ada", "administrator")
    deactivate(checker, by=administrator)
    assert not enters(client, code_of(protected, 1))
    reactivate(checker, by=administrator)
    assert client.get(reverse("desk")).status_code == 302


def test_an_administrator_helps_whoever_has_lost_everything(client, protected, checker):
    administrator = factories.person("ada", "administrator")
    checker.remove_second_step(by=administrator, reason="lost her phone; I called her back")
    assert client.get(reverse("desk")).status_code == 302
    assert Act.objects.latest("position").verb == "user.remove_second_step"
    answer = Client().post(reverse("account_login"), {"login": "vera", "password": factories.PASSWORD})
    assert answer.url == reverse("home")
    with pytest.raises(WrongState):
        checker.remove_second_step(by=administrator, reason="again")
    with pytest.raises(NotAllowed):
        checker.remove_second_step(by=checker, reason="mine")


@pytest.mark.django_db(transaction=True)
def test_the_mail_to_its_owner_is_in_their_words_and_their_time(client, protected, checker):
    administrator = factories.person("ada", "administrator")
    administrator.edit_own(by=administrator, language="es", time_zone="America/Lima")
    client.force_login(administrator)
    page = client.get(reverse("remove_second_step", args=[checker.pk]))
    stands = {field.html_name: field.value() for field in page.context["form"]}
    client.post(reverse("remove_second_step", args=[checker.pk]), stands | {"reason": "Test: lost her phone"})
    [notice] = [each for each in mail.outbox if each.to == [checker.email]][-1:]
    assert "An administrator removed the two-step sign-in." in notice.body
    assert " UTC, from the address " in notice.body


# The setting that demands it


@pytest.fixture
def demanded(settings):
    settings.REQUIRE_MFA = True


@pytest.mark.parametrize("path", ["/desk/", "/desk/claims.csv", "/desk/profile/", "/admin/", "/claims/1/"])
def test_nobody_without_a_second_step_gets_anywhere_else(client, chief, demanded, path):
    client.force_login(chief)
    assert client.get(path).url == reverse("mfa_index")
    assert client.post(path).url == reverse("mfa_index")


@pytest.mark.parametrize(("must_change", "where"), [(False, "mfa_index"), (True, "account_change_password")])
def test_a_script_that_asks_for_a_part_of_a_page_is_told_so_in_place(client, demanded, db, must_change, where):
    client.force_login(factories.person("nora", "editor", must_change_password=must_change))
    answer = client.post(reverse("keep_draft"), {"draft": "claim.note"}, headers={"HX-Request": "true"})
    assert (answer.status_code, f'href="{reverse(where)}"' in answer.text) == (401, True)
    assert "<main" not in answer.text


def test_it_can_be_set_up_and_then_everything_is_open(client, checker, demanded):
    client.force_login(checker)
    page = client.get("/desk/", follow=True).content.decode()
    assert "This desk asks for two-step sign-in. Set it up first." in page
    add_app(client)
    assert client.get("/desk/").status_code == 200


def test_recovery_codes_alone_are_no_second_step(client, checker, demanded):
    client.force_login(checker)
    add_app(client)
    checker.authenticator_set.filter(type="totp").delete()
    assert client.get("/desk/").url == reverse("mfa_index")


def test_a_one_time_password_is_changed_first(client, demanded, db):
    client.force_login(factories.person("nora", "auditor", must_change_password=True))
    assert client.get("/desk/").url == reverse("account_change_password")
    assert client.get(reverse("mfa_index")).url == reverse("account_change_password")


def test_readers_are_asked_for_nothing(client, demanded, db):
    assert client.get("/claims/1/").status_code == 404
    assert client.get(reverse("account_login")).status_code == 200


def test_without_the_setting_nobody_is_asked(client, checker):
    client.force_login(checker)
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_add_webauthn",
        "mfa_reauthenticate",
    ],
)
def test_no_page_looks_as_the_package_made_it(client, protected, checker, name):
    if name == "mfa_activate_totp":
        checker.authenticator_set.all().delete()
    used = [each.name for each in client.get(reverse(name)).templates]
    assert "base.html" in used
    assert "allauth/layouts/base.html" not in used
