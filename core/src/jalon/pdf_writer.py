"""HTML on standard input, a tagged PDF on standard output: run as a program by `jalon.pdf`, it imports none of us."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

KINDS = {"woff2": "font/woff2", "svg": "image/svg+xml", "css": "text/css"}


def _fetcher() -> Any:
    """WeasyPrint's own would open sockets and files for whatever stands in a text."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class PackageFetcher(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Files of our packages and data: URLs; no file:, no network."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith("jalon:"):
                return super().fetch(url, headers)
            package, _, path = url.removeprefix("jalon:").partition("/")
            return URLFetcherResponse(url, _file(package, path), {"Content-Type": KINDS[path.rsplit(".", 1)[1]]})

    return PackageFetcher()


def _file(package: str, path: str) -> bytes:
    """Raises ValueError for what is not in the package; the package itself is not imported."""
    spec = find_spec(package)
    if ".." in path or spec is None or not spec.submodule_search_locations:
        raise ValueError(f"jalon:{package}/{path}")
    return (Path(spec.submodule_search_locations[0]) / path).read_bytes()


def _write() -> None:
    from weasyprint import HTML

    html = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(HTML(string=html, url_fetcher=_fetcher()).write_pdf(pdf_variant="pdf/ua-1"))


if __name__ == "__main__":
    _write()
