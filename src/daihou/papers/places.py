"""Where and when a photo was taken, as the photo itself or the device says it: WGS-84, the distance to a client's place. No map service is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import asin, cos, radians, sin, sqrt

from daihou.papers.kinds import FileRefusedError
from daihou.papers.photos import Exif

EARTH = 6_371_008
"""Mean radius of the earth in metres (IUGG R1)."""
SHIFTED = 86_400
"""Seconds by which a device's clock may go fast before what it says is refused."""
KEPT = 7 * 86_400
"""Seconds for which a photo may lie on a device that has no network."""
_STEP = Decimal("0.000001")


@dataclass(frozen=True)
class Taken:
    """Of a photo: time, latitude and longitude in degrees; by the device, with the accuracy in metres that it claims, or by the photo itself."""

    at: datetime
    latitude: Decimal
    longitude: Decimal
    accuracy: int | None


def taken_of(said: Mapping[str, str], now: datetime) -> Taken | None:
    """What a device says of a photo; None where it says nothing. FileRefusedError where it cannot be so."""
    if not said.get("latitude") and not said.get("longitude"):
        return None
    try:
        latitude, longitude = (Decimal(said[name]).quantize(_STEP) for name in ("latitude", "longitude"))
        accuracy = int(Decimal(said.get("accuracy") or 0))
        at = datetime.fromtimestamp(int(said["taken_at"]) / 1000, UTC)
    except (InvalidOperation, KeyError, ValueError, OverflowError, OSError) as error:
        raise FileRefusedError("place-wrong") from error
    right = abs(latitude) <= 90 and abs(longitude) <= 180 and 0 <= accuracy <= EARTH  # noqa: PLR2004 - degrees
    if not right or not -SHIFTED <= (now - at).total_seconds() <= KEPT:
        raise FileRefusedError("place-wrong")
    return Taken(at, latitude, longitude, accuracy)


def told_by_photo(exif: Exif) -> Taken | None:
    """Where and when by the photo itself: the place at which it was taken, not the one at which it was sent off."""
    if exif.at is None or exif.place is None:
        return None
    return Taken(exif.at, *exif.place, None)


def metres(first: tuple[Decimal, Decimal], second: tuple[Decimal, Decimal]) -> int:
    """The way over the surface between two points (latitude, longitude) in metres, by the haversine formula on a sphere."""
    a_lat, a_lon, b_lat, b_lon = (radians(float(one)) for one in (*first, *second))
    half = sin((b_lat - a_lat) / 2) ** 2 + cos(a_lat) * cos(b_lat) * sin((b_lon - a_lon) / 2) ** 2
    return round(2 * EARTH * asin(min(1.0, sqrt(half))))
