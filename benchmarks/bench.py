"""How fast and how large: makes the big books, measures each pass in a process of its own, prints tables and ratios. See README.md."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from making import DAY, make

from daihou.rulebook import Rule, read_shipped
from daihou.rulebook import Warning as Signal

HERE = Path(__file__).parent
WORK = HERE.parent / "out" / "bench"
RESULTS = HERE / "RESULTS.md"
SIZES = "10k,100k,1m"
STAMP = "_checked.json"
SCALES = {"k": 1_000, "m": 1_000_000}
FULL = 1_000_000
"""The size the targets speak of."""
FIRING = 10_000
"""From this size on every portfolio rule must fire."""
LEAST_RESULTS = 2_000_000
CHECKED_SECONDS, STAMPED_SECONDS, STAMPED_GB, ONE_SECONDS = 25.0, 8.0, 3.0, 0.1

Told = Mapping[str, Any]


def size_of(text: str) -> int:
    """10k, 1m or a number."""
    text = text.strip().lower()
    return int(text[:-1]) * SCALES[text[-1]] if text[-1] in SCALES else int(text)


def asked() -> argparse.Namespace:
    """What the user asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"contracts, e.g. {SIZES}")
    parser.add_argument(
        "--repeat", type=int, default=3, help="times each pass is measured; the median counts"
    )
    parser.add_argument("--single", type=int, default=200, help="contracts asked one by one in plain Python")
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    parser.add_argument("--keep", action="store_true", help=f"leave the books in {WORK}")
    return parser.parse_args()


