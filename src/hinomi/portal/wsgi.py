"""The WSGI door; the server (granian) imports `application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from hinomi.portal.access.checks import require_declared_access

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hinomi.portal.settings")

application = get_wsgi_application()
require_declared_access()
