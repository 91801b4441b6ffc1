"""The house rules that no other tool keeps. Each test collects all faults, so that one run shows them all."""

import ast
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

LONGEST_FUNCTION = 70  # lines
ONE_SCREEN = 60  # lines
# a class of one letter keeps each pattern from finding itself, for this file is read by its own test
UNFINISHED = (
    r"\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b|NotImplemented[E]rror"
    r"|(?i:coming[ ]soon)|敬请[期]待|暂未[实]现|待[实]现"
)
REGISTRY = r"https?://[^ \"]*(?:pypi|npmjs|registry\.|debian\.org|mirror)|[p]ypi\.org"
INDEX_OPTION = r"--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host"
MACHINE_PATH = r"(?<![\w.}$])/(?:home|root|work|Users)/\w"
DRAWER = re.compile(r"(?:^|/)(?:utils?|helpers?|common|misc|services?)(?:\.py|/)")
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")  # a frame of places and punctuation alone speaks no language


@pytest.fixture(scope="session")
def files(repo_root: Path) -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    # the gate may run as another user than the one who owns the clone
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=repo_root, check=True, capture_output=True, text=True).stdout
    return [repo_root / name for name in listed.split("\0") if name and (repo_root / name).is_file()]


@pytest.fixture(scope="session")
def rooms(repo_root: Path) -> list[Path]:
    return sorted(p.parent for p in (repo_root / "src/daihou").glob("*/__init__.py"))


