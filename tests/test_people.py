"""Inviting, changing and leaving: the verbs on accounts, and what they do to sessions, links and open work."""

import re
import smtplib
import uuid

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from claims.models import Act, Claim, Notification, User
from claims.models.checks import start_check
from claims.models.inviting import invite, invite_again, password_link
from claims.models.leaving import deactivate, hand_over, reactivate
from claims.models.noting import edit_claim
from claims.states import AlreadyDone, NotAllowed, OutsideVerb, Refused, Stale, WrongState
from tests import factories

NEW = "a-plainly-new-password"


@pytest.fixture
def administrator(db):
    return factories.person("ada", "administrator", name="Ada Testperson")


@pytest.fixture
def invited(administrator, django_capture_on_commit_callbacks):
    """invited("newt@desk.example", …): somebody with an invitation in their mail."""

    def ask(email="newt@desk.example", **values):
        with django_capture_on_commit_callbacks(execute=True):
            return invite(by=administrator, email=email, **values)

    return ask


def link_in(message):
    return re.search(r"http://127\.0\.0\.1:8000(/\S+)", message.body)[1]


def follow(link):
    """A browser that opened the link: (client, the page)."""
    client = Client()
    return client, client.get(link, follow=True)


def verbs(count):
    return list(Act.objects.order_by("-position").values_list("verb", flat=True)[:count])[::-1]


# Inviting


def test_an_invitation_is_an_account_that_its_owner_alone_opens(invited, administrator):
    person = invited(name="Newt Testperson", roles=["editor"])
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["newt@desk.example"], "Your account at Fact-check desk")
    assert "You log in as newt, or with your address newt@desk.example." in sent.body
    assert (person.username, person.roles, person.has_usable_password()) == ("newt", ["editor"], False)
    assert Act.objects.get(verb="user.invite", actor=administrator).changes.get().object_id == person.pk
    client, page = follow(link_in(sent))
    assert "For the account “newt”." in page.content.decode()
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    login = client.post(reverse("account_login"), {"login": "newt", "password": NEW})
    assert login.url == reverse("home")
    assert client.get(reverse("desk")).status_code == 200


def test_the_mail_speaks_the_language_of_who_is_invited_and_not_of_who_invites(
    administrator, django_capture_on_commit_callbacks
):
    with translation.override("es"), django_capture_on_commit_callbacks(execute=True):
        newt = invite(by=administrator, email="newt@desk.example")
    newt.edit_own(by=newt, language="es")
    with django_capture_on_commit_callbacks(execute=True):
        invite_again(newt, by=administrator)
    assert ["You log in as newt" in sent.body for sent in mail.outbox] == [True, False]


def test_the_link_works_once(invited):
    person = invited()
    link = link_in(mail.outbox[0])
    client, page = follow(link)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert follow(link)[1].context["token_fail"]


def test_the_link_grows_old(invited, settings):
    invited()
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert follow(link_in(mail.outbox[0]))[1].context["token_fail"]


def test_whoever_came_too_late_asks_for_a_new_link_by_themselves(invited, client):
    person = invited()
    client.post(reverse("account_reset_password"), {"email": "newt@desk.example"})
    assert len(mail.outbox) == 2
    reader, page = follow(link_in(mail.outbox[1]))
    reader.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_a_second_invitation_ends_the_first(invited, administrator, django_capture_on_commit_callbacks):
    person = invited()
    with django_capture_on_commit_callbacks(execute=True):
        invite_again(person, by=administrator)
    first, second = map(link_in, mail.outbox)
    assert follow(first)[1].context["token_fail"]
    assert "token_fail" not in follow(second)[1].context
    assert verbs(1) == ["user.invite_again"]


def test_who_has_come_is_not_invited_again(administrator, checker):
    with pytest.raises(WrongState):
        invite_again(checker, by=administrator)


def test_a_link_dies_with_the_address_it_went_to(invited, administrator):
    person = invited()
    person.edit(by=administrator, email="other@desk.example")
    assert follow(link_in(mail.outbox[0]))[1].context["token_fail"]


def test_the_address_of_before_gets_no_links_any_more(administrator, checker, client):
    client.post(reverse("account_reset_password"), {"email": "vera@desk.example"})
    follow(link_in(mail.outbox[0]))  # allauth would remember the address from here on
    checker.edit(by=administrator, email="vera@elsewhere.example")
    client.post(reverse("account_reset_password"), {"email": "vera@desk.example"})
    assert len(mail.outbox) == 1
    for address, comes_in in (("vera@desk.example", False), ("vera@elsewhere.example", True)):
        client.post(reverse("account_login"), {"login": address, "password": factories.PASSWORD})
        assert ("_auth_user_id" in client.session) == comes_in


