"""Jinja2's complaints about what it cannot read, in words for whoever wrote the template.

https://jinja.palletsprojects.com/en/stable/templates/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from jinja2 import TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from duebell.rulebook.faults import guess

OUR_FILTERS = ("money", "date", "days", "relative", "link")

_TAGS = (
    *("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "block", "endblock"),
    *("extends", "include", "import", "from", "macro", "endmacro", "with", "endwith", "raw"),
    *("call", "endcall", "filter", "endfilter", "autoescape"),
)
_ELSE_IF = frozenset({"elseif", "elsif", "elsefor", "else_if"})
_OPENING = re.compile(r"\{%[-+]?\s*(end)?(if|for|block|macro|call|filter|with|autoescape)\b")

_SIGNS = {
    **dict.fromkeys("“”„‟«»‘’‚‛", "write straight quotation marks: \" or '"),
    **dict.fromkeys("\"'", "a quotation mark is not closed; write a second one like it"),
    "&": "write `and`",
    "?": "write `{{ A if CONDITION else B }}`",
}


def told(error: TemplateSyntaxError, source: str) -> tuple[str, int]:
    """The sentence about what cannot be read, and the line that it is about."""
    message = error.message or ""
    opened = re.search(r"The innermost block that needs to be closed is '(\w+)'", message)
    if message.startswith("Unexpected end of template") and opened is not None:
        return _not_closed(opened[1], source, error.lineno)
    for pattern, words in _WORDS:
        match = pattern.search(message)
        if match is not None:
            return words(match), error.lineno
    return f"this is no template that can be read ({message}); mend this line", error.lineno


def no_such_filter(name: str) -> str:
    """The sentence about a filter that there is not."""
    known = (*OUR_FILTERS, *FILTERS)
    return _no_such("filter", name, known, f"ours are `{'`, `'.join(OUR_FILTERS)}`")


def no_such_test(name: str) -> str:
    """The sentence about a test (``is defined``) that there is not."""
    return _no_such("test", name, TESTS, "the usual one is `is defined`")


def _no_such(what: str, name: str, known: Collection[str], otherwise: str) -> str:
    return f"there is no {what} `{name}`; {guess(name, known) or otherwise}"


def _not_closed(tag: str, source: str, last: int) -> tuple[str, int]:
    if tag == "set":
        return "`{% set ... %}` gives no value; write `{% set NAME = VALUE %}`", last
    opened: list[int] = []
    for match in _OPENING.finditer(source):
        if match[2] == tag and not match[1]:
            opened.append(source.count("\n", 0, match.start()) + 1)
        elif match[2] == tag and opened:
            opened.pop()
    sentence = f"`{{% {tag} ... %}}` is not closed; write `{{% end{tag} %}}` where it ends"
    return sentence, opened[-1] if opened else last


def _unknown_tag(match: re.Match[str]) -> str:
    tag, rest = match[1], match[2]
    if tag in _ELSE_IF:
        return f"there is no tag `{tag}`; write `{{% elif ... %}}`"
    inner = re.search(r"closed is '(\w+)'", rest)
    if tag in _TAGS and (tag.startswith("end") or tag in ("else", "elif")):
        if inner is not None:
            closing = f"write `{{% end{inner[1]} %}}` first"
            return f"`{{% {tag} %}}` comes inside of `{{% {inner[1]} ... %}}`; {closing}"
        opening = tag.removeprefix("end") if tag.startswith("end") else "if"
        return f"`{{% {tag} %}}` belongs to no `{{% {opening} ... %}}`; take it out"
    mend = f"write `{{% end{inner[1]} %}}`" if tag == "end" and inner is not None else ""
    return f"there is no tag `{tag}`; {mend or guess(tag, _TAGS) or 'take it out'}"


def _surplus(match: re.Match[str]) -> str:
    if match[1] == "=":
        return "compare with `==`; a single `=` is for `{% set NAME = VALUE %}`"
    if match[1] == "if":
        return "write `{% elif ... %}` instead of `{% else if ... %}`"
    return (
        "something is missing between two words: a dot, a `|`, an `and`, or quotation marks"
        " round a text"
    )


def _sign(match: re.Match[str]) -> str:
    sign = match[2]
    mend = _SIGNS.get(sign, "take it out, or put quotation marks round the text")
    return mend if sign in "\"'" else f"the sign `{sign}` means nothing here; {mend}"


def _says(sentence: str) -> Callable[[re.Match[str]], str]:
    return lambda _: sentence


_EMPTY = "something is missing here, as in `{{ client.name }}` or `{% if invoice.due_on %}`"

_Words = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_WORDS: tuple[_Words, ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"^No filter named '(.*?)'", lambda match: no_such_filter(match[1])),
        (r"^No test named '(.*?)'", lambda match: no_such_test(match[1])),
        (r"^Encountered unknown tag '(\w+)'\.(.*)", _unknown_tag),
        (r"expected token 'end of [a-z ]+', got '(.+)'", _surplus),
        (r"^unexpected char (['\"])(.+)\1", _sign),
        (
            r", expected '([)\]}])'",
            lambda match: f"a bracket is not closed; write `{match[1]}` where it ends",
        ),
        (
            r"^unexpected '[}%]'$",
            _says("two braces stand round a value, `{{ client.name }}`, and `{% %}` round a tag"),
        ),
        (
            r"expected 'end of (?:print statement|statement block)'",
            _says("`{{` or `{%` is not closed; write `}}` or `%}` where it ends"),
        ),
        (r"end of (?:print statement|statement block)'", _says(_EMPTY)),
        (r"^Missing end of comment", _says("`{#` is not closed; write `#}` where it ends")),
        (r"^Missing end of raw", _says("`{% raw %}` is not closed; write `{% endraw %}`")),
        (r"^expected token 'in'", _says("write `in`, as in `{% for line in invoice.lines %}`")),
        (r"^expected name or number", _says("a name is missing after the dot")),
        (
            r"^block '(.+)' defined twice",
            lambda match: f"the block `{match[1]}` stands here twice; give one another name",
        ),
    )
)


def of_message(message: str) -> Any:
    """The sentence for what Jinja2 says only while it renders; None where it is another."""
    for pattern, words in _WORDS[:2]:
        if match := pattern.search(message):
            return words(match)
    return None
