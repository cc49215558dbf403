"""
Why an alert did not arrive, in words of our own: the texts of the libraries
contain addresses, and addresses may contain tokens.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl

from collections.abc import Iterator

from requests import exceptions

from rateguard.domain import escaping


_CERTIFICATE = {
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate comes from an untrusted authority",
    20: "its certificate comes from an untrusted authority",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""OpenSSL's X509_V_ERR numbers, see X509_STORE_CTX_get_error(3)."""

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "no answer in time"),
    (socket.gaierror, "its name cannot be resolved"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, "hung up without an answer"),
    (ssl.SSLEOFError, "hung up during the TLS handshake"),
    (ssl.SSLError, "no TLS connection can be made"),
    (exceptions.InvalidSchema, "this kind of proxy is not supported"),
    (exceptions.InvalidProxyURL, "the address of the proxy is invalid"),
    (exceptions.InvalidURL, "its address is invalid"),
    (UnicodeError, "its address is invalid"),
    (http.client.HTTPException, "its answer is not HTTP"),
)
"""The first that fits; http.client.RemoteDisconnected is a ConnectionError."""


def reason(error: BaseException) -> str:
    chain = list(_chain(error))
    # The cause says more than what was made of it.
    words = next(filter(None, map(_words, reversed(chain))), None)
    if any(isinstance(each, exceptions.ProxyError) for each in chain):
        return f"the proxy: {words or 'it refuses the connection'}"
    return words or f"a {type(error).__name__}"


def _words(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, "its certificate is not trusted")
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
        return os.strerror(error.errno).lower()
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


MAX_LENGTH = 255
"""Characters that are shown: as many as the store keeps of the longest value."""


def escaped(text: str) -> str:
    """
    Return *text* on one line: what is unprintable as escape sequences, what is
    longer than :data:`MAX_LENGTH` cut.
    """
    shown = escaping.escaped(text[: MAX_LENGTH + 1])
    return shown if len(shown) <= MAX_LENGTH else f"{shown[: MAX_LENGTH - 1]}…"
