"""Settings of an installation that tests start programs in: as a real one, but every process keeps one plain connection."""

from daihou.config.settings import *  # noqa: F403 - all of them
from daihou.config.settings import DATABASES, PLACE

if PLACE.database_url is not None:
    del DATABASES["default"]["OPTIONS"][
        "pool"
    ]  # processes are forked and killed here; a pool has threads of its own
