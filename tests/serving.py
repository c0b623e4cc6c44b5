"""Our own site under gunicorn, and browsers without a window that visit it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from jalon.testing.smtp import free_port

# a server ends when whoever started it closes this shell's input, or is gone without a word
UNTIL_THE_END = '"$@" </dev/null & cat >/dev/null; kill $!; wait $!'
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@contextmanager
def serving(database_url: str, folder: Path, *, workers: int = 2, **settings: str) -> Iterator[str]:
    """`jalon serve` on the loopback; its address."""
    port = free_port()
    environment = {
        **os.environ,
        "JALON_ENV": "demo",
        "JALON_DATABASE_URL": database_url,
        "JALON_DATA_DIR": str(folder),
        "JALON_PORT": str(port),
        **settings,
    }
    command = [sys.executable, "-m", "jalon", "serve", "--workers", str(workers), "--without-worker"]
    process = subprocess.Popen(
        ["sh", "-c", UNTIL_THE_END, "sh", *command],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.communicate(timeout=15)


def _wait_for(address: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(address)


class Visitor:
    """A browser without a window."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, **fields: str) -> tuple[int, str]:
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self.opener.open(self.address + path, data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def token(self) -> str:
        found = TOKEN.search(self.open("/login")[1])
        assert found
        return found[1]

    def send(self, path: str, **fields: str) -> tuple[int, str]:
        return self.open(path, csrf_token=self.token(), **fields)
