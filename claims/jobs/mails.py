"""Mailing what people were told: at once, or in one mail in the morning, as each person chose."""

from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Min
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims.jobs.mornings import morning_of
from claims.models import Mail, Notification, User
from claims.models.users import MailChoice, mail_language

# The daily mail holds what was told before this hour where the person is.
HOUR = 7
# So many mails a turn, so that a worker that is asked to end does so soon.
A_TURN = 25
MOST_SHOWN = 40


def send_mails(clock=timezone.now):
    """Gather what is to be mailed, a mail a person, and send what is ready. Returns what was done, in words."""
    gather(clock())
    done = {"sent": 0, "refused": 0}
    connection, until, fault = None, None, ""
    for mail in Mail.objects.ready(clock()).select_related("person")[:A_TURN]:
        if not mail.lease(clock()):
            continue
        message = written(mail)
        if message is None:
            mail.needless(clock())
            continue
        try:
            if connection is None:
                connection = opened()
            connection.send_messages([message])
        except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, ValueError) as error:
            mail.refused(clock(), error)
            done["refused"], fault = done["refused"] + 1, error
        except OSError as error:
            until, fault = mail.unreached(clock(), error, begun=connection is not None), error
            break
        else:
            mail.sent(clock())
            done["sent"] += 1
    if connection is not None:
        close(connection)
    return _in_words(done, until, fault)


def opened():
    connection = get_connection()
    connection.open()
    return connection


def close(connection):
    """What was sent is sent, whether or not the server waits for the end of the conversation."""
    with suppress(OSError):
        connection.close()


def _in_words(done, until, fault):
    said = []
    if done["sent"]:
        said.append(ngettext("%d mail sent.", "%d mails sent.", done["sent"]) % done["sent"])
    if done["refused"]:
        refused = ngettext("%(number)d mail refused: %(fault)s", "%(number)d mails refused: %(fault)s", done["refused"])
        said.append(refused % {"number": done["refused"], "fault": fault})
    if until:
        words = _("The mail server cannot be reached; tried again at %(time)s UTC: %(fault)s")
        said.append(words % {"time": f"{until:%H:%M:%S}", "fault": fault})
    return " ".join(said)


# Gathering


def gather(now):
    """Put what is to be mailed now into mails, one for each person who has none under way."""
    pending = Notification.objects.unmailed()
    first_told = dict(pending.values_list("person").annotate(Min("at")).order_by())
    people = User.objects.filter(pk__in=first_told).exclude(mails__in=Mail.objects.waiting())
    for person in people.order_by("pk"):
        if not gets_mail(person):
            pending.of(person).update(unmailed=False)
        elif person.mail_choice == MailChoice.AT_ONCE:
            _gather_for(person, pending, now)
        elif first_told[person.pk] < last_morning(person, now):
            _gather_for(person, pending.filter(at__lt=last_morning(person, now)), now)


def gets_mail(person):
    """What is mailed names claims, and so goes to those alone who may read them."""
    return person.may("read_desk") and bool(person.email) and person.mail_choice != MailChoice.NEVER


def _gather_for(person, pending, now):
    with transaction.atomic():
        mail = Mail.objects.create(person=person, made_at=now, next_at=now)
        if not pending.of(person).update(mail=mail, unmailed=False):
            # Another worker was quicker.
            transaction.set_rollback(True)


def last_morning(person, now):
    """The last time that it was seven in the morning where the person is."""
    here, morning = morning_of(person, now, HOUR)
    return morning if here >= morning else morning - timedelta(days=1)


# Writing


def written(mail):
    """The message, or None where nothing is left to say. It holds the desk's own statements and links, and no word of
    a draft, a verdict, a comment or a source."""
    person = mail.person
    rows = mail.notifications.select_related("person", "claim", "check_file", "comment", "act__actor")
    rows = rows.prefetch_related("comment__mentioned").order_by("pk")
    notifications = [each for each in rows if each.still_holds()]
    if not notifications or not gets_mail(person):
        return None
    with translation.override(mail_language(person)):
        return EmailMessage(
            f"[{settings.DESK_NAME}] {subject(notifications)}",
            _body(person, notifications),
            to=[person.email],
            headers={
                # The same however often it is sent, so that a mailbox can tell a repetition.
                "Message-ID": f"<desk-{mail.pk}-{mail.made_at:%Y%m%d%H%M%S}@{urlsplit(settings.SITE_URL).hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )


def _body(person, notifications):
    return render_to_string(
        "mail/notifications.txt",
        {
            "notifications": notifications[:MOST_SHOWN],
            "more": len(notifications[MOST_SHOWN:]),
            "site_url": settings.SITE_URL,
            "all": reverse("notifications"),
            "choice": reverse("choose_mail"),
            "daily": person.mail_choice == MailChoice.DAILY,
        },
    )


def subject(notifications):
    """What happened, in a line."""
    if len(notifications) == 1:
        return notifications[0].says
    counts = {}
    for each in notifications:
        counts[each.kind] = counts.get(each.kind, 0) + 1
    return ", ".join(_counted(kind, number) for kind, number in counts.items())


def _counted(kind, number):
    kinds = Notification.Kind
    words = {
        kinds.ASSIGNED: ngettext("%d claim assigned to you", "%d claims assigned to you", number),
        kinds.MENTIONED: ngettext("%d mention of you", "%d mentions of you", number),
        kinds.SENT_BACK: ngettext("%d draft sent back", "%d drafts sent back", number),
        kinds.APPROVED: ngettext("%d draft approved", "%d drafts approved", number),
        kinds.DUE: ngettext("%d claim due", "%d claims due", number),
        kinds.NO_ANSWER: ngettext("%d answer overdue", "%d answers overdue", number),
        kinds.OPINION: ngettext("%d opinion asked of you", "%d opinions asked of you", number),
        kinds.OPINION_GIVEN: ngettext("%d second opinion given", "%d second opinions given", number),
    }
    return words[kind] % number
