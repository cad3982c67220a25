"""The look of ``duebell check`` at the rulebook and its templates."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deployments import inspection
from deployments.inspection import Known
from duebell.domain.failures import ConfigurationError
from duebell.settings import load_settings

pytestmark = pytest.mark.flow

RULEBOOK = """
[lists]
approvers = [{ name = "Dana", sms = "+12125550101" }]

[[rule]]
on = "bill.create"
to = "list:approvers"
channel = "sms"
template = "bill_approval"

[[rule]]
on = "invoice.overdue"
to = "client"
channel = "sms"
template = "overdue_notice"
"""

ON_LOSS = """
[[rule]]
on = "connection.lost"
to = "list:approvers"
channel = "sms"
template = "connection_lost"
"""


def look(folder: Path, text: str) -> str:
    """What the look says of a rulebook with this text."""
    (folder / "duebell.toml").write_text(text, encoding="utf-8")
    settings = load_settings(_env_file=None, home=folder, config=folder / "duebell.toml")
    return asyncio.run(inspection.rulebook(Known(settings=settings)))


def test_each_template_is_tried_with_the_records_of_its_event(tmp_path: Path) -> None:
    """Words about a bill are right where a rule tells of bills, though no invoice has one."""
    told = look(tmp_path, RULEBOOK)

    assert "is valid; rules: 2, templates: bill_approval, overdue_notice" in told


@pytest.mark.parametrize(("rule", "is_hinted"), [("", True), (ON_LOSS, False)])
def test_a_loss_of_which_nobody_would_be_texted_is_hinted_at(
    tmp_path: Path, rule: str, is_hinted: bool
) -> None:
    """Without a rule on connection.lost the look is well all the same, and says what that means."""
    told = look(tmp_path, RULEBOOK + rule)

    assert is_hinted is ("no rule is on connection.lost" in told)


def test_a_template_that_does_not_fit_its_event_is_told(tmp_path: Path) -> None:
    """Words about a bill are wrong for an invoice, and the look says so before anybody is told."""
    with pytest.raises(ConfigurationError) as refused:
        look(tmp_path, RULEBOOK.replace("overdue_notice", "bill_approval"))

    (fault,) = refused.value.faults
    expected = "line 15: `template`: `bill_approval` is for bill.create, and this rule is on"
    assert f"{tmp_path}/duebell.toml {expected} invoice.overdue;" in fault


def test_all_faults_of_rules_and_templates_come_together(tmp_path: Path) -> None:
    """A wrong rule does not hide the wrong words of another."""
    text = RULEBOOK.replace("overdue_notice", "bill_approval").replace("list:appr", "list:apr")

    with pytest.raises(ConfigurationError) as refused:
        look(tmp_path, text)

    rule, template = refused.value.faults
    assert "did you mean `approvers`?" in rule
    assert "`bill_approval` is for bill.create" in template
