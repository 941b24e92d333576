"""Django's settings, all drawn from one `Config`. Importing this touches no file and needs no data
folder: the secret key is read when it is there and random otherwise (`manage` makes it first)."""

from __future__ import annotations

from urllib.parse import urlsplit

from hinomi.config import load_config
from hinomi.portal.access.database import database
from hinomi.portal.access.headers import file_headers
from hinomi.portal.access.keys import read_or_draw

HINOMI = load_config()

_public = urlsplit(HINOMI.public_url)
_is_https = _public.scheme == "https"

SECRET_KEY = read_or_draw(HINOMI.data, name="django").hex()
DEBUG = False
# The loopback names are ours whatever the public address is; anything else must be named.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, [_public.hostname])]
CSRF_TRUSTED_ORIGINS = [HINOMI.public_url] if _is_https else []

INSTALLED_APPS = [
    "hinomi.portal.access",
    "hinomi.portal.ui",
    "hinomi.portal.accounts",
    "hinomi.portal.organisations",
    "hinomi.portal.exceptions",
    "hinomi.portal.consents",
    "hinomi.portal.contacts",
    "hinomi.portal.ways",
    "hinomi.portal.duties",
    "hinomi.portal.knowledge",
    "hinomi.portal.trails",
    "hinomi.portal.sources",
    "hinomi.portal.notices",
    "hinomi.portal.installations",
    "hinomi.portal.hunts",
    "hinomi.portal.indicators",
    "hinomi.portal.rules",
    "hinomi.portal.formats",
    "hinomi.portal.mailboxes",
    "hinomi.portal.connections",
    "hinomi.portal.rosters",
    "hinomi.portal.incidents",
    "hinomi.portal.escalations",
    "hinomi.portal.tickets",
    "hinomi.portal.calls",
    "hinomi.portal.papers",
    "hinomi.portal.forgeries",
    "hinomi.portal.rejudgings",
    "hinomi.portal.practices",
    "hinomi.portal.boards",
    "hinomi.portal.api",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "lucide",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "hinomi.portal.access.proxy.ProxyMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # Django masks the CSRF token and pads: no BREACH
    "whitenoise.middleware.WhiteNoiseMiddleware",  # above the headers of pages: files stay light
    "django.middleware.security.SecurityMiddleware",
    "hinomi.portal.access.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hinomi.portal.access.middleware.ActorMiddleware",
    "hinomi.portal.accounts.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "hinomi.portal.urls"
WSGI_APPLICATION = "hinomi.portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "hinomi.portal.access.context.service",
            ],
        },
    },
]

DATABASES = {"default": database(HINOMI)}

LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
# The apps' own files are served as they lie: no collect step, so a fresh checkout works at once.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = file_headers
WHITENOISE_MAX_AGE = 31_536_000  # addresses carry the content's hash (ui/assets.py)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "hinomi.portal.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # only we add people; the code itself proves the mailbox
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a change of the second factor is told by mail
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _is_https else "http"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = HINOMI.service_name
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "hinomi.portal.accounts.adapter.SecondFactorAdapter"

EMAIL_BACKEND = "hinomi.portal.access.mail.ChannelBackend"
DEFAULT_FROM_EMAIL = HINOMI.mail_from

# Rate limits and allauth's state live here; one web process, so memory is one truth.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

SESSION_COOKIE_AGE = 30 * 24 * 3600  # customers; staff sessions are cut to 12 h at sign-in
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_NAME = "__Host-session" if _is_https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _is_https else "csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script of ours reads the cookie
CSRF_FAILURE_VIEW = "hinomi.portal.access.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = HINOMI.behind_proxy

SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # HSTS is set whenever the public address is https
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Strangers can ask for any page; a traceback for each refusal would only fill the log.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
