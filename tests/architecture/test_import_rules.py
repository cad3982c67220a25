"""Imports point inward: the product does not know Prefect, and the domain knows nobody."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("duebell", "blocks", "tasks", "flows", "deployments")
STDLIB = sys.stdlib_module_names

#: Provider modules that only read and write bytes.
PURE = frozenset(
    {
        *("wire", "email_wire", "errors", "signatures", "webhooks", "events", "inbound"),
        *("callbacks", "liquid"),
        *("records", "purchases", "identity", "sharing", "lists", "reading"),
    }
)

#: What every provider's pure half may use: the table of all codes, and what answers prove.
SHARED = tuple(
    f"duebell.providers.{name}"
    for name in ("codes", "code_rows", "text_codes", "email_codes", "again", "outcomes")
)

#: Whatever does input or output over the network.
NETWORK = frozenset(
    {"aiohttp", "asyncio", "http", "httpx", "requests", "socket", "ssl", "twilio", "urllib3"}
)


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return {dotted(path): path for path in paths}


def dotted(path: Path) -> str:
    """The name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_by(source: str, module: str, is_package: bool) -> set[str]:
    """The dotted names that a module's text imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module, is_package)
            # ``from a import b`` may mean the module a.b, so both are held against the rules.
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def is_inside(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or below it."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def top(name: str) -> str:
    """The first part of a dotted name."""
    return name.partition(".")[0]


def is_ours(name: str) -> bool:
    """Whether a dotted name belongs to the project."""
    return top(name) in PACKAGES


def is_pure_wire(module: str) -> bool:
    """Whether a module is the pure half of a provider."""
    name = module.rpartition(".")[2]
    return module in SHARED or (is_inside(module, "duebell.providers") and name in PURE)


def is_provider_client(name: str) -> bool:
    """Whether a name is a part of a provider that does input and output."""
    if not is_inside(name, "duebell.providers") or is_inside(name, *SHARED):
        return False
    parts = name.split(".")
    # duebell.providers and duebell.providers.NAME are empty packages; below a pure module are
    # its functions.
    if len(parts) <= 3:
        return parts[2:3] in (["http"], ["exchange"])
    return parts[3] not in PURE


def breaches_in(module: str, names: Iterable[str]) -> Iterator[str]:
    """Say in a sentence each what a module must not import but does."""
    for name in sorted(names):
        if (rule := broken_rule(module, name)) is not None:
            yield f"{module} imports {name}: {rule}"


def broken_rule(module: str, name: str) -> str | None:
    """The rule that this import breaks, if any."""
    layer = top(module)
    if top(name) == "prefect" and layer not in ("blocks", "tasks", "flows", "deployments"):
        return "only the shell knows Prefect"
    if is_inside(name, "deployments") and layer != "deployments":
        return "deployments is imported by none"
    if layer == "duebell":
        return _broken_in_product(module, name)
    return _broken_in_shell(layer, name)


def _broken_in_product(module: str, name: str) -> str | None:
    if is_ours(name) and top(name) != "duebell":
        return "the product does not know its shell"
    if is_inside(module, "duebell.domain"):
        known = top(name) in STDLIB or is_inside(name, "duebell.domain") or name == "duebell"
        return None if known else "the domain is the standard library and itself"
    if is_pure_wire(module):
        return _broken_in_wire(module, name)
    if is_inside(module, "duebell.web") and is_provider_client(name):
        return "the webhook process calls no provider"
    if is_inside(module, "duebell.web") and top(name) in {"httpx", "twilio", "requests"}:
        return "the webhook process calls nobody"
    if is_inside(module, "duebell.ledger") and is_inside(
        name, "duebell.providers", "duebell.web", "duebell.cli"
    ):
        return "the ledger stores and knows nobody who calls"
    return None


def _broken_in_wire(module: str, name: str) -> str | None:
    if top(name) in NETWORK:
        return "a wire module does no input or output"
    own = () if module in SHARED else (module.rpartition(".")[0],)
    if is_ours(name) and not is_inside(name, *own, *SHARED, "duebell.domain"):
        return "a wire module knows itself and the domain"
    if is_provider_client(name):
        return "a wire module does not know its client"
    return None


def _broken_in_shell(layer: str, name: str) -> str | None:
    if not is_ours(name):
        return None
    allowed = {
        "blocks": ("blocks", "duebell"),
        "tasks": ("tasks", "blocks", "duebell"),
        # The runtime holds the live objects of the process; a flow hands them on.
        "flows": ("flows", "tasks", "duebell"),
        "deployments": PACKAGES,
    }[layer]
    if not is_inside(name, *allowed):
        return f"{layer} may import {', '.join(allowed)}"
    if layer == "flows" and is_inside(name, "duebell.providers", "duebell.ledger", "duebell.web"):
        return "a flow says the order; tasks do the work"
    return None


def all_breaches() -> list[str]:
    """Every import of the project that breaks a rule."""
    return [
        breach
        for module, path in modules().items()
        for breach in breaches_in(
            module, imported_by(path.read_text(), module, path.name == "__init__.py")
        )
    ]


def test_every_package_is_looked_at() -> None:
    """The rules are held against all five packages, so that an empty search cannot pass."""
    packages = {top(name) for name in modules()}

    assert set(PACKAGES) == packages


def test_imports_point_inward() -> None:
    """No module of the project imports what its place forbids."""
    breaches = all_breaches()

    assert [] == breaches


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("duebell.domain.planning", "import sqlmodel"),
        ("duebell.domain.planning", "from duebell import settings"),
        ("duebell.domain.planning", "from ..ledger import tables"),
        ("duebell.providers.twilio.wire", "import httpx"),
        ("duebell.providers.twilio.wire", "from duebell.settings import Settings"),
        ("duebell.providers.twilio.wire", "from . import messages"),
        ("duebell.providers.freshbooks.records", "from duebell.providers.twilio import wire"),
        ("duebell.providers.codes", "from duebell.providers.twilio import wire"),
        ("duebell.providers.codes", "import asyncio"),
        ("duebell.web.app", "def late():\n    import prefect"),
        ("duebell.web.app", "from duebell.providers.freshbooks import client"),
        ("duebell.web.app", "from duebell.providers import http"),
        ("duebell.ledger.ledger", "import prefect.client"),
        ("duebell.ledger.ledger", "from duebell.providers.twilio import wire"),
        ("duebell.cli.check", "import blocks"),
        ("duebell.cli.check", "from deployments import up"),
        ("blocks.twilio", "import tasks.sending"),
        ("tasks.sending", "from flows.notify import notify"),
        ("flows.notify", "import blocks"),
        ("flows.notify", "from duebell.ledger.ledger import Ledger"),
        ("flows.notify", "import deployments.worker"),
    ],
)
def test_a_breach_is_found(module: str, source: str) -> None:
    """Each rule notices an import that breaks it."""
    names = imported_by(source, module, is_package=False)

    assert [] != list(breaches_in(module, names))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("duebell.domain.planning", "from duebell.domain import rules\nimport dataclasses"),
        ("duebell.providers.twilio.wire", "import hmac\nfrom duebell.domain.delivery import Step"),
        ("duebell.providers.twilio.wire", "from duebell.providers.codes import fault_of"),
        ("duebell.providers.twilio.messages", "import httpx\nfrom . import wire"),
        ("duebell.web.sendgrid", "from duebell.providers.codes import fault_of"),
        ("duebell.web.twilio", "from duebell.providers.twilio.wire import is_signed"),
        ("blocks.twilio", "import prefect\nfrom duebell.settings import Settings"),
        ("tasks.sending", "import blocks\nimport duebell.ledger.ledger"),
        ("flows.notify", "import prefect\nfrom tasks import sending"),
        ("deployments.worker", "import flows.notify\nimport blocks\nimport duebell.web.app"),
    ],
)
def test_what_is_allowed_passes(module: str, source: str) -> None:
    """The rules do not forbid what the design allows."""
    names = imported_by(source, module, is_package=False)

    assert [] == list(breaches_in(module, names))


def test_the_webhook_process_loads_no_prefect() -> None:
    """Importing the web application in a fresh interpreter loads neither Prefect nor a client."""
    program = (
        "import sys, duebell.web.app, duebell.web.server\n"
        "heavy = {'prefect', 'fastapi', 'twilio', 'httpx', 'typer'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ("[]\n", "", 0) == (done.stdout, done.stderr, done.returncode)
