"""Runs one SQL statement on a database and prints its rows as JSON, each column as text."""
import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], timeout=30)
rows = connection.execute(sys.argv[2]).fetchall()
connection.commit()
connection.close()
print(json.dumps([["" if cell is None else str(cell) for cell in row] for row in rows]))
