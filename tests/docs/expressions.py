"""A small reader of PromQL: what an expression names, and whether its brackets close."""

from __future__ import annotations

import re

_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')
_DURATIONS = re.compile(r"\[(?:\d+[smhdw]|\$__rate_interval)\]")
_SUFFIXES = ("_bucket", "_count", "_sum")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def metrics_in(expression: str) -> set[str]:
    """The families that an expression asks for, without what a histogram adds to their names."""
    named = set(re.findall(r"\bduebell_\w+", _TEXTS.sub("", expression)))
    return {_family(name) for name in named}


def _family(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.endswith(f"_seconds{suffix}"):
            return name.removesuffix(suffix)
    return name


def labels_in(expression: str) -> set[str]:
    """The labels by which an expression groups or filters."""
    bare = _TEXTS.sub('""', expression)
    grouped = re.findall(r"\bby\s*\(([^)]*)\)", bare)
    matched = re.findall(r"\{([^}]*)\}", bare)
    words = [word.strip() for group in grouped for word in group.split(",")]
    words += [
        re.split(r"=~|!~|!=|=", part)[0].strip() for one in matched for part in one.split(",")
    ]
    return {word for word in words if word}


def faults_of(expression: str) -> list[str]:
    """Brackets that do not close, and ranges that are none."""
    bare = _TEXTS.sub('""', expression)
    faults, stack = [], list[str]()
    for letter in bare:
        if letter in "([{":
            stack.append(letter)
        elif letter in _PAIRS and (not stack or stack.pop() != _PAIRS[letter]):
            faults.append(f"a {letter} closes nothing")
    faults += [f"a {letter} is never closed" for letter in stack]
    ranges = re.findall(r"\[[^\]]*\]", bare)
    return faults + [f"{one} is no range" for one in ranges if not _DURATIONS.fullmatch(one)]
