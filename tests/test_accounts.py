"""Log-in, log-out and passwords, by pages of our own."""

import re

import pytest
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.urls import reverse

from claims.models import User
from claims.models.leaving import deactivate
from tests import factories

LOGIN = "/accounts/login/"
NEW = "a-plainly-new-password"


def log_in(client, username="vera", password=factories.PASSWORD, **more):
    return client.post(LOGIN, {"login": username, "password": password}, **more)


def logged_in(client):
    return "_auth_user_id" in client.session


def test_somebody_logs_in_over_plain_http_on_the_loopback_address(client, checker):
    response = log_in(client, headers={"host": "127.0.0.1:8000"})
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert not response.cookies["sessionid"]["secure"]
    assert client.get(reverse("home")).url == reverse("desk")


def test_the_e_mail_address_does_as_well_as_the_user_name(client, checker):
    log_in(client, "vera@desk.example")
    assert logged_in(client)


def test_a_wrong_password_says_nothing_about_the_account(client, checker):
    wrong, unknown = log_in(client, password="wrong"), log_in(client, "nobody", "wrong")
    said = [response.context["form"].non_field_errors() for response in (wrong, unknown)]
    assert said == [["The username and/or password you specified are not correct."]] * 2
    assert not logged_in(client)


def test_a_refusal_is_in_the_language_of_the_browser(client, checker):
    page = log_in(client, password="wrong", headers={"accept-language": "es"}).content.decode()
    assert '<html lang="es"' in page
    assert "The username and/or password you specified are not correct." not in page


def test_what_was_typed_is_kept_but_the_password(client, checker):
    page = log_in(client, password="wrong").content.decode()
    assert 'value="vera"' in page
    assert 'value="wrong"' not in page


@pytest.fixture
def shared_cache(settings, db):
    """The cache as it is in production: in the database, so that all processes count the same guesses."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "desk_cache"}}
    call_command("createcachetable", verbosity=0)
    caches["default"].clear()


def test_guesses_are_limited_for_every_process(client, checker, shared_cache):
    for _guess in range(5):
        log_in(client, password="wrong")
    response = log_in(client)
    assert response.context["form"].non_field_errors() == ["Too many failed login attempts. Try again later."]
    assert not logged_in(client)


def test_one_address_may_not_try_many_accounts(client, db):
    statuses = {log_in(client, f"guess{number}", "wrong").status_code for number in range(31)}
    assert statuses == {200, 429}


def test_somebody_with_a_one_time_password_chooses_an_own_one_first(client, db):
    user = factories.person("nora", "auditor", must_change_password=True)
    log_in(client, "nora")
    change = reverse("account_change_password")
    assert client.get(reverse("claims")).url == change
    assert client.get(change).status_code == 200
    typed = {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
    response = client.post(change, typed)
    user.refresh_from_db()
    assert (response.url, user.must_change_password, user.check_password(NEW)) == (reverse("home"), False, True)
    assert client.get(reverse("claims")).status_code == 200


def test_a_wrong_change_leaves_the_one_time_password_in_force(client, db):
    user = factories.person("nora", "auditor", must_change_password=True)
    log_in(client, "nora")
    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": factories.PASSWORD, "password1": "short", "password2": "short"},
    )
    user.refresh_from_db()
    assert (response.status_code, user.must_change_password) == (200, True)
    assert "password1" in response.context["form"].errors


def test_a_one_time_password_is_not_kept(client, db):
    user = factories.person("nora", "auditor", must_change_password=True)
    log_in(client, "nora")
    typed = dict.fromkeys(["oldpassword", "password1", "password2"], factories.PASSWORD)
    response = client.post(reverse("account_change_password"), typed)
    user.refresh_from_db()
    assert (response.status_code, user.must_change_password) == (200, True)
    assert response.context["form"].errors == {
        "password1": ["This is the one-time password. Choose another, which nobody else has seen."]
    }


def test_a_one_time_password_lets_nobody_into_the_admin_either(client, db):
    client.force_login(factories.person("ada", "administrator", must_change_password=True))
    assert client.get(reverse("admin:index")).url == reverse("account_change_password")


def test_a_password_is_reset_by_mail(client, db):
    user = factories.person("vera", "fact-checker", must_change_password=True)
    response = client.post(reverse("account_reset_password"), {"email": "vera@desk.example"})
    assert response.url == reverse("account_reset_password_done")
    [sent] = mail.outbox
    link = re.search(r"http://127\.0\.0\.1:8000(\S+)", sent.body)[1]  # SITE_URL's, whatever the Host header said
    form = client.get(link, follow=True)
    assert form.templates[0].name == "account/password_reset_from_key.html"
    done = client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert done.url == reverse("account_reset_password_from_key_done")
    assert (user.check_password(NEW), user.must_change_password) == (True, False)
    assert client.get(link).context["token_fail"]


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client, db):
    response = client.post(reverse("account_reset_password"), {"email": "nobody@desk.example"})
    assert (response.url, mail.outbox) == (reverse("account_reset_password_done"), [])


def test_nobody_signs_up(client, db):
    form = {"username": "new", "email": "new@desk.example", "password1": NEW, "password2": NEW}
    assert client.get(reverse("account_signup")).templates[0].name == "account/signup_closed.html"
    assert client.post(reverse("account_signup"), form).templates[0].name == "account/signup_closed.html"
    assert User.objects.count() == 0


def test_log_out_takes_a_button(client, checker):
    client.force_login(checker)
    client.get(reverse("account_logout"))
    assert logged_in(client)
    client.post(reverse("account_logout"))
    assert not logged_in(client)


def test_a_deactivated_account_does_not_log_in(client, checker):
    deactivate(checker, by=factories.person("ada", "administrator"))
    log_in(client)
    assert not logged_in(client)


def test_the_admin_has_no_log_in_of_its_own(client, editor):
    response = client.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(LOGIN)
    assert response.templates[0].name == "account/login.html"


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive", "account_signup"],
)
def test_no_page_looks_as_the_package_made_it(client, db, name):
    response = client.get(reverse(name))
    assert (response.status_code, "account/base.html" in [each.name for each in response.templates]) == (200, True)
    assert "allauth/layouts/base.html" not in [each.name for each in response.templates]
