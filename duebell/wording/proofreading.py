"""Reading a template without rendering it: names that are not there, also where no sample leads.

A branch that no made-up record takes may be taken by a real one. What nobody can know beforehand
(what a macro is given, say) is taken to be right here, and tried out by rendering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes

from duebell.rulebook.faults import guess
from duebell.wording.environments import Environments, Unreadable
from duebell.wording.syntax import no_such_filter, no_such_test, told
from duebell.wording.template_files import TemplateFiles
from duebell.wording.trees import asked_for, path_of, references, stored
from duebell.wording.vocabulary import (
    NAMES,
    Kind,
    element_of,
    fields_of,
    has_field,
    hidden_name,
    names_for,
    no_such_field,
    no_such_name,
)

#: Names that Jinja2 gives itself, in loops, blocks and macros.
_GIVEN = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs"})

#: ``{client.name}``: nearly always meant to be ``{{ client.name }}``.
_IN_BRACES = re.compile(r"\{[{ ]*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*(?:\|[^{}]*)?[} ]*\}")
#: As other programs mark what they fill in: ``<<client.name>>``, ``[client.name]``.
_IN_OTHER_SIGNS = re.compile(
    r"(?:<<|«|\[\[?|%)\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\s*(?:>>|»|\]\]?|%)"
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong at a line of a file; where it is no fault, it may yet be meant so."""

    file: str
    line: int
    sentence: str
    is_fault: bool = True


@dataclass(slots=True)
class _Source:
    """A file as it was read, with the names that it and those that it shares names with set."""

    file: str
    tree: nodes.Template
    knows_values: bool
    stored: dict[str, list[nodes.Node | None]] = field(default_factory=dict)


class Proofreader:
    """Reads templates with all the files that they use."""

    def __init__(self, files: TemplateFiles, environments: Environments) -> None:
        self._files = files
        self._environments = environments

    def read(self, starts: Sequence[str], event: str) -> list[Finding]:
        """What is wrong with some files, and those they use, in messages about an event."""
        found: list[Finding] = []
        for source in self._sources(starts, found):
            # The parts that come with Duebell are right for every event: a test of ours says so.
            if source.file not in starts and self._files.is_shipped(source.file):
                continue
            found += _Reading(source, event, self._environments).findings()
        return sorted(dict.fromkeys(found))

    def _sources(self, starts: Sequence[str], found: list[Finding]) -> list[_Source]:
        waiting = [(file, True, "", 0) for file in reversed(starts)]
        sources: dict[tuple[str, bool], _Source] = {}
        shared: dict[str, list[nodes.Node | None]] = {}
        while waiting:
            file, knows_values, user, line = waiting.pop()
            if (file, knows_values) in sources:
                continue
            tree = self._parsed(file, user, line, found)
            if tree is None:
                continue
            source = _Source(file, tree, knows_values, shared if knows_values else {})
            sources[file, knows_values] = source
            for name, value in stored(tree):
                source.stored.setdefault(name, []).append(value)
            waiting += [
                (name, knows_values and keeps, file, node.lineno)
                for node, name, keeps in references(tree)
            ]
        return list(sources.values())

    def _parsed(
        self, file: str, user: str, line: int, found: list[Finding]
    ) -> nodes.Template | None:
        try:
            return self._environments.parse(file)
        except Unreadable as error:
            found.append(Finding(error.file, error.line or 1, str(error)))
        except TemplateNotFound:
            found.append(Finding(user or file, line or 1, self._files.no_such_file(file)))
        except TemplateSyntaxError as error:
            sentence, at = told(error, error.source or "")
            found.append(Finding(file, at, sentence))
        return None


