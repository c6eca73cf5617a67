"""Compares an import's summary and its list of bad rows with what the messy file must give."""
import csv
import json
import sys

expected_path, summary_path, errors_path = sys.argv[1:]
with open(expected_path) as file:
    expected = json.load(file)
with open(summary_path) as file:
    summary = json.load(file)
wanted = [(row["line"], row["column"]) for row in expected["bad_rows"]]

assert summary["imported"] == expected["good_rows"], summary
assert summary["bad"] == len(wanted), summary
assert [(row["line"], row["column"]) for row in summary["bad_rows"]] == wanted, summary["bad_rows"]
assert all(row["rule"] for row in summary["bad_rows"])

with open(errors_path, encoding="utf-8", newline="") as file:
    rows = list(csv.reader(file, strict=True))
assert rows[0] == ["line", "column", "rule"], rows[0]
assert [(int(line), column) for line, column, _ in rows[1:]] == wanted, rows
assert [rule for _, _, rule in rows[1:]] == [row["rule"] for row in summary["bad_rows"]]
