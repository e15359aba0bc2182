"""What people are mailed, when, and once: by any number of workers, with the mail server away, and after a crash."""

import smtplib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail as outbox_of
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from claims.jobs.due import tell_due
from claims.jobs.mails import gather, send_mails
from claims.models import Mail, Notification
from claims.models.leaving import deactivate
from claims.models.mails import LEASE, MOST_REFUSALS
from tests import factories
from tests.test_concurrency import all_at_once

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = "Canary words of a draft"


def clock(now=NOON):
    return lambda: now


def run(now=NOON):
    """What the job says it did, and the mails that left with it."""
    before = len(outbox_of.outbox)
    return send_mails(clock(now)), outbox_of.outbox[before:]


def wants(person, choice):
    person.choose_mail(choice, by=person)


def assigned(checker, editor, number=1):
    claims = [factories.selected() for _each in range(number)]
    for claim in claims:
        claim.assign(checker, by=editor)
    return claims


@pytest.fixture
def told_before_noon(checker, editor):
    """Vera was told of a claim at eleven."""
    [claim] = assigned(checker, editor)
    Notification.objects.update(at=NOON - timedelta(hours=1))
    return claim


@pytest.fixture
def away(monkeypatch):
    """A mail server that cannot be reached; calling it brings the server back."""
    given = EmailBackend.open

    def refuse(self):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(EmailBackend, "open", refuse)
    return lambda: monkeypatch.setattr(EmailBackend, "open", given)


def failing(monkeypatch, *errors):
    """Let the next mails meet these errors while they are sent; None is no error."""
    errors, given = list(errors), EmailBackend.send_messages

    def send(self, messages):
        error = errors.pop(0) if errors else None
        if error:
            raise error
        return given(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)


# What is mailed


def test_a_mail_says_what_happened_and_leads_there_and_to_the_choice_of_mails(settings, checker, editor):
    settings.SITE_URL = "https://desk.example"
    claim = factories.selected(statement="41 lamps < 42 lamps & so on")
    claim.assign(checker, by=editor)
    said, [mail] = run()
    assert said == "1 mail sent."
    assert mail.to == ["vera@desk.example"]
    assert mail.subject == f"[Fact-check desk] Edda Testperson assigned claim {claim.pk} to you"
    assert mail.body == (
        f"Edda Testperson assigned claim {claim.pk} to you.\n"
        "  “41 lamps < 42 lamps & so on”\n"
        f"  https://desk.example/desk/claims/{claim.pk}/\n"
        "\n"
        "-- \n"
        "You get this at once. Choose otherwise here:\n"
        f"https://desk.example{reverse('choose_mail')}\n"
    )
    assert mail.content_subtype == "plain"
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


def test_no_word_of_a_draft_a_comment_a_reason_or_a_source_leaves_by_mail(checker, editor):
    secret = factories.source(f"{SECRET}: 41 lamps.\n", SECRET, protected=True)
    claim = factories.selected(where=secret, quote="41 lamps", appearance={"role": SECRET})
    factories.evidence(claim, by=checker, source=secret, excerpt=SECRET)
    check = factories.draft(on=claim, by=checker, summary=SECRET, explanation=SECRET)
    factories.comment(claim, by=editor, text=f"@vera {SECRET}", passage=SECRET, protected=True)
    check.submit(by=checker).approve(by=editor)
    factories.submitted(checker, summary=SECRET).send_back(by=editor, reason=SECRET)
    _said, [mail] = run()
    assert SECRET not in mail.subject + mail.body
    assert mail.subject.endswith("1 mention of you, 1 draft approved, 1 draft sent back")
    assert f"/desk/claims/{claim.pk}/#comment-" in mail.body
    assert mail.body.count("/#check") == 2


def test_what_comes_together_is_one_mail(checker, editor, chief):
    assigned(checker, editor, 50)
    assigned(chief, editor, 2)
    said, mails = run()
    assert said == "2 mails sent."
    assert [each.subject.partition("] ")[2] for each in mails] == [
        "50 claims assigned to you",
        "2 claims assigned to you",
    ]
    assert mails[0].body.count("assigned claim") == 40
    assert "And 10 more:" in mails[0].body
    assert run() == ("", [])


def test_who_wants_no_mail_gets_none_later_either(checker, editor, told_before_noon):
    wants(checker, "never")
    assert run() == ("", [])
    wants(checker, "at_once")
    assert run() == ("", [])


def test_who_has_no_address_gets_none(checker, editor, told_before_noon):
    checker.edit(by=None, email="")
    assert run() == ("", [])
    assert Notification.objects.unmailed().count() == 0


