"""Who is behind each audience of the rulebook, for the record at hand: people, or why nobody."""

from __future__ import annotations

from collections.abc import Sequence

from duebell.domain.dossiers import Dossier
from duebell.domain.planning import Contact, Contacts, NoContact
from duebell.domain.rules import CLIENT, LIST_PREFIX, VENDOR, ListMember, Rulebook
from duebell.people.phones import Unusable, normalize_phone, pick_mobile


def contacts_of(dossier: Dossier, rulebook: Rulebook) -> Contacts:
    """Everybody behind every audience that the rulebook names."""
    audiences = {rule.to for rule in rulebook.rules}
    return {audience: _behind(audience, dossier, rulebook) for audience in sorted(audiences)}


def contact_behind(
    audience: str, key: str, dossier: Dossier, rulebook: Rulebook
) -> Contact | NoContact:
    """Who has this key in an audience by now."""
    contacts = _behind(audience, dossier, rulebook)
    for contact in contacts:
        if isinstance(contact, Contact) and contact.key == key:
            return contact
    # Where there is one alone, the reason is theirs; on a list it may be somebody else's.
    if len(contacts) == 1 and isinstance(contacts[0], NoContact):
        return contacts[0]
    return NoContact(f"who was to be told is not behind `{audience}` any more")


def _behind(audience: str, dossier: Dossier, rulebook: Rulebook) -> Sequence[Contact | NoContact]:
    if audience == CLIENT:
        return [_client(dossier)]
    if audience == VENDOR:
        return [_vendor(dossier)]
    if audience.startswith(LIST_PREFIX):
        members = rulebook.lists.get(audience.removeprefix(LIST_PREFIX), ())
        contacts = [_member(audience, *numbered) for numbered in enumerate(members, start=1)]
        return contacts or [NoContact(f"nobody is in {audience}")]
    return [Contact(f"fixed:{audience}", "", audience)]


def _client(dossier: Dossier) -> Contact | NoContact:
    client = dossier.client
    if client is None:
        return NoContact("it belongs to no client")
    number = pick_mobile(client, dossier.country)
    if isinstance(number, Unusable):
        return NoContact(number.reason)
    invoice_language = dossier.invoice.language if dossier.invoice is not None else ""
    return Contact(
        f"client:{client.id}", client.name, number.e164, (client.language, invoice_language)
    )


def _vendor(dossier: Dossier) -> Contact | NoContact:
    vendor = dossier.vendor
    if vendor is None:
        return NoContact("it belongs to no vendor")
    number = normalize_phone(vendor.phone, vendor.country, dossier.country)
    if isinstance(number, Unusable):
        return NoContact(f"the vendor's phone {number.reason}")
    return Contact(f"vendor:{vendor.id}", vendor.name, number.e164, (vendor.language,))


def _member(audience: str, place: int, member: ListMember) -> Contact | NoContact:
    if not member.sms:
        # By the place in the list and not by name: reasons are kept, and shown in Prefect.
        return NoContact(f"person {place} in {audience} has no number for texts")
    return Contact(f"{audience}:{member.name or member.sms}", member.name, member.sms)
