"""Checks that each person of an imported file stands in the report, with the name and the latest
pledges as they were given."""
import collections
import csv
import sys
from decimal import Decimal

imported_path, report_path = sys.argv[1:]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


names, reported = {}, collections.Counter()
for row in read(report_path):
    names[row["email"]] = row["name"]
    if row["pledge_id"]:
        reported[row["email"], Decimal(row["amount"]), row["currency"], row["interval"],
                 row["started_on"]] += 1

wanted, first_names = collections.Counter(), {}
for row in read(imported_path):
    first_names.setdefault(row["email"], row["name"])
    assert row["email"] in names, "somebody is missing"
    if row["amount"]:
        wanted[row["email"], Decimal(row["amount"]), row["currency"], row["interval"],
               row["started_on"]] += 1
assert wanted == reported, (wanted - reported, reported - wanted)
for email, name in first_names.items():
    assert names[email] == name, "a name is another"
assert len(wanted) > 1000
