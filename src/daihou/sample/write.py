"""The sample company's register as of a day, and the two workbooks made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from daihou.book import write_book
from daihou.sample.care import write_service
from daihou.sample.company import write_company
from daihou.sample.contracts import write_contract
from daihou.sample.deals import plan_deals
from daihou.sample.faulty import misheaded, with_faults
from daihou.sample.inspections import write_inspections
from daihou.sample.office import write_office
from daihou.sample.outside import write_outside
from daihou.sample.parties import Parties
from daihou.sample.recovery import write_recovery
from daihou.sample.register import Register, Row
from daihou.sample.statements import write_statements
from daihou.sample.vehicles import write_vehicles
from daihou.sample.waiting import write_waiting
from daihou.units import Calendar

REGISTER_FILE, FAULTY_FILE = "台账.xlsx", "台账_有错.xlsx"


@dataclass(frozen=True)
class SampleFiles:
    """Where the clean register and the one full of faults were written."""

    register: Path
    faulty: Path


def sample_rows(as_of: date, *, contracts: int = 300, seed: int = 20) -> dict[str, list[Row]]:
    """Rows of every table by identifier, keyed by column identifiers; the same day and seed give the same rows."""
    register = Register(as_of, Calendar.standard())
    write_company(register, seed)
    parties = Parties(register, seed)
    deals = plan_deals(as_of, contracts, seed, parties)
    for deal in deals:
        write_contract(register, deal, parties, seed)
    write_inspections(register, deals, seed)
    write_vehicles(register, deals, seed)
    write_statements(register, deals, seed)
    write_service(register, deals, seed)
    write_recovery(register, deals)
    write_outside(register, deals)
    write_office(register, deals)
    write_waiting(register, deals)
    return register.rows()


def write_sample(folder: Path, as_of: date, *, contracts: int = 300) -> SampleFiles:
    """Write both workbooks into a folder (made if missing) and say where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = sample_rows(as_of, contracts=contracts)
    files = SampleFiles(folder / REGISTER_FILE, folder / FAULTY_FILE)
    write_book(rows, files.register)
    write_book(with_faults(rows), files.faulty, tables=misheaded())
    return files
