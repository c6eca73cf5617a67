"""Runs localstripe, an imitation of Stripe by other people, on a free port of loopback alone, and
prints the port. It keeps what it is told in memory."""

import socket

from aiohttp import web
from localstripe import resources, server

# It would write everything into a file in a folder that all users share.
resources.Store.dump_to_disk = lambda store: None

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
# Before the port is told: whoever connects at once waits in the queue.
listener.listen(64)
print(listener.getsockname()[1], flush=True)
web.run_app(server.app, sock=listener, print=None, access_log=None)
