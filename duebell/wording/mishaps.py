"""A message that could not be made: where in which file, what is wrong there, and the mend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError

from duebell.wording.environments import Environments, NameMissing, Unreadable
from duebell.wording.filters import Misused, NoValue
from duebell.wording.syntax import of_message, told
from duebell.wording.template_files import TemplateFiles
from duebell.wording.trees import path_of
from duebell.wording.vocabulary import NAMES, hidden_name, no_such_field, no_such_name
from duebell.wording.workings import in_plain_words

#: Where an error came by: each file, from the one that was rendered inwards, and the line in it.
_Lines = dict[str, int]

_Values = Mapping[str, object]


class Mishaps:
    """Tells what went wrong while a template was rendered."""

    def __init__(self, files: TemplateFiles, environments: Environments) -> None:
        self._files = files
        self._environments = environments

    def sentence(self, error: Exception, file: str, values: _Values) -> str:
        """The sentence about an error that rendering a file with these values gave."""
        if isinstance(error, TemplateSyntaxError):
            words, line = told(error, error.source or "")
            return f"{self.place(error.name or file, line)}: {words}"
        if isinstance(error, Unreadable):
            return f"{self.place(error.file, error.line)}: {error}"
        lines = self._lines(error.__traceback__)
        return f"{self._places(file, lines)}: {self._words(error, lines, values)}"

    def place(self, file: str, line: int | None = None) -> str:
        """A file and a line of it, as people are told of them."""
        title = self._files.title(file)
        return f"{title} line {line}" if line else title

    def _lines(self, traceback: TracebackType | None) -> _Lines:
        """Jinja2 puts the templates' lines into tracebacks; the innermost file comes last."""
        lines: dict[str, int] = {}
        while traceback is not None:
            path = traceback.tb_frame.f_code.co_filename
            if path.endswith(".j2"):
                name = self._files.name_of(path)
                lines.pop(name, None)
                lines[name] = traceback.tb_lineno
            traceback = traceback.tb_next
        return lines

    def _places(self, file: str, lines: _Lines) -> str:
        inner = next(reversed(lines), file) if lines else file
        place = self.place(inner, lines.get(inner))
        if inner == file or file not in lines:
            return place
        # A part that fails may have been given something wrong by whoever uses it, and surely has
        # where it came with Duebell and its user did not.
        user = self.place(file, lines[file])
        if self._files.is_shipped(inner) and not self._files.is_shipped(file):
            return f"{user} (in {place})"
        return f"{place} (from {user})"

    def _words(self, error: Exception, lines: _Lines, values: _Values) -> str:
        match error:
            case NameMissing():
                return self._about_a_name(error, lines, values)
            case NoValue():
                return self._without_value(lines, values)
            case Misused():
                return str(error)
            case TemplateNotFound():
                return self._files.no_such_file(str(error.name))
            case SecurityError():
                name = re.search(r"'(\w+)'", str(error))
                what = f"`{name[1]}`" if name else "this"
                return f"{what} is not for templates; take it out"
            case RecursionError():
                return "it includes itself, or is nested too deep; take the inner one out"
            case ZeroDivisionError():
                return "it divides by zero; ask first whether the number below is 0"
        return _of_a_library(error)

    def _about_a_name(self, error: NameMissing, lines: _Lines, values: _Values) -> str:
        name = error.name
        if not error.is_field:
            if name in values and name in NAMES:
                return hidden_name(str(name))
            return no_such_name(str(name), str(values.get("event", "")))
        owner = f"`{path}`" if (path := self._owner_of(name, lines)) else "this"
        if isinstance(name, int):
            return f"{owner} has no entry number {name} (the first is 0); ask first whether it has"
        is_list = isinstance(error.owner, tuple | list)
        kind = tuple[object, ...] if is_list else type(error.owner)
        return no_such_field(owner, kind, str(name))

    def _owner_of(self, name: object, lines: _Lines) -> str:
        """What a template asks for a field of this name, as it is written there."""
        for file, line in reversed(lines.items()):
            for node in self._nodes(file, nodes.Getattr, nodes.Getitem):
                is_asked = name in (getattr(node, "attr", None), _constant(node))
                if is_asked and node.lineno == line and (path := path_of(node.node)):
                    return path
        return ""

    def _without_value(self, lines: _Lines, values: _Values) -> str:
        for file, line in reversed(lines.items()):
            if empty := self._empty_values(file, line, values):
                names = " or ".join(f"`{path}`" for path in empty)
                mend = f"{{% if {empty[0]} %}} ... {{% endif %}}"
                return f"{names} is missing in this record; ask first: `{mend}`"
        return "a value is missing in this record; ask first: `{% if ... %} ... {% endif %}`"

    def _empty_values(self, file: str, line: int, values: _Values) -> list[str]:
        """What is shown in a line of a file, by its name, and has no value in these records."""
        shown = (part for output in self._nodes(file, nodes.Output) for part in output.nodes)
        paths = [
            path_of(node)
            for part in shown
            for node in (part, *part.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)))
            if node.lineno == line
        ]
        return [path for path in dict.fromkeys(paths) if path and _is_empty(path, values)]

    def _nodes(self, file: str, *kinds: type[nodes.Node]) -> Iterator[Any]:
        try:
            yield from self._environments.parse(file).find_all(kinds)
        except (TemplateError, Unreadable):  # it was changed just now
            return


def _constant(node: nodes.Node) -> object:
    argument = getattr(node, "arg", None)
    return argument.value if isinstance(argument, nodes.Const) else None


def _is_empty(path: str, values: _Values) -> bool:
    name, *fields = path.split(".")
    value: object = values.get(name, path)
    for field in fields:
        value = getattr(value, field, path)
    return value is None


def _of_a_library(error: Exception) -> str:
    said = str(error) or type(error).__name__
    if (words := of_message(said)) is not None:
        return str(words)
    return in_plain_words(said)
