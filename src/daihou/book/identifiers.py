"""Texts that carry their own proof: numbers of residents, companies, vehicles, plates, mobile phones, and the time of a day.

Each check exists twice: `check_identifier` says of one value what is wrong; `doubtful_sql` is a DuckDB
condition that is false only of values that are surely right, so that a million numbers are proved at once
and only the doubtful ones are looked at singly.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from daihou.book.declared import CLOCK
from daihou.book.faults import Severity
from daihou.units import to_halfwidth

PHONE = "电话"
"""The check of a telephone number, kept without spaces, dashes and brackets, so that a number is the same however it is written."""

_RESIDENT_LENGTH = 18
_RESIDENT = re.compile(r"\d{17}[\dX]", re.ASCII)
_OLD_RESIDENT = re.compile(r"\d{15}", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-Z](?:"
    r"[A-HJ-NP-Z0-9]{5}"  # blue and yellow plates
    r"|[DFABCEGHJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DFABCEGHJK]"  # new energy: small, large
    r"|[A-HJ-NP-Z0-9]{4}[学警挂领港澳试超])"
)
CLOCK_FORM = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
PHONE_FORM = re.compile(r"[+]?[0-9]{3,15}(?:[*#][0-9]{1,8})?")
KEPT_FORMS = {CLOCK: CLOCK_FORM, PHONE: PHONE_FORM}
"""How a text under a check is kept, where it may be written otherwise."""
_OF_A_MOBILE = re.compile(r"(?:[+]|00)86(?=1[3-9][0-9]{9}$)")
_IN_A_PHONE = re.compile(r"[\s()-]")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VIN_VALUES = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
) | {str(n): n for n in range(10)}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_PROOF = 8  # the ninth character proves the others
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_COMPANY_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COMPANY_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def check_identifier(kind: str, value: str) -> tuple[str, Severity] | None:
    """What is wrong with a value under a check (身份证 统一码 主体证件 车架号 手机号 电话 车牌 时刻), or None.

    Gives the fault's code and how much it weighs: a place unknown to the published list and a vehicle
    number without its check digit (common on imported cars) are warnings.
    """
    return _CHECKS[kind](value)


def _resident(value: str) -> tuple[str, Severity] | None:
    if _OLD_RESIDENT.fullmatch(value):
        return "resident-old", "error"
    if len(value) != _RESIDENT_LENGTH:
        return "resident-length", "error"
    if not _RESIDENT.fullmatch(value):
        return "resident-form", "error"
    if value[-1] != ric.calc_check_digit(value):
        return "resident-proof", "error"
    try:
        born = ric.get_birth_date(value)
    except ValidationError:
        return "resident-birth", "error"
    return None if _place_known(value[:6], born.year) else ("resident-place", "warning")


@lru_cache(maxsize=100_000)
def _place_known(place: str, year: int) -> bool:
    """Whether the published list has the place in some year in which somebody born in that year can have got his number.

    The place is that of the year in which the number was given out, which is the year of birth of few: the first were given out in 1984, to
    people of every age, and who moves before he is entered gets that of where he lives.
    """
    return any(_place_stood(place, given) for given in range(max(year, _FIRST_GIVEN_OUT), _LAST_KNOWN + 1)) or _place_stood(place, max(year, _FIRST_GIVEN_OUT))  # fmt: skip


_FIRST_GIVEN_OUT = 1984
"""Residents' numbers are given out from this year on (居民身份证试行条例)."""
_LAST_KNOWN = 2026
"""No place of the list begins later; one that stands still stands in every later year."""


def _place_stood(place: str, year: int) -> bool:
    try:
        ric.get_birth_place(f"{place}{year}0101")
    except ValidationError:
        return False
    return True


def _company(value: str) -> tuple[str, Severity] | None:
    try:
        uscc.validate(value)
    except InvalidLength:
        return "company-length", "error"
    except InvalidChecksum:
        return "company-proof", "error"
    except ValidationError:
        return "company-form", "error"
    return None if uscc.compact(value) == value else ("company-form", "error")


def _party(value: str) -> tuple[str, Severity] | None:
    """A resident's number is 17 digits and a proof; anything else is taken for a company's."""
    if _OLD_RESIDENT.fullmatch(value):
        return "resident-old", "error"
    if len(value) != _RESIDENT_LENGTH:
        return "party-length", "error"
    as_company = _company(value)
    if as_company is None:
        return None
    as_resident = _resident(value)
    if as_resident is None or as_resident[1] == "warning":
        return as_resident
    return as_resident if value[:17].isdigit() and value[6:8] in {"18", "19", "20"} else as_company


def _vehicle(value: str) -> tuple[str, Severity] | None:
    if not _VIN.fullmatch(value):
        return "vin-form", "error"
    total = sum(_VIN_VALUES[c] * w for c, w in zip(value, _VIN_WEIGHTS, strict=True))
    proof = "0123456789X"[total % 11]
    return None if value[_VIN_PROOF] == proof else ("vin-proof", "warning")


def _mobile(value: str) -> tuple[str, Severity] | None:
    return None if _MOBILE.fullmatch(value) else ("mobile-form", "error")


def _phone(value: str) -> tuple[str, Severity] | None:
    return None if PHONE_FORM.fullmatch(value) else ("phone-form", "error")


