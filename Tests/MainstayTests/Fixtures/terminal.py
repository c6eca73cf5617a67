"""Runs a program on a terminal of its own, types a text there, and prints all that it shows."""
import os
import pty
import sys

text, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
os.write(terminal, text.encode())
shown = b""
while True:
    try:
        piece = os.read(terminal, 1 << 16)
    except OSError:
        break
    if not piece:
        break
    shown += piece
os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
