"""Whole pictures only, whatever else runs in the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ImageFile


@contextmanager
def whole() -> Iterator[None]:
    """Let Pillow refuse half a picture: a host that imports WeasyPrint lets it accept one, everywhere."""
    kept, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = kept
