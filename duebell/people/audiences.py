"""Who is behind each audience of the rulebook, for the record at hand: people, or why nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from duebell.domain.circumstances import NoContact, People, Person
from duebell.domain.dossiers import Dossier
from duebell.domain.rules import CLIENT, CONTACTS, LIST_PREFIX, VENDOR, ListMember, Rulebook
from duebell.people.emails import EmailAddress, normalize_email
from duebell.people.parties import Parties
from duebell.people.phones import PhoneNumber, Unusable
from duebell.people.reaching import email_of, reached


def people_behind(
    dossier: Dossier, rulebook: Rulebook, audiences: Collection[str] | None = None
) -> People:
    """Everybody behind these audiences, or behind every one that the rulebook names."""
    wanted = rulebook.audiences if audiences is None else audiences
    return {name: people_behind_one(name, dossier, rulebook) for name in sorted(set(wanted))}


def people_behind_one(
    audience: str, dossier: Dossier, rulebook: Rulebook
) -> Sequence[Person | NoContact]:
    """Everybody behind an audience: somebody, or the reason why there is nobody.

    What the rulebook says of a client or vendor corrects the record. Several people may have one
    address (a switchboard); each is there, under a key of their own.
    """
    parties = Parties(dossier, rulebook)
    if audience == CLIENT:
        return [parties.client()]
    if audience == CONTACTS:
        return parties.contacts()
    if audience == VENDOR:
        return [parties.vendor()]
    if audience.startswith(LIST_PREFIX):
        return _members(audience, rulebook)
    return [_fixed(audience)]


def _members(audience: str, rulebook: Rulebook) -> Sequence[Person | NoContact]:
    members = rulebook.lists.get(audience.removeprefix(LIST_PREFIX), ())
    if not members:
        return [NoContact(f"nobody is in {audience}")]
    people: dict[str, Person] = {}
    for place, member in enumerate(members, start=1):
        key = f"{audience}:{member.name or member.sms or member.email}"
        # Two of one name are two people.
        key = f"{key} {place}" if key in people else key
        people[key] = _member(key, f"person {place} in {audience}", member)
    return list(people.values())


def _member(key: str, who: str, member: ListMember) -> Person:
    # By the place in the list and not by name: reasons are kept, and shown in Prefect.
    languages = (member.language,) if member.language else ()
    return reached(
        Person(key, member.name, languages=languages, is_staff=True),
        PhoneNumber(member.sms) if member.sms else Unusable(f"{who} has no number for texts"),
        email_of(member.email, who),
    )


def _fixed(audience: str) -> Person:
    person = Person(f"fixed:{audience}", "", is_staff=True)
    if "@" not in audience:
        nothing = Unusable("a fixed number has no email address")
        return reached(person, PhoneNumber(audience), nothing)
    found = normalize_email(audience)
    if not isinstance(found, EmailAddress):
        found = Unusable(f"the fixed address {found.reason}")
    return reached(person, Unusable("a fixed email address has no number for texts"), found)
