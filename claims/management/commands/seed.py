from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from claims.exchange.case_file import FaultyCase
from claims.exchange.seeding import checked_case, load_case
from claims.management.opening import database_must_be_ready


class Command(BaseCommand):
    help = "Load a case: seeds/claims.toml, or seeds/NAME/claims.toml. What is there already stays as it is."

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="?", default="", help="a folder of seeds/, such as demo")

    def handle(self, *args, name, **options):
        database_must_be_ready()
        path = settings.SEEDS_DIR / name / "claims.toml"
        label = "/".join(filter(None, [settings.SEEDS_DIR.name, name, path.name]))
        try:
            case = checked_case(path, label)
            made = load_case(case, self.tell)
        except FaultyCase as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{label}: {made} claims loaded, {len(case.claims) - made} were there.")

    def tell(self, user, password):
        roles = ", ".join(user.role_labels)
        self.stdout.write(f"New account {user.username} ({roles}), one-time password {password}")
        self.stdout.flush()
