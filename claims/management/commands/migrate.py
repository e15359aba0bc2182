from django.core.management.commands import migrate


class Command(migrate.Command):
    def check(self, *, databases=None, **kwargs):
        """All checks but those that look into the database: what it lacks is what this command brings."""
        return super().check(databases=None, **kwargs)
