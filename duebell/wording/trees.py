"""Looking through what Jinja2 has read of a template: which names stand where, and for what.

https://jinja.palletsprojects.com/en/stable/api/#module-jinja2.nodes
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

_REFERENCES = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def path_of(node: nodes.Node) -> str:
    """A value as it is written: ``invoice.amount``; empty for what is no such chain of names."""
    match node:
        case nodes.Name(name=str(name)):
            return name
        case nodes.Getattr(node=owner, attr=str(name)):
            return f"{before}.{name}" if (before := path_of(owner)) else ""
        case nodes.Getitem(node=owner, arg=nodes.Const(value=str(name))):
            return f"{before}.{name}" if (before := path_of(owner)) else ""
    return ""


def asked_for(tree: nodes.Template) -> Iterator[str]:
    """What a template asks about before it uses it, or has a word for where it is not there."""
    for test in tree.find_all(nodes.Test):
        if test.name in ("defined", "undefined"):
            yield path_of(test.node)
    for filter_ in tree.find_all(nodes.Filter):
        if filter_.name in ("default", "d") and filter_.node is not None:
            yield path_of(filter_.node)


def stored(tree: nodes.Template) -> Iterator[tuple[str, nodes.Node | None]]:
    """Every name that a file sets, with the loop or assignment that sets nothing else."""
    plain: dict[int, nodes.Node] = {id(loop.target): loop for loop in tree.find_all(nodes.For)}
    plain |= {id(setting.target): setting for setting in tree.find_all(nodes.Assign)}
    for name in tree.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name, plain.get(id(name))
    for macro in tree.find_all(nodes.Macro):
        yield macro.name, None
    for imported in tree.find_all(nodes.Import):
        yield imported.target, None
    for imports in tree.find_all(nodes.FromImport):
        for one in imports.names:
            yield one if isinstance(one, str) else one[1], None


def references(tree: nodes.Template) -> Iterator[tuple[nodes.Node, str, bool]]:
    """The files that a file uses, and whether they see the values of the message."""
    for node in tree.find_all(_REFERENCES):
        template = node.template  # type: ignore[attr-defined]
        if isinstance(node, nodes.Include) and node.ignore_missing:
            continue
        if isinstance(template, nodes.Const) and isinstance(template.value, str):
            yield node, template.value, getattr(node, "with_context", True)
