"""An operator's directory of templates, and what is said of the templates in it."""

from __future__ import annotations

from pathlib import Path

from duebell.wording.rendering import Proof, Renderer, shipped_templates


def put(folder: Path, file: str, source: str | bytes = "x") -> Path:
    """Write a file, which lies where the operator put it."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return path


def proof_of(folder: Path, source: str | bytes, event: str = "invoice.create") -> Proof:
    """What is wrong with a text of this source, named ``note``, in messages about an event."""
    put(folder, "sms/note.txt.j2", source)
    return Renderer([folder, shipped_templates()]).proofread("note", event)


def faults_in(folder: Path, source: str | bytes, event: str = "invoice.create") -> list[str]:
    """Its faults, each from the line on: ``line 2: ...``."""
    title = f"template `{folder}/sms/note.txt.j2` "
    return [fault.removeprefix(title) for fault in proof_of(folder, source, event).faults]


def notes_in(folder: Path, source: str, event: str = "invoice.create") -> list[str]:
    """What in it is right and maybe not meant, each from the line on."""
    title = f"template `{folder}/sms/note.txt.j2` "
    return [note.removeprefix(title) for note in proof_of(folder, source, event).notes]