def child(program: str, *arguments: object) -> Told:
    """Run a program beside this one in a process of its own and take what it measured."""
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def repeated(times: int, which: str, folder: Path, out: Path) -> Told:
    """The run of median seconds out of several, with the highest peak of all."""
    runs = sorted(
        (child("measure.py", which, folder, out) for _ in range(times)), key=lambda run: run["seconds"]
    )
    middle = runs[len(runs) // 2]
    return {
        **middle,
        "peak_gb": max(run["peak_gb"] for run in runs),
        "all_seconds": [run["seconds"] for run in runs],
    }


def measured(contracts: int, times: int) -> dict[str, Told]:
    """Make a book and measure every pass over it."""
    folder, out = WORK / str(contracts), WORK / f"{contracts}_results"
    tell(f"{contracts:,} contracts: making the book")
    made = make(contracts, folder)
    on_disk = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
    found: dict[str, Told] = {"made": {"seconds": made, "disk_gb": on_disk}}
    tell("the floor")
    found["floor"] = repeated(times, "floor", folder, out)
    tell("with all row checks")
    (folder / STAMP).unlink(missing_ok=True)
    found["checked"] = repeated(times, "derived", folder, out)
    assert found["checked"]["checked"]
    found["stamp"] = child("measure.py", "stamp", folder, out)
    tell("stamped")
    found["stamped"] = repeated(times, "derived", folder, out)
    assert not found["stamped"]["checked"]
    # the same day of the same rows is the same day, however they were read
    for what in ("rows", "fired", "fingerprint"):
        assert found["checked"][what] == found["stamped"][what], what
    return found


def tell(what: str) -> None:
    """Say what is under way."""
    print(f"… {what}", file=sys.stderr, flush=True)


# -- what must have fired


def off_portfolio(rules: Sequence[Rule]) -> dict[str, str]:
    """Rules that no register makes fire by itself, with the reason."""
    found = {}
    for rule in rules:
        if rule.sleeping:
            found[rule.id] = f"sleeps: figure not set ({', '.join(rule.sleeping)})"
        elif isinstance(rule, Signal) and not rule.levels:
            found[rule.id] = "a signal that a person raises, not a row"
    return found


def silent(rules: Sequence[Rule], fired: Mapping[str, int]) -> list[str]:
    """Portfolio rules of which nothing came."""
    return [rule.id for rule in rules if not fired.get(rule.id) and rule.id not in off_portfolio(rules)]


# -- telling


def verdict(value: float, limit: float) -> str:
    """Whether a target is met, and by how much."""
    return f"{'met' if value <= limit else 'MISSED'} ({value / limit:.2f} of {limit:g})"


def size_table(found: Mapping[int, Mapping[str, Told]]) -> list[str]:
    """One line per size: seconds, ratios to the floor, peaks, results."""
    lines = [
        "| contracts | instalments | rows | floor s | checked s | × floor | stamped s | × floor | peak GB checked | peak GB stamped | results | gaps |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for size, told in found.items():
        floor, checked, stamped = told["floor"], told["checked"], told["stamped"]
        cells = [
            f"{size:,}", f"{floor['instalments']:,}", f"{stamped['rows_read']:,}", f"{floor['seconds']:.2f}",
            f"{checked['seconds']:.1f}", f"{checked['seconds'] / floor['seconds']:.1f}",
            f"{stamped['seconds']:.1f}", f"{stamped['seconds'] / floor['seconds']:.1f}",
            f"{checked['peak_gb']:.2f}", f"{stamped['peak_gb']:.2f}", f"{stamped['results']:,}", f"{stamped['rows']['gaps']:,}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def growth(found: Mapping[int, Mapping[str, Told]]) -> list[str]:
    """How much longer a book takes than a smaller one, against how much larger it is."""
    lines = []
    sizes = sorted(found)
    for small, large in pairwise(sizes):
        times = large / small
        for which in ("checked", "stamped"):
            longer = found[large][which]["seconds"] / found[small][which]["seconds"]
            said = "at most linear" if longer <= times else "MORE THAN LINEAR"
            lines.append(
                f"- {which}, {small:,} → {large:,}: × {times:g} the contracts, × {longer:.2f} the time: {said}"
            )
    return lines


def laps(found: Mapping[int, Mapping[str, Told]]) -> list[str]:
    """Where the time goes at the largest size."""
    size = max(found)
    told = found[size]
    stages = list(told["stamped"]["laps"])
    lines = [f"| {size:,} contracts, seconds | {' | '.join(stages)} |", f"|---|{'--:|' * len(stages)}"]
    for which in ("checked", "stamped"):
        cells = " | ".join(f"{told[which]['laps'][stage]:.2f}" for stage in stages)
        lines.append(f"| {which} | {cells} |")
    return lines


def targets(found: Mapping[int, Mapping[str, Told]], one: Told) -> list[str]:
    """The targets of the project and whether this machine met them now."""
    lines = [
        f"- one contract, all rules, warm, median: {one['median'] * 1000:.0f} ms: {verdict(one['median'], ONE_SECONDS)} s"
    ]
    if FULL in found:
        told = found[FULL]
        results = told["stamped"]["results"]
        lines += [
            f"- one million, all row checks: {told['checked']['seconds']:.1f} s: {verdict(told['checked']['seconds'], CHECKED_SECONDS)} s",
            f"- one million, stamped: {told['stamped']['seconds']:.1f} s: {verdict(told['stamped']['seconds'], STAMPED_SECONDS)} s",
            f"- one million, stamped, peak memory: {told['stamped']['peak_gb']:.2f} GB: {verdict(told['stamped']['peak_gb'], STAMPED_GB)} GB",
            f"- results: {results:,}, at least {LEAST_RESULTS:,}: {'met' if results >= LEAST_RESULTS else 'MISSED'}",
        ]
    return lines


def one_by_one(one: Told, found: Mapping[int, Mapping[str, Told]]) -> list[str]:
    """The baseline: what going through the portfolio contract by contract would take."""
    lines = [
        (
            f"Plain Python, one contract at a time (the judge, engine/twin; {one['asked']} contracts spread over a book of {one['contracts']:,}, "
            f"all rules, each contract with its client, sureties, branch and people; reading and cutting out not counted): "
            f"median {one['median'] * 1000:.0f} ms, mean {one['mean'] * 1000:.0f} ms, 95th percentile {one['p95'] * 1000:.0f} ms."
        ),
    ]
    for size, told in found.items():
        whole = one["mean"] * size
        lines.append(
            f"- {size:,} contracts, EXTRAPOLATED from the mean: {whole:,.0f} s ({whole / 3600:.1f} h); "
            f"the compiled engine, stamped, is {whole / told['stamped']['seconds']:,.0f} times as fast"
        )
    return lines


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB memory, {platform.system()}, Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}, PyArrow {pa.__version__}; load at the start {load:.1f}"
    )


def commit() -> str:
    """The commit measured, marked where files differ from it."""
    git = ["git", "-C", str(HERE.parent)]
    head = subprocess.run(
        [*git, "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    changed = subprocess.run(
        [*git, "status", "--porcelain", "src", "benchmarks"], check=True, capture_output=True, text=True
    ).stdout
    others = [line for line in changed.splitlines() if RESULTS.name not in line]
    return f"{head} with changes not committed" if others else head


def report(found: Mapping[int, Mapping[str, Told]], one: Told, rules: Sequence[Rule], on: str) -> str:
    """The whole answer as a page."""
    largest = found[max(found)]
    aside = off_portfolio(rules)
    quiet = ", ".join(silent(rules, largest["stamped"]["fired"])) or "none"
    lines = [
        "# Results of the benchmark",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}. {on}.",  # noqa: TID251 -- when it was measured is part of the answer
        (
            f"Day derived: {DAY}. Rules: {len(rules)}, of which {len(rules) - len(aside)} are portfolio rules; silent at the largest size: {quiet}; "
            f"{largest['stamped']['statements']} statements."
        ),
        "",
        *size_table(found),
        "",
        *laps(found),
        "",
        f"Rows of results at the largest size: {', '.join(f'{table} {count:,}' for table, count in largest['stamped']['rows'].items())}.",
        (
            f"Rulebooks read and checked beforehand, once: {largest['stamped']['rules_seconds']:.1f} s. "
            f"Stamping the largest book, once: {largest['stamp']['seconds']:.1f} s. "
            f"Book on disk: {largest['made']['disk_gb']:.2f} GB, made in {largest['made']['seconds']:.0f} s."
        ),
        "",
        "## Targets",
        "",
        *targets(found, one),
        "",
        "## Growth",
        "",
        *growth(found),
        "",
        "## Row by row",
        "",
        *one_by_one(one, found),
        "",
        "## Rules that are no portfolio rules",
        "",
        *(f"- {rule}: {why}" for rule, why in aside.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write where asked to."""
    given = asked()
    on = machine()
    sizes = sorted({size_of(text) for text in given.sizes.split(",")})
    rules = [rule for rulebook in read_shipped() for rule in rulebook.rules]
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        found = {}
        for size in sizes:
            found[size] = measured(size, given.repeat)
            missing = silent(rules, found[size]["stamped"]["fired"])
            if missing and size >= FIRING:
                sys.exit(f"portfolio rules of which nothing came at {size:,} contracts: {', '.join(missing)}")
        tell("one contract at a time")
        one = child("single.py", WORK / str(sizes[0]), given.single)
        page = report(found, one, rules, on)
    finally:
        if not given.keep:
            shutil.rmtree(WORK)
    print(page)
    if given.write:
        RESULTS.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
