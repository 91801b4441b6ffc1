"""Django's settings, from the place where the installation lives."""

from __future__ import annotations

import base64
from pathlib import Path

from daihou.config.database import database_of
from daihou.config.place import keys, place
from daihou.units import ZONE

PLACE = place()
_KEYS = keys(PLACE.folder)

SECRET_KEY = base64.b64encode(_KEYS["session"]).decode()
DAIHOU_TRAIL_KEY = _KEYS["trail"]
DAIHOU_DATA_KEY = _KEYS["data"]
DAIHOU_SAMPLE = PLACE.sample
DAIHOU_ADDRESS = PLACE.address
"""Where people reach the application from outside; messages that leave it link there."""
DAIHOU_PROXIES = PLACE.proxies
"""The proxies that are believed when they say from where and by which protocol somebody comes (``config/wsgi``)."""
DAIHOU_INLINE = False
"""Whether long work is done within the request (trials)."""

DEBUG = False
ALLOWED_HOSTS = [*PLACE.hosts]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "daihou.trail",
    "daihou.registers",
    "daihou.screens",
    "daihou.people",
    "daihou.messaging",
    "daihou.ledger",
    "daihou.signoff",
    "daihou.policy",
    "daihou.papers",
    "daihou.duties",
    "daihou.warnings",
    "daihou.inspections",
    "daihou.imports",
    "daihou.web",
    "daihou.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "daihou.web.gate.Gate",
]
ROOT_URLCONF = "daihou.config.urls"
WSGI_APPLICATION = "daihou.config.wsgi.application"
AUTH_USER_MODEL = "people.Account"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "daihou.web.shell.shell",
            ],
            "builtins": ["daihou.screens.tags"],
        },
    }
]


DATABASES = {"default": database_of(PLACE.database_url, PLACE.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "daihou.people.hashers.FirstLoginHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "zh-hans"
USE_I18N = True
USE_TZ = True
TIME_ZONE = ZONE.key

STATIC_URL = "static/"
STATIC_ROOT = PLACE.folder / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = PLACE.folder / "files"
DAIHOU_SHELF: Path | None = (
    PLACE.folder / "shelf"
)  # the book between readings; made again where it is missing
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

SESSION_COOKIE_AGE = 9 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PLACE.secure
CSRF_COOKIE_SECURE = PLACE.secure
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if PLACE.secure else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "daihou.web.answers.expired"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["errors"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["errors"], "level": "WARNING", "propagate": False}},
}
