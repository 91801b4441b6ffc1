"""YAML read strictly: one mapping per file, text keys, no key twice.

Plain YAML lets the later of two equal keys win in silence; a table or a word
declared twice would then vanish without a trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

try:  # five times as fast, where the wheel has it; the command line waits for these files
    from yaml import CSafeLoader as _PlainLoader
except ImportError:
    from yaml import SafeLoader as _PlainLoader  # type: ignore[assignment]

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class YamlError(ValueError):
    """A file that is not one strict YAML mapping; says file, line and reason."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        """Keep where and why; ``line`` counts from 1, None when unknown."""
        self.file = file
        self.line = line
        self.reason = reason
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {reason}")


class _StrictLoader(_PlainLoader):
    """Safe loader that refuses a repeated key and a key that is not text."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[str, Any]:
    """Build one mapping, stopping at the first repeated or non-text key."""
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            reason = f"key {key!r} is not text; put it in quotes"
            raise yaml.constructor.ConstructorError(None, None, reason, key_node.start_mark)
        if key in built:
            reason = f"key {key!r} stands twice"
            raise yaml.constructor.ConstructorError(None, None, reason, key_node.start_mark)
        built[key] = loader.construct_object(value_node, deep=True)
    return built


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_mapping(file: Traversable) -> dict[str, Any]:
    """Return the one mapping that ``file`` holds; an empty file gives {}.

    Raises YamlError for a file that cannot be parsed, repeats a key, has a key
    that is not text, or holds something else than a mapping.
    """
    try:
        # The loader is a SafeLoader: it builds plain values only.
        read = yaml.load(file.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise YamlError(file.name, line, error.problem or "not valid YAML") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise YamlError(file.name, None, str(error)) from error
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise YamlError(file.name, 1, "the file does not hold one mapping")
    return read
