"""A changed rulebook is taken over; a broken, half-written or vanished one never is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.loading import load_rulebook
from duebell.rulebook.watching import Faulty, Reloaded, RulebookWatch
from duebell.wording.rendering import Renderer, shipped_templates

RULE = """
[[rule]]
on = "{on}"
to = "client"
channel = "sms"
template = "{template}"
"""
CREATED = RULE.format(on="invoice.create", template="invoice_created")
PAID = RULE.format(on="payment.create", template="payment_received")
BROKEN = CREATED.replace("client", "cleint")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A rulebook with one rule."""
    file = tmp_path / "duebell.toml"
    file.write_text(CREATED)
    return file


def watching(file: Path, templates_dir: Path | None = None) -> RulebookWatch:
    """A watch that loads as a worker does."""
    own = [templates_dir] if templates_dir else []

    def load() -> Rulebook:
        names = Renderer([*own, shipped_templates()]).template_names()
        return load_rulebook(file, {Channel.SMS: names})

    return RulebookWatch(file, templates_dir, load)


def events_in(found: Reloaded | Faulty | None) -> list[str]:
    """What a reloaded rulebook has rules about."""
    assert isinstance(found, Reloaded)
    return sorted(found.rulebook.events)


def save(file: Path, text: str) -> None:
    """Replace a file at once, as careful editors do."""
    beside = file.with_name("beside")
    beside.write_text(text)
    beside.replace(file)


def test_what_does_not_change_is_read_once(file: Path) -> None:
    """Looking at a file that stays as it is never reads it again."""
    reads: list[Path] = []

    def load() -> Rulebook:
        reads.append(file)
        return load_rulebook(file)

    watch = RulebookWatch(file, None, load)

    looks = [watch.refresh() for _ in range(3)]

    assert ([None] * 3, [file]) == (looks, reads)


@pytest.mark.parametrize("save_it", [save, Path.write_text])
def test_a_change_is_taken_over(file: Path, save_it: Callable[[Path, str], None]) -> None:
    """Whether the file is replaced or written anew, the next look gives its rules, once."""
    watch = watching(file)
    save_it(file, CREATED + PAID)

    found, again = watch.refresh(), watch.refresh()

    assert ["invoice.create", "payment.create"] == events_in(found)
    assert again is None
    assert watch.rulebook.events == {"invoice.create", "payment.create"}


def test_a_broken_file_replaces_nothing(file: Path) -> None:
    """Its faults are told once, with the line, and the rules from before stay."""
    watch = watching(file)
    save(file, BROKEN)

    found, again = watch.refresh(), watch.refresh()

    assert isinstance(found, Faulty)
    assert "duebell.toml line 4" in found.faults[0]
    assert again is None
    assert ["invoice.create"] == sorted(watch.rulebook.events)


def test_every_broken_version_is_told(file: Path) -> None:
    """Who mends one fault and makes another hears of that one too."""
    watch = watching(file)
    save(file, BROKEN)
    first = watch.refresh()
    save(file, "[[rule]")

    second = watch.refresh()

    assert isinstance(first, Faulty)
    assert isinstance(second, Faulty)
    assert first.faults != second.faults


def test_a_mended_file_is_taken_over(file: Path) -> None:
    """After a broken version a good one is, even if it says what was in force all the time."""
    watch = watching(file)
    save(file, BROKEN)
    watch.refresh()
    save(file, CREATED)

    found = watch.refresh()

    assert ["invoice.create"] == events_in(found)


def test_a_half_written_file_is_read_again(file: Path) -> None:
    """What an editor is just writing is a broken version, until it is whole."""
    watch = watching(file)
    whole = CREATED + PAID
    file.write_text(whole[: len(CREATED) + 20])
    half = watch.refresh()
    file.write_text(whole)

    found = watch.refresh()

    assert isinstance(half, Faulty)
    assert ["invoice.create", "payment.create"] == events_in(found)


def test_a_file_that_changes_while_it_is_read_is_not_believed(file: Path) -> None:
    """A version that was another one by the end of the reading is left to the next look."""
    texts = [CREATED, PAID, CREATED + PAID]

    def load() -> Rulebook:
        rulebook = load_rulebook(file)
        if texts:
            save(file, texts.pop(0))
        return rulebook

    watch = RulebookWatch(file, None, load)

    looks = [watch.refresh() for _ in range(4)]

    assert [None, None] == looks[:2]
    assert ["invoice.create", "payment.create"] == events_in(looks[2])
    assert looks[3] is None