def _lines_matching(files: list[Path], root: Path, pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    faults = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture or a workbook
            continue
        if wanted.search(text):
            lines = enumerate(text.splitlines(), 1)
            faults += [
                f"{path.relative_to(root)}:{n}: {s.strip()[:100]}" for n, s in lines if wanted.search(s)
            ]
    return faults


def _python(files: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    for path in files:
        if path.suffix == ".py":
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_no_function_is_longer_than_a_screen(files: list[Path], repo_root: Path) -> None:
    faults = [
        f"{path.relative_to(repo_root)}:{node.lineno} {node.name}: {length} lines"
        for path, tree in _python(files)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert faults == []


def test_nothing_is_promised_instead_of_done(files: list[Path], repo_root: Path) -> None:
    assert _lines_matching(files, repo_root, UNFINISHED) == []


def test_no_file_names_a_registry_or_a_path_of_one_machine(files: list[Path], repo_root: Path) -> None:
    assert _lines_matching(files, repo_root, f"{REGISTRY}|{INDEX_OPTION}|{MACHINE_PATH}") == []


def test_there_are_rooms_and_no_drawers(files: list[Path], repo_root: Path) -> None:
    names = [str(path.relative_to(repo_root)) for path in files]
    assert [name for name in names if DRAWER.search(name)] == []


def test_every_room_says_on_one_screen_what_it_is_for(rooms: list[Path]) -> None:
    faults = []
    for room in rooms:
        page = room / "README.md"
        lines = len(page.read_text(encoding="utf-8").splitlines()) if page.exists() else 0
        if not 1 <= lines <= ONE_SCREEN:
            faults.append(f"{room.name}/README.md: {lines} lines, wanted 1 to {ONE_SCREEN}")
    assert faults == []


def test_every_room_has_one_door_and_all_that_it_offers_is_there(rooms: list[Path]) -> None:
    faults = []
    for room in rooms:
        module = importlib.import_module(f"daihou.{room.name}")
        if "__all__" not in vars(module):
            faults.append(f"{room.name} has no __all__")
        faults += [
            f"{room.name} offers {n}, which is not there"
            for n in module.__all__
            if not hasattr(module, n) and importlib.util.find_spec(f"{module.__name__}.{n}") is None
        ]
    assert faults == []


def _inner_imports(room: str, tree: ast.Module) -> Iterator[str]:
    """Imports that climb into another room through the window."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in named:
            _, _, inside = name.partition("daihou.")
            other, _, item = inside.partition(".")
            if not name.startswith("daihou.") or not item or other in {room, "__version__"}:
                continue
            # a module that stands in __all__ is part of the door
            if item.split(".")[0] not in importlib.import_module(f"daihou.{other}").__all__:
                yield f"line {node.lineno}: {name} is not offered by daihou.{other}"


def test_a_room_is_entered_by_its_door(files: list[Path], repo_root: Path) -> None:
    source = repo_root / "src/daihou"
    faults = [
        f"{path.relative_to(source)} {fault}"
        for path, tree in _python([f for f in files if f.is_relative_to(source)])
        for fault in _inner_imports(path.relative_to(source).parts[0], tree)
    ]
    assert faults == []


def _keys_said_twice(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _keys_said_twice(child)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                yield f"line {key.start_mark.line + 1}: {key.value}"
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
            yield from _keys_said_twice(value)


def test_no_data_file_says_one_key_twice(repo_root: Path) -> None:
    source = repo_root / "src"
    faults = [
        f"{path.relative_to(source)} {fault}"
        for path in sorted(source.rglob("*.yaml"))
        for fault in _keys_said_twice(
            yaml.compose(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        )
    ]
    assert faults == []


def test_every_message_is_said_in_chinese_and_in_english_of_the_same_things(repo_root: Path) -> None:
    faults = []
    for path in sorted((repo_root / "src").rglob("*messages.yaml")):
        for code, texts in (yaml.safe_load(path.read_text("utf-8")) or {}).items():
            place = f"{path.parent.name}: {code}"
            if not isinstance(texts, dict) or set(texts) != {"zh", "en"} or not all(texts.values()):
                faults.append(f"{place}: wants zh and en and nothing else")
            elif set(PLACEHOLDER.findall(texts["zh"])) != set(PLACEHOLDER.findall(texts["en"])):
                faults.append(f"{place}: zh and en name different things")
            elif not CHINESE.search(texts["zh"]) and LATIN.search(PLACEHOLDER.sub("", texts["zh"])):
                faults.append(f"{place}: zh is not Chinese")
    assert faults == []


def _locked(path: Path) -> dict[str, str]:
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text("utf-8"), re.MULTILINE)
    return {_same(name): version for name, version in pins}


def _same(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_files_hold_what_the_project_asks_for_each_with_its_hashes(repo_root: Path) -> None:
    project = tomllib.loads((repo_root / "pyproject.toml").read_text("utf-8"))["project"]
    run, dev = (_locked(repo_root / "requirements" / name) for name in ("run.txt", "dev.txt"))
    asked = {_same(n): v for n, v in (re.sub(r"\[.*]", "", d).split("==") for d in project["dependencies"])}
    assert {name: run.get(name) for name in asked} == asked
    assert {name: dev.get(name) for name in run} == run, "dev.txt must hold all of run.txt, same versions"
    for name in ("run.txt", "dev.txt"):
        entries = re.split(r"\n(?=\S)", (repo_root / "requirements" / name).read_text("utf-8").strip())
        assert [e for e in entries if not e.startswith("#") and "--hash=sha256:" not in e] == []


@pytest.mark.slow
def test_rules_words_and_pages_travel_in_the_wheel(repo_root: Path, tmp_path: Path) -> None:
    shutil.copytree(
        repo_root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__")
    )
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(repo_root / name, tmp_path)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        "out",
        ".",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    data = [
        p
        for p in (tmp_path / "src").rglob("*")
        if p.suffix in {".yaml", ".md", ".typed", ".html", ".css", ".js", ".svg", ".mo"}
    ]
    assert [str(p) for p in data if str(p.relative_to(tmp_path / "src")) not in packed] == []


@pytest.mark.parametrize("name", ["bench", "house", "making", "measure", "precision", "single"])
def test_what_a_bench_takes_from_the_product_is_there(repo_root: Path, name: str) -> None:
    """A bench is run by hand and seldom: that it begins at all is asked here."""
    done = subprocess.run([sys.executable, "-c", f"import {name}"], cwd=repo_root / "benchmarks", capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_no_bench_is_left_out_of_that(repo_root: Path) -> None:
    programs = {path.stem for path in (repo_root / "benchmarks").glob("*.py")}
    assert programs == {"bench", "house", "making", "measure", "precision", "single"}
