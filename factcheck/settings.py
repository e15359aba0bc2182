"""The one settings file. Everything a newsroom may set is an environment variable, listed in the README."""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
SEEDS_DIR = BASE_DIR / "seeds"
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")


def truth(name, default="0"):
    return (os.environ.get(name) or default).strip().lower() in {"1", "true", "yes", "on"}


def whole_number(name, default):
    value = os.environ.get(name) or str(default)
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def parts_of(name, url):
    """urlsplit(), with one clear line where it is no address."""
    try:
        parts = urlsplit(url)
        _port = parts.port  # looked at no sooner than it is read
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from None
    return parts


def one_of(name, default, known, hint):
    value = os.environ.get(name) or default
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be {hint}, not {value!r}.")
    return value


def database(url):
    """Read DATABASE_URL: sqlite:///relative or sqlite:////absolute, or postgres://user:password@host:port/name."""
    parts = parts_of("DATABASE_URL", url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        path = Path(unquote(parts.path[1:]))
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path if path.is_absolute() else BASE_DIR / path,
            # A file, as in life: a database in memory has other locks.
            "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
            "OPTIONS": {
                # A deferred transaction that later wants to write fails at once with "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: an approved verdict must survive a power cut.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(
        "DATABASE_URL must be sqlite:///path/to/file or postgres://user:password@host:port/name, "
        f"not {parts.scheme or url!r}…"
    )


def kept_secret_key():
    """The key in VAR_DIR/secret_key, made on first use and readable by its owner alone."""
    path = VAR_DIR / "secret_key"
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        if "collectstatic" in sys.argv:
            return secrets.token_urlsafe(50)
        raise ImproperlyConfigured(
            f"No secret key: {path} cannot be written ({error.strerror}). Set SECRET_KEY, or VAR_DIR to a "
            "folder that can be written."
        ) from None
    key = get_random_secret_key()
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
    return key


DEBUG = truth("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret_key()

SITE_URL = (os.environ.get("SITE_URL") or "http://127.0.0.1:8000").rstrip("/")
SITE = parts_of("SITE_URL", SITE_URL)
if SITE.scheme not in {"http", "https"} or not SITE.hostname:
    raise ImproperlyConfigured(f"SITE_URL must be like https://desk.example.org, not {SITE_URL!r}.")
HTTPS = SITE_URL.startswith("https://")
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = sorted({SITE.hostname, *LOOPBACK, *(os.environ.get("ALLOWED_HOSTS") or "").split()})
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DESK_NAME = os.environ.get("DESK_NAME") or "Fact-check desk"
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0)

# Does the worker look after links? To ask a host is to tell it that somebody looks.
CHECK_LINKS = truth("CHECK_LINKS", "1")
# Where a page's archived copies are looked for; a link that is offered, never fetched.
ARCHIVE_URL = os.environ.get("ARCHIVE_URL") or "https://web.archive.org/web/*/{url}"
if ARCHIVE_URL == "off":
    ARCHIVE_URL = ""
elif not ARCHIVE_URL.startswith(("https://", "http://")) or "{url}" not in ARCHIVE_URL:
    raise ImproperlyConfigured("ARCHIVE_URL must be an address with {url} in it, or off.")

INSTALLED_APPS = [
    "claims",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django_filters",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "claims.access.CompressionMiddleware",
    "claims.access.SecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "claims.access.OwnTimeAndLanguageMiddleware",
    "claims.access.OwnPasswordMiddleware",
    "claims.access.SecondStepMiddleware",
    "claims.access.RefusalMiddleware",
]

ROOT_URLCONF = "factcheck.urls"
WSGI_APPLICATION = "factcheck.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "claims.access.desk_context",
                "claims.views.theme.theme_context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'desk.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The limits on guesses live here. In the database, so that every web process counts the same guesses.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "desk_cache",
        # Django's 300 could be washed out by wrong guesses from many addresses.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

AUTH_USER_MODEL = "claims.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "claims.access.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
# Otherwise anybody could make this server write to any address.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# A mail to whoever an account belongs to, when its password or its two-step sign-in changes.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{DESK_NAME}] "
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "claims.models.inviting.LinkTokens"  # noqa: S105 - a class
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 3

# Two-step sign-in. REQUIRE_MFA demands it of everybody.
REQUIRE_MFA = truth("REQUIRE_MFA")
MFA_ADAPTER = "claims.access.SecondStep"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = DESK_NAME
# Clocks differ, and typing takes time: the code before and the code after do too. Each works once, see forms/codes.py.
MFA_TOTP_TOLERANCE = 1
# Addresses are given by administrators, so none of them waits for a proof.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# As many as log in by password: a newsroom shares one address.
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_FORMS = {
    "activate_totp": "claims.forms.codes.FirstCodeForm",
    "authenticate": "claims.forms.codes.CodeForm",
    "reauthenticate": "claims.forms.codes.CodeAgainForm",
    "add_webauthn": "claims.forms.codes.PasskeyForm",
    "edit_webauthn": "claims.forms.codes.PasskeyNameForm",
}

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "claims.views.errors.expired_form"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Only what is wholly translated is offered.
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LANGUAGE_CODE = os.environ.get("DESK_LANGUAGE") or "en"
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(f"DESK_LANGUAGE must be one of {', '.join(dict(LANGUAGES))}, not {LANGUAGE_CODE!r}.")
LOCALE_PATHS = [BASE_DIR / "claims" / "locale"]
FORMAT_MODULE_PATH = "claims.formats"
TIME_ZONE = one_of("TIME_ZONE", "UTC", available_timezones(), "the name of a time zone, such as Europe/Vienna")
USE_I18N = True
USE_TZ = True
# The languages whose stems a search tries for each of its words.
SEARCH_LANGUAGES = ["en", "es"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "claims.storage.WholeFiles",
        # A file is named by its hash: the same name is the same content.
        "OPTIONS": {
            "location": VAR_DIR / "files",
            "allow_overwrite": True,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# A pasted article of a million characters must reach its form, which then says what is wrong with it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
# Files beside the form's own words: none of our forms takes two.
MAX_FILE_MB = whole_number("MAX_FILE_MB", 50)
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "claims.storage.CappedUploads",
]


def mail(url):
    """Read EMAIL_URL, smtp[s]://user:password@host:port; without one, mails are files in VAR_DIR/mail."""
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": VAR_DIR / "mail",
        }
    parts = parts_of("EMAIL_URL", url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must be smtp://user:password@host:port (or smtps://…).")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and parts.hostname not in LOOPBACK,
    }


globals().update(mail(os.environ.get("EMAIL_URL")))
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM") or f"desk@{SITE.hostname}"
EMAIL_TIMEOUT = 20


def without_traceback(record):
    record.exc_info = None
    return True


LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
LOG_LEVEL = one_of("LOG_LEVEL", "WARNING", LEVELS, f"one of {', '.join(LEVELS)}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"plain": {"()": "django.utils.log.CallbackFilter", "callback": without_traceback}},
    # Anybody can send a foreign host name; the line that says which one is enough.
    "loggers": {"django.security.DisallowedHost": {"filters": ["plain"]}},
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