def test_a_mail_speaks_the_language_of_who_gets_it(checker, editor):
    checker.edit_own(by=checker, language="es")
    assigned(checker, editor)
    _said, [mail] = run()
    with translation.override("es"):
        assert Notification.objects.get().says in mail.subject
        assert gettext("You get this at once.") in mail.body
    assert "You get this" not in mail.body


# Once a day


def at(hour, minute=0, day=24):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_the_daily_mail_comes_after_seven_with_all_that_was_told_before(checker, editor):
    wants(checker, "daily")
    assigned(checker, editor, 2)
    Notification.objects.update(at=at(22, day=23))
    assert run(at(6, 59)) == ("", [])
    _said, [mail] = run(at(7))
    assert "You get this once a day." in mail.body
    assigned(checker, editor)
    Notification.objects.unmailed().update(at=at(7, 1))
    assert run(at(23, 59)) == ("", [])
    assert len(run(at(7, 5, day=25))[1]) == 1


def test_a_worker_that_comes_late_still_sends_the_morning_s_mail(checker, editor):
    wants(checker, "daily")
    assigned(checker, editor)
    Notification.objects.update(at=at(6, 59))
    assert len(run(at(15))[1]) == 1


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Tokyo", 22), ("America/New_York", 12)])
def test_it_is_morning_where_the_person_is(checker, editor, zone, hour):
    checker.edit_own(by=checker, time_zone=zone)
    wants(checker, "daily")
    assigned(checker, editor)
    Notification.objects.update(at=at(hour - 2, 30))
    assert run(at(hour - 1, 59)) == ("", [])
    assert len(run(at(hour))[1]) == 1


# Due claims


@pytest.fixture
def due(checker, editor):
    """A claim of Vera's that is due on 24 November."""
    claim = factories.selected()
    claim.assign(checker, by=editor, due_on=date(2026, 11, 24))
    Notification.objects.all().delete()
    return claim


def test_a_due_claim_is_told_once_in_the_morning_of_its_day(checker, due):
    assert tell_due(clock(at(23, day=23))) == ""
    assert tell_due(clock(at(5, 59))) == ""
    assert tell_due(clock(at(6))) == "1 claim is due: its assignee was told."
    assert tell_due(clock(at(9))) == ""
    assert tell_due(clock(at(9, day=25))) == ""
    [told] = Notification.objects.of(checker)
    assert (told.kind, told.claim, told.due_on, told.by) == ("due", due, due.due_on, None)
    _said, [mail] = run()
    assert mail.subject.endswith(f"] Claim {due.pk} is due")


def test_it_is_in_the_daily_mail_of_that_day_however_late_the_worker(checker, due):
    wants(checker, "daily")
    tell_due(clock(at(10)))
    assert len(run(at(10))[1]) == 1


def test_another_day_or_another_person_is_told_anew(checker, editor, due):
    tell_due(clock())
    due.assign(checker, by=editor, due_on=date(2026, 11, 25))
    assert tell_due(clock(at(8, day=25))) != ""
    due.assign(editor, by=editor, due_on=date(2026, 11, 25))
    assert tell_due(clock(at(8, day=25))) != ""
    assert Notification.objects.of(editor).get().kind == "due"


@pytest.mark.parametrize("door", ["nobody", "published", "gone"])
def test_what_nobody_has_to_do_is_not_due(checker, editor, due, door):
    if door == "nobody":
        due.assign(None, by=editor, due_on=due.due_on)
    elif door == "published":
        factories.verdict(checker, editor, on=due)
    else:
        deactivate(checker, by=None)
    assert tell_due(clock()) == ""


@pytest.mark.parametrize("number", [1, 30])
def test_any_number_of_due_claims_is_told_in_one_statement(checker, editor, django_assert_num_queries, number):
    for _each in range(number):
        factories.selected().assign(checker, by=editor, due_on=date(2026, 11, 20))
    with django_assert_num_queries(3):
        tell_due(clock())
    assert Notification.objects.filter(kind="due").count() == number


# The mail server is away


def test_while_the_server_is_away_mails_wait_at_growing_distances(away, checker, editor, chief):
    assigned(checker, editor)
    assigned(chief, editor)
    said, _mails = run()
    assert said == ("The mail server cannot be reached; tried again at 12:01:00 UTC: [Errno 111] Connection refused")
    assert run(NOON + timedelta(seconds=59)) == ("", [])
    now = NOON
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        assert {each.next_at for each in Mail.objects.waiting()} == {now + timedelta(minutes=minutes)}
        now += timedelta(minutes=minutes)
        run(now)
    away()
    assert len(run(now + timedelta(hours=1))[1]) == 2
    assert Mail.objects.waiting().count() == 0


