"""Mappings that the company keeps, in editions, and what people said of foreign rows."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.db.models import Max, QuerySet

from daihou.book import Fault, ForeignMap, MapRefusedError, read_map, shipped_maps
from daihou.imports.models import MAPPING_NAME, CompanyMapping, HandMatch
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record

LARGEST_MAPPING = 200_000
"""Characters of a mapping."""


class MappingRefusedError(ValueError):
    """A mapping, or a word about a foreign row, that is not kept. ``code`` says why, ``faults`` every mistake by line."""

    def __init__(self, code: str, faults: Sequence[Fault] = ()) -> None:
        self.code, self.faults = code, tuple(faults)
        super().__init__(code)


def read_text(text: str, name: str = "映射.yaml") -> ForeignMap:
    """A mapping out of its text. Raises MappingRefusedError with every mistake."""
    if not text.strip():
        raise MappingRefusedError("mapping-empty")
    if len(text) > LARGEST_MAPPING:
        raise MappingRefusedError("mapping-too-large")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text, "utf-8")
        try:
            return read_map(file)
        except MapRefusedError as error:
            raise MappingRefusedError("mapping-refused", error.faults) from error


def foreign_map(kept: CompanyMapping) -> ForeignMap:
    """A kept mapping, ready to read with."""
    return read_text(kept.text, f"{kept.name}.yaml")


def in_use() -> QuerySet[CompanyMapping]:
    """The edition in use of every mapping that was not retired, by name."""
    last = CompanyMapping.objects.order_by().values("name").annotate(last=Max("edition"))
    kept = {row["name"]: row["last"] for row in last}
    rows = CompanyMapping.objects.filter(retired_at=None)
    return rows.filter(pk__in=[one.pk for one in rows if kept[one.name] == one.edition]).order_by("name")


def named(name: str) -> CompanyMapping | None:
    """The edition in use of a name."""
    return in_use().filter(name=name).first()


def keep_mapping(text: str, *, by: Actor, at: datetime) -> CompanyMapping:
    """Keep a mapping under the name it gives itself (映射): a new one, or the next edition; the same text again changes nothing."""
    found = read_text(text)
    if len(found.id) > MAPPING_NAME:
        raise MappingRefusedError("mapping-name-long")
    if found.id in shipped_maps():
        raise MappingRefusedError("mapping-name-shipped")
    digest = sha256(text.encode()).hexdigest()
    with transaction.atomic():
        last = CompanyMapping.objects.select_for_update().filter(name=found.id).order_by("-edition").first()
        if last is not None and last.retired_at is None and last.digest == digest:
            return last
        edition = 1 if last is None else last.edition + 1
        event = record(
            "keep-mapping", by=by, at=at, kind="mapping", subject=found.id, after={"edition": edition, "digest": digest}
        )  # fmt: skip
        return CompanyMapping.objects.create(
            name=found.id, edition=edition, text=text, digest=digest, at=at, by=by.by, event=event.number
        )


def retire_mapping(kept: CompanyMapping, *, by: Actor, at: datetime) -> None:
    """Take a mapping out of use; files that were read by it keep it."""
    with transaction.atomic():
        held = CompanyMapping.objects.select_for_update().get(pk=kept.pk)
        if held.retired_at is not None:
            raise MappingRefusedError("mapping-retired")
        held.retired_at = at
        held.save(update_fields=["retired_at"])
        record(
            "retire-mapping",
            by=by,
            at=at,
            kind="mapping",
            subject=held.name,
            before={"edition": held.edition},
        )


def match_by_hand(mapping: str, said: Mapping[tuple[str, str, str], str], *, by: Actor, at: datetime) -> None:
    """Remember what foreign rows mean. ``said``: (table.column, table referred to, what the file says) -> key, empty: none of ours.

    Raises MappingRefusedError where a key does not stand: then nothing is remembered.
    """
    if not said:
        raise MappingRefusedError("match-nothing")
    by_table: dict[str, set[str]] = {}
    for (_, ref, _), key in said.items():
        if key:
            by_table.setdefault(ref, set()).add(key)
    for ref, keys in by_table.items():
        if standing(homes()[ref]).filter(key__in=keys).count() < len(keys):
            raise MappingRefusedError("match-not-found")
    marks = {(column, seals().mark(text)): (text, key) for (column, _, text), key in said.items()}
    with transaction.atomic():
        event = record(
            "match-rows", by=by, at=at, kind="mapping", subject=mapping,
            after={"matched": sorted(f"{column} {mark} {key}".strip() for (column, mark), (_, key) in marks.items())},
        )  # fmt: skip
        for column in {column for column, _ in marks}:
            own = [mark for other, mark in marks if other == column]
            HandMatch.objects.filter(mapping=mapping, column=column, mark__in=own, ended_event=None).update(
                ended_event=event.number
            )
        HandMatch.objects.bulk_create(
            HandMatch(
                mapping=mapping, column=column, mark=mark, said=seals().seal(text), key=key, at=at, by=by.by, event=event.number
            )
            for (column, mark), (text, key) in marks.items()
        )  # fmt: skip


def forget_match(match: HandMatch, *, by: Actor, at: datetime) -> None:
    """Forget what was said of a foreign row: the next file asks anew."""
    with transaction.atomic():
        held = HandMatch.objects.select_for_update().get(pk=match.pk)
        if held.ended_event is not None:
            raise MappingRefusedError("match-ended")
        event = record(
            "forget-match",
            by=by,
            at=at,
            kind="mapping",
            subject=held.mapping,
            before={"column": held.column, "mark": held.mark, "key": held.key},
        )
        held.ended_event = event.number
        held.save(update_fields=["ended_event"])