@pytest.mark.django_db(transaction=True)
def test_where_the_mail_server_refuses_the_account_stands_and_says_so(settings):
    administrator = factories.person("ada", "administrator")
    settings.EMAIL_BACKEND = "tests.test_people.NoMailServer"
    person = invite(by=administrator, email="newt@desk.example")
    assert (person.mail_failed, User.objects.get(username="newt").mail_failed) == (True, False)


class NoMailServer:
    """A mail server that takes nothing."""

    def __init__(self, **kwargs):
        pass

    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


def test_a_mail_goes_only_where_the_account_was_made(administrator, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ValidationError):
        invite(by=administrator, email="newt@desk.example", roles=["no-such-role"])
    assert (mail.outbox, User.objects.filter(username="newt").exists()) == ([], False)


def test_a_form_sent_twice_invites_once(invited):
    once = uuid.uuid4()
    invited(once=once)
    with pytest.raises(AlreadyDone):
        invited(once=once)
    assert len(mail.outbox) == 1


def test_user_names_are_made_of_the_address_and_differ(invited):
    addresses = ("Newt@desk.example", "newt@elsewhere.example", "o'hara+news@desk.example", "'@desk.example")
    assert [invited(email).username for email in addresses] == ["newt", "newt2", "ohara+news", "person"]


def test_two_accounts_have_not_one_address(invited, checker):
    with pytest.raises(ValidationError) as refusal:
        invited("VERA@desk.example")
    assert "Somebody already has this e-mail address." in refusal.value.messages


def test_only_an_administrator_invites(editor):
    with pytest.raises(NotAllowed):
        invite(by=editor, email="newt@desk.example")


# Leaving


def entered(person):
    client = Client()
    client.post(reverse("account_login"), {"login": person.username, "password": factories.PASSWORD})
    assert client.get(reverse("desk")).status_code == 200
    return client


def test_deactivation_ends_sessions_at_once_and_reactivation_revives_none(administrator, checker):
    client = entered(checker)
    deactivate(checker, by=administrator)
    assert client.get(reverse("desk")).status_code == 302
    reactivate(checker, by=administrator)
    assert client.get(reverse("desk")).status_code == 302
    assert entered(checker)


def test_a_link_sent_before_opens_no_deactivated_account_and_none_that_came_back(administrator, checker):
    link = password_link(checker).removeprefix("http://127.0.0.1:8000")
    deactivate(checker, by=administrator)
    assert follow(link)[1].context["token_fail"]
    reactivate(checker, by=administrator)
    assert follow(link)[1].context["token_fail"]


def test_who_leaves_hands_open_claims_and_checks_over_in_one_batch(administrator, checker, editor):
    noted, selected = factories.claim(), factories.selected()
    drafted, submitted = factories.draft(by=checker), factories.submitted(checker)
    published = factories.verdict(checker, editor).claim
    for claim in (noted, selected, drafted.claim, submitted.claim):
        claim.assign(checker, by=editor)
    foreign = factories.selected()
    foreign.assign(editor, by=editor)
    other = factories.person("olga", "fact-checker", name="Olga Testperson")
    deactivate(checker, by=administrator, successor=other, reason="moved away")
    for record in (noted, selected, drafted, drafted.claim, submitted, submitted.claim, foreign, published):
        record.refresh_from_db()
    moved = (noted, selected, drafted, drafted.claim, submitted, submitted.claim)
    assert [record.assignee for record in moved] == [other] * 6
    assert (submitted.state, submitted.submitted_by) == ("submitted", checker)
    assert (foreign.assignee, published.assignee) == (editor, checker)
    first, second = Act.objects.order_by("-position")[:2][::-1]
    assert (first.verb, second.verb, first.batch == second.batch is not None) == (
        "user.deactivate",
        "user.hand_over",
        True,
    )
    assert {first.reason, second.reason} == {"moved away"}


def test_a_check_of_theirs_goes_though_the_claim_is_somebody_else_s(administrator, checker, editor):
    claim = factories.selected()
    check = start_check(claim, by=checker)
    edit_claim(claim, by=editor, assignee=editor)
    hand_over(checker, by=administrator)
    check.refresh_from_db()
    claim.refresh_from_db()
    assert (check.assignee, claim.assignee) == (None, editor)


