"""Who is in the books of a fresh sandbox: the clients and the vendors of each business."""

from __future__ import annotations

from typing import Any

from duebell.sandbox import credentials

_US: dict[str, Any] = {
    "mob_phone": "",
    "bus_phone": "",
    "home_phone": "",
    "p_country": "United States",
    "language": "en",
    "currency_code": "USD",
    "in_rotation": True,
}
_CANADA = {**_US, "p_country": "Canada", "currency_code": "CAD"}
_NZ = {**_US, "currency_code": "NZD"}

_BASALT_CONTACTS = [
    {"contactid": 1, "fname": "Ines", "lname": "Basalt", "email": "ines@basalt.example",
     "phone1": "312-555-0114"},
    {"contactid": 2, "fname": "Rolf", "lname": "Amsel", "email": "rolf@basalt.example"},
]  # fmt: skip

#: Account -> clients. ``docs/sandbox.md`` shows those of the first as a table.
CLIENTS: dict[str, tuple[dict[str, Any], ...]] = {
    credentials.ACCOUNT_ID: (
        {**_US, "organization": "Alder Street Bakery", "fname": "Nora", "lname": "Whitlock",
         "mob_phone": "(212) 555-0101", "p_city": "New York"},
        {**_US, "organization": "Basalt & Sons Masonry", "fname": "Otis", "lname": "Basalt",
         "mob_phone": "312.555.0112", "bus_phone": "312-555-0113", "p_city": "Chicago",
         "contacts": _BASALT_CONTACTS},
        {**_CANADA, "organization": "Atelier Beauchemin", "fname": "Élise",
         "lname": "Beauchemin", "mob_phone": "514 555 0124", "p_city": "Montréal",
         "language": "fr"},
        {**_US, "organization": "", "fname": "Miguel", "lname": "Ortega",
         "home_phone": "1-773-555-0135", "p_city": "Chicago", "language": "es"},
        {**_CANADA, "organization": "Cedar Point Dental", "fname": "Priya", "lname": "Raman",
         "bus_phone": "+1 (416) 555-0146", "p_city": "Toronto"},
        {**_US, "organization": "Thistledown Farm Ltd", "fname": "Fergus", "lname": "Adair",
         "mob_phone": "07700 900157", "p_city": "Leeds", "p_country": "United Kingdom",
         "currency_code": "GBP", "in_rotation": False},
        {**_US, "organization": "Quill & Co. Bookshop", "fname": "Hattie", "lname": "Quill",
         "p_city": "Portland", "in_rotation": False},
        {**_US, "organization": "Old Mill Antiques", "fname": "Walter", "lname": "Grimm",
         "bus_phone": "646-555-0191", "p_city": "New York", "in_rotation": False},
    ),
    credentials.SECOND_ACCOUNT_ID: (
        {**_NZ, "organization": "Rimu Street Dairy", "fname": "Aroha", "lname": "Ngata",
         "mob_phone": "(808) 555-0161", "p_city": "Honolulu"},
        {**_NZ, "organization": "Tui & Daughters Joinery", "fname": "Grace", "lname": "Tui",
         "bus_phone": "808-555-0162", "p_city": "Hilo"},
        {**_NZ, "organization": "", "fname": "Sione", "lname": "Fifita",
         "p_city": "Kailua", "in_rotation": False},
    ),
}  # fmt: skip

_US_VENDOR: dict[str, Any] = {
    "country": "United States",
    "language": "en",
    "currency_code": "USD",
    "phone": "",
    "in_rotation": True,
}

#: Account -> vendors of bills.
VENDORS: dict[str, tuple[dict[str, Any], ...]] = {
    credentials.ACCOUNT_ID: (
        {**_US_VENDOR, "vendor_name": "Larch Office Supply", "phone": "(212) 555-0148",
         "primary_contact_first_name": "June", "primary_contact_last_name": "Larch",
         "primary_contact_email": "june@larch.example", "city": "New York",
         "account_number": "45454545", "website": "larch.example"},
        {**_US_VENDOR, "vendor_name": "Pinewood Properties", "phone": "312-555-0149",
         "primary_contact_first_name": "Abel", "primary_contact_last_name": "Stone",
         "primary_contact_email": "rent@pinewood.example", "city": "Chicago"},
        {**_US_VENDOR, "vendor_name": "Fournitures Lavoie", "phone": "514 555 0152",
         "primary_contact_first_name": "Marc", "primary_contact_last_name": "Lavoie",
         "primary_contact_email": "marc@lavoie.example", "city": "Montréal",
         "country": "Canada", "language": "fr", "currency_code": "CAD"},
        {**_US_VENDOR, "vendor_name": "Kestrel Courier", "primary_contact_first_name": "",
         "primary_contact_last_name": "", "primary_contact_email": "post@kestrel.example",
         "city": "Chicago", "in_rotation": False},
    ),
    credentials.SECOND_ACCOUNT_ID: (
        {**_US_VENDOR, "vendor_name": "Harakeke Stationers", "phone": "808-555-0163",
         "primary_contact_first_name": "Moana", "primary_contact_last_name": "Reid",
         "primary_contact_email": "moana@harakeke.example", "city": "Honolulu",
         "currency_code": "NZD"},
    ),
}  # fmt: skip
