"""Long work behind a page: done beside the request, so that nobody waits at a blank screen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connections

log = logging.getLogger(__name__)


def behind(name: str, task: Callable[[], object], broken: Callable[[], object]) -> None:
    """Start a task beside the request; ``broken`` is called where it ends with a fault of ours, which is logged.

    With DAIHOU_INLINE (trials) it is done at once, in the same transaction of the test.
    """

    def run() -> None:
        try:
            task()
        except Exception:
            log.exception("%s ended with a fault", name)
            broken()

    if settings.DAIHOU_INLINE:
        run()
        return

    def apart() -> None:
        try:
            run()
        finally:
            connections.close_all()

    threading.Thread(target=apart, name=name, daemon=True).start()
