"""Keep the English catalogue in step with the pages: `python catalogue/words.py` adds what is new and drops what is gone; `--check` only says."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "daihou"
CATALOGUE = SOURCE / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po"
HEADER = """# English of the pages; the Chinese sentence is the key. Kept in step by catalogue/words.py.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
SAYING = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"})
IN_TEMPLATE = re.compile(
    r"""gettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)|_\(('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)"""
)


def said_in_code(path: Path) -> Iterator[tuple[str, int]]:
    """Sentences that a module says to people, with their lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


def said_in_template(path: Path) -> Iterator[tuple[str, int]]:
    """Sentences of a template, with their lines; Django itself turns it into text with calls of gettext."""
    for number, line in enumerate(templatize(path.read_text("utf-8"), origin=path.name).splitlines(), 1):
        if "ngettext(" in line:
            raise SystemExit(f"{path.name}: {number}: a plural would not be translated; Chinese has none")
        for found in IN_TEMPLATE.finditer(line):
            yield ast.literal_eval(found[1] or found[2]), number


def extracted() -> dict[str, list[tuple[str, int]]]:
    """Every sentence with the places that say it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path in sorted(SOURCE.rglob("*")):
        read = {".py": said_in_code, ".html": said_in_template}.get(path.suffix)
        if read is None:
            continue
        for sentence, line in read(path):
            found.setdefault(sentence, []).append((str(path.relative_to(ROOT)), line))
    return found


def kept() -> Catalog:
    """The catalogue as it stands."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", domain="django")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en", domain="django")


def faults() -> list[str]:
    """What is missing, left over, or says other things than the Chinese sentence."""
    found, have = extracted(), {one.id: one.string for one in kept() if one.id}
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    said = [f"not translated: {sentence}" for sentence in found if not have.get(sentence)]
    said += [f"said nowhere: {sentence}" for sentence in have if sentence not in found]
    said += [
        f"other places: {sentence}"
        for sentence, english in have.items()
        if english and sorted(places.findall(sentence)) != sorted(places.findall(english))
    ]
    return said


def write() -> None:
    """Write the catalogue anew, with the translations that it has, ordered by sentence."""
    have = {one.id: one.string for one in kept() if one.id}
    fresh = Catalog(locale="en", domain="django", fuzzy=False)
    for sentence in sorted(extracted()):
        fresh.add(sentence, have.get(sentence) or "")
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, fresh, width=0, omit_header=True, no_location=True)


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    left = faults()
    print("\n".join(left) or "the catalogue is whole")
    sys.exit(bool(left))
