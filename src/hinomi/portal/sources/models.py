"""A source is one thing that sends; a device name is what its owner calls a machine."""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003 - as the models' other types

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


def device_key(native: str) -> str:
    """Stands for a machine's name in forms: one from the wire may hold what no form can carry."""
    return hashlib.sha256(native.encode("utf-8", "surrogatepass")).hexdigest()


def draw_source_id() -> str:
    """A new source's id."""
    return draw("src")


class Source(OrganisationOwned):
    """One thing that sends. The token is never stored, only its hash and last four characters.

    `port` is the source's own UDP and TCP port. `addresses` and `serials` are lists of text. The
    consent to be watched is a record of its own: which text version, by whom, when, and whether a
    command gave it on the company's behalf. `source_class` is what a person said it is ("": by its
    kind), `started_at` when its first try (試験) came back (見守り開始), `tried_at` the newest one.
    `relay` is the company's relay that brings its records, `relay_port` its own port there;
    `relay_enrolled` says of a relay that a box has its token.
    `paused_at` is since when the company's consent does not cover it, None while it does; when it
    did not before tells the consent's own history.
    """

    id = models.CharField(primary_key=True, max_length=40, default=draw_source_id, editable=False)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    token_sha256 = models.CharField(max_length=64, unique=True)
    token_hint = models.CharField(max_length=4)
    token_version = models.PositiveIntegerField(default=1)
    older_token_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    older_token_until = models.DateTimeField(null=True)
    certificates = models.JSONField(default=list, db_default=[])
    port = models.PositiveIntegerField(null=True)
    addresses = models.JSONField(default=list)
    serials = models.JSONField(default=list)
    timezone = models.CharField(max_length=60, default="Asia/Tokyo")
    expect_every_s = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    consent_version = models.CharField(max_length=20, blank=True)
    consent_by = models.CharField(max_length=254, blank=True)
    consent_at = models.DateTimeField(null=True)
    consent_by_command = models.BooleanField(default=False)
    source_class = models.CharField(max_length=10, blank=True, default="", db_default="")
    started_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    relay = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    relay_port = models.PositiveIntegerField(null=True)
    relay_enrolled = models.BooleanField(default=False, db_default=False)
    paused_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["relay", "relay_port"],
                condition=Q(revoked_at=None),
                name="source_port_once_at_a_relay",
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind", "name"],
                condition=Q(revoked_at=None),
                name="source_name_once_per_company",
            ),
            models.UniqueConstraint(
                fields=["port"], condition=Q(revoked_at=None), name="source_port_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def awaits_consent(self) -> bool:
        """True while nothing may be taken because the company did not agree, or no longer does."""
        return self.paused_at is not None

    @property
    def waited_from(self) -> datetime | None:
        """Since when it stood there without a consent; None when it was made with one."""
        return None if self.consent_at else self.created_at


class SourceWatch(OrganisationOwned):
    """How a source was doing when the bell last looked, and what it learned of it. Lists count and
    filter by it; what a page says of one source is judged anew.

    `usual_open` and `usual_closed` are hours (a bit each) of working and closed days; null while
    too little is known. `usual_every_s` is the longest gap of a report that comes by mail (0: not
    known). `parse_rate` is of late, null when too little came to say.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="seen")
    state = models.CharField(max_length=12)
    since = models.DateTimeField()
    usual_open = models.IntegerField(null=True)
    usual_closed = models.IntegerField(null=True)
    usual_every_s = models.PositiveIntegerField(default=0, db_default=0)
    parse_rate = models.FloatField(null=True)
    trouble = models.CharField(max_length=20, blank=True)
    learned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source"], name="watch_once_per_source"
            ),
        ]
        indexes = [models.Index(fields=["state", "organisation"], name="watch_by_state")]


class SourceTry(OrganisationOwned):
    """A try (試験): a harmless line with this name that must come back by this source.

    `seen_at` is when it did; `came_by` names the source that brought it when it was another one of
    the company, `is_readable` False when it came but could not be read.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="tries")
    name = models.CharField(max_length=40, unique=True)
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    seen_at = models.DateTimeField(null=True)
    event_id = models.CharField(max_length=40, blank=True)
    came_by = models.CharField(max_length=40, blank=True)
    is_readable = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source"],
                condition=Q(ended_at=None),
                name="try_one_open_per_source",
            ),
        ]


class RelayCode(OrganisationOwned):
    """A one-time code by which a box becomes a relay. Only its hash is stored; `handle` is its
    first part, by which it is found, so that wrong guesses are counted."""

    relay = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="codes")
    handle = models.CharField(max_length=8, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    until = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class DeviceName(OrganisationOwned):
    """What the people there call a machine: `DESKTOP-7A2K1` → 「受付のパソコン」."""

    native = models.CharField(max_length=255)
    nickname = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "native"], name="device_name_once"),
        ]


class UsualWord(OrganisationOwned):
    """A person's word on what a baseline told: 「これはいつものことです」, or that it is not.

    Rows are added, never changed; of one thing the newest counts. `measure` and `key` are those of
    the finding.
    """

    measure = models.CharField(max_length=60)
    key = models.CharField(max_length=40)
    is_usual = models.BooleanField()
    incident_number = models.CharField(max_length=20)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
