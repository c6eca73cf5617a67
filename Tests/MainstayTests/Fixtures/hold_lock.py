"""Holds a database's write lock until it is killed, a minute at most; says so in a file."""
import sqlite3
import sys
import time

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
with open(sys.argv[2], "w") as ready:
    ready.write("locked")
time.sleep(60)
