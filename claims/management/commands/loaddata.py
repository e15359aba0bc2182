from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Closed: Django's fixtures would write records past the verbs and their log."

    def add_arguments(self, parser):
        parser.add_argument("fixture", nargs="*")

    def handle(self, *args, **options):
        raise CommandError("Records are written by verbs alone, so fixtures cannot be loaded. Use manage.py seed.")
