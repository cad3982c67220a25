"""What is wrong with a setting, in words for whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import ErrorDetails

_MUSTS: Mapping[str, str] = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "less_than_equal": "at most {le:g}",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "literal_error": "{expected}",
    "enum": "{expected}",
}


def sentence(fault: ErrorDetails, default: object = None) -> str:
    """What a value must be, and what holds where it is left out."""
    kind = fault["type"]
    if kind not in _MUSTS:
        # Of our own checks, which say it all, and may be about secrets.
        return fault["msg"].removeprefix("Value error, ").rstrip(".") + "."
    must = _MUSTS[kind].format_map(fault.get("ctx", {})).replace("'", "`")
    otherwise = "" if default is None else f"; left out, it is {default}"
    return f"must be {must}, not `{fault['input']}`{otherwise}."
