"""Who took a duty out of its pool, laid over the persons that were derived. Only here and in ``storing`` are persons of duties written."""

from __future__ import annotations

from collections.abc import Collection

from daihou.duties.models import DutyPerson
from daihou.duties.pools import wanted

CHUNK = 400


def lay(rewritten: Collection[int] = ()) -> int:
    """Put in each pool's row who has the duty now; the number of rows that differed. Within a transaction that holds ``Standing``.

    ``rewritten``: duties whose persons were written anew, which may be done already. Growing with what is taken, not with what is stored.
    """
    rows = wanted(rewritten)
    DutyPerson.objects.bulk_update(rows, ["employee"], batch_size=CHUNK)
    return len(rows)
