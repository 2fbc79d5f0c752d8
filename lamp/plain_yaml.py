"""YAML in which every value is the text that stands there: ``off`` is off, ``1:20`` is no number.

YAML itself guesses types, and chokes on some of its guesses (a 30th of February). Here the
reader of a value decides what it is. Aliases and tags are refused, and so is a key given twice,
of which YAML would silently take the last. JSON is read too, with its own types.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

MOST_CHARACTERS = 1 << 16
MOST_DEPTH = 20
MOST_BRACKETS = 200  # for all that are open PyYAML looks at each, at every further character
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str")}  # of what has none
Tree = dict[str, Any] | list[Any] | str | None


class NotPlainError(ValueError):
    """The text is not such YAML; says where and why in one line."""


def read_tree(text: str) -> Any:
    """Sections as dicts, lists as lists, all else as text; what is left empty is left out.

    Raises:
        NotPlainError: whatever is wrong with ``text``.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotPlainError(f"it has more than {MOST_CHARACTERS} characters")
    try:
        return json.loads(text, object_pairs_hook=_once_each)
    except NotPlainError:
        raise
    except (ValueError, RecursionError):
        pass  # it is no JSON
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise NotPlainError(f"it has more than {MOST_BRACKETS} brackets")
    try:
        _refuse_depths_and_aliases(text)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        return None if node is None else _tree(node)
    except NotPlainError:
        raise
    except Exception as error:  # whatever a parser of YAML does with strange bytes
        raise NotPlainError(" ".join(str(error).split())) from error


def _refuse_depths_and_aliases(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise NotPlainError("it has an alias (*)")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise NotPlainError("it is nested too deeply")


def _tree(node: yaml.Node) -> Tree:
    line = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise NotPlainError(f"line {line} has a tag (!)")
    if isinstance(node, yaml.MappingNode):
        pairs = [(_key(key), _tree(value)) for key, value in node.value]
        return {key: value for key, value in _once_each(pairs, line).items() if value is not None}
    if isinstance(node, yaml.SequenceNode):
        return [_tree(value) for value in node.value]
    assert isinstance(node, yaml.ScalarNode)
    empty = node.style is None and node.value in ("", "~", "null")
    return None if empty else str(node.value)


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise NotPlainError(f"line {node.start_mark.line + 1} has a key that is no word")
    return str(node.value)


def _once_each(pairs: list[tuple[str, Any]], line: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            where = f" (in the part that begins in line {line})" if line else ""
            raise NotPlainError(f"{key!r} is there twice{where}. Make it one")
        found[key] = value
    return found
