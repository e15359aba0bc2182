"""What somebody typed and has not saved yet. It is no record: no verb, no log and no export knows of it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LASTS = timedelta(days=30)
MOST = 40
LONGEST = 400_000


class KeptDraftQuerySet(models.QuerySet):
    def of(self, user):
        """This person's own, as long as they last; what was typed while seeing protected words, for who still does."""
        own = self.filter(user=user, kept_at__gt=timezone.now() - LASTS)
        return own if user.may("see_protected") else own.filter(saw_protected=False)

    def keep(self, user, key, content, version=None):
        """Keep `content`, {name of the field: [values]}, in place of what was kept under this key. Returns None where
        it is longer than LONGEST characters. `version` is the record's, as the form has it."""
        if sum(len(value) for values in content.values() for value in values) > LONGEST:
            return None
        values = {"content": content, "version": version, "kept_at": timezone.now()}
        values["saw_protected"] = user.may("see_protected")
        kept, made = self.update_or_create(user=user, key=key, defaults=values)
        if made:
            self.filter(kept_at__lte=timezone.now() - LASTS).delete()
            newest = self.filter(user=user).order_by("-kept_at", "-pk").values_list("pk", flat=True)
            self.filter(pk__in=list(newest[MOST:])).delete()
        return kept

    def forget(self, user, key):
        self.filter(user=user, key=key).delete()


class KeptDraft(models.Model):
    """One form of one person. `key` names the verb and the record: "check.edit:12", "claim.note"."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=80)
    content = models.JSONField()
    version = models.PositiveIntegerField(null=True)
    saw_protected = models.BooleanField()
    kept_at = models.DateTimeField(db_index=True)

    objects = KeptDraftQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("kept draft"), _("kept drafts")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_draft_a_form")]

    def __str__(self):
        return f"{self.key} of {self.user_id}"