def test_what_is_told_meanwhile_comes_in_one_more_mail(away, checker, editor):
    assigned(checker, editor)
    run()
    assigned(checker, editor, 3)
    run(NOON + timedelta(minutes=2))
    away()
    later = NOON + timedelta(hours=2)
    assert [len(run(later)[1]), len(run(later)[1]), len(run(later)[1])] == [1, 1, 0]
    assert outbox_of.outbox[-1].subject.endswith("3 claims assigned to you")


def test_a_refused_address_holds_nobody_else_up_and_is_given_up(monkeypatch, checker, editor, chief):
    assigned(checker, editor)
    assigned(chief, editor)
    no = smtplib.SMTPRecipientsRefused({"vera@desk.example": (550, b"no such mailbox")})
    failing(monkeypatch, no)
    said, [mail] = run()
    assert (said.startswith("1 mail sent. 1 mail refused: "), mail.to) == (True, ["max@desk.example"])
    failing(monkeypatch, *[no] * 20)
    now = NOON
    for _each in range(20):
        now += timedelta(hours=1)
        run(now)
    refused = Mail.objects.get(person=checker)
    assert (refused.refusals, refused.sent_at, refused.given_up_at is None) == (MOST_REFUSALS, None, False)
    assert "no such mailbox" in refused.last_error


# Several workers, and crashes


def test_a_worker_that_crashed_while_sending_is_followed_once(checker, editor):
    assigned(checker, editor)
    gather(NOON)
    mail = Mail.objects.get()
    assert mail.lease(NOON)  # and is not heard of again
    assert run(NOON + LEASE - timedelta(seconds=1)) == ("", [])
    assert len(run(NOON + LEASE)[1]) == 1
    assert run(NOON + 2 * LEASE) == ("", [])


def test_a_second_crash_ends_it(checker, editor):
    assigned(checker, editor)
    gather(NOON)
    mail = Mail.objects.get()
    assert mail.lease(NOON)
    assert mail.lease(NOON + LEASE)
    assert run(NOON + 2 * LEASE) == ("", [])
    mail.refresh_from_db()
    assert (mail.given_up_at, mail.last_error) == (NOON + 2 * LEASE, "A worker died twice while sending it.")


def test_a_server_lost_while_it_takes_a_mail_may_have_it_and_gets_it_once_more(monkeypatch, checker, editor):
    assigned(checker, editor)
    lost = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
    failing(monkeypatch, lost, lost, lost)
    for minutes in (0, 5, 20, 60):
        run(NOON + timedelta(minutes=minutes))
    mail = Mail.objects.get()
    assert (mail.starts, mail.tries, mail.last_error) == (2, 2, "Connection unexpectedly closed")
    assert mail.given_up_at == NOON + timedelta(minutes=20)


def test_a_slow_worker_does_not_write_over_the_one_that_followed_it(checker, editor):
    assigned(checker, editor)
    gather(NOON)
    slow, quick = Mail.objects.get(), Mail.objects.get()
    assert slow.lease(NOON)
    assert quick.lease(NOON + LEASE)
    assert not slow.sent(NOON + LEASE)
    assert quick.sent(NOON + LEASE)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(checker, editor):
    for number in range(6):
        assigned(factories.person(f"person.of.{number}", "fact-checker"), editor, 2)
    results = all_at_once(*[lambda: send_mails(clock())] * 4)
    assert [each for each in results if isinstance(each, Exception)] == []
    send_mails(clock())
    assert sorted(each.to[0] for each in outbox_of.outbox) == [
        f"person.of.{number}@desk.example" for number in range(6)
    ]
    assert Mail.objects.waiting().count() == 0
    assert Notification.objects.filter(mail=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_of_a_due_claim_once(checker, editor):
    for _each in range(5):
        factories.selected().assign(checker, by=editor, due_on=date(2026, 11, 20))
    results = all_at_once(*[lambda: tell_due(clock())] * 4)
    assert [each for each in results if isinstance(each, Exception)] == []
    assert Notification.objects.filter(kind="due").count() == 5


@pytest.mark.parametrize("number", [1, 12])
def test_a_mail_costs_the_same_however_much_is_in_it(checker, editor, django_assert_num_queries, number):
    assigned(checker, editor, number)
    with django_assert_num_queries(12):
        run()


def test_waiting_for_the_morning_costs_the_same_for_any_number_of_people(editor, django_assert_num_queries):
    for number in range(5):
        person = factories.person(f"person.of.{number}", "fact-checker")
        wants(person, "daily")
        assigned(person, editor)
    Notification.objects.update(at=at(8))
    with django_assert_num_queries(3):
        assert run(NOON) == ("", [])
