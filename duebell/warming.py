"""Doing at the start what would make the first message wait: tables and templates load lazily."""

from __future__ import annotations

from duebell.people.countries import region_of
from duebell.people.phones import pick_mobile
from duebell.runtime import Runtime
from duebell.wording.sample_records import SAMPLE_BUSINESS, SAMPLE_CLIENT


def warm_up(runtime: Runtime) -> None:
    """Load locales, phone number metadata and compiled templates.

    Raises:
        RenderingFailed: if a template that a rule names does not render.
    """
    region_of("Canada")
    pick_mobile(SAMPLE_CLIENT, SAMPLE_BUSINESS.country)
    for template, event in sorted({(rule.template, rule.on) for rule in runtime.rulebook.rules}):
        runtime.renderer.check(template, event)
