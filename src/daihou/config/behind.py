"""Behind a reverse proxy: who comes, and that he comes by TLS, is what the proxy says, and only a proxy that is named is believed."""

from collections.abc import Callable, Sequence
from typing import Any

from granian.utils.proxies import wrap_wsgi_with_proxy_headers

Application = Callable[..., Any]


def behind(application: Application, proxies: Sequence[str]) -> Application:
    """The application as it is asked through proxies at these addresses (or networks); without any, as it is.

    X-Forwarded-Proto and X-Forwarded-For of anybody else are not looked at.
    """
    if not proxies:
        return application
    wrapped: Application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=list(proxies))
    return wrapped
