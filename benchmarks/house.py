"""The house under load: a big book taken in, its days run, ten people at its pages. Prints seconds, milliseconds and ratios to the health page.

Three parts, each in processes of its own: `load` (the book into an empty installation, the first day and ordinary days after it), `serve` (the product's
own server, two workers), `visit` (people who open a page every two seconds). DATABASE_URL chooses PostgreSQL; without it the installation is on SQLite.
"""

import argparse
import http.client
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from making import DAY, make

HERE = Path(__file__).parent
WORK = HERE.parent / "out" / "house"
PORT = 8187
PASSWORD = "right horse battery"  # noqa: S105 - of accounts that live as long as a measurement
POSTS = (
    "general_manager", "risk_manager", "account_manager", "business_manager", "risk_officer", "service_specialist", "credit_officer",
    "cashier", "collector", "legal_officer",
)  # fmt: skip
EACH = 2.0
"""Seconds between two pages of one person."""

EACH_ACT = 10
"""Acts of each kind that are followed, and duties that are asked why."""
FLOOR = "/health/"


def load(folder: Path, home: Path, days: int) -> None:
    """Take the book into an empty installation, run its first day and some days after it; what it took, as JSON lines."""
    from daihou.config.place import make_keys  # noqa: PLC0415 - the settings are read when Django begins

    home.mkdir(parents=True)
    make_keys(home)
    os.environ.update(DAIHOU_HOME=str(home.resolve()), DJANGO_SETTINGS_MODULE="daihou.config.settings")
    import django  # noqa: PLC0415 - as above

    django.setup()
    from daihou.config.installing import take_register, update  # noqa: PLC0415 - as above
    from daihou.dayend.acts import run_day  # noqa: PLC0415 - as above
    from daihou.trail.acts import Actor  # noqa: PLC0415 - as above

    update()
    by, at = Actor("system", "bench"), datetime(DAY.year, DAY.month, DAY.day, 8, tzinfo=UTC)
    began = time.perf_counter()
    _, batch = take_register(folder, by=by, at=at, day=DAY)
    told = {
        "what": "load",
        "seconds": time.perf_counter() - began,
        "rows": 0 if batch is None else batch.rows_new,
    }
    print(json.dumps(told | {"gb": _peak()}), flush=True)
    for ahead in range(days + 1):
        day = DAY + timedelta(days=ahead)
        began = time.perf_counter()
        run = run_day(day, by=by, at=at + timedelta(days=ahead))
        told = {
            "what": "first day" if ahead == 0 else "day after a day", "day": day.isoformat(), "seconds": time.perf_counter() - began,
            "new": run.found_new, "moved": run.moved, "unchanged": run.unchanged, "steps": run.seconds, "gb": _peak(),
        }  # fmt: skip
        print(json.dumps(told), flush=True)
    last = DAY + timedelta(days=days)
    print(json.dumps({"what": "acts", **_acts(at + timedelta(days=days), last)}), flush=True)
    print(json.dumps({"what": "people", **_people(by, at)}), flush=True)