class _Reading:
    """One file, read for one event."""

    def __init__(self, source: _Source, event: str, environments: Environments) -> None:
        self._source = source
        self._event = event
        environment = environments.any
        self._filters, self._tests = environment.filters, environment.tests
        self._globals = frozenset(environment.globals)
        self._names = frozenset(names_for(event)) if source.knows_values else frozenset[str]()
        self._asked = frozenset(asked_for(source.tree))
        self._resolving: set[str] = set()

    def findings(self) -> Iterator[Finding]:
        """Everything found, each name that is not there once."""
        missing: set[str] = set()
        for node in self._source.tree.find_all(nodes.Node):
            match node:
                case nodes.Name(name=str(name), ctx="load") if self._is_missing(name):
                    if name not in missing:
                        missing.add(name)
                        yield from self._about(node, name, self._no_name(name))
                case nodes.Getattr(node=owner, attr=str(name)):
                    yield from self._field(node, owner, name)
                case nodes.Getitem(node=owner, arg=nodes.Const(value=str(name))):
                    yield from self._field(node, owner, name)
                case nodes.Filter(name=str(name)) if name not in self._filters:
                    yield self._fault(node, no_such_filter(name))
                case nodes.Test(name=str(name)) if name not in self._tests:
                    yield self._fault(node, no_such_test(name))
                case nodes.TemplateData(data=str(words)):
                    yield from self._braces(node, words)

    def _fault(self, node: nodes.Node, sentence: str) -> Finding:
        return Finding(self._source.file, node.lineno, sentence)

    def _about(self, node: nodes.Node, path: str, sentence: str) -> Iterator[Finding]:
        """A name that a template asks ``is defined`` about is no fault, but may be a slip."""
        is_asked = path in self._asked
        if not (is_asked and path in NAMES):
            yield Finding(self._source.file, node.lineno, sentence, is_fault=not is_asked)

    def _is_missing(self, name: str) -> bool:
        there = self._names | self._globals | _GIVEN
        return name not in there and name not in self._source.stored

    def _no_name(self, name: str) -> str:
        if name in self._filters and name not in NAMES:
            return f"`{name}` is a filter; write `{{{{ VALUE | {name} }}}}`"
        if not self._source.knows_values and name in NAMES:
            return hidden_name(name)
        return no_such_name(name, self._event)

    def _field(self, node: nodes.Node, owner: nodes.Node, name: str) -> Iterator[Finding]:
        kind = self._kind(owner)
        # What begins with an underscore is refused by the sandbox, with words of its own.
        if kind is None or name.startswith("_") or has_field(kind, name):
            return
        what = f"`{shown}`" if (shown := path_of(owner)) else "this"
        yield from self._about(node, path_of(node), no_such_field(what, kind, name))

    def _kind(self, node: nodes.Node) -> Kind | None:
        """What kind of value this gives; None where nobody can say."""
        match node:
            case nodes.Name(name=str(name)):
                return self._kind_of_name(name)
            case nodes.Getattr(node=owner, attr=str(name)):
                return fields_of(self._kind(owner)).get(name)
            case nodes.Getitem(node=owner, arg=nodes.Const(value=str(name))):
                return fields_of(self._kind(owner)).get(name)
            case nodes.Getitem(node=owner, arg=nodes.Const(value=int())):
                return element_of(self._kind(owner))
            case nodes.Filter(node=nodes.Node() as owner, name="first" | "last"):
                return element_of(self._kind(owner))
        return None

    def _kind_of_name(self, name: str) -> Kind | None:
        values = self._source.stored.get(name)
        if values is None:
            return NAMES[name] if name in self._names else None
        if len(values) != 1 or name in self._resolving:
            return None
        self._resolving.add(name)
        try:
            match values[0]:
                case nodes.For(iter=iterated):
                    return element_of(self._kind(iterated))
                case nodes.Assign(node=value):
                    return self._kind(value)
            return None
        finally:
            self._resolving.discard(name)

    def _braces(self, node: nodes.Node, words: str) -> Iterator[Finding]:
        for match in (*_IN_BRACES.finditer(words), *_IN_OTHER_SIGNS.finditer(words)):
            root, dot, _ = match[1].casefold().partition(".")
            if root in NAMES or (dot and guess(root, NAMES)):
                line = node.lineno + words.count("\n", 0, match.start())
                meant = match[0].strip("{}<>«»[]% ")
                sentence = f"`{match[0]}` is sent as it stands; did you mean `{{{{ {meant} }}}}`?"
                yield Finding(self._source.file, line, sentence, is_fault=False)
