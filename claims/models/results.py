"""Where the result of an act can be seen."""

from django.apps import apps


def result_of(act):
    """The address of what the act was about, else of what it made or changed first, or None."""
    about = act.verb.partition(".")[0]
    for line in sorted(act.changes.order_by("line"), key=lambda line: line.kind != about):
        try:
            model = apps.get_model("claims", line.kind)
        except LookupError:
            continue
        record = model._base_manager.filter(pk=line.object_id).first()
        if record is None and line.claim_id is not None:
            # What was removed is missed, or read about, on its claim's page.
            record = apps.get_model("claims", "claim")._base_manager.filter(pk=line.claim_id).first()
        if record is not None and hasattr(record, "get_absolute_url"):
            return record.get_absolute_url()
    return None
