"""What ``duebell check`` looks at in the ledger about sending: what is stopped or not reported."""

from __future__ import annotations

from deployments.inspection import Known, NotChecked
from duebell.cli.reading import reading_ledger
from duebell.domain.failures import ConfigurationError
from duebell.ledger import readiness, silence
from duebell.ledger.ledger import utc_now

_WELL = "nothing is stopped, and no reports are missing"


async def channels(known: Known) -> str:
    """Whether texts and emails can be sent, and providers report what became of them."""
    if not known.ledger_is_current:
        raise NotChecked("the ledger cannot be read.")
    with reading_ledger() as connection:
        faults = readiness.stopped_channels(connection)
        faults += silence.sentences_on_reports(connection, utc_now())
    if faults:
        raise ConfigurationError(faults)
    return _WELL
