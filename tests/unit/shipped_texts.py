"""The shipped texts as they should read, by template and language."""

from __future__ import annotations

#: What each template is for.
EVENTS = {
    "invoice_created": "invoice.create",
    "invoice_changed": "invoice.update",
    "invoice_sent": "invoice.sendByEmail",
    "reminder_before_due": "invoice.due",
    "overdue_notice": "invoice.overdue",
    "payment_received": "payment.create",
    "bill_approval": "bill.create",
    "bill_changed": "bill.update",
    "vendor_added": "bill_vendor.create",
    "vendor_changed": "bill_vendor.update",
    "client_added": "client.create",
    "client_changed": "client.update",
    "expense_recorded": "expense.create",
    "connection_lost": "connection.lost",
    "webhook_silent": "webhook.silent",
}
#: The text of the first made-up case of each event.
TEXTS = {
    "invoice_created": {
        "en": (
            "Northwind Bookkeeping: your invoice 0000042 for $1,234.50 is ready, due Oct "
            "31, 2026. Thank you!"
        ),
        "de": (
            "Northwind Bookkeeping: Ihre Rechnung 0000042 über 1.234,50 CA$ ist da, fällig "
            "am 31.10.2026. Vielen Dank!"
        ),
        "es": (
            "Northwind Bookkeeping: le enviamos la factura 0000042 por 1.234,50 CAD, con "
            "vencimiento el 31 oct 2026. ¡Gracias!"
        ),
        "fr": (
            "Northwind Bookkeeping : votre facture 0000042 de 1 234,50 $CA est disponible, "
            "à régler avant le 31/10/2026. Merci !"
        ),
    },
    "reminder_before_due": {
        "en": (
            "Northwind Bookkeeping: a friendly reminder that invoice 0000042 is due Oct 31,"
            " 2026; $1,234.50 is open. Thank you!"
        ),
        "de": (
            "Northwind Bookkeeping: kleine Erinnerung, Rechnung 0000042 ist am 31.10.2026 "
            "fällig; offen sind 1.234,50 CA$. Vielen Dank!"
        ),
        "es": (
            "Northwind Bookkeeping: le recordamos que la factura 0000042 vence el 31 oct "
            "2026; quedan 1.234,50 CAD por pagar. ¡Gracias!"
        ),
        "fr": (
            "Northwind Bookkeeping : pour rappel, la facture 0000042 est à régler avant le "
            "31/10/2026 ; il reste 1 234,50 $CA. Merci !"
        ),
    },
    "overdue_notice": {
        "en": (
            "Northwind Bookkeeping: invoice 0000042 was due Oct 31, 2026 and $1,234.50 is "
            "still open. If your payment is on its way, thank you!"
        ),
        "de": (
            "Northwind Bookkeeping: Rechnung 0000042 war am 31.10.2026 fällig, 1.234,50 CA$"
            " sind noch offen. Falls die Zahlung schon unterwegs ist: vielen Dank!"
        ),
        "es": (
            "Northwind Bookkeeping: la factura 0000042, con vencimiento el 31 oct 2026, "
            "sigue pendiente; quedan 1.234,50 CAD por pagar. Si ya ha pagado, ¡gracias!"
        ),
        "fr": (
            "Northwind Bookkeeping : la facture 0000042 était à régler avant le 31/10/2026,"
            " il reste 1 234,50 $CA. Si le paiement est en route, merci !"
        ),
    },
    "payment_received": {
        "en": (
            "Northwind Bookkeeping: we received your payment of $1,234.50 for invoice "
            "0000042, which is now paid in full. Thank you!"
        ),
        "de": (
            "Northwind Bookkeeping: Ihre Zahlung von 1.234,50 CA$ ist eingegangen, die "
            "Rechnung 0000042 ist damit beglichen. Vielen Dank!"
        ),
        "es": (
            "Northwind Bookkeeping: hemos recibido su pago de 1.234,50 CAD para la factura "
            "0000042, que queda saldada. ¡Gracias!"
        ),
        "fr": (
            "Northwind Bookkeeping : nous avons bien encaissé votre paiement de 1 234,50 "
            "$CA pour la facture 0000042, qui est soldée. Merci !"
        ),
    },
    "invoice_sent": {
        "en": (
            "Northwind Bookkeeping: we have emailed you invoice 0000042 for $1,234.50, due "
            "Oct 31, 2026. Thank you!"
        ),
        "de": (
            "Northwind Bookkeeping: wir haben Ihnen die Rechnung 0000042 über 1.234,50 CA$ "
            "gemailt, fällig am 31.10.2026. Vielen Dank!"
        ),
        "es": (
            "Northwind Bookkeeping: le hemos enviado por correo la factura 0000042 por "
            "1.234,50 CAD, con vencimiento el 31 oct 2026. ¡Gracias!"
        ),
        "fr": (
            "Northwind Bookkeeping : la facture 0000042 de 1 234,50 $CA vous attend dans "
            "vos e-mails, à régler avant le 31/10/2026. Merci !"
        ),
    },
    "invoice_changed": {
        "en": (
            "Northwind Bookkeeping: your invoice 0000042 has changed. It is now for "
            "$1,234.50, due Oct 31, 2026. Thank you!"
        ),
        "de": (
            "Northwind Bookkeeping: Ihre Rechnung 0000042 wurde geändert. Sie lautet jetzt "
            "auf 1.234,50 CA$, fällig am 31.10.2026. Vielen Dank!"
        ),
        "es": (
            "Northwind Bookkeeping: su factura 0000042 ha cambiado. Ahora es de 1.234,50 "
            "CAD, con vencimiento el 31 oct 2026. ¡Gracias!"
        ),
        "fr": (
            "Northwind Bookkeeping : votre facture 0000042 a été modifiée. Montant : 1 "
            "234,50 $CA, à régler avant le 31/10/2026. Merci !"
        ),
    },
    "bill_approval": {
        "en": (
            "Northwind Bookkeeping: a bill (BN101) from Ridgeway Office Supply for "
            "$1,500.00, due Oct 26, 2026, has come in. Please approve it in FreshBooks."
        ),
    },
    "bill_changed": {
        "en": (
            "Northwind Bookkeeping: the bill BN101 from Ridgeway Office Supply has changed "
            "(amount, due on). It is now for $1,500.00, due Oct 26, 2026. Please check it."
        ),
    },
    "vendor_added": {
        "en": (
            "Northwind Bookkeeping: Ridgeway Office Supply is now one of our vendors. If "
            "you did not expect this, please tell us."
        ),
        "de": (
            "Northwind Bookkeeping: Ridgeway Office Supply gehört jetzt zu unseren "
            "Lieferanten. Falls Sie das nicht erwartet haben, sagen Sie uns bitte Bescheid."
        ),
        "es": (
            "Northwind Bookkeeping: Ridgeway Office Supply figura ahora entre nuestros "
            "proveedores. Si no lo esperaba, por favor contacte con nosotros."
        ),
        "fr": (
            "Northwind Bookkeeping : Ridgeway Office Supply figure maintenant parmi nos "
            "fournisseurs. Si cela vous surprend, merci de nous le dire."
        ),
    },
    "vendor_changed": {
        "en": (
            "Northwind Bookkeeping: the details of vendor Ridgeway Office Supply have "
            "changed (email, phone). If you did not expect this, please tell us."
        ),
        "de": (
            "Northwind Bookkeeping: die Angaben zum Lieferanten Ridgeway Office Supply "
            "wurden geändert (E-Mail, Telefon). Falls unerwartet, sagen Sie uns bitte "
            "Bescheid."
        ),
        "es": (
            "Northwind Bookkeeping: los datos del proveedor Ridgeway Office Supply han "
            "cambiado (correo, teléfono). Si no lo esperaba, por favor contacte con "
            "nosotros."
        ),
        "fr": (
            "Northwind Bookkeeping : les coordonnées du fournisseur Ridgeway Office Supply "
            "ont changé (e-mail, téléphone). Si cela vous surprend, merci de nous le dire."
        ),
    },
    "client_added": {
        "en": "Northwind Bookkeeping: Melmac Ceramics was added as a client.",
    },
    "client_changed": {
        "en": (
            "Northwind Bookkeeping: the details of client Melmac Ceramics have changed "
            "(email, phone). If you did not expect this, please tell us."
        ),
    },
    "expense_recorded": {
        "en": (
            "Northwind Bookkeeping: an expense of $100.00 (Harbor Taxi) on Oct 5, 2026 was "
            "recorded."
        ),
    },
    "connection_lost": {
        "en": (
            "Duebell has lost its connection to FreshBooks. Nothing about the books is sent"
            " until somebody connects again: duebell connect freshbooks"
        ),
    },
    "webhook_silent": {
        "en": (
            "Duebell: the webhook payment.create (account SAMPLE) is silent since "
            "2026-10-05 09:30 UTC; polls find what it misses. If it stays so: duebell "
            "webhooks sync"
        ),
    },
}
