"""Connections for requests that keep to a deadline, and to themselves."""

from __future__ import annotations

import logging
import socket

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs
import requests

from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from rateguard.adapters.notify.deadline import Deadline, dial


class Connection(HTTPConnection):
    """One without TLS."""

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return dial(self._dns_host, self.port, self._deadline)


class TlsConnection(HTTPSConnection):
    """One with TLS, also through a proxy."""

    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return dial(self._dns_host, self.port, self._deadline)

    def _tunnel(self) -> None:
        super()._tunnel()
        # A proxy's answer that is cut short counts as one, and TLS forgets to
        # close a socket that was shut down before.
        self._deadline.left()


_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


def silence() -> None:
    """
    Let urllib3 log nothing any more: it logs addresses, and ours hold tokens.
    A filter, since levels and handlers are the business of others, and some
    (Sentry) look at records before these count.
    """
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_NOTHING)


@attrs.frozen
class _Nothing(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


_NOTHING = _Nothing()


@attrs.frozen
class _Authorization(AuthBase):
    header: str = attrs.field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.header
        return request


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    deadline: Deadline,
    authorization: str | None,
) -> int:
    """
    Post to *url* and return the status of the answer; its body is not read,
    a redirect is a status like others. Proxies and certificate authorities are
    those that the environment tells.

    Where *authorization* is None, user and password of *url* are sent instead.

    Raises:
        Exception: there is no answer. The text contains the URL.
    """
    # Prepared without a session, which would replace our Authorization by what
    # a netrc file has for the host; and sent without one, which would read
    # the whole body of a redirect that it does not follow.
    auth = _Authorization(authorization) if authorization else None
    request = requests.Request(
        "POST", url, headers=dict(headers), data=body, auth=auth
    ).prepare()
    adapter = DeadlineAdapter(deadline)
    try:
        response = adapter.send(
            request,
            timeout=deadline.left(),
            stream=True,
            **_of_environment(request.url or url),
        )
        status = response.status_code
        response.close()
        return status
    finally:
        adapter.close()


def _of_environment(url: str) -> Mapping[str, Any]:
    """Return the proxies and certificate authorities for *url*."""
    with requests.Session() as session:
        settings = session.merge_environment_settings(
            url, {}, stream=True, verify=None, cert=None
        )
    return {"proxies": settings["proxies"], "verify": settings["verify"] or True}


class DeadlineAdapter(HTTPAdapter):
    """For one request, whose connections a deadline watches."""

    def __init__(self, deadline: Deadline) -> None:
        self._pools: dict[str, Callable[..., HTTPConnectionPool]] = {
            "http": partial(_pool, HTTPConnectionPool, Connection, deadline),
            "https": partial(_pool, HTTPSConnectionPool, TlsConnection, deadline),
        }
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        """Make direct connections ours."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - urllib3's
        """
        Make connections to a proxy ours.

        Raises:
            InvalidSchema: of SOCKS it is not known how to watch them.
        """
        if proxy.lower().startswith("socks"):
            raise requests.exceptions.InvalidSchema
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool(
    pool: type[HTTPConnectionPool],
    connection: type[Connection | TlsConnection],
    deadline: Deadline,
    *args: Any,  # noqa: ANN401 - urllib3's
    **kwargs: Any,  # noqa: ANN401 - urllib3's
) -> HTTPConnectionPool:
    made = pool(*args, **kwargs)
    made.ConnectionCls = partial(connection, deadline=deadline)  # type: ignore[assignment]  # makes them as a class does
    return made