def test_open_work_goes_to_nobody_and_waits_unassigned(administrator, checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    deactivate(checker, by=administrator)
    assert list(Claim.objects.unassigned()) == [claim]


def test_handing_over_stands_in_the_history_of_the_claim_and_of_the_account(administrator, checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    hand_over(checker, by=administrator, successor=editor)
    assert [act.verb for act in Act.objects.of_claim(claim)[:1]] == ["user.hand_over"]
    assert [act.verb for act in Act.objects.of(checker)[:1]] == ["user.hand_over"]


def test_a_thousand_claims_are_one_act(administrator, checker, editor, monkeypatch):
    monkeypatch.setattr("claims.models.leaving.AT_ONCE", 2)
    for _number in range(5):
        factories.selected().assign(checker, by=editor)
    hand_over(checker, by=administrator)
    acts = Act.objects.filter(verb="user.hand_over")
    assert (acts.count(), acts.values("batch").distinct().count()) == (3, 1)
    assert not Claim.objects.in_hands_of(checker).exists()


def test_it_costs_the_same_for_many(administrator, checker, editor):
    def queries(claims):
        for _number in range(claims):
            factories.draft(by=checker).claim.assign(checker, by=editor)
        with CaptureQueriesContext(connection) as found:
            hand_over(checker, by=administrator, successor=editor)
        return len(found)

    assert queries(1) == queries(7)


def test_who_takes_over_hears_of_it(administrator, checker, editor):
    claim = factories.selected()
    claim.assign(checker, by=editor)
    hand_over(checker, by=administrator, successor=editor)
    assert [told.says for told in Notification.objects.of(editor)] == [
        f"Ada Testperson assigned claim {claim.pk} to you"
    ]


@pytest.mark.parametrize("roles", [[], ["auditor"]])
def test_only_who_may_check_takes_over(administrator, checker, roles):
    other = factories.person("olga", *roles)
    with pytest.raises(ValidationError):
        deactivate(checker, by=administrator, successor=other)
    checker.refresh_from_db()
    assert checker.is_active


def test_who_leaves_takes_over_nothing(administrator, checker):
    with pytest.raises(ValidationError):
        deactivate(checker, by=administrator, successor=checker)


def test_nobody_deactivates_twice_or_reactivates_the_active(administrator, checker):
    with pytest.raises(WrongState):
        reactivate(checker, by=administrator)
    deactivate(checker, by=administrator)
    with pytest.raises(WrongState):
        deactivate(checker, by=administrator)


def test_a_stale_form_deactivates_nobody(administrator, checker):
    seen = checker.version
    checker.edit(by=administrator, name="Vera Othername")
    with pytest.raises(Stale):
        deactivate(checker, by=administrator, version=seen)


def test_activity_is_set_by_no_other_door(administrator, checker):
    with pytest.raises(OutsideVerb):
        checker.edit(by=administrator, is_active=False)


# The last administrator


def test_an_administrator_does_not_lock_themselves_out(administrator):
    factories.person("boss", "administrator")
    with pytest.raises(WrongState):
        deactivate(administrator, by=administrator)


def test_the_last_administrator_stays_one_by_every_door(administrator):
    for door in (
        lambda: administrator.edit(by=administrator, roles=[]),
        lambda: administrator.edit(by=None, roles=["editor"]),
        lambda: deactivate(administrator, by=None),
    ):
        with pytest.raises(Refused):
            door()
        administrator.refresh_from_db()
        assert (administrator.roles, administrator.is_active) == (["administrator"], True)


def test_somebody_invited_who_has_not_come_is_not_counted_as_the_other_administrator(invited, administrator):
    invited(roles=["administrator"])
    with pytest.raises(Refused):
        administrator.edit(by=administrator, roles=[])


def test_of_two_administrators_one_may_go(administrator):
    boss = factories.person("boss", "administrator")
    deactivate(administrator, by=boss)
    with pytest.raises(Refused):
        boss.edit(by=boss, roles=[])


# Lists


def test_who_has_open_work_is_found_by_one_query(checker, editor):
    for _number in range(3):
        factories.selected().assign(checker, by=editor)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = list(Claim.objects.in_hands_of(checker).order_by("pk"))
    assert (len(found), len(queries)) == (3, 1)
