"""Who works here. What a person may do is the sum of their roles in seeds/roles.toml; there is no superuser."""

from contextlib import contextmanager
from functools import cache
from zlib import crc32
from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from claims.models.fields import Line, SortKey
from claims.models.guarded import Guarded
from claims.models.log import acting, logged_fields
from claims.models.statements import locked
from claims.policy import permissions_of, roles
from claims.states import NotAllowed, OutsideVerb, Refused, WrongState
from claims.text import sort_key

BY_VERBS = "Accounts are changed by verbs alone, save for the password and the last log-in."


@cache
def by_verbs():
    """The names of what the log knows of an account. Log-in and change of password have no business with these."""
    return frozenset(field.name for field in logged_fields(User))


# What is asked for at log-in beside the password; recovery codes stand in for one of them.
SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def known_language(value):
    if value and value not in dict(settings.LANGUAGES):
        raise ValidationError(_("The desk does not speak this language."))


def own_language(user):
    """The language that somebody chose for pages and mails, or None."""
    chosen = getattr(user, "language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else None


def mail_language(user):
    """The language of mails to somebody: theirs, else the desk's, and never that of whoever causes the mail."""
    return own_language(user) or settings.LANGUAGE_CODE


def known_roles(value):
    unknown = [slug for slug in value if slug not in roles()]
    if unknown:
        raise ValidationError(_("No such role: %(roles)s."), params={"roles": ", ".join(map(str, unknown))})


def known_time_zone(value):
    if value not in available_timezones():
        raise ValidationError(_("No such time zone: %(zone)s."), params={"zone": value})


def must_check(person):
    """In an open act that gives work to a person (None is nobody), after its claims are locked: refuse with a
    ValidationError who may not check claims by now. They are read again under a lock that deactivating them, or taking
    their roles, waits for; so whoever does that finds all of their work."""
    if person is None:
        return
    now = User(pk=person.pk)
    locked(now, shared=True)
    if not now.may("draft_checks"):
        raise ValidationError({"assignee": _("%(person)s may not check claims.") % {"person": now}})


def one_time_password():
    """A password to be shown once and changed at the first log-in; without characters that look alike."""
    return get_random_string(16, "abcdefghijkmnpqrstuvwxyz23456789")


class MailChoice(models.TextChoices):
    """When a person gets mail about what concerns them."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day, in the morning")
    NEVER = "never", _("Never")


class UserQuerySet(models.QuerySet):
    def update(self, **values):
        if by_verbs() & values.keys():
            raise OutsideVerb(BY_VERBS)
        return super().update(**values)

    def bulk_update(self, objs, fields, **kwargs):
        if by_verbs() & set(fields):
            raise OutsideVerb(BY_VERBS)
        return super().bulk_update(objs, fields, **kwargs)

    def _refuse(self, *args, **kwargs):
        raise OutsideVerb("Accounts are created by verbs, and never deleted: the log names them.")

    create = bulk_create = delete = _raw_delete = _refuse

    def working(self):
        return self.filter(is_active=True).order_by("username")

    def deactivated(self):
        return self.filter(is_active=False).order_by("username")

    def named(self, words):
        """Those whose name or user name holds these words."""
        key = sort_key(words)
        return self.filter(name_key__contains=key) if key else self.none()

    def with_second_step(self):
        """Each with `second_step`: do they prove at log-in by more than a password who they are?"""
        has = Authenticator.objects.filter(user=models.OuterRef("pk"), type__in=SECOND_STEPS)
        return self.annotate(second_step=models.Exists(has))

    def who_may(self, permission):
        """The active people who may do something, by user name. Read in Python: a desk has tens of people."""
        return self.filter(pk__in=[user.pk for user in self.working() if user.may(permission)]).order_by("username")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(
        self,
        username,
        email=None,
        password=None,
        *,
        by=None,
        name="",
        roles=(),
        must_change_password=False,
        once=None,
    ):
        """A new account, logged. Without a password nobody can log in until one is set by mail."""
        user = self.model(
            username=username, email=self.normalize_email(email or ""), name=name, roles=list(roles),
            must_change_password=must_change_password,
        )  # fmt: skip
        user.set_password(password)
        with acting("user.create", by=by, once=once) as act:
            act.add(user)
        return user

    def create_superuser(self, username, email=None, password=None):
        """What `manage.py createsuperuser` makes: an administrator who may also run the desk."""
        return self.create_user(username, email, password, roles=["administrator", "managing-editor"])


class User(AbstractBaseUser):
    username = Line(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Somebody already has this user name.")},
    )
    name = Line(_("name"), max_length=150, blank=True, help_text=_("As it stands under a verdict."))
    email = models.EmailField(_("e-mail"), blank=True)
    roles = models.JSONField(
        pgettext_lazy("of an account", "roles"), default=list, blank=True, validators=[known_roles]
    )
    is_active = models.BooleanField(_("active"), default=True)
    mail_choice = models.CharField(
        _("mail"), max_length=7, choices=MailChoice, default=MailChoice.AT_ONCE,
        help_text=_("On claims assigned to you or due, comments that mention you, drafts sent back or approved."),
    )  # fmt: skip
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        blank=True,
        validators=[known_time_zone],
        help_text=_("Times on the desk’s pages are yours. Days of verdicts are the desk’s, for everybody."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        validators=[known_language],
        help_text=_("Of the desk’s pages and mails. Claims and verdicts stay in their own."),
    )
    must_change_password = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    # How often all sessions and links of this account were ended; a session knows at which number it began.
    sessions_ended = models.PositiveIntegerField(default=0, editable=False)
    name_key = SortKey()

    GIVEN = frozenset({"name", "email", "roles", "username", "time_zone", "language"})
    OWN = frozenset({"name", "email", "time_zone", "language"})
    UNLOGGED = frozenset({"password", "last_login", "must_change_password", "joined_at", "sessions_ended", "name_key"})
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    objects = UserManager()

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"),
                condition=~models.Q(email=""),
                name="one_account_an_email",
                violation_error_message=_("Somebody already has this e-mail address."),
            )
        ]

    def __str__(self):
        return self.name or self.username

    def get_absolute_url(self):
        return reverse("person", args=[self.pk])

    def save_base(self, *args, update_fields=None, **kwargs):
        """Log-in and password change save accounts; what the log knows of them goes through verbs."""
        if self._state.adding:
            raise OutsideVerb("Accounts are created by User.objects.create_user().")
        said = by_verbs()
        if update_fields is None or said & set(update_fields):
            kept = User.objects.filter(pk=self.pk).values(*said).get()
            if any(getattr(self, name) != value for name, value in kept.items()):
                raise OutsideVerb(BY_VERBS)
        super().save_base(*args, update_fields=update_fields, **kwargs)

    def delete(self, *args, **kwargs):
        raise OutsideVerb("Accounts are never deleted, since the log names them. Deactivate it instead.")

    _save_table = Guarded._save_table
    given = classmethod(Guarded.given.__func__)
    claim_touched = None
    is_superuser = False
    # True where the mail server did not take a mail to this person just now; see inviting.py.
    mail_failed = False

    def derived(self, changed=None):
        return {"name_key": sort_key(f"{self.name} {self.username}")}

    def get_session_auth_hash(self):
        """What a session must still fit: the password, and that sessions were not ended since it began."""
        return f"{super().get_session_auth_hash()}:{self.sessions_ended}"

    def get_session_auth_fallback_hash(self):
        for each in super().get_session_auth_fallback_hash():
            yield f"{each}:{self.sessions_ended}"

    @property
    def is_staff(self):
        return self.may("use_admin")

    @property
    def role_labels(self):
        return [roles()[slug]["label"] for slug in self.roles if slug in roles()]

    def may(self, permission):
        """May this person do what states.PERMISSIONS calls `permission`?"""
        return self.is_active and permission in permissions_of(self.roles)

    # What Django's admin asks. Its names are "claims.<permission>".
    def has_perm(self, perm, obj=None):
        return self.may(perm.removeprefix("claims."))

    def has_perms(self, perms, obj=None):
        return all(self.has_perm(perm) for perm in perms)

    def has_module_perms(self, app_label):
        return self.may("use_admin")

    @property
    def version(self):
        """What a form was opened on, as a number. No counter, since every log-in saves the account too."""
        own = self.language, str(self.mail_choice)
        said = (self.username, self.name, self.email, sorted(self.roles), self.is_active, self.time_zone, *own)
        return crc32(repr(said).encode())

    @contextmanager
    def changed_under(self, act, version):
        """Lock this person for a change of what they may do, and refuse it where nobody would be left who can log in
        and manage accounts. Administrators are locked by number, so that two do not remove each other at once."""
        others = [each for each in User.objects.who_may("manage_accounts") if each != self]
        for each in sorted([self, *others], key=lambda person: person.pk):
            act.lock(each, version=version if each is self else None)
        last = self.may("manage_accounts") and not any(
            each.may("manage_accounts") and each.has_usable_password() for each in others
        )
        yield
        if last and not self.may("manage_accounts"):
            raise Refused(
                _("Nobody else here can log in and manage accounts. Give that role to somebody else first."),
                field="roles",
            )

    def edit(self, *, by, batch=None, version=None, once=None, **values):
        """Change name, e-mail, roles or time zone. Pages call leaving.edit_account(), which sees to the work of those
        who may no longer do it."""
        with acting("user.edit", by=by, batch=batch, once=once) as act, self.changed_under(act, version):
            act.edit(self, **values)
        return self

    def edit_own(self, *, by, version=None, once=None, **values):
        """Change one's own name, e-mail, time zone or language; roles are given by others."""
        if by != self:
            raise NotAllowed(_("This is somebody else’s profile."))
        if values.keys() - self.OWN:
            raise OutsideVerb("A person sets nothing of their own account but " + ", ".join(sorted(self.OWN)))
        with acting("user.edit_own", by=by, once=once) as act:
            act.lock(self, version=version)
            act.edit(self, **values)
        return self

    def has_second_step(self):
        return self.authenticator_set.filter(type__in=SECOND_STEPS).exists()

    def remove_second_step(self, *, by, reason, version=None, once=None):
        """Take away app, passkeys and recovery codes of somebody who has lost them; ends their sessions."""
        with acting("user.remove_second_step", by=by, reason=reason, needs_reason=True, once=once) as act:
            act.lock(self, version=version)
            if not self.has_second_step():
                raise WrongState(_("This account has no two-step sign-in."))
            self.authenticator_set.all().delete()
            act.derive(self, sessions_ended=self.sessions_ended + 1)
            act.note("user", object_id=self.pk, second_step=False)
        return self

    def give_password(self, password, *, by, version=None, once=None):
        """Set a one-time password, which ends the person's sessions. The log says who gave it, never what it is."""
        with acting("user.give_password", by=by, once=once) as act:
            act.lock(self, version=version)
            self.set_password(password)
            self.must_change_password = True
            self.save(update_fields=["password", "must_change_password"])
            act.note("user", object_id=self.pk, must_change_password=True)
        return self

    def choose_mail(self, mail_choice, *, by, version=None, once=None):
        """Which mails this person gets: a choice of their own."""
        if by != self:
            raise NotAllowed(_("Everybody chooses for themselves."))
        with acting("user.choose_mail", by=by, once=once) as act:
            act.lock(self, version=version)
            act.change(self, mail_choice=mail_choice)
        return self

    def give_one_time_password(self, *, by, version=None, once=None):
        """The same with a new password, which is returned to be shown once."""
        password = one_time_password()
        self.give_password(password, by=by, version=version, once=once)
        return password
