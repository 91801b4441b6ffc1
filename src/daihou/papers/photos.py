"""What a photo says of itself, where its camera wrote that into it (Exif 2.32), and small pictures of it. The file stays as it came."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from PIL import ExifTags, Image, ImageOps

SIDES = {"small": 320, "print": 900, "large": 1600}
"""Longest side of the pictures shown on pages and in prints, in pixels."""
QUALITY = 80
PICTURES = frozenset({"jpg", "png"})
"""Kinds of attachments that are photos or scans."""
MOST_AT_ONCE = 50_000_000
"""Pixels of a picture that is no JPEG; a JPEG is read at a fraction of its size, up to twice what Pillow warns of."""
_STEP = Decimal("0.000001")
_SIXTY = 60


class NoPictureError(ValueError):
    """A content of which no picture can be made."""


@dataclass(frozen=True)
class Exif:
    """What a camera wrote into a photo: when it was taken, and where (degrees, WGS-84); each empty where it wrote nothing that can be so."""

    at: datetime | None = None
    place: tuple[Decimal, Decimal] | None = None


def sides_of(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None where it is no picture."""
    try:
        with _opened(content) as image:
            return image.size
    except NoPictureError:
        return None


def exif_of(content: bytes, zone: tzinfo) -> Exif:
    """What the camera wrote; ``zone`` is taken for a clock that does not say its own. A photo that cannot be read says nothing."""
    try:
        with _opened(content) as image:
            held = image.getexif()
            own, gps = held.get_ifd(ExifTags.IFD.Exif), held.get_ifd(ExifTags.IFD.GPSInfo)
    except NoPictureError:
        return Exif()
    return Exif(_time_of(own, zone), _place_of(gps))


def picture_of(content: bytes, size: str) -> bytes:
    """A JPEG of a photo with the longest side of that ``size``, upright, with nothing of what the camera wrote. Raises NoPictureError."""
    side = SIDES[size]
    made = io.BytesIO()
    with _opened(content) as image:
        if image.format != "JPEG" and image.width * image.height > MOST_AT_ONCE:
            raise NoPictureError
        image.draft("RGB", (side * 2, side * 2))  # a large JPEG is read at a fraction of its size
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((side, side))
        flat = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        flat.paste(seen, mask=seen)
        flat.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """The image; whatever is wrong with it, a picture of too many pixels too, is NoPictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # telephones take larger photos
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
                yield image
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, ArithmeticError, MemoryError,
            EOFError, Image.DecompressionBombError, Warning) as error:  # fmt: skip
        raise NoPictureError from error


def _time_of(own: Mapping[int, Any], zone: tzinfo) -> datetime | None:
    said, offset = own.get(ExifTags.Base.DateTimeOriginal), own.get(ExifTags.Base.OffsetTimeOriginal)
    if not isinstance(said, str):
        return None
    text = said.strip("\0 ")
    try:
        if isinstance(offset, str) and offset.strip("\0 "):
            return datetime.strptime(f"{text} {offset.strip(chr(0) + ' ')}", "%Y:%m:%d %H:%M:%S %z")
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None


def _place_of(gps: Mapping[int, Any]) -> tuple[Decimal, Decimal] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if (
        latitude is None or longitude is None or latitude == longitude == 0
    ):  # a camera that had found no satellite
        return None
    return latitude, longitude


def _degrees(parts: object, side: object, minus: str, most: int) -> Decimal | None:
    """Degrees, minutes and seconds as degrees; ``minus``: the side on which they count below nought."""
    try:
        degrees, minutes, seconds = (Decimal(str(float(part))) for part in parts)  # type: ignore[attr-defined]
        found = (degrees + minutes / _SIXTY + seconds / (_SIXTY * _SIXTY)).quantize(_STEP)
    except (TypeError, ValueError, ArithmeticError, InvalidOperation):
        return None
    if not 0 <= found <= most:
        return None
    return -found if str(side).strip("\0 ").upper() == minus else found
