"""Comments, who was told of what, and the mails about it: shown, and nothing else."""

from django.contrib import admin

from claims.admin.base import ReadOnlyAdmin
from claims.admin.site import site
from claims.models import Comment, Mail, Mention, Notification


@admin.register(Comment, site=site)
class CommentAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "claim", "author", "added_at", "resolved_at", "removed_at"]
    list_select_related = ["claim", "author"]


@admin.register(Mention, site=site)
class MentionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "comment", "person"]
    list_select_related = ["comment", "person"]


@admin.register(Notification, site=site)
class NotificationAdmin(ReadOnlyAdmin):
    """Everybody's own."""

    list_display = ["kind", "claim", "at", "read_at", "unmailed"]
    list_select_related = ["claim"]
    list_filter = ["kind", "unmailed"]


@admin.register(Mail, site=site)
class MailAdmin(ReadOnlyAdmin):
    """Where it says why a mail did not leave."""

    list_display = ["__str__", "person", "made_at", "sent_at", "given_up_at", "next_at", "last_error"]
    list_select_related = ["person"]
