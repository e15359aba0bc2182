"""Inviting somebody by mail. The link in it sets the password; an administrator never knows it."""

import logging
import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _

from claims.models.log import acting
from claims.models.users import User, mail_language
from claims.states import WrongState

logger = logging.getLogger(__name__)


class LinkTokens(PasswordResetTokenGenerator):
    """Keys of the links that set a password. Each works once, for PASSWORD_RESET_TIMEOUT, for a working account, and
    not after the e-mail address was changed or the account's sessions were ended.

    allauth's own generator also writes each address it meets to a table of its own, and goes on sending links to it
    after the account has got another."""

    def check_token(self, user, token):
        return bool(user and user.is_active) and super().check_token(user, token)

    def _make_hash_value(self, user, timestamp):
        return f"{super()._make_hash_value(user, timestamp)}{user.sessions_ended}"


def invite(*, by, email, name="", roles=(), username="", once=None):
    """A new account without a password, and a mail with the link that sets one.

    Without a user name it is made from the e-mail address. Where the mail server does not take the mail the account
    stands all the same and its `mail_failed` says so: the mail can be sent again."""
    if not email:
        raise ValidationError({"email": _("Write the address that the invitation goes to.")})
    person = User(email=User.objects.normalize_email(email), name=name, roles=list(roles))
    person.set_unusable_password()
    with acting("user.invite", by=by, once=once) as act:
        person.username = username or _free_username(email)
        act.add(person)
        transaction.on_commit(lambda: _send(person))
    return person


def _free_username(email):
    wanted = re.sub(r"[^\w.+-]", "", email.partition("@")[0].lower())[:140] or "person"
    taken = set(User.objects.filter(username__startswith=wanted).values_list("username", flat=True))
    number = 1
    while (free := wanted if number == 1 else f"{wanted}{number}") in taken:
        number += 1
    return free


def invite_again(person, *, by, version=None, once=None):
    """Send the mail once more, to the address the account has now. Links sent before work no longer."""
    with acting("user.invite_again", by=by, once=once) as act:
        act.lock(person, version=version)
        if not person.is_active or person.has_usable_password():
            raise WrongState(_("Only somebody who was invited and has not come yet is invited again."))
        if not person.email:
            raise WrongState(_("This account has no e-mail address to write to."))
        act.derive(person, sessions_ended=person.sessions_ended + 1)
        act.note("user", object_id=person.pk, email=person.email)
        transaction.on_commit(lambda: _send(person))
    return person


def password_link(person):
    """The address, of this desk whatever name a request called it by, where this person sets a password."""
    key = LinkTokens().make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": int_to_base36(person.pk), "key": key})
    return settings.SITE_URL + path


def _send(person):
    context = {
        "person": person,
        "desk_name": settings.DESK_NAME,
        "link": password_link(person),
        "until": timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    }
    with translation.override(mail_language(person)), timezone.override(timezone.get_default_timezone()):
        subject, body = (
            render_to_string(f"mail/invitation_{part}.txt", context).strip() for part in ("subject", "body")
        )
    try:
        send_mail(subject, body, None, [person.email])
    except OSError:
        logger.exception("The invitation of account %s was not sent.", person.pk)
        person.mail_failed = True
