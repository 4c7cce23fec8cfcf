"""A file that a browser sends to an open page."""

from __future__ import annotations

import http.client
from contextlib import closing

TIMEOUT = 300.0


def upload(port: int, session: str, file: str, name: str, content: bytes = bytes(100)) -> int:
    """The status with which it was answered; 413 also where it was refused while it was still being sent.

    `file` is the id under which the page will speak of it.
    """
    body = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
    body += content + b"\r\n--b--"
    try:
        return _asked("PUT", port, session, file, body)
    except ConnectionError:
        return 413


def take_back(port: int, session: str, file: str) -> int:
    """The status with which its end was answered: a browser ends a file that the next one replaces."""
    return _asked("DELETE", port, session, file, b"")


def _asked(method: str, port: int, session: str, file: str, body: bytes) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as plain:
        plain.request("GET", "/_stcore/health")
        cookie = plain.getresponse().getheader("set-cookie", "").partition(";")[0]
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Cookie": cookie,
        "X-Xsrftoken": cookie.partition("=")[2].strip('"'),
    }
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
        connection.request(method, f"/_stcore/upload_file/{session}/{file}", body, headers)
        return connection.getresponse().status
