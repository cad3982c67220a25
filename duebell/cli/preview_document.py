"""A preview as a plain object, for programs; addresses are masked in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duebell.previewing.preview import Preview, Shown, Words


def preview_document(preview: Preview, pages: Mapping[int, Path]) -> dict[str, Any]:
    """A preview; ``pages`` are the files of its emails, by place."""
    return {
        "event": preview.event,
        "subject": preview.subject,
        "account_id": preview.account_id or None,
        "object_id": preview.object_id or None,
        "is_sample": preview.is_sample,
        "time_zone": str(preview.times.zone()),
        "notes": list(preview.notes),
        "decisions": [_decision(one, pages.get(place)) for place, one in enumerate(preview.shown)],
    }


def _decision(one: Shown, page: Path | None) -> dict[str, Any]:
    return {
        "verdict": one.verdict,
        "reason": one.reason,
        "rule": one.rule.name if one.rule else None,
        "rule_number": one.number,
        "line": one.rule.line or None if one.rule else None,
        "template": one.rule.template if one.rule else None,
        "audience": one.audience or None,
        "name": one.name or None,
        "channel": one.channel.value if one.channel else None,
        "recipient": one.recipient or None,
        "instead": one.instead or None,
        "not_before": one.not_before.isoformat() if one.not_before else None,
        "hold": one.hold or None,
        "note": one.note or None,
        "day": one.day.isoformat() if one.day else None,
        **_said(one.words or Words("")),
        "html_file": str(page) if page else None,
        "fault": one.fault or None,
    }


def _said(words: Words) -> dict[str, Any]:
    return {
        "text": words.text or None,
        "segments": words.segments or None,
        "encoding": words.encoding or None,
        "dear": list(words.dear),
        "subject": words.subject or None,
        "html": words.html or None,
    }
