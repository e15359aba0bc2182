"""Why nothing, or not all, came back from an address."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Trouble(TextChoices):
    NOT_WEB = "not_web", _("This is no address of the web: http:// or https://, a host, and no name before it.")
    PORT = "port", _("It names a port at which the desk asks nobody.")
    NOT_PUBLIC = "not_public", _("It leads to a place that is not public, so the desk does not ask there.")
    NO_HOST = "no_host", _("There is no such host (any more).")
    UNREACHABLE = "unreachable", _("The host does not answer.")
    TOO_SLOW = "too_slow", _("It took longer than the desk waits.")
    TOO_LARGE = "too_large", _("It is larger than what the desk reads.")
    UNTRUSTED = "untrusted", _("The host’s certificate cannot be trusted.")
    LED_ON = "led_on", _("It led on from address to address without end.")
    UNREADABLE = "unreadable", _("What came back cannot be read.")
