"""The portal's clock: the machine's, or the moved one of a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.config import Config


def now() -> datetime:
    """The present moment in aware UTC. Also the default of every time column."""
    return configuration().clock.now()


def configuration() -> Config:
    """The settings of this installation (data folder, service name, mail server …)."""
    config: Config = settings.HINOMI
    return config
