"""Searches files for every address, name and token of an imported CSV, as they are and in lower
case; prints how many of them stand somewhere.

A text can only stand where its first bytes stand: those few are looked for first.
"""
import csv
import sys

PREFIX_BYTES = 8

imported, *paths = sys.argv[1:]
needles = set()
with open(imported, encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        for column in ("email", "name", "method_token"):
            for text in (row.get(column) or "", (row.get(column) or "").lower()):
                # So short a text stands in random bytes by chance.
                if len(text.encode()) >= 6:
                    needles.add(text.encode())
assert needles
by_prefix = {}
for needle in needles:
    by_prefix.setdefault(needle[:PREFIX_BYTES], []).append(needle)

found = set()
for path in paths:
    with open(path, "rb") as file:
        content = file.read()
    for prefix, candidates in by_prefix.items():
        if prefix in content:
            found.update(needle for needle in candidates if needle in content)
print(len(found))
