"""What must be right before the desk opens."""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, connections

from claims.models import triggers
from claims.policy import Unreadable, read_ratings, read_roles


@register()
def policies_can_be_read(app_configs, **kwargs):
    found = []
    for number, (name, read) in enumerate((("roles", read_roles), ("ratings", read_ratings)), start=1):
        try:
            read(settings.SEEDS_DIR / f"{name}.toml")
        except Unreadable as error:
            hint = f"Mend seeds/{name}.toml; the README says what it holds."
            found.append(Error(str(error), hint=hint, id=f"claims.E00{number}"))
    return found


@register(Tags.database)
def triggers_stand(app_configs, databases=None, **kwargs):
    found = []
    for alias in databases or []:
        connection = connections[alias]
        try:
            if "claims_loghead" not in connection.introspection.table_names():
                continue  # nothing is migrated yet
            missing = triggers.missing(connection)
        except DatabaseError as error:
            found.append(Error(f"The database cannot be read: {error}", id="claims.E004"))
            continue
        if missing:
            found.append(
                Error(
                    f"The database does not refuse what it must: {', '.join(missing)} missing.",
                    hint="Run manage.py migrate; it puts them back. Then verify_log names what was changed meanwhile.",
                    id="claims.E003",
                )
            )
    return found
