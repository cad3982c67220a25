"""The sandbox's Liquid: enough of it to show whether somebody's braces are harmless."""

from __future__ import annotations

import pytest

from duebell.sandbox.liquid import LiquidError, render

VARIABLES = {"name": "Kim <K>", "brace": "{", "firm": {"name": "Alder"}, "count": 3}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain { text } with { braces", "plain { text } with { braces"),
        ("Dear {{ name }},", "Dear Kim <K>,"),
        ("{{name}}/{{ firm.name }}/{{count}}", "Kim <K>/Alder/3"),
        ("{{ name | escape }}", "Kim &lt;K&gt;"),
        ("{{ nobody | default: 'you' }}", "you"),
        ("{{ name | shout }}", "Kim <K>"),
        ("{{brace}}{ name }}", "{{ name }}"),
        ("{{ '{{' }} {{ \"{%\" }} {{ 4 }}", "{{ {% 4"),
        ("a {% raw %}{{ name }}{% endraw %} b", "a {{ name }} b"),
        ("a{% comment %} {{ name }} {% endcomment %}b", "ab"),
        ("a {{- count -}} b {%- raw -%} c{% endraw %}", "a3b c"),
    ],
)
def test_templates_are_rendered(template: str, text: str) -> None:
    """Output tags, literals, filters, raw and comments become what Liquid makes of them."""
    assert text == render(template, VARIABLES)


@pytest.mark.parametrize("tag", ["{{ nobody }}", "{{ Smith & Sons }}", "{{}}", "{{ name.first }}"])
def test_stray_tags_vanish(tag: str) -> None:
    """What is no known variable renders as nothing, so that an injection shows."""
    assert "Dear ," == render(f"Dear {tag},", {"firm": "Alder", "name": "Kim"})


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("Dear {{ name", "{{ has no end"),
        ("Dear {% name", "{% has no end"),
        ("{% if name %}x{% endif %}", "unknown tag 'if'"),
        ("{% raw %}x", "'raw' tag was never closed"),
        ("{% 50% %} off", "unknown tag '50'"),
    ],
)
def test_broken_templates_are_errors(template: str, words: str) -> None:
    """A tag without an end, or one that nobody knows, is refused with the reason."""
    with pytest.raises(LiquidError) as refusal:
        render(template, {})

    assert words in str(refusal.value)


def test_values_are_no_templates() -> None:
    """What a variable holds is not rendered again."""
    assert "{{ name }}" == render("{{ a }}", {"a": "{{ name }}", "name": "Kim"})
