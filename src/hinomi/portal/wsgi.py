"""The WSGI door; the server (granian) imports `application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hinomi.portal.settings")

application = get_wsgi_application()
