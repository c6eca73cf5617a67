"""Checks that columns of a table begin at the same place of a terminal in every line; prints how
many lines there are. The places are those of the header; a cell ends with two spaces at least."""
import sys

from wcwidth import wcswidth


def places(line):
    """Where each run of text that follows two spaces begins, in columns of a terminal."""
    found, start = set(), 0
    while (gap := line.find("  ", start)) >= 0:
        start = gap
        while start < len(line) and line[start] == " ":
            start += 1
        found.add(wcswidth(line[:start]))
    return found


path, *columns = sys.argv[1:]
with open(path, encoding="utf-8", newline="") as file:
    lines = file.read().split("\n")[:-1]
wanted = {len(lines[0][:lines[0].index(column)]) for column in columns}
for line in lines:
    assert wcswidth(line) > 0, ascii(line)
    assert wanted <= places(line), (wanted, places(line), ascii(line))
print(len(lines))
