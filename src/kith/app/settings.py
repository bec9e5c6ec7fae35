"""Django's settings, made from :mod:`kith.app.config`. Nothing here reads the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from environ import Env

from kith import plugins
from kith.app import config as _config
from kith.app import storages
from kith.app.databases import databases
from kith.app.logs import logging_config

CONFIG = _config.current()
PACKAGE = Path(__file__).parents[1]

# What the floors below may know of the installation. They never import `kith.app`.
KITH_DATA = CONFIG.data
KITH_BASE_URL = CONFIG.base_url
KITH_FILES_URL = CONFIG.files_url
KITH_REDIS_URL = CONFIG.redis_url
KITH_BROKER_URL = CONFIG.broker_url
KITH_CURRENCY = CONFIG.currency
KITH_SAFE_MODE = CONFIG.safe_mode
KITH_BACKUPS = CONFIG.backups
KITH_RATE_LIMIT = CONFIG.rate_limit

SECRET_KEY = _config.secret_key(CONFIG)
DEBUG = False  # there is no switch for it: a debug page shows settings and source to whoever provokes an error
ROOT_URLCONF = "kith.app.urls"
WSGI_APPLICATION = "kith.app.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- parts -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "kith.app",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton.apps.SimpleAppConfig",  # the plain config rewrites the loaders at start; ours are listed below
    "kith.surfaces.web",  # before allauth, whose pages it dresses
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "django_tasks",
    "kith.kernel.schema",
    "kith.kernel.jobs",
    "kith.kernel.events",
    "kith.kernel.accounts",
    "kith.kernel.policy",
    "kith.kernel.search",
    "kith.kernel.records",
    "kith.kernel.transfer",
    "kith.modules.workspace",
    "kith.modules.customers",
    "kith.modules.interactions",
    "kith.modules.migration",
    "kith.surfaces.rest",
    *plugins.apps(CONFIG.safe_mode),
]

MIDDLEWARE = [
    "kith.app.middleware.ContentPolicy",  # outermost, so that refusals and static files carry the policy, too
    "kith.app.middleware.frame",
    "kith.app.static.serve",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kith.app.middleware.reader",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# --- data ------------------------------------------------------------------------------------------------

DATABASES = databases(CONFIG.database_url, CONFIG.data)
CACHES: dict[str, dict[str, Any]]
if CONFIG.redis_url:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CONFIG.redis_url,
            "KEY_PREFIX": "kith",
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
    }
    # Not cached_db: memory is each process's own, so a sign-out in one worker would leave the session alive elsewhere.
    SESSION_ENGINE = "django.contrib.sessions.backends.db"

STORAGES = {
    "default": storages.files(CONFIG),
    "staticfiles": {"BACKEND": "kith.app.static.HashedNames"},
}
STATIC_URL = "/static/"

MEGABYTE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = min(10 * MEGABYTE, CONFIG.max_body)  # forms and JSON; uploaded files do not count
KITH_MAX_BODY = CONFIG.max_body  # of any request, and so of all files that are imported at once
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_MAX_MEMORY_SIZE = MEGABYTE
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- work in the background ------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "kith.kernel.jobs.backend.DatabaseBackend"}}

# --- language and time -----------------------------------------------------------------------------------

LANGUAGE_CODE = CONFIG.language
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIG.time_zone

# --- who may come in -------------------------------------------------------------------------------------

HOST = urlsplit(CONFIG.base_url).hostname or "localhost"
ALLOWED_HOSTS = [f"[{HOST}]" if ":" in HOST else HOST, *(["localhost", "127.0.0.1", "[::1]"] if CONFIG.local else [])]
USE_X_FORWARDED_HOST = False
# The scheme of a request is that of KITH_BASE_URL (see server.py and wsgi.py); forwarded headers are never believed.
CSRF_TRUSTED_ORIGINS = [CONFIG.base_url]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["kith.app.accounts.Backend"]
PASSWORD_HASHERS = ["kith.app.accounts.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "kith.kernel.accounts.passwords.AtMost", "OPTIONS": {"max_length": 128}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 60 * 60

ACCOUNT_ADAPTER = "kith.app.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses come from an administrator, and nobody signs up by themselves
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if CONFIG.secure else "http"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Counted in the cache, so per process without Redis. What lasts is counted in the database: `kernel.accounts.limits`.
ACCOUNT_RATE_LIMITS = {"login_failed": "50/15m/ip,10/15m/key"}
ACCOUNT_FORMS = {"reset_password": "kith.app.factors.AskForLink"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "kith.kernel.accounts.passwords.Links"  # noqa: S105  (the name of a class)
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
MFA_FORMS = {
    "authenticate": "kith.app.factors.Authenticate",
    "reauthenticate": "kith.app.factors.Reauthenticate",
    "activate_totp": "kith.app.factors.Activate",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ADAPTER = "kith.app.accounts.MFAAdapter"
MFA_TOTP_ISSUER = "Kith"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = CONFIG.local and not CONFIG.secure

# __Host-: the browser itself ties the cookie to this host, to https and to the whole site.
COOKIE_PREFIX = "__Host-" if CONFIG.secure else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}kith_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = CONFIG.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}kith_csrf"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in a meta tag or a form field
CSRF_FAILURE_VIEW = "kith.app.errors.csrf"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}kith_language"

# --- what a browser may do with our pages ----------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if CONFIG.secure else 0
# `frame` sets what SecurityMiddleware and XFrameOptionsMiddleware would, in one pass; the CSP says who may frame us.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002"]

# --- mail and logs ---------------------------------------------------------------------------------------

if CONFIG.smtp_url:
    _mail = Env.email_url_config(CONFIG.smtp_url)
    EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_BACKEND"], _mail["EMAIL_HOST"], _mail["EMAIL_PORT"] or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
else:  # nothing is lost: what would have been sent lies in DIR/outbox, and `kith doctor` says so
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(CONFIG.data / "outbox")
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"Kith <kith@{HOST}>"
LOGGING_CONFIG = "kith.app.logs.apply"
LOGGING = logging_config(CONFIG.log, CONFIG.log_level)
