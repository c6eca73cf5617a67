"""Reads a file as one JSON value, or as JSON Lines, as strictly as JSON is defined; prints how many
values there were."""
import json
import sys


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def refuse_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a name stands twice in {names}")
    return dict(pairs)


def parse(text):
    return json.loads(
        text, parse_constant=refuse_constant, parse_float=refuse_constant,
        object_pairs_hook=refuse_duplicates)


form, path = sys.argv[1:]
with open(path, encoding="utf-8", newline="") as file:
    text = file.read()
if text and not text.endswith("\n"):
    raise ValueError("the last line does not end")
values = [text] if form == "value" else text.split("\n")[:-1]
for value in values:
    parse(value)
print(len(values))
