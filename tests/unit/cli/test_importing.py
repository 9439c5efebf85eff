"""The commands `import` and `export`, as a shell runs them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

HEADER = "documentType,number,lastNumber,documentDate,reference\n"
GOOD = HEADER + "invoice,INV00000002,INV00000003,2025-03-04,a\ninvoice,old/7,,2025-03-04,\n"
BAD = GOOD + "invoices,INV00000004,,2025-03-04,\ninvoice,INV00000005,,soon,\n"


@pytest.fixture
def used() -> Path:
    file = Path("used.csv")
    file.write_text(GOOD)
    return file


def test_import_says_what_became_of_each_series(seriatim: CommandLine, used: Path) -> None:
    result = seriatim.run("import", str(used))
    assert result.exit_code == 0
    for word in ("INV00000002", "INV00000003", "INV00000004"):
        assert word in result.stdout
    assert "note: line 3: old/7: no series of the type gives such numbers" in result.stderr
    assert "2 lines imported" in result.stderr
    assert seriatim.json("issue", "invoice")["firstNumber"] == "INV00000004"


def test_text_outside_every_series_is_explained(seriatim: CommandLine, used: Path) -> None:
    seriatim.done("import", str(used))
    found = seriatim.json("explain", "OLD/7")
    assert (found["documentNumber"], found["state"], found["prefix"]) == ("old/7", "imported", None)
    assert (found["documentDate"], found["entryId"], found["hash"]) == ("2025-03-04", None, None)
    (event,) = found["history"]
    assert (event["kind"], event["firstNumber"], event["entryId"]) == ("imported", "old/7", None)
    shown = seriatim.done("explain", "old/7")
    assert "taken outside every series" in shown
    assert seriatim.json("register", "--number", "old/7")[0]["state"] == "imported"
    seriatim.refused(3, "explain", "old/8")


def test_import_again_changes_nothing(seriatim: CommandLine, used: Path) -> None:
    seriatim.done("import", str(used))
    result = seriatim.run("import", str(used))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "was imported before" in result.stderr


def test_import_as_json(seriatim: CommandLine, used: Path) -> None:
    found = seriatim.json("import", str(used), "--keep-free")
    assert (found["state"], found["linesTaken"], found["linesBefore"]) == ("imported", 2, 0)
    (series,) = found["series"]
    assert (series["imported"], series["skipped"]) == (2, 0)
    assert series["nextDocumentNumber"] == "INV00000001"
    assert found["keptAsText"]["total"] == 1
    assert found["faults"] == {"total": 0, "shown": []}


def test_import_reads_a_pipe(seriatim: CommandLine) -> None:
    assert seriatim.json("import", "-", given=GOOD)["linesTaken"] == 2


def test_faulty_file_is_refused_line_by_line(seriatim: CommandLine) -> None:
    said = seriatim.refused(1, "import", "-", given=BAD)
    assert "error: line 4: documentType: 'invoices' is none of invoice, creditMemo" in said
    assert "error: line 5: documentDate: 'soon' is no date YYYY-MM-DD" in said
    assert "2 lines cannot be imported; nothing was changed" in said
    found = seriatim.json("import", "-", "--skip-bad", given=BAD)
    assert (found["state"], found["linesTaken"]) == ("imported", 2)


def test_many_faults_are_cut_short(seriatim: CommandLine) -> None:
    content = HEADER + "invoice,INV00000005,,soon,\n" * 250
    said = seriatim.refused(1, "import", "-", given=content)
    assert "error: and 150 lines more" in said


def test_dry_run_changes_nothing(seriatim: CommandLine, used: Path) -> None:
    result = seriatim.run("import", str(used), "--dry-run")
    assert result.exit_code == 0
    assert "2 lines would be imported; nothing was changed" in result.stderr
    assert seriatim.json("issue", "invoice")["firstNumber"] == "INV00000001"


def test_long_jump_is_warned_of(seriatim: CommandLine) -> None:
    content = HEADER + "invoice,INV202600000005,,2025-03-04,\n"
    result = seriatim.run("import", "-", "--dry-run", given=content)
    assert "warning: INV: 202600000004 numbers between are skipped for ever" in result.stderr
    assert "no number can be issued" not in result.stderr


@pytest.mark.parametrize("options", [("--dry-run",), (), ("--keep-free",)])
def test_last_number_of_all_is_warned_of_where_it_ends_the_series(
    seriatim: CommandLine, options: tuple[str, ...]
) -> None:
    last = f"INV{'9' * 20}"
    content = HEADER + f"invoice,{last},,2025-03-04,\n"
    said = seriatim.run("import", "-", *options, given=content).stderr
    ends = f"warning: INV: ends with {last}; no number can be issued from it any more"
    assert (ends in said) == ("--keep-free" not in options)


def test_one_line_is_told_as_one(seriatim: CommandLine) -> None:
    bad = HEADER + "invoice,INV00000005,,soon,\n"
    said = seriatim.refused(1, "import", "-", given=bad)
    assert "1 line cannot be imported; nothing was changed" in said
    one = bad + "invoice,INV00000001,,2025-03-04,\n"
    shown = seriatim.run("import", "-", "--skip-bad", "--dry-run", given=one).stderr
    assert "1 line would be imported" in shown
    assert "1 line imported" in seriatim.run("import", "-", "--skip-bad", given=one).stderr


def test_file_with_faults_that_is_given_again_says_which_are_not_told_again(
    seriatim: CommandLine,
) -> None:
    twice = BAD + "invoice,INV00000003,,2025-03-04,\n"
    first = seriatim.run("import", "-", "--skip-bad", given=twice).stderr
    assert [f"error: line {line}:" in first for line in (4, 5, 6)] == [True, True, True]
    again = seriatim.run("import", "-", "--skip-bad", given=twice).stderr
    assert [f"error: line {line}:" in again for line in (4, 5, 6)] == [True, True, False]
    assert "imported before; nothing was changed; faults against the books were told" in again


def test_nothing_to_import(seriatim: CommandLine) -> None:
    assert "nothing to import" in seriatim.run("import", "-", given=HEADER).stderr


def test_file_that_is_not_there_is_a_usage_fault(seriatim: CommandLine) -> None:
    assert "cannot be read" in seriatim.refused(2, "import", "none.csv")


def test_unknown_entity_is_not_found(seriatim: CommandLine, used: Path) -> None:
    seriatim.refused(3, "import", str(used), "--entity", "nobody")


def test_export_writes_csv_to_standard_output(seriatim: CommandLine, used: Path) -> None:
    seriatim.done("import", str(used))
    header, *rows = seriatim.done("export").splitlines()
    assert header.startswith("documentType,prefix,firstNumber,lastNumber,count,kind")
    assert [row.split(",")[5] for row in rows] == ["skipped", "imported"]


def test_export_takes_its_format_from_the_name_of_the_file(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--count", "3")
    for name, start in (("a.csv", "documentType"), ("a.ndjson", '{"document'), ("a.xlsx", "PK")):
        result = seriatim.run("export", name)
        assert (result.exit_code, result.stdout) == (0, "")
        assert f"1 entries written to {name}" in result.stderr
        assert Path(name).read_bytes().startswith(start.encode())
    assert sorted(path.name for path in Path().glob("a.*")) == ["a.csv", "a.ndjson", "a.xlsx"]
    line = seriatim.done("export", "--format", "ndjson", "--type", "invoice", "--prefix", "inv")
    assert json.loads(line)["count"] == 3
    assert seriatim.done("export", "--format", "ndjson", "--type", "refund") == ""
    both = ("--prefix", "INV", "--type", "refund")
    assert seriatim.done("export", "--format", "ndjson", *both) == ""


def test_exported_register_is_what_the_verifier_reads(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--count", "3")
    head, entry = seriatim.done("export", "--format", "register", "--prefix", "INV").splitlines()
    assert json.loads(head)["format"] == "seriatim-register-export-1"
    assert json.loads(entry)["last_number"] == "3"
    seriatim.done("issue", "refund")
    assert "one series" in seriatim.refused(2, "export", "--format", "register")
    assert "one series" in seriatim.refused(2, "export", "--format", "register", "--prefix", "CM")


def test_workbook_needs_a_file_and_its_package(
    seriatim: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "needs a file" in seriatim.refused(2, "export", "--format", "xlsx")
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    said = seriatim.refused(2, "export", "register.xlsx")
    assert "pip install 'seriatim[xlsx]'" in said
    assert not list(Path().glob("register*"))


def test_export_into_a_folder_that_is_not_there_is_a_usage_fault(seriatim: CommandLine) -> None:
    for name in ("none/a.csv", "none/a.xlsx"):
        assert "cannot be written" in seriatim.refused(2, "export", name)
