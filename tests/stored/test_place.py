"""What the environment names: the database with all that its address asks for, and the proxies that are believed."""

import pytest
from django.test import RequestFactory

from daihou.config.behind import behind
from daihou.config.database import DatabaseUrlError, database_of, told_to_programs
from daihou.config.place import place

ADDRESS = "postgresql://daihou:p%40ss@db.example.cn:5433/%E8%B4%B7%E5%90%8E"

REFUSED = [
    ("mysql://daihou@localhost/daihou", "database-scheme", "mysql"),
    ("daihou", "database-scheme", ""),
    ("postgresql://daihou@localhost", "database-unnamed", ""),
    ("postgresql://daihou@localhost:五/daihou", "database-port", ""),
    (f"{ADDRESS}?ssl_mode=require", "database-option", "ssl_mode"),
    (f"{ADDRESS}?sslmode=require&pool=no", "database-option", "pool"),
]


@pytest.mark.parametrize(("url", "code", "said"), REFUSED)
def test_an_address_of_which_something_would_be_left_out_is_refused(tmp_path, url, code, said) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        database_of(url, tmp_path / "x")
    assert (refused.value.code, refused.value.said) == (code, said)


def test_what_an_address_asks_for_reaches_the_database_and_its_programs(tmp_path) -> None:
    asked = "sslmode=verify-full&sslrootcert=%2Fetc%2Fdaihou%2Fca.pem&connect_timeout=5"
    database = database_of(f"{ADDRESS}?{asked}", tmp_path / "x")
    assert database["OPTIONS"] == {
        "pool": True, "sslmode": "verify-full", "sslrootcert": "/etc/daihou/ca.pem", "connect_timeout": "5",
    }  # fmt: skip
    assert told_to_programs(database) == {
        "PGHOST": "db.example.cn", "PGPORT": "5433", "PGUSER": "daihou", "PGPASSWORD": "p@ss", "PGDATABASE": "贷后",
        "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/daihou/ca.pem", "PGCONNECT_TIMEOUT": "5",
    }  # fmt: skip


@pytest.mark.parametrize(
    "url", ["postgres:///daihou?host=/var/run/postgresql", "postgresql://%2Fvar%2Frun%2Fpostgresql/daihou"]
)
def test_a_database_may_be_reached_through_a_socket(tmp_path, url) -> None:
    database = database_of(url, tmp_path / "x")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("/var/run/postgresql", "", "daihou")


@pytest.mark.parametrize(
    ("peer", "seen"),
    [("127.0.0.1", ("https", "10.2.3.4")), ("10.0.0.7", ("https", "10.2.3.4")), ("192.0.2.9", ("http", "192.0.2.9"))],
)  # fmt: skip
def test_only_a_proxy_that_is_named_is_believed_when_it_says_who_comes(monkeypatch, peer, seen) -> None:
    monkeypatch.setenv("DAIHOU_PROXY", "127.0.0.1, 10.0.0.0/24")
    held = place()
    assert held.secure, "browsers come by TLS"
    found = []
    application = behind(
        lambda environ, start: found.append((environ["wsgi.url_scheme"], environ["REMOTE_ADDR"])),
        held.proxies,
    )
    # the first of the addresses is what somebody wrote himself
    told = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.5, 10.2.3.4"}
    application(RequestFactory().get("/", REMOTE_ADDR=peer, **told).environ, None)
    assert found == [seen]


def test_without_a_proxy_nobody_is_believed(monkeypatch) -> None:
    monkeypatch.delenv("DAIHOU_PROXY", raising=False)
    held = place()
    assert not held.proxies

    def application(environ, start):
        return []

    assert behind(application, held.proxies) is application
