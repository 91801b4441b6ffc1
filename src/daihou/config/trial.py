"""Settings for trials: tests and the type checker. A place of its own with keys of no worth; style files unhashed.

On SQLite, or on the PostgreSQL that DATABASE_URL names: the tests make a database of their own there.
"""

import os
import tempfile
from pathlib import Path

from daihou.config.place import make_keys

_HOME = Path(tempfile.gettempdir()) / f"daihou-trial-{os.getuid()}"
make_keys(_HOME)
(_HOME / "static").mkdir(exist_ok=True)  # looked for when the first page is asked for
os.environ["DAIHOU_HOME"] = str(_HOME)

from daihou.config.settings import *  # noqa: E402, F403 - all of them, once the place is set

DAIHOU_INLINE = True
DAIHOU_SHELF = None  # a place is shared by many databases of tests; what the shelf does has tests of its own
DAIHOU_SAMPLE = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "daihou.people.hashers.FirstLoginHasher",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if PLACE.database_url is not None:
    del DATABASES["default"]["OPTIONS"]["pool"]  # a test is one thread, and a pool would outlive its database
# the tables as they are now, in a second; that the migrations lead to the same has a test
DATABASES["default"]["TEST"] = {"MIGRATE": False}