def test_a_file_that_vanishes_is_told_and_its_rules_stay(file: Path) -> None:
    """The shipped rules never take the place of a file that was there; it may come back."""
    file.write_text(PAID)
    watch = watching(file)
    file.unlink()

    gone, still_gone = watch.refresh(), watch.refresh()
    save(file, CREATED + PAID)
    back = watch.refresh()

    assert isinstance(gone, Faulty)
    assert f"{file}: the file is gone" in gone.faults[0]
    assert still_gone is None
    assert ["invoice.create", "payment.create"] == events_in(back)


def test_a_file_that_vanishes_while_it_is_first_read_is_refused(file: Path) -> None:
    """A worker does not start with the shipped rules because a file was gone for a moment."""

    def load() -> Rulebook:
        file.unlink()
        return load_rulebook(file)

    with pytest.raises(ConfigurationError, match="the file is gone"):
        RulebookWatch(file, None, load)


def test_a_file_that_comes_replaces_the_shipped_rules(tmp_path: Path) -> None:
    """Who begins without a rulebook and writes one need not start Duebell again."""
    file = tmp_path / "duebell.toml"
    watch = watching(file)
    before = watch.refresh()
    file.write_text(PAID)

    found = watch.refresh()

    assert before is None
    assert ["payment.create"] == events_in(found)


def test_a_broken_file_at_the_start_is_refused(file: Path) -> None:
    """Without rules from before there is nothing that could stay in force."""
    file.write_text(BROKEN)

    with pytest.raises(ConfigurationError, match="line 4"):
        watching(file)


def test_a_swapped_link_is_noticed(tmp_path: Path) -> None:
    """A directory of versions behind a link may change, as Kubernetes does it, to an old file."""
    for name, text in (("v1", CREATED), ("v2", PAID)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "duebell.toml").write_text(text)
        os.utime(tmp_path / name / "duebell.toml", (1_700_000_000, 1_700_000_000))
    (tmp_path / "data").symlink_to("v1")
    (tmp_path / "duebell.toml").symlink_to("data/duebell.toml")
    watch = watching(tmp_path / "duebell.toml")
    (tmp_path / "data_new").symlink_to("v2")
    (tmp_path / "data_new").replace(tmp_path / "data")

    found = watch.refresh()

    assert ["payment.create"] == events_in(found)


def test_a_directory_in_its_place_is_told(file: Path) -> None:
    """What cannot be read at all is a broken version like any other."""
    watch = watching(file)
    file.unlink()
    file.mkdir()

    found = watch.refresh()

    assert isinstance(found, Faulty)
    assert "Is a directory" in found.faults[0]


def test_a_parser_that_gives_up_does_not_end_the_worker(file: Path) -> None:
    """A file that no parser can follow is a broken version like any other."""
    watch = watching(file)
    save(file, "a = " + "[" * 100_000)

    found = watch.refresh()

    assert isinstance(found, Faulty)
    assert ["invoice.create"] == sorted(watch.rulebook.events)


@pytest.mark.parametrize("link", ["templates", "templates/sms"])
def test_a_template_that_was_missing_mends_the_rulebook(
    file: Path, tmp_path: Path, link: str
) -> None:
    """While the file is broken, new templates are looked for, behind links as well."""
    folder, real = tmp_path / "templates", tmp_path / "real" / link
    (tmp_path / "real" / "templates" / "sms").mkdir(parents=True)
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(real)
    watch = watching(file, folder)
    save(file, RULE.format(on="invoice.create", template="welcome"))
    broken = watch.refresh()
    (folder / "sms" / "welcome.txt.j2").write_text("Hello.")

    found = watch.refresh()

    assert isinstance(broken, Faulty)
    assert ["invoice.create"] == events_in(found)


def test_changed_templates_count_where_they_are_asked_for(file: Path, tmp_path: Path) -> None:
    """A quiet look leaves the templates alone; one that asks reads the rulebook with them."""
    (tmp_path / "templates" / "email" / "welcome").mkdir(parents=True)
    watch = watching(file, tmp_path / "templates")
    (tmp_path / "templates" / "email" / "welcome" / "subject.txt.j2").write_text("Hello")

    quiet, asked = watch.refresh(), watch.refresh(with_templates=True)

    assert quiet is None
    assert ["invoice.create"] == events_in(asked)
