"""What was sent as a file: looked at by its content, pictures made anew without what the camera wrote into them."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

from jalon import pictures
from jalon.errors import DomainError
from jalon.i18n import _l

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
LONGEST_SIDE = 2400  # pixels: an A4 page stays readable
TRAILER_WITHIN = 2048  # bytes from the end; some programs write after it
PDF = "application/pdf"
EXTENSIONS = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


class EmptyFile(DomainError):
    """0 bytes."""

    field = "file"
    message = _l("This file is empty.")


class FileTooLarge(DomainError):
    """More than 10 MB."""

    field = "file"
    message = _l("This file is too large: 10 MB at most.")


class WrongKind(DomainError):
    """Whatever its name says, it is none of the four kinds."""

    field = "file"
    message = _l("This file is neither a PDF nor a JPEG, PNG or WebP picture, whatever its name says.")


class DamagedFile(DomainError):
    """It begins well and cannot be read to its end."""

    field = "file"
    message = _l("This file is damaged: it cannot be read to its end.")


class PictureTooLarge(DomainError):
    """A small file that would fill the memory."""

    field = "file"
    message = _l("This picture has too many pixels: 50 million at most.")


@dataclass(frozen=True)
class Clean:
    """Content that may be kept."""

    mime: str
    data: bytes


def clean(data: bytes) -> Clean:
    """The content as it may be kept: a PDF as it came, a picture at most 2400 pixels long and without EXIF.

    Raises EmptyFile, FileTooLarge, WrongKind, DamagedFile, PictureTooLarge.
    """
    if not data:
        raise EmptyFile
    if len(data) > LARGEST_BYTES:
        raise FileTooLarge
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-TRAILER_WITHIN:]:
            raise DamagedFile
        return Clean(PDF, data)
    if not _begins_as_picture(data):
        raise WrongKind
    return _redrawn(data)


def _begins_as_picture(data: bytes) -> bool:
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _redrawn(data: bytes) -> Clean:
    try:
        with pictures.whole(), Image.open(io.BytesIO(data), formats=tuple(_MIMES)) as picture:
            kind = str(picture.format)
            if picture.width * picture.height > LARGEST_PIXELS:
                raise PictureTooLarge
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is then never unpacked whole
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return Clean(_MIMES[kind], _written(upright, kind))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge from None
    except _DAMAGED:
        raise DamagedFile from None


def _written(picture: Image.Image, kind: str) -> bytes:
    """Pixels only: place, camera, comments and colour profile stay behind."""
    transparent = kind != "JPEG" and picture.has_transparency_data
    pixels = picture.convert("RGBA" if transparent else "RGB")
    pixels.info.clear()
    file = io.BytesIO()
    pixels.save(file, kind, **({"quality": 85} if kind != "PNG" else {"optimize": True}))
    return file.getvalue()
