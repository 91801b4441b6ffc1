"""The application for a WSGI server."""

import contextlib
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from daihou.config.behind import behind

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daihou.config.settings")
application = behind(get_wsgi_application(), settings.DAIHOU_PROXIES)

from django.db import DatabaseError, connection  # noqa: E402 - the application makes Django ready

from daihou.policy.modules import registers_at_work  # noqa: E402 - as above
from daihou.policy.rules import forget, rules  # noqa: E402 - as above

with contextlib.suppress(
    DatabaseError
):  # a server starts without its database too, and its health page says so
    rules()  # reading the rulebooks takes seconds, for which nobody's first page has to wait
    registers_at_work()
    forget()
connection.close()
