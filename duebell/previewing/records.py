"""A preview with a real record, as the books, the people and the ledger are at this moment.

Nothing is recorded and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from duebell.domain.books import Kind
from duebell.domain.circumstances import Circumstances
from duebell.domain.decisions import Verdict
from duebell.domain.dossiers import Dossier
from duebell.domain.events import creation_of, kind_of_event
from duebell.domain.failures import NothingFound, ProviderError, RecordGone
from duebell.domain.local_times import LocalTimes
from duebell.domain.signals import Signal
from duebell.ledger import brake_reading
from duebell.ledger.hearing import Heard, heard
from duebell.notifying.deciding import keys_of, zone_of
from duebell.notifying.lookup import Lookup
from duebell.notifying.surroundings import look_around
from duebell.previewing.asking import Asked, Chosen, PreviewRefused
from duebell.previewing.finding import RecordSearch
from duebell.previewing.nouns import NOUNS, record_words, with_article
from duebell.previewing.occasions import occasions_of
from duebell.previewing.pairing import notes_on_pairs
from duebell.previewing.preview import Preview, Shown
from duebell.previewing.showing import Occasion, Scene
from duebell.previewing.wording import Outlet
from duebell.runtime import Runtime

_PARTIAL = "Something that belongs to the record is gone: it is told without it."


async def preview_record(runtime: Runtime, chosen: Chosen) -> Preview:
    """What would come of an event of a record now.

    ``runtime`` has the rulebook from which the rules were chosen.

    Raises:
        PreviewRefused: where several accounts may be meant.
        NothingFound: where the record is not there.
        ProviderError: where FreshBooks cannot be asked.
    """
    asked = chosen.asked
    runtime = replace(runtime, rulebook=chosen.rulebook)
    account_id = await _account(runtime, asked)
    asked, dossier = await _found(runtime, account_id, asked)
    shown, notes = await _shown(runtime, chosen, dossier)
    notes = [*notes_on_pairs(chosen), *notes]
    notes += [_PARTIAL] if dossier.is_partial else []
    notes += await _brakes(runtime, account_id)
    subject = record_words(dossier)
    return Preview(
        event=asked.event,
        subject=subject,
        shown=_once(shown),
        notes=tuple(notes),
        account_id=account_id,
        object_id=asked.object_id,
        times=_times(dossier),
    )


def _times(dossier: Dossier) -> LocalTimes:
    if dossier.business is None:
        return LocalTimes()
    return LocalTimes({dossier.business.account_id: zone_of(dossier.business)})


async def _shown(
    runtime: Runtime, chosen: Chosen, dossier: Dossier
) -> tuple[list[Shown], list[str]]:
    around = await look_around(runtime, {0: dossier})
    back = await runtime.ledger.look_back(keys_of([dossier]), [])
    public_url = runtime.settings.public_url
    outlet = Outlet(runtime.renderer, runtime.safe_mode, chosen.asked.language, public_url)
    scene = Scene(chosen, dossier, around.people[0], outlet)
    occasions, notes = occasions_of(runtime, chosen, dossier, back)
    circumstances = around.of(dossier.business)
    shown = [one for each in occasions for one in await _at(runtime, scene, each, circumstances)]
    return shown, notes


async def _account(runtime: Runtime, asked: Asked) -> str:
    accounts = await runtime.accounts()
    if asked.account_id:
        if asked.account_id not in accounts:
            known = ", ".join(accounts)
            raise PreviewRefused(f"there is no account {asked.account_id}; there are {known}")
        return asked.account_id
    if len(accounts) != 1:
        raise PreviewRefused(f"there are several accounts: add --account {' or '.join(accounts)}")
    return accounts[0]


async def _found(runtime: Runtime, account_id: str, asked: Asked) -> tuple[Asked, Dossier]:
    """The record that is meant, by its id, else by what people call it."""
    word = asked.object_id.strip()
    # An id has no zeros in front, as numbers of invoices have.
    may_be_id = word.isascii() and word.isdecimal() and not word.startswith("0")
    if may_be_id:
        try:
            return asked, await _read(runtime, account_id, asked)
        except RecordGone:
            pass  # it may be a number
    try:
        kind = kind_of_event(asked.event) or Kind.INVOICE
        id_ = await RecordSearch(runtime, account_id).find(kind, word)
    except NothingFound:
        if may_be_id:
            raise NothingFound(await _what_is_there(runtime, account_id, asked)) from None
        raise
    asked = replace(asked, object_id=id_)
    try:
        return asked, await _read(runtime, account_id, asked)
    except RecordGone:
        raise NothingFound(f"FreshBooks has {word} ({id_}) no more") from None


async def _read(runtime: Runtime, account_id: str, asked: Asked) -> Dossier:
    return await Lookup(runtime).read(Signal(account_id, asked.event, asked.object_id))


async def _what_is_there(runtime: Runtime, account_id: str, asked: Asked) -> str:
    """Why the record is not there; ids of another kind of record are taken for it easily."""
    wanted = kind_of_event(asked.event)
    others = []
    for kind in Kind:
        if kind is not wanted and await _is_there(runtime, account_id, kind, asked.object_id):
            others.append(kind)
    noun = NOUNS[wanted] if wanted is not None else "record"
    sentence = f"FreshBooks has no {noun} {asked.object_id} in the account {account_id}"
    if not others:
        return sentence
    found = " and ".join(f"{with_article(NOUNS[kind])} {asked.object_id}" for kind in others)
    return f"{sentence}; there is {found}: see `duebell preview {creation_of(others[0])}`"


async def _is_there(runtime: Runtime, account_id: str, kind: Kind, id_: str) -> bool:
    try:
        await Lookup(runtime).read(Signal(account_id, creation_of(kind), id_))
    except ProviderError:
        return False  # it is only asked in order to help
    return True


async def _at(
    runtime: Runtime, scene: Scene, occasion: Occasion, around: Circumstances
) -> list[Shown]:
    """What is shown of a fact; what was told before, or is past, is told no more."""
    circumstances = replace(around, now=occasion.at) if occasion.at else around
    shown = list(scene.shown(occasion, circumstances))
    if not any(one.dedup_key for one in shown):
        # The books are against it by now; who heard of it before is shown all the same.
        earlier = list(scene.shown(occasion, circumstances, as_it_was=True))
        told = await _told(runtime, earlier)
        return [*shown, *(_by_now(one, occasion, told) for one in earlier if one.dedup_key in told)]
    told = await _told(runtime, shown)
    return [_by_now(one, occasion, told) for one in shown]


async def _told(runtime: Runtime, shown: Iterable[Shown]) -> dict[str, Heard]:
    keys = [one.dedup_key for one in shown if one.dedup_key]
    return await runtime.ledger.read(lambda c: heard(c, keys))


def _by_now(shown: Shown, occasion: Occasion, told: Mapping[str, Heard]) -> Shown:
    if (known := told.get(shown.dedup_key)) is not None:
        reason = f"told before: {known.words}"
        return replace(shown, verdict=Verdict.REPEATED.value, reason=reason)
    if occasion.over and shown.is_told:
        return replace(shown, verdict=Verdict.SKIPPED.value, reason=occasion.over)
    return shown


def _once(shown: Iterable[Shown]) -> tuple[Shown, ...]:
    """What is so whatever the rule and the day is said once."""
    found: dict[object, Shown] = {}
    for one in shown:
        found.setdefault(one if one.rule else (one.verdict, one.reason), one)
    return tuple(found.values())


async def _brakes(runtime: Runtime, account_id: str) -> list[str]:
    engaged = await runtime.ledger.read(brake_reading.listed)
    return [
        f"Brake {one.id} is engaged ({one.reason}): messages to clients wait for a person."
        for one in engaged
        if one.account_id == account_id
    ]
