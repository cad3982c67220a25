"""The pages by which a reader of emails stops them: words in four languages, and their HTML.

Pure; nobody's address stands in them, because links are passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

HTML = "text/html; charset=utf-8"

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto }}
button {{ font: inherit; padding: .5rem 1.2rem; cursor: pointer }}
</style></head><body><h1>{title}</h1><p>{text}</p>{more}</body></html>
"""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language; ``of`` goes between "these emails" and the firm's name."""

    ask_title: str
    ask: str
    button: str
    done_title: str
    done: str
    unknown_title: str
    unknown: str
    of: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        ask_title="No more emails?",
        ask="Press the button and this address gets no more of these emails{of}.",
        button="No more emails, please",
        done_title="Done",
        done="This address gets no more of these emails{of}.",
        unknown_title="This link leads to no email",
        unknown="Please use the whole link from the email, or answer the email.",
        of=" from {firm}",
    ),
    "de": _Words(
        ask_title="Keine E-Mails mehr?",
        ask="Mit dem Knopf bekommt diese Adresse keine solchen E-Mails{of} mehr.",
        button="Bitte keine E-Mails mehr",
        done_title="Erledigt",
        done="Diese Adresse bekommt keine solchen E-Mails{of} mehr.",
        unknown_title="Dieser Link führt zu keiner E-Mail",
        unknown="Bitte nutzen Sie den ganzen Link aus der E-Mail, oder antworten Sie auf sie.",
        of=" von {firm}",
    ),
    "fr": _Words(
        ask_title="Plus d’e-mails ?",
        ask="Appuyez sur le bouton et cette adresse ne recevra plus ces e-mails{of}.",
        button="Plus d’e-mails, s’il vous plaît",
        done_title="C’est fait",
        done="Cette adresse ne recevra plus ces e-mails{of}.",
        unknown_title="Ce lien ne mène à aucun e-mail",
        unknown="Utilisez le lien entier de l’e-mail, ou répondez à l’e-mail.",
        of=" de la part de {firm}",
    ),
    "es": _Words(
        ask_title="¿No más correos?",
        ask="Pulse el botón y esta dirección no recibirá más correos de este tipo{of}.",
        button="No más correos, por favor",
        done_title="Hecho",
        done="Esta dirección no recibirá más correos de este tipo{of}.",
        unknown_title="Este enlace no lleva a ningún correo",
        unknown="Use el enlace completo del correo, o responda al correo.",
        of=" de parte de {firm}",
    ),
}
_DEFAULT = "en"


def ask_page(language: str, firm: str) -> bytes:
    """A button, and what it does; ``firm`` is empty where nobody knows whose email it was."""
    words = _WORDS[language]
    form = f'<form method="post"><button>{words.button}</button></form>'
    return _page(language, words.ask_title, _with_firm(words, words.ask, firm), form)


def done_page(language: str, firm: str) -> bytes:
    """That it is done."""
    words = _WORDS[language]
    return _page(language, words.done_title, _with_firm(words, words.done, firm))


def unknown_page(language: str) -> bytes:
    """That the link names no email."""
    words = _WORDS[language]
    return _page(language, words.unknown_title, words.unknown)


def _with_firm(words: _Words, sentence: str, firm: str) -> str:
    return sentence.format(of=words.of.format(firm=escape(firm)) if firm else "")


def _page(language: str, title: str, text: str, more: str = "") -> bytes:
    return _PAGE.format(language=language, title=title, text=text, more=more).encode()


def language_of(accepted: str) -> str:
    """The language that an ``Accept-Language`` header likes best, of those there are."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        primary = name.strip().partition("-")[0]
        if primary in _WORDS:
            weights[primary] = max(weights.get(primary, 0.0), _weight(parameter))
    best = max(weights, key=weights.__getitem__, default=_DEFAULT)
    return best if weights.get(best, 1.0) > 0 else _DEFAULT


def _weight(parameter: str) -> float:
    """What ``q=0.8`` says; all of it where nothing is said that can be read."""
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 1.0
