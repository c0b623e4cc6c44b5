"""The logo: whatever comes in is looked at, drawn again and stripped, or refused at its field."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageFile

from jalon import logos
from jalon.errors import DomainError
from jalon.logos import NoPicture, NotAPicture, PictureTooHeavy, PictureTooLarge
from jalon.models import Logo
from jalon.testing.world import Browser, World

PAGE = "/relais/settings/structure/"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: Any) -> bytes:
    written = BytesIO()
    Image.new(mode, size, 120 if mode in ("L", "P") else (200, 60, 40, 128)[: len(mode)]).save(written, kind, **options)
    return written.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A camera and its owner"
    return picture("JPEG", (400, 100), exif=exif)


SIZES = {
    "small": ((40, 20), (40, 20)),
    "wide": ((1200, 200), (600, 100)),
    "high": ((300, 400), (150, 200)),
    "huge": ((3000, 1000), (600, 200)),
}


@pytest.mark.parametrize(("size", "wanted"), SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_drawn_again_as_png_within_its_box(
    kind: str, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    drawn = logos.draw(picture(kind, size))

    with Image.open(BytesIO(drawn.png)) as again:
        assert (again.format, again.size) == ("PNG", wanted)
        assert (drawn.width, drawn.height) == wanted


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
def test_pictures_of_all_modes_are_drawn(mode: str) -> None:
    data = picture("PNG", (40, 20), "RGB" if mode == "1" else mode)
    if mode == "1":
        written = BytesIO()
        Image.new("1", (40, 20)).save(written, "PNG")
        data = written.getvalue()

    drawn = logos.draw(data)

    with Image.open(BytesIO(drawn.png)) as again:
        assert again.mode == ("RGBA" if mode == "RGBA" else "RGB")


def test_what_a_camera_wrote_along_is_gone_and_the_picture_stands_upright() -> None:
    drawn = logos.draw(with_exif())

    with Image.open(BytesIO(drawn.png)) as again:
        assert dict(again.getexif()) == {}
        assert again.size == (50, 200)
    assert b"camera" not in drawn.png


REFUSED = {
    "nothing": (b"", NoPicture),
    "a program": (b"MZ\x90\x00" * 50, NotAPicture),
    "a page": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", NotAPicture),
    "a GIF": (picture("GIF", mode="P"), NotAPicture),
    "a WebP": (picture("WEBP"), NotAPicture),
    "half a PNG": (picture(size=(300, 300))[:120], NotAPicture),
    "half a JPEG": (picture("JPEG", (300, 300))[:400], NotAPicture),
    "a damaged PNG": (picture().replace(b"IDAT", b"IDAX"), NotAPicture),
    "too heavy": (picture() + b"\0" * logos.MOST_BYTES, PictureTooHeavy),
    "a bomb": (picture(size=(9000, 9000), mode="L"), PictureTooLarge),
    "a greater bomb": (picture(size=(12000, 12000), mode="L"), PictureTooLarge),
}


@pytest.mark.parametrize(("data", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused(data: bytes, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        logos.draw(data)


def test_half_a_picture_is_refused_whatever_a_host_let_pillow_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does for its whole process

    with pytest.raises(NotAPicture):
        logos.draw(picture(size=(300, 300))[:120])


@pytest.fixture
def direction(world: World) -> Browser:
    world.structure("relais")
    world.structure("scop")
    world.user("ada", relais=["direction"], scop=["accueil"])
    return world.client("ada")


def send(browser: Browser, data: bytes, name: str = "logo.png") -> Any:
    form = {"logo": (BytesIO(data), name), "csrf_token": browser.token()}
    return browser.client.post("/relais/settings/logo", data=form)


@pytest.mark.both_databases
def test_a_logo_is_shown_in_the_menu_of_its_structure_only(world: World, direction: Browser) -> None:
    assert send(direction, picture()).status_code == 302
    assert send(direction, picture("JPEG", (30, 30)), "again.jpg").status_code == 302

    with world.inside("relais") as session:
        assert session.query(Logo).one().width == 30
    assert "/relais/settings/logo?v=" in direction.get("/relais/").text
    assert "settings/logo" not in direction.get("/scop/").text
    assert direction.get("/scop/settings/logo").status_code == 404


def test_a_refused_picture_is_said_at_its_field_and_the_logo_stays(world: World, direction: Browser) -> None:
    send(direction, picture())

    answer = send(direction, b"MZ\x90\x00", "logo.png")

    assert answer.status_code == 422
    assert 'id="logo-err"' in answer.text
    assert "n’est pas une image" in answer.text
    with world.inside("relais") as session:
        assert session.query(Logo).one().width == 40


def test_a_browser_keeps_the_logo_until_it_changes(direction: Browser) -> None:
    send(direction, picture())
    page = direction.get(PAGE).text
    address = page.split('<img src="')[1].split('"')[0]

    kept, plain = direction.get(address), direction.get("/relais/settings/logo")
    again = direction.get("/relais/settings/logo", headers={"If-None-Match": plain.headers["ETag"]})

    assert kept.content_type == "image/png"
    assert {"private", "immutable"} <= set(kept.headers["Cache-Control"].replace(" ", "").split(","))
    assert "no-cache" in plain.headers["Cache-Control"]
    assert (again.status_code, again.data) == (304, b"")


def test_a_removed_logo_gives_way_to_the_letter(world: World, direction: Browser) -> None:
    send(direction, picture())
    direction.send("/relais/settings/logo/remove")

    assert direction.get("/relais/settings/logo").status_code == 404
    assert "settings/logo?v=" not in direction.get("/relais/").text


def test_who_may_not_change_settings_sends_no_logo_but_sees_it(world: World, direction: Browser) -> None:
    send(direction, picture())
    world.user("bob", relais=["accueil"])
    bob = world.client("bob")

    assert send(bob, picture()).status_code == 403
    assert bob.get("/relais/settings/logo").status_code == 200
