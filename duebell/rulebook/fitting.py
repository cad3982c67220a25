"""Whether the templates that rules name fit the rules: their events, and their cap of segments."""

from __future__ import annotations

from collections.abc import Iterator

from duebell.domain.failures import RenderingFailed
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.rulebook.faults import Fault, listed
from duebell.rulebook.notes import Note
from duebell.rulebook.toml_lines import line_of_key
from duebell.wording.rendering import Proof, Renderer
from duebell.wording.sample_records import sample_values
from duebell.wording.segments import count_segments, price_drivers
from duebell.wording.shipped_names import EVENT_OF, is_for_another, made_for

#: A shipped template is told by these words in front of its name.
_SHIPPED = "shipped "


def proofread(
    rulebook: Rulebook, renderer: Renderer, text: str, file: str
) -> tuple[list[Fault], tuple[Note, ...]]:
    """What is wrong with the templates of a file's rules, and what is maybe not meant; each once.

    ``text`` is what stands in the file.
    """
    faults, notes = dict[str, Fault](), dict[str, Note]()
    used = {(rule.template, rule.on, channel): rule for rule, channel in rulebook.used_templates()}
    for (template, event, channel), rule in used.items():
        proof = renderer.proofread(template, event, channel)
        line = line_of_key(text, rule.line, "template") if proof.faults else rule.line
        for sentence in _faults(proof, rule):
            end = "" if sentence.endswith("?") else "."
            place = f"{file} line {line}: `template`: "
            faults.setdefault(sentence, Fault(f"{place}{sentence}{end}", line, "template"))
        for sentence in proof.notes:
            notes.setdefault(sentence, Note(sentence, rule.line, is_placed=True))
        for sentence in () if proof.faults else _notes(rule):
            notes.setdefault(sentence, Note(sentence, rule.line))
    found = [note for rule in rulebook.rules for note in _on_segments(rule, renderer)]
    return list(faults.values()), (*notes.values(), *found)


def _faults(proof: Proof, rule: Rule) -> tuple[str, ...]:
    """One sentence where a template as it is shipped is for something else."""
    is_shipped = all(sentence.startswith(_SHIPPED) for sentence in proof.faults)
    if not proof.faults or not is_shipped or not is_for_another(rule.template, rule.on):
        return proof.faults
    fitting = made_for(rule.on)
    are = "is" if len(fitting) == 1 else "are"
    return (f"{_meant_for(rule)}; for {rule.on} there {are} {listed(fitting)}",)


def _notes(rule: Rule) -> tuple[str, ...]:
    is_doubtful = is_for_another(rule.template, rule.on)
    return (f"{_meant_for(rule)}; is that meant?",) if is_doubtful else ()


def _meant_for(rule: Rule) -> str:
    return f"`{rule.template}` is for {EVENT_OF[rule.template]}, and this rule is on {rule.on}"


def _on_segments(rule: Rule, renderer: Renderer) -> Iterator[Note]:
    """A cap that a text with ordinary records exceeds already refuses most messages."""
    if rule.max_segments is None or Channel.SMS not in rule.channels:
        return
    for language in renderer.languages_of(rule.template):
        values = next(iter(sample_values(rule.on, language)))
        try:
            text = renderer.render_text(rule.template, **{**values, "languages": (language,)})
        except RenderingFailed:
            return  # a fault already
        segments = count_segments(text)
        if segments > rule.max_segments:
            yield Note(_too_long(rule, language, segments, text), rule.line)


def _too_long(rule: Rule, language: str, segments: int, text: str) -> str:
    dear = " ".join(price_drivers(text))
    why = f" because of {dear}" if dear else ""
    return (
        f"in `{language}` an ordinary text of `{rule.template}` has {segments} segments{why}, and"
        f" this rule allows {rule.max_segments}, so it would not be sent; raise `max_segments`, or"
        " shorten the template"
    )
