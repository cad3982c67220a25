"""A rulebook that is no TOML: each slip is told with its line and mend, and hides nothing else."""

from __future__ import annotations

import tomllib

import pytest

from duebell.rulebook.broken.mending import mend_text
from duebell.rulebook.broken.pairs import mend_pair
from duebell.rulebook.places import TABLES
from tests.unit.rulebook_texts import LISTS, a_rule, faults_of

BUSINESS = '[business]\ncountry = "CA"\n'


def slips_of(statement: str) -> list[str]:
    """What is wrong with a statement in [business], which stands on the second line."""
    slips = mend_text(f"[business]\n{statement}\n", TABLES).slips
    return [f"{slip.line}: {slip.text}; {slip.mend}" for slip in slips]


@pytest.mark.parametrize(
    ("statement", "wrong", "mended"),
    [
        ("to = “client”", "quotes must be straight ones, not typographic", 'to = "client"'),
        ("to = ‘client’", "quotes must be straight ones, not typographic", 'to = "client"'),
        ('to = "client”', "quotes must be straight ones, not typographic", 'to = "client"'),
        ('to = "client', "a quote is missing", 'to = "client"'),
        ('to = client"', "a quote is missing", 'to = "client"'),
        ("to = client", "the text `client` needs quotes", 'to = "client"'),
        ("to = list:staff # us", "the text `list:staff` needs quotes", 'to = "list:staff"'),
        ("from = 20:00", "the text `20:00` needs quotes", 'from = "20:00"'),
        ('to: "client"', "after `to` comes a `=` and no `:`", 'to = "client"'),
        ('to "client"', "a `=` is missing after `to`", 'to = "client"'),
        ('to == "client"', "one `=` is enough", 'to = "client"'),
        ('to = "client",', "the `,` after the value is one too many", 'to = "client"'),
        ('to = "client" us', "`us` stands after the value", 'to = "client"'),
        ('- to = "client"', "the `-` before the key is one too many", 'to = "client"'),
        ('to\u00a0= "client"', "an invisible character stands on this line", 'to = "client"'),
        ('quiet days = ["sun"]', "a key has no blanks in it", 'quiet_days = ["sun"]'),
        ("büro = [1]", "the key `büro` needs quotes", '"büro" = [1]'),
        ("urgent = True", "`True` is not written like this", "urgent = true"),
        ("urgent = yes", "`yes` is not written like this", "urgent = true"),
        ('days = ["sat" "sun"]', 'a comma is missing before `"sun"`', 'days = ["sat", "sun"]'),
        ("days = [5 10]", "a comma is missing after `5`", "days = [5, 10]"),
        ("days = [5; 10]", "between values stands a comma and no `;`", "days = [5, 10]"),
        ("days = [5,, 10]", "a comma is one too many", "days = [5, 10]"),
        ("days = [5, 10", "the list is not closed", "days = [5, 10]"),
        ("days = [5, 10}", "the list ends with `}`", "days = [5, 10]"),
        ("days = [5, 10]]", "the `]` after the value is one too many", "days = [5, 10]"),
        ("days = (5, 10)", "a list stands in square brackets", "days = [5, 10]"),
        ("days = [05]", "`05` cannot be read as a number", "days = [5]"),
        ("budget = { day = 3", "the table is not closed", "budget = { day = 3}"),
        (
            "budget = { day = 3 week = 8 }",
            "a comma is missing before `week`",
            "budget = { day = 3, week = 8 }",
        ),
        (
            "budget = { day = 3, }",
            "the last comma in `{ }` is one too many",
            "budget = { day = 3 }",
        ),
        (
            'when = { client = ["1", "2" }',
            "the list is not closed",
            'when = { client = ["1", "2"] }',
        ),
        (
            "when = { min_amount = 1,000 }",
            "`1,000` cannot be read as a number",
            'when = { min_amount = "1000" }',
        ),
        (
            "when = { max_amount = $5,000, currency = 'CAD' }",
            "`$5,000` cannot be read as a number",
            """when = { max_amount = "5000", currency = 'CAD' }""",
        ),
        ("min_amount = $50", "`$50` cannot be read as a number", 'min_amount = "50"'),
        ("min_amount = 50 CAD", "`50 CAD` cannot be read as a number", 'min_amount = "50"'),
        (
            "min_amount = 1.250,00",
            "`1.250,00` cannot be read as a number",
            'min_amount = "1250.00"',
        ),
        (
            "min_amount = 1 250,00 €",
            "`1 250,00 €` cannot be read as a number",
            'min_amount = "1250.00"',
        ),
        ("days = 5, 10", "a list stands in square brackets", "days = [5, 10]"),
        ("days = –5 # late", "a list stands in square brackets", "days = [-5]"),
        ("days = 5 and 10", "a list stands in square brackets", "days = [5, 10]"),
        ("days = –3;0", "a list stands in square brackets", "days = [-3, 0]"),
        ("tags = a, “b”", "a list stands in square brackets", 'tags = ["a", "b"]'),
        ("days = [–3]", "`–3` cannot be read as a number", "days = [-3]"),
        ("days = 5 days, 10 days", "a list stands in square brackets", "days = [5, 10]"),
        ("days = [minus 3]", "`minus 3` cannot be read as a number", "days = [-3]"),
        ("share = 0,5", "`0,5` cannot be read as a number", "share = 0.5"),
        ("share = 50%", "`50%` cannot be read as a number", "share = 0.5"),
        ('name = "a\\qb"', "a `\\` in a text must be double", 'name = "a\\\\qb"'),
    ],
)
def test_a_slip_that_can_be_mended(statement: str, wrong: str, mended: str) -> None:
    """What is wrong is said in words, with the line as it is to be written."""
    (found,) = slips_of(statement)

    assert found.startswith("2: `")
    assert found.endswith(f"`: {wrong}; write `{mended}`")
    tomllib.loads(mended)


