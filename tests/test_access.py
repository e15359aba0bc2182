"""Who may enter which page: every view says it, and what it says is held."""

import pytest
from django.db import OperationalError
from django.urls import URLPattern, get_resolver, reverse

from claims.access import OWN, PUBLIC, RefusalMiddleware
from claims.models import Act, Change
from claims.models.leaving import deactivate
from claims.states import PERMISSIONS
from tests import factories

# What everybody may open without an account. A page is added here on purpose or not at all.
OPEN = {
    "account_inactive",
    "corrections",
    "corrections_atom",
    "corrections_csv",
    "updates",
    "updates_atom",
    "updates_csv",
    "public_verdict",
    "account_change_password",  # allauth asks for the log-in itself
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_set_password",
    "account_signup",
    "home",
    "mfa_authenticate",  # between the password and the log-in
    "mfa_login_webauthn",
    "public_claim",
    "theme",
    "language",
}


def views(patterns=None, namespace=""):
    """(namespace, pattern) of every view that the URLconf leads to."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLPattern):
            yield namespace, each
        else:
            yield from views(each.url_patterns, each.namespace or namespace)


def test_every_view_says_who_may_enter_the_admin_s_included():
    assert [pattern.name for _space, pattern in views() if not hasattr(pattern.callback, "access")] == []


def test_what_is_open_to_everybody_is_on_the_list():
    found = {pattern.name for space, pattern in views() if space != "admin" and pattern.callback.access == PUBLIC}
    assert found == OPEN


def test_every_other_view_asks_for_a_permission_that_exists():
    asked = {pattern.callback.access for _space, pattern in views()} - {PUBLIC, OWN}
    assert asked <= PERMISSIONS.keys()


def address(pattern):
    return reverse(pattern.name, args=[1 for _name in pattern.pattern.converters])


def addresses(wanted):
    return sorted(address(each) for space, each in views() if space != "admin" and wanted(each.callback.access))


OF_ROLES = addresses(lambda access: access not in {PUBLIC, OWN})
OF_EVERYBODY = addresses(lambda access: access == OWN)


@pytest.mark.django_db
@pytest.mark.parametrize("path", OF_ROLES + OF_EVERYBODY)
def test_nobody_logged_in_is_led_to_the_log_in_and_back(client, path):
    response = client.get(path)
    assert (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={path}")


@pytest.mark.django_db
@pytest.mark.parametrize("path", OF_ROLES)
def test_somebody_without_a_role_is_refused_and_that_is_logged(client, outsider, path):
    client.force_login(outsider)
    assert client.get(path).status_code == 403
    act = Act.objects.latest("position")
    line = Change.objects.get(act=act)
    assert (act.verb, act.actor) == ("refusal", outsider)
    assert line.values == {"path": [None, path], "method": [None, "GET"]}


def test_the_querystring_survives_the_log_in(client, checker):
    asked = reverse("claims") + "?status=noted&text=lamps"
    form = {"login": "vera", "password": factories.PASSWORD, "next": asked}
    assert client.get(asked).url == f"{reverse('account_login')}?next=/desk/claims/%3Fstatus%3Dnoted%26text%3Dlamps"
    assert client.post(reverse("account_login"), form).url == asked


def test_the_log_in_leads_to_no_other_site(client, checker):
    form = {"login": "vera", "password": factories.PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post(reverse("account_login"), form).url == reverse("home")


def test_a_wrong_role_posts_in_vain(client, db):
    auditor = factories.person("nora", "auditor")
    claim = factories.claim()
    client.force_login(auditor)
    response = client.post(
        reverse("select_claim", args=[claim.pk]), {"why": "reach", "reason": "because", "version": 1}
    )
    claim.refresh_from_db()
    assert (response.status_code, claim.status) == (403, "noted")
    assert Act.objects.latest("position").verb == "refusal"


def test_an_administrator_sees_no_claims_and_is_led_to_the_admin(client, db):
    client.force_login(factories.person("ada", "administrator"))
    assert client.get(reverse("claims")).status_code == 403
    assert client.get(reverse("home")).url == reverse("admin:index")


def test_an_account_without_a_role_is_told_so(client, outsider):
    client.force_login(outsider)
    assert client.get(reverse("home")).templates[0].name == "no_role.html"


def test_a_deactivated_person_is_let_in_nowhere(client, checker, chief):
    client.force_login(checker)
    admin = factories.person("ada", "administrator")
    deactivate(checker, by=admin)
    assert client.get(reverse("desk")).status_code == 302


def test_a_lock_that_does_not_come_is_a_page_that_says_so_and_a_lost_server_is_not(rf):
    def answer(error):
        return RefusalMiddleware(None).process_exception(rf.post("/desk/"), error)

    busy = answer(OperationalError("database is locked"))
    assert busy.status_code == 503
    assert "Nothing was saved; go back and send it again." in busy.content.decode()
    assert answer(OperationalError("server closed the connection unexpectedly")) is None


@pytest.mark.django_db
def test_a_refused_address_with_a_nul_is_logged_all_the_same(client, checker):
    client.force_login(checker)
    assert client.get("/admin/claims/claim/%00/change/").status_code == 403
    assert Change.objects.order_by("-pk").first().values["path"] == [None, "/admin/claims/claim/\ufffd/change/"]
