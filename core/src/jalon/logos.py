"""A structure's logo: whatever picture comes in is drawn again, small and with nothing else in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import pictures
from jalon.clock import now
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Logo
from jalon.scope import structure_of

MOST_BYTES = 1024 * 1024
BOX = (600, 200)  # pixels, width and height
MOST_PIXELS = 40_000_000  # unpacked, a small file may fill the memory
FORMATS = ("PNG", "JPEG")


class NoPicture(DomainError):
    """Nothing was sent."""

    field = "logo"
    message = _l("Choose a picture first.")


class PictureTooHeavy(DomainError):
    """More than 1 MB."""

    field = "logo"
    message = _l("This file is too heavy: 1 MB at most. Nothing was changed.")


class NotAPicture(DomainError):
    """Whatever it is called, it is neither PNG nor JPEG, or it is damaged."""

    field = "logo"
    message = _l("This file is not a PNG or JPEG picture that can be read. Nothing was changed.")


class PictureTooLarge(DomainError):
    """More pixels than any logo needs."""

    field = "logo"
    message = _l("This picture has too many pixels: save it smaller, 600 by 200 is enough. Nothing was changed.")


@dataclass(frozen=True)
class Drawn:
    """A logo ready to be kept: PNG, at most 600 by 200 pixels."""

    png: bytes
    width: int
    height: int


def draw(data: bytes) -> Drawn:
    """Look at the bytes, never at a name, and draw them again upright, without what a camera wrote along.

    Raises NoPicture, PictureTooHeavy, NotAPicture, PictureTooLarge. To be done before anything is written.
    """
    if not data:
        raise NoPicture
    if len(data) > MOST_BYTES:
        raise PictureTooHeavy
    try:
        with pictures.whole(), Image.open(BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureTooLarge
            return _drawn(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError):  # what Pillow says of damaged files
        raise NotAPicture from None


def _drawn(picture: Image.Image) -> Drawn:
    upright = ImageOps.exif_transpose(picture)
    clear = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    clear.thumbnail(BOX)
    bare = Image.new(clear.mode, clear.size)
    bare.paste(clear)
    written = BytesIO()
    bare.save(written, "PNG", optimize=True)
    return Drawn(written.getvalue(), *bare.size)


def keep(session: Session, drawn: Drawn) -> None:
    """Make it the logo of the session's structure."""
    logo = of(session)
    if logo is None:
        logo = Logo(png=drawn.png, width=drawn.width, height=drawn.height)
        session.add(logo)
    logo.png, logo.width, logo.height, logo.changed_at = drawn.png, drawn.width, drawn.height, now()
    session.flush()


def remove(session: Session) -> bool:
    """Back to the first letter of the name; False when there was no logo."""
    logo = of(session)
    if logo is None:
        return False
    session.delete(logo)
    session.flush()
    return True


def of(session: Session) -> Logo | None:
    """The logo of the session's structure."""
    structure_of(session)
    return session.scalar(select(Logo))


def mark(session: Session) -> str:
    """What tells one logo from the next in an address, empty without logo; the picture itself is not read."""
    structure_of(session)
    changed: datetime | None = session.scalar(select(Logo.changed_at))
    return f"{changed:%Y%m%d%H%M%S%f}" if changed else ""
