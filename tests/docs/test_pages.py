"""The pages agree with the files, tables and commands that they speak of."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from duebell.ledger import (  # noqa: F401 - registers the tables
    audit_tables,
    book_tables,
    measure_tables,
    people_tables,
    sending_tables,
    tables,
)

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()

page_by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def section(page: str, title: str) -> str:
    """What stands under a heading of the second level."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@page_by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to another file of the project names one that exists."""
    links = re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text())

    missing = [link for link in links if not (page.parent / link).exists()]

    assert [] == missing


@page_by_page
def test_every_named_module_exists(page: Path) -> None:
    """Where a page names a module or a test by its path, it is there."""
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page.read_text())

    missing = [path for path in named if not (ROOT / path).is_file()]

    assert [] == missing


@page_by_page
def test_every_make_target_exists(page: Path) -> None:
    """Whatever a page tells people to make is a target of the Makefile."""
    told = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE))

    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))

    assert set() == told - targets


def test_every_package_is_described() -> None:
    """The page of the architecture says of each package what is in it."""
    described = re.findall(
        r"^\| `(duebell/[a-z]+)` \|", section(ARCHITECTURE, "Where things live"), re.M
    )

    packages = {f"duebell/{path.parent.name}" for path in ROOT.glob("duebell/*/__init__.py")}

    assert packages == set(described)
    assert len(packages) == len(described)


def test_every_table_is_described() -> None:
    """The page of the architecture has a line for each table of the ledger, and no other."""
    described = re.findall(
        r"^\| `([a-z_]+)` \|", section(ARCHITECTURE, "The ledger's tables"), re.M
    )

    assert tables.SignalRow.__tablename__ in described
    assert sorted(SQLModel.metadata.tables) == sorted(described)


def test_make_lists_its_targets() -> None:
    """``make`` without a target lists every target with a sentence, and does nothing."""
    targets = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert targets is not None
    assert targets[1].split() == re.findall(r"^  make (\w+) +\S", listed, re.MULTILINE)
