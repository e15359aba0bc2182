from django.apps import AppConfig
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from claims.field_names import translate_names


def furnish(sender, using, verbosity=0, **kwargs):
    """After a migration: the triggers, the head of the log, the scale and the table of the limits on guesses."""
    triggers = sender.module.models.triggers
    ratings = sender.module.models.ratings
    log_head = sender.get_model("LogHead")
    triggers.install(connections[using])
    log_head.objects.using(using).get_or_create(pk=1)
    call_command("createcachetable", database=using, verbosity=0)
    ratings.load_ratings()


def make_way(sender, using, plan=(), **kwargs):
    """Before a migration that does something: SQLite rebuilds tables."""
    if plan and connections[using].vendor == "sqlite":
        sender.module.models.triggers.lift(connections[using])


class ClaimsConfig(AppConfig):
    name = "claims"
    verbose_name = _("Fact-check desk")

    def ready(self):
        from claims import system_checks  # noqa: F401, PLC0415

        translate_names(self.get_models())
        pre_migrate.connect(make_way, sender=self)
        post_migrate.connect(furnish, sender=self)