def write(home: Path, each: float, seconds: float) -> None:
    """Correct a contract every so many seconds, as a colleague at his desk does, and let work follow: what pages held of sums is asked anew."""
    os.environ.update(DAIHOU_HOME=str(home.resolve()), DJANGO_SETTINGS_MODULE="daihou.config.settings")
    import django  # noqa: PLC0415 - as above

    django.setup()
    from daihou.dayend.acts import follow  # noqa: PLC0415 - as above
    from daihou.duties.models import Standing  # noqa: PLC0415 - as above
    from daihou.ledger.acts import correct  # noqa: PLC0415 - as above
    from daihou.registers.kept import homes, standing  # noqa: PLC0415 - as above
    from daihou.trail.acts import Actor  # noqa: PLC0415 - as above

    day = Standing.at()
    assert day is not None, "a house without a day measures nothing"
    keys = list(standing(homes()["contract"]).order_by("pk").values_list("key", flat=True)[:1000])
    by, until, number = Actor("system", "bench"), time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        said = {"principal_balance": 100_000_00 + number}
        correct("contract", keys[number % len(keys)], said, by=by, at=at, day=day, reason="bench")
        follow(day, by=by, at=at)
        number += 1
        time.sleep(each)
    print(json.dumps({"corrected": number}), flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _acts(at: datetime, day: date) -> dict[str, float]:
    """How long work takes to follow one act, a completion or a call written down, and how long it takes to say why a duty is there: median and worst."""
    from daihou.dayend.about import explained  # noqa: PLC0415 - as above
    from daihou.dayend.acts import follow  # noqa: PLC0415 - as above
    from daihou.duties.completing import closable, complete  # noqa: PLC0415 - as above
    from daihou.duties.models import Duty  # noqa: PLC0415 - as above
    from daihou.ledger.acts import enter  # noqa: PLC0415 - as above
    from daihou.policy.books import rulebooks_of_company  # noqa: PLC0415 - as above
    from daihou.registers.kept import homes, standing, values_of  # noqa: PLC0415 - as above
    from daihou.trail.acts import Actor  # noqa: PLC0415 - as above

    by = Actor(standing(homes()["employee"]).order_by("pk").values_list("key", flat=True)[0], "bench")
    books = rulebooks_of_company()
    rules = {rule.id: rule for book in books for rule in book.rules}
    waiting = list(Duty.objects.filter(state="open", withdrawn_on__isnull=True).order_by("rule", "pk"))
    asked = waiting[:: max(1, len(waiting) // EACH_ACT)]
    to_close = [one for one in waiting if closable(one, rules.get(one.rule))]
    calls = standing(homes()["contact"]).order_by("pk")[:EACH_ACT]
    took: dict[str, list[float]] = {"completion": [], "call": [], "why": []}

    def timed(what: str, do: Callable[[], object]) -> None:
        began = time.perf_counter()
        do()
        took[what].append(time.perf_counter() - began)

    def after(act: Callable[[], object]) -> None:
        act()
        follow(day, by=by, at=at)

    for duty in to_close[:: max(1, len(to_close) // EACH_ACT)][:EACH_ACT]:
        said = {"day": day, "evidence": "bench", "remark": "", "by": by, "at": at, "today": day}
        timed("completion", lambda duty=duty, said=said: after(lambda: complete(duty, **said)))
    for number, row in enumerate(calls):
        names = [
            f"{one.id}{end}" for one in values_of(row.table) for end in ("", "_mark", "_tail")
        ]  # of a number that is sealed
        values = {name: getattr(row, name) for name in names if hasattr(row, name)}
        values |= {"contact_no": f"B{number}", "key": f"B{number}", "on_day": day}
        timed("call", lambda values=values: after(lambda: enter("contact", values, by=by, at=at, day=day)))
    for duty in asked[:EACH_ACT]:
        timed("why", lambda duty=duty: explained(books, rules[duty.rule], duty.object, day))
    return {
        f"{what}, {how}": one
        for what, all_ in took.items() if all_
        for how, one in (("median", statistics.median(all_)), ("worst", max(all_)))
    }  # fmt: skip


def _people(by: object, at: datetime) -> dict[str, object]:
    """Accounts for one person of each post, and a contract, a client and a duty to look at."""
    from daihou.duties.models import Duty  # noqa: PLC0415 - as above
    from daihou.people.acts import open_accounts  # noqa: PLC0415 - as above
    from daihou.people.models import Account  # noqa: PLC0415 - as above
    from daihou.registers.kept import homes, standing  # noqa: PLC0415 - as above

    held = standing(homes()["assignment"]).filter(until__isnull=True).order_by("employee")
    first: dict[str, str] = {}
    for employee, post in held.values_list("employee", "post"):
        first.setdefault(post, employee)
    staff = {post: first[post] for post in POSTS if post in first}
    open_accounts([(one, one) for one in staff.values()], PASSWORD, by=by, at=at, sample=False)  # type: ignore[arg-type]
    Account.objects.update(must_change=False)  # nobody is here to choose another password
    contract = standing(homes()["contract"]).order_by("key").first()
    duty = Duty.objects.filter(state="open", withdrawn_on__isnull=True).order_by("pk").first()
    assert contract is not None, "a book without contracts measures nothing"
    assert duty is not None, "a day without duties measures nothing"
    return {"staff": staff, "contract": contract.key, "client": contract.client, "duty": duty.pk}


# ------------------------------------------------------------------ people at the pages


class Visitor:
    """A browser that keeps cookies."""

    def __init__(self, login: str) -> None:
        self.cookies: dict[str, str] = {}
        self.login = login

    def ask(self, method: str, path: str, said: Mapping[str, str] | None = None) -> tuple[int, int, float]:
        """Status, size and seconds of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={one}" for name, one in self.cookies.items())}
        body = None
        if said is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**said, "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
        began = time.perf_counter()
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        spent = time.perf_counter() - began
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _sign, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        return answer.status, len(content), spent

    def come_in(self) -> None:
        """Log in; a login that is refused ends the measurement."""
        self.ask("GET", "/login/")
        status, *_ = self.ask("POST", "/login/", {"login": self.login, "password": PASSWORD})
        assert status == 302, f"{self.login}: {status}"


def pages_of(people: Mapping[str, object], post: str) -> dict[str, str]:
    """The pages that a person opens by turns, by name; of things that he does not see he is not asked."""
    pages = {"desk": "/", "duties": "/duties/", "search": "/find/?q=HT"}
    if post != "cashier":
        pages |= {
            "contracts": "/contracts/",
            "contracts, page 20": "/contracts/?page=20",
            "instalments": "/registers/instalment/",
        }
    if post in {"general_manager", "risk_manager", "legal_officer"}:
        pages |= {
            "one contract": f"/registers/contract/row/{quote(str(people['contract']))}/",
            "one client": f"/registers/party/row/{quote(str(people['client']))}/",
        }  # fmt: skip
    if post in {"general_manager", "risk_manager"}:
        pages |= {"one duty": f"/duties/{people['duty']}/", "overview": "/overview/"}
    return pages


def visit(people: Mapping[str, object], seconds: float) -> None:
    """Ten people, one page each every two seconds; how long each page took, as one JSON line."""
    took: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    wrong: list[str] = []
    lock = threading.Lock()
    staff = people["staff"]
    assert isinstance(staff, dict)

    def person(number: int, post: str, login: str) -> None:
        visitor = Visitor(login)
        visitor.come_in()
        pages = [*pages_of(people, post).items(), ("floor: health", FLOOR)]
        time.sleep(EACH * number / len(staff))  # not all at the same instant
        until, turn = time.perf_counter() + seconds, number
        while time.perf_counter() < until:
            name, path = pages[turn % len(pages)]
            turn += 1
            status, size, spent = visitor.ask("GET", path)
            with lock:
                took.setdefault(name, []).append(spent)
                sizes[name] = max(size, sizes.get(name, 0))
                if status != 200:
                    wrong.append(f"{post} {path}: {status}")
            time.sleep(max(0.0, EACH - spent))

    threads = [
        threading.Thread(target=person, args=(number, post, login)) for number, (post, login) in enumerate(staff.items())
    ]  # fmt: skip
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    print(json.dumps({"took": took, "sizes": sizes, "wrong": sorted(set(wrong))}))


# ------------------------------------------------------------------ the command


@contextmanager
def served(home: Path) -> Iterator[None]:
    """The product's own server with two workers, until the end."""
    command = [
        sys.executable,
        "-c",
        "import sys; from daihou.cli import main; sys.argv[0] = 'daihou'; sys.exit(main())",
    ]
    server = subprocess.Popen(
        [*command, "serve", "--home", str(home), "--port", str(PORT), "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(240):
            try:
                if Visitor("").ask("GET", FLOOR)[0] == 200:
                    break
            except OSError:
                time.sleep(0.25)
        yield
    finally:
        server.terminate()
        server.wait(20)


def part(*words: str) -> list[dict[str, object]]:
    """What a part said, run in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(one) for one in done.stdout.splitlines() if one.startswith("{")]


def asked() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=2, help="ordinary days after the first")
    parser.add_argument("--seconds", type=float, default=60, help="how long people open pages")
    parser.add_argument("--keep", action="store_true", help=f"leave the installation in {WORK}")
    parser.add_argument(
        "--writing",
        type=float,
        default=0,
        help="seconds between corrections that a colleague makes meanwhile; 0: none",
    )
    parser.add_argument("--part", choices=("load", "visit", "write"), help=argparse.SUPPRESS)
    parser.add_argument("--people", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    said = asked()
    folder, home = WORK / f"book-{said.contracts}", WORK / "home"
    if said.part == "load":
        load(folder, home, said.days)
        return
    if said.part == "visit":
        visit(said.people, said.seconds)
        return
    if said.part == "write":
        write(home, said.writing, said.seconds)
        return
    shutil.rmtree(home, ignore_errors=True)
    make(said.contracts, folder)
    size = ["--contracts", str(said.contracts)]
    told = part("--part", "load", "--days", str(said.days), *size)
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    print(f"{said.contracts} contracts on {database}, {os.cpu_count()} cores")
    for one in told[:-1]:
        print(
            "  ".join(
                f"{name} {round(value, 2) if isinstance(value, float) else value}"
                for name, value in one.items()
            )
        )
    visiting = ["--part", "visit", "--people", json.dumps(told[-1]), "--seconds", str(said.seconds), *size]
    with served(home):
        (found,) = part(*visiting)
        _table(found)
        if said.writing:
            beside = [
                sys.executable,
                __file__,
                "--part",
                "write",
                "--seconds",
                str(said.seconds),
                "--writing",
                str(said.writing),
            ]
            with subprocess.Popen(beside, stdout=subprocess.PIPE, text=True) as writer:
                (found,) = part(*visiting)
                print(
                    "the same while a colleague corrects a contract now and then: "
                    + (writer.communicate()[0] or "").strip()
                )
            _table(found)
    if not said.keep:
        shutil.rmtree(WORK)
    if found["wrong"]:
        sys.exit("\n".join(found["wrong"]))  # type: ignore[arg-type]


def _table(found: Mapping[str, object]) -> None:
    """Milliseconds by page: the median, the 95th percentile, the worst; the ratio of medians to the health page."""
    took, sizes = found["took"], found["sizes"]
    assert isinstance(took, dict)
    assert isinstance(sizes, dict)
    floor = statistics.median(took["floor: health"])
    print(f"{'page':22}{'asked':>7}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'to floor':>10}{'KB':>7}")
    for name, all_ in sorted(took.items()):
        one = sorted(all_)
        p95 = one[min(len(one) - 1, round(0.95 * (len(one) - 1)))]
        middle = statistics.median(one)
        print(
            f"{name:22}{len(one):7}{middle * 1000:9.0f}{p95 * 1000:9.0f}{one[-1] * 1000:9.0f}{middle / floor:10.1f}{sizes[name] / 1024:7.0f}"
        )


if __name__ == "__main__":
    main()
