"""Words that the program writes down, to be read later by others than who brought them about."""

from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation


@contextmanager
def in_words_of_the_desk():
    """What is put into words inside is in the desk's language and time, whoever asked for it."""
    with translation.override(settings.LANGUAGE_CODE), timezone.override(timezone.get_default_timezone()):
        yield