def phone_number(text: str) -> str:
    """A telephone number as it is kept: bare of spaces, dashes and brackets, a mobile without the code of the country, an extension behind ``*``."""
    bare = _IN_A_PHONE.sub("", to_halfwidth(text)).replace("转", "*")
    return _OF_A_MOBILE.sub("", bare)


def _plate(value: str) -> tuple[str, Severity] | None:
    return None if _PLATE.fullmatch(value) else ("plate-form", "error")


def _clock(value: str) -> tuple[str, Severity] | None:
    return None if CLOCK_FORM.fullmatch(value) else ("clock-impossible", "error")


_CHECKS = {
    "身份证": _resident,
    "统一码": _company,
    "主体证件": _party,
    "车架号": _vehicle,
    "手机号": _mobile,
    PHONE: _phone,
    "车牌": _plate,
    CLOCK: _clock,
}


RESIDENTS = frozenset({"身份证", "主体证件"})
"""Checks under which a number may be a resident's."""

_PLACE_AND_YEAR = re.compile(r"[0-9]{10}", re.ASCII)


def place_and_year_sql(column: str) -> str:
    """SQL of the ten figures of a resident's number that name the place and the year of birth."""
    return f"substr({column}, 1, 10)"


def known_places(found: Iterable[str | None]) -> list[str]:
    """Those of some places and years (ten figures) that the published list has."""
    written = (text for text in found if text is not None and _PLACE_AND_YEAR.fullmatch(text))
    return [text for text in written if int(text[6:]) > 0 and _place_known(text[:6], int(text[6:]))]


def doubtful_sql(kind: str, column: str, places: str | None = None) -> str:
    """A DuckDB condition over the quoted column, false only where the value is empty or surely right.

    ``places``: a query for the places and years that are known to be right; without it only those hold that always were.
    """
    company, resident = f"NOT {_company_sql(column)}", f"NOT {_resident_sql(column, places)}"
    doubtful = {
        "身份证": resident,
        "统一码": company,
        "主体证件": f"{company} AND {resident}",
        "车架号": f"NOT {_vehicle_sql(column)}",
        "手机号": f"NOT regexp_full_match({column}, '{_MOBILE.pattern}')",
        PHONE: f"NOT regexp_full_match({column}, '{PHONE_FORM.pattern}')",
        "车牌": f"NOT regexp_full_match({column}, '{_PLATE.pattern}')",
        CLOCK: f"NOT regexp_full_match({column}, '{CLOCK_FORM.pattern}')",
    }
    return f"({column} IS NOT NULL AND {doubtful[kind]})"


def _sum_sql(column: str, alphabet: str, weights: tuple[int, ...]) -> str:
    """Σ weight x place of the character in the alphabet, over the leading characters."""
    places = (f"{w} * (instr('{alphabet}', substr({column}, {i}, 1)) - 1)" for i, w in enumerate(weights, 1))
    return f"({' + '.join(places)})"


def _resident_sql(column: str, places: str | None) -> str:
    total = _sum_sql(column, "0123456789", _RESIDENT_WEIGHTS)
    parts = " || '-' || ".join(
        f"substr({column}, {start}, {size})" for start, size in ((7, 4), (11, 2), (13, 2))
    )
    born = f"try_cast({parts} AS DATE)"
    known = f"substr({column}, 1, 6) IN ({_places_sql()})"
    if places is not None:
        known = f"{place_and_year_sql(column)} IN ({places})"
    return (
        f"(regexp_full_match({column}, '[0-9]{{17}}[0-9X]') AND {born} IS NOT NULL"
        f" AND substr({column}, 18, 1) = substr('10X98765432', ({total} % 11) + 1, 1)"
        f" AND {known})"
    )


@cache
def _places_sql() -> str:
    """Six-digit places that the published list knows whatever the year of birth."""
    sure = [
        f"'{province}{county}'"
        for _, province, _, _, counties in numdb.get("cn/loc").prefixes
        for _, county, last, props, _ in counties
        if county == last and any(not name.startswith("[") for name in props.get("county", "[").split(","))
    ]
    return ", ".join(sure)


def _company_sql(column: str) -> str:
    total = _sum_sql(column, _COMPANY_ALPHABET, _COMPANY_WEIGHTS)
    return (
        f"(regexp_full_match({column}, '[0-9]{{8}}[{_COMPANY_ALPHABET}]{{10}}')"
        f" AND substr({column}, 18, 1) = substr('{_COMPANY_ALPHABET}', ((31 - {total} % 31) % 31) + 1, 1))"
    )


def _vehicle_sql(column: str) -> str:
    letters = "".join(_VIN_VALUES)
    values = "".join(str(v) for v in _VIN_VALUES.values())
    digits = f"translate({column}, '{letters}', '{values}')"
    total = " + ".join(f"{w} * substr(d, {i}, 1)::INTEGER" for i, w in enumerate(_VIN_WEIGHTS, 1) if w)
    total = total.replace("substr(d,", f"substr({digits},")
    return (
        f"(regexp_full_match({column}, '{_VIN.pattern}') AND substr({column}, 9, 1) = "
        f"substr('0123456789X', (CASE WHEN regexp_full_match({digits}, '[0-9]{{17}}') THEN {total} ELSE 0 END"
        f" % 11) + 1, 1))"
    )
