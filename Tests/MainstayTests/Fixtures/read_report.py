"""Reads a supporters' report as strictly as CSV can be read, checks what holds for every row, and
prints what differs from report to report."""
import collections
import csv
import json
import re
import sys

HEADER = (
    "supporter_id,email,name,locale,country,created_at,pledge_id,pledge_state,amount,currency,"
    "interval,started_on,next_charge_on,method_kind,method_brand,method_last4,method_expires,"
    "charges_succeeded,total_given,last_charge_on,open_reminder_on").split(",")
EXPONENTS = collections.defaultdict(lambda: 2, JPY=0, HUF=2)
FORMULA = tuple("=+-@\t\r\n")

with open(sys.argv[1], "rb") as file:
    raw = file.read()
text = raw.decode("utf-8")
assert not text.startswith("\ufeff")
outside = re.sub('"[^"]*"', "", text)
assert outside.endswith("\r\n")
assert outside.count("\n") == outside.count("\r\n") == outside.count("\r"), "a line ends otherwise"

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = list(csv.reader(file, strict=True))
assert rows.pop(0) == HEADER
assert outside.count("\r\n") == len(rows) + 1

facts = collections.Counter(rows=len(rows))
position = ("", "")
for cells in rows:
    assert len(cells) == len(HEADER), cells
    row = dict(zip(HEADER, cells))
    assert position < (row["supporter_id"], row["pledge_id"]), "the order is broken"
    facts["supporters"] += position[0] != row["supporter_id"]
    position = (row["supporter_id"], row["pledge_id"])
    assert re.fullmatch(r"sup_[0-7][0-9a-hjkmnp-tv-z]{25}", row["supporter_id"]), row
    assert not any(cell.startswith(FORMULA) for cell in cells), cells
    facts["neutralised"] += row["name"].startswith(tuple("'" + start for start in FORMULA))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", row["created_at"]), row
    for name in ("started_on", "next_charge_on", "last_charge_on", "open_reminder_on"):
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", row[name]), row
    if not row["pledge_id"]:
        assert not any(cells[HEADER.index("pledge_state"):-1]), row
        continue
    facts["pledges"] += 1
    facts["state " + row["pledge_state"]] += 1
    exponent = EXPONENTS[row["currency"]]
    decimals = r"\d+" if exponent == 0 else r"\d+\.\d{%d}" % exponent
    assert re.fullmatch(decimals, row["amount"]), row
    assert re.fullmatch(decimals, row["total_given"]), row
print(json.dumps(facts))