_QUOTES = 'put a `"` before and after each text'


@pytest.mark.parametrize(
    ("statement", "slip"),
    [
        ("to =", '`to`: nothing stands after `to =`; write one like `to = "client"`'),
        ("tags =", "`tags`: nothing stands after `tags =`; write a value, or take the line out"),
        (
            "to = none",
            "`to`: `none` is no value; take the line out: what is left out is empty",
        ),
        (
            'on = "x" to = "y"',
            "`on`: `to =` stands on the same line; begin a new line before `to`",
        ),
        ("to client", "`to client` alone says nothing"),
        ("to:client", 'after `to` comes a `=` and no `:`; write `to = "client"`'),
        ("] = 1", "this line cannot be read"),
        ('days = ["sat, "sun"]', f"`days`: a quote is missing on this line; {_QUOTES}"),
        ('to = """client', '`to`: a quote is missing; put one `"` before and after each text'),
        (
            'people = [name = "Dana"]',
            (
                "`people`: in a list stand values and no keys;"
                " put `{` and `}` around each person or table"
            ),
        ),
        (
            "budget = { day = 1, day = 2 }",
            "`budget`: `day` stands twice in `{ }`; take one of them out",
        ),
    ],
)
def test_a_slip_that_nobody_can_mend(statement: str, slip: str) -> None:
    """Where nobody can tell what was meant, the sentence says what to do."""
    (found,) = slips_of(statement)

    mend = "" if ";" in slip else "; write `key = value`, or begin a remark with `#`"
    assert f"2: {slip}{mend}" == found


@pytest.mark.parametrize(
    ("line", "wrong", "mended"),
    [
        ("[[rule]", "the brackets around the heading do not match", "[[rule]]"),
        ("[business", "the brackets around the heading do not match", "[business]"),
        ("[rule]", "this heading belongs in double brackets", "[[rule]]"),
        ("[[business]]", "this heading belongs in single brackets", "[business]"),
        ("rule:", "`rule:` begins no table here", "[[rule]]"),
        ("Rules # ours", "`Rules # ours` begins no table here", "[[rule]]"),
        ("lists =", "`lists =` begins no table here", "[lists]"),
        ("[client.“7”]", "quotes must be straight ones, not typographic", '[client."7"]'),
        (
            "[client.6BApk/7]",
            "`client.6BApk/7` is not written like this in a heading",
            '[client."6BApk/7"]',
        ),
        (
            '[client "7"]',
            '`client "7"` is not written like this in a heading',
            '[client."7"]',
        ),
    ],
)
def test_a_heading_that_can_be_mended(line: str, wrong: str, mended: str) -> None:
    """Brackets, quotes and dots of a heading are mended, and what stands below is read."""
    found = mend_text(f"{line}\nto = client\n", TABLES)

    assert [(1, wrong, f"write `{mended}`"), (2, 'write `to = "client"`')] == [
        (slip.line, slip.text, slip.mend) if slip.line == 1 else (slip.line, slip.mend)
        for slip in found.slips
    ]
    assert f'{mended}\nto = "client"\n' == found.text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            a_rule() + a_rule("  [[rule.when]]\n  min_amount = 5", to="client.contacts"),
            "12: this heading belongs in single brackets; write `[rule.when]`",
        ),
        (
            f"[rule.when]\nmin_amount = 5\n{a_rule()}",
            "1: `[rule.when]` belongs to a rule; write it below the `[[rule]]` that it is for",
        ),
        (
            f'{BUSINESS}[lists]\n[business]\ncurrency = "CAD"\n',
            (
                "4: `[business]` stands twice (first on line 1);"
                " write all that it holds below the first one"
            ),
        ),
        (
            f"{BUSINESS}budget = {{ day = 1 }}\n[business.budget]\nweek = 2\n",
            "4: this contradicts what stands above it; write what belongs together in one place",
        ),
        (
            '[business] country = "CA"\n',
            (
                '1: `country = "CA"` stands on the line of a heading;'
                " begin a new line after `[business]`"
            ),
        ),
        ("[]\n", "1: this heading cannot be read; write one like `[[rule]]`"),
        (
            a_rule('on = "invoice.update"'),
            (
                "6: `on` stands twice in this rule (first on line 2);"
                " remove one, or begin another `[[rule]]` above this line"
            ),
        ),
        (
            a_rule() + a_rule().removeprefix("[[rule]]"),
            (
                "8: `on`, `to`, `channel`, `template` stand twice in this rule (first on line 2);"
                " remove those, or begin another `[[rule]]` above this line"
            ),
        ),
        (
            f'{BUSINESS}country = "US"\n',
            "3: `country` stands twice in [business] (first on line 2); remove one",
        ),
    ],
)
def test_tables_and_keys_out_of_their_place(text: str, fault: str) -> None:
    """What is there twice, or where it cannot be, is one fault that names both lines."""
    assert [fault] == faults_of(text)


