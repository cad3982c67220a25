"""The people whom a record names: its client, the further people there, and its vendor."""

from __future__ import annotations

from collections.abc import Sequence

from duebell.domain.books import Client, ClientContact
from duebell.domain.circumstances import NoContact, Person
from duebell.domain.dossiers import Dossier
from duebell.domain.rules import Rulebook
from duebell.people.phones import PhoneNumber, Unusable, normalize_phone, pick_mobile, pick_phone
from duebell.people.reaching import email_of, reached


class Parties:
    """The people of one record, as the rulebook corrects them.

    Numbers without a country code belong to the country of the client or vendor; where that is not
    stated, to that of the rulebook, and then to that of the business.
    """

    def __init__(self, dossier: Dossier, rulebook: Rulebook) -> None:
        self._dossier = dossier
        self._rulebook = rulebook
        terms, business = rulebook.business, dossier.business
        self._country = terms.country or dossier.country
        self._zone = terms.time_zone or (business.time_zone if business is not None else "")

    def client(self) -> Person | NoContact:
        """The client, by the phone and email of the record itself."""
        client = self._dossier.client
        if client is None:
            return self._no_client()
        ours = self._rulebook.client(client.account_id, client.id)
        phone = PhoneNumber(ours.sms) if ours.sms else pick_mobile(client, self._country)
        person = Person(f"client:{client.id}", client.name, languages=self._languages(client))
        return self._reached(person, phone, ours.email or client.email, "the client")

    def contacts(self) -> Sequence[Person | NoContact]:
        """The further people at the client, and those to whom the invoice goes besides."""
        client = self._dossier.client
        if client is None:
            return [self._no_client()]
        invoice = self._dossier.invoice
        listed = (*client.contacts, *(invoice.contacts if invoice is not None else ()))
        contacts: dict[str | ClientContact, ClientContact] = {}
        for contact in listed:
            # Who is in both lists is there once, as the client's record has them.
            contacts.setdefault(contact.id or contact, contact)
        people = [self._contact(client, *one) for one in enumerate(contacts.values(), start=1)]
        return people or [NoContact("the client has no further contacts")]

    def vendor(self) -> Person | NoContact:
        """The vendor, by the one phone and email of the record."""
        vendor = self._dossier.vendor
        if vendor is None:
            is_gone = self._dossier.vendor_id
            return NoContact("its vendor is gone" if is_gone else "it belongs to no vendor")
        ours = self._rulebook.vendor(vendor.account_id, vendor.id)
        phone: PhoneNumber | Unusable
        if ours.sms:
            phone = PhoneNumber(ours.sms)
        else:
            phone = normalize_phone(vendor.phone, vendor.country, self._country)
        if isinstance(phone, Unusable):
            phone = Unusable(f"the vendor's phone {phone.reason}")
        languages = _best_first(ours.language, vendor.language)
        person = Person(f"vendor:{vendor.id}", vendor.name, languages=languages)
        return self._reached(person, phone, ours.email or vendor.email, "the vendor")

    def _no_client(self) -> NoContact:
        is_gone = self._dossier.client_id
        return NoContact("its client is gone" if is_gone else "it belongs to no client")

    def _contact(self, client: Client, place: int, contact: ClientContact) -> Person:
        # By their place and not by name: reasons are kept, and shown in Prefect.
        who = f"contact {place} of the client"
        phones = {
            f"the phone of {who}": contact.phone,
            f"the other phone of {who}": contact.other_phone,
        }
        phone = pick_phone(phones, client.country, self._country)
        key = f"contact:{contact.id or f'{client.id}.{place}'}"
        person = Person(key, contact.name, languages=self._languages(client))
        return self._reached(
            person, phone or Unusable(f"{who} has no phone number"), contact.email, who
        )

    def _reached(
        self, person: Person, phone: PhoneNumber | Unusable, email: str, who: str
    ) -> Person:
        return reached(person, phone, email_of(email, who), self._zone)

    def _languages(self, client: Client) -> tuple[str, ...]:
        ours, invoice = self._rulebook.client(client.account_id, client.id), self._dossier.invoice
        written = invoice.language if invoice is not None else ""
        return _best_first(ours.language, client.language, written)


def _best_first(*languages: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, languages)))
