"""A list of customers that somebody brought: its rows wait here until they are taken in.

Rows hold names and addresses of people: taking in keeps only those that must be mended, dropping
and the passing of a week keep none.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.models import Mailbox
from hinomi.portal.organisations.models import Firm


def draw_roster_id() -> str:
    """A new list's id."""
    return draw("rst")


class Roster(models.Model):
    """One list. `lines` are [number, [cell, …]] below the headings; `columns` says field → column.

    `mailbox`: mails of these customers come there, so their tenant names and serials become
    routes. `counts` is what taking in did; then `lines` keeps only the rows that were left out.
    """

    id = models.CharField(primary_key=True, max_length=40, default=draw_roster_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="rosters")
    file_name = models.CharField(max_length=200)
    headings = models.JSONField(default=list)
    heading_line = models.PositiveIntegerField(default=1)
    lines = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.SET_NULL, related_name="+")
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    brought_at = models.DateTimeField(default=now)
    taken_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    objects = FirmOwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """True while it waits to be taken in."""
        return self.taken_at is None and self.dropped_at is None