def test_a_slip_hides_no_other_fault() -> None:
    """One look tells the slips of all tables and what else is wrong, in what can be read."""
    text = (
        '[business]\ncountry = "Canadia"\ncurrency = CAD\n'
        '[lists]\nstaff = [\n  { name = "Dana", sms = “+12125550101” }\n'
        '[[rule]\non = "invoice.crate"\nto = “list:stff”\nchannel = "sms"\ntemplate = "x"\n'
    )

    faults = faults_of(text)

    assert [
        "2: `country` in [business]: there is no country `Canadia`; did you mean `CA` (Canada)?",
        '3: `currency`: the text `CAD` needs quotes; write `currency = "CAD"`',
        (
            "6: `staff`: quotes must be straight ones, not typographic, and the list is not closed;"
            ' write `{ name = "Dana", sms = "+12125550101" }]`'
        ),
        "7: the brackets around the heading do not match; write `[[rule]]`",
        "8: `on`: there is no event type `invoice.crate`; did you mean `invoice.create`?",
        '9: `to`: quotes must be straight ones, not typographic; write `to = "list:stff"`',
        "9: `to`: there is no list `stff`; did you mean `staff`?",
    ] == faults


@pytest.mark.parametrize(
    "text",
    [
        LISTS.replace('"Dana"', '"Dana') + a_rule(to="list:approvers"),
        LISTS.replace("approvers = ", "= ") + a_rule(to="list:approvers"),
        "[lists] a = 1\n" + a_rule(to="list:approvers"),
        a_rule().replace('to = "client"', "to ="),
        a_rule().replace('to = "client"', "to the client"),
        a_rule().replace('"\nto = ', '" to = '),
        a_rule("when = { min_amount = 1, min_amount = 2 }"),
        '[client.1]\nalso = ["vendor, "client"]\n',
    ],
)
def test_what_follows_from_a_slip_is_no_fault(text: str) -> None:
    """A value, key or list that cannot be read is told once, and is neither missing nor wrong."""
    assert 1 == len(faults_of(text))


@pytest.mark.parametrize("depth", [300, 5000])
def test_brackets_without_an_end(depth: int) -> None:
    """A text that would break a parser of its slips is told like any other."""
    pair = mend_pair(f"to = {'[' * depth} x")

    assert pair.slips


SMALL = """\
[business]
quiet_hours = { from = "20:00", days = ["sun"] }
[lists]
staff = [
  { name = "Dana", sms = "+12125550101" },
]
[[rule]]
on = "bill.create"
to = "list:staff" # us
channel = 'sms'
template = "bill_approval"
when = { min_amount = 5 }
[client."1"]
silence = true
"""


@pytest.mark.parametrize("stray", ["", '"', "]", "”", "="])
def test_every_slip_has_its_line(stray: str) -> None:
    """Whichever character is lost or wrong, the rest is TOML, line by line, and a slip says why."""
    texts = [SMALL[:place] + stray + SMALL[place + 1 :] for place in range(0, len(SMALL), 3)]
    broken = [text for text in texts if not is_toml(text)]

    found = [mend_text(text, TABLES) for text in broken]

    assert len(broken) > 20
    for text, mended in zip(broken, found, strict=True):
        tomllib.loads(mended.text)
        assert text.count("\n") == mended.text.count("\n")
        assert mended.slips
        assert {1 <= slip.line <= text.count("\n") + 1 for slip in mended.slips} == {True}


def is_toml(text: str) -> bool:
    """Whether a text can be read as it is."""
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True
