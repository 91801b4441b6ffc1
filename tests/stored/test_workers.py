"""Two workers serve many at once, and nobody hears what was meant for another."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from urllib.parse import urlsplit

import pytest
from browsing import serving
from cluster import postgres_programs, private_server, url_of
from commands import daihou

pytestmark = pytest.mark.slow
PEOPLE, PAGES = 8, 40


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_what_workers_ask_of_the_database_is_answered_to_whom_asked(tmp_path, database) -> None:
    """Workers are forks: a connection that their parent had left open all of them would speak through."""
    programs = postgres_programs()
    if database == "postgres" and programs is None:
        pytest.fail("there is no PostgreSQL server (Debian: apt install postgresql)")
    with private_server(programs) if database == "postgres" else nullcontext() as folder:
        env = {"DATABASE_URL": url_of(folder)} if database == "postgres" else {"DATABASE_URL": ""}
        home = tmp_path / "home"
        made = daihou("init", "--home", home, "--company", "青岚担保", "--admin", "王小明", **env)
        assert made.returncode == 0, made.stdout + made.stderr
        with serving(home, workers=2, **env) as address:

            def come(number: int) -> set[tuple[int, bool]]:
                """What the pages of one person were: status, and whether it was what he asked for."""
                seen = set()
                for turn in range(PAGES):
                    path, said = (("/health/", "ok"), ("/login/", "青岚担保"))[(number + turn) % 2]
                    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    seen.add((answer.status, said in answer.read().decode()))
                    connection.close()
                return seen

            with ThreadPoolExecutor(PEOPLE) as pool:
                assert set().union(*pool.map(come, range(PEOPLE))) == {(200, True)}
