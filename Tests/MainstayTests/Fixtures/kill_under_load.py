#!/usr/bin/env python3
"""kill -9 of the service under load, again and again; then every key must have one pledge.

    kill_under_load.py MAINSTAY_BINARY BOOK_FOLDER ROUNDS [--seed N] [--no-kill] [--notes]

Makes a book (mainstay.db) in BOOK_FOLDER where there is none. 16 clients register pledges, each
with its own Idempotency-Key and e-mail; the service is killed at a random moment (50 to 500 ms of
load), started again, and every key that got no answer is asked again. At the end each key must have
exactly one pledge, each key that is asked again must get the bytes of its first answer, and
`mainstay doctor` must find nothing. Prints one line for each fault (at most ten of a kind, then
their count) and exits 1 where there was any.
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time

CLIENTS = 16
START_SECONDS = 20
ANSWER_SECONDS = 30
SHOWN = 10      # lines of one kind; the rest is counted
faults = {}     # kind: texts
guard = threading.Lock()


def fault(text, kind=None):
    """`kind` is what many faults have in common."""
    with guard:
        alike = faults.setdefault(kind or text, [])
        if text in alike:
            return
        alike.append(text)
        if len(alike) <= SHOWN:
            print(text, flush=True)


def named(body):
    """An answer, short."""
    try:
        return json.loads(body)["id"]
    except (ValueError, KeyError, TypeError):
        return repr(body[:80])


class Book:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.database = self.folder / "mainstay.db"
        self.environment = dict(os.environ, MAINSTAY_HTTP_REQUESTS_PER_SECOND="100000")

    def command(self, *words):
        return subprocess.run(
            [self.binary, "--database", str(self.database), *words], cwd=self.folder,
            env=self.environment, capture_output=True, text=True, timeout=600)

    def needed(self, *words):
        result = self.command(*words)
        if result.returncode:
            sys.exit(f"mainstay {' '.join(words)} exited {result.returncode}: {result.stderr}")
        return result.stdout

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.database.exists():
            self.needed("init")
            self.needed("newsroom", "set", "--name", "N", "--legal-name", "L",
                        "--postal-address", "A")
        made = json.loads(self.needed(
            "--json", "token", "create", "--name", f"load-{os.getpid()}", "--scopes",
            "pledges:read,pledges:write,supporters:read,events:read"))
        return made["token"]


class Service:
    """One process after another on one port."""

    def __init__(self, book):
        self.book = book
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.log = open(book.folder / "serve.log", "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.book.binary, "--database", str(self.book.database), "serve", "--no-jobs",
             "--port", str(self.port)], cwd=self.book.folder, env=self.book.environment,
            stdout=self.log, stderr=self.log)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                sys.exit(f"the service ended by itself with {self.process.returncode} at its "
                         f"start; see {self.log.name}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        sys.exit(f"the service is not ready {START_SECONDS} s after its start")

    def kill(self):
        """With SIGKILL."""
        if self.process.poll() is not None:
            fault(f"the service ended by itself with {self.process.returncode}")
            return
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        try:
            code = self.process.wait(60)
            if code:
                fault(f"the service exits {code} upon SIGTERM")
        except subprocess.TimeoutExpired:
            fault("the service does not end within 60 s of SIGTERM")
            self.process.kill()


class Client:
    """Registers one pledge after another; knows which keys have no answer yet."""

    def __init__(self, number, run, service, token):
        self.number, self.run_name, self.service, self.token = number, run, service, token
        self.count, self.connection = 0, None
        self.open = []          # keys without an answer
        self.answers = {}       # key: (status, body)
        self.repeated = set()   # keys that were answered as repeats, the first answer being lost
        self.random = random.Random(f"{run}{number}")

    def body(self, key):
        return json.dumps({
            "supporter": {"email": f"{key}@example.org"},
            "amount": {"amount": "5.00", "currency": "EUR"}, "interval": "month",
            "is_second": True, "source": key,
        }).encode()

    def ask(self, key):
        """The answer; throws where the connection breaks."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.service.port, timeout=ANSWER_SECONDS)
        try:
            self.connection.request("POST", "/v1/pledges", self.body(key), {
                "Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                "Idempotency-Key": key})
            response = self.connection.getresponse()
            return response.status, response.read(), response.getheader("Idempotent-Replayed")
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def take(self, key, answer, is_retry):
        status, body, repeat = answer
        if status in (409, 503):    # to be tried again, by its own words
            return status == 503
        if status != 201:
            fault(f"key {key} was answered {status} {body[:200]!r}")
        elif key in self.answers and self.answers[key] != body:
            first, then = named(self.answers[key]), named(body)
            how = f"{then} with other bytes" if first == then else then
            fault(f"key {key} was answered {first}, then {how}", "another answer")
        else:
            if repeat and not is_retry:
                fault(f"key {key} is called a repeat the first time it was asked")
            if repeat:
                self.repeated.add(key)
            self.answers.setdefault(key, body)
        return False

    def load(self, stopped):
        """Until the service is gone: first what has no answer, then new ones, now and then an
        answered one again."""
        while not stopped.is_set():
            if self.open:
                key, is_retry = self.open[0], True
            elif self.answers and self.random.random() < 0.1:
                key, is_retry = self.random.choice(list(self.answers)), True
            else:
                self.count += 1
                key, is_retry = f"{self.run_name}-{self.number}-{self.count}", False
                self.open.insert(0, key)
            try:
                answer = self.ask(key)
            except (TimeoutError, socket.timeout):
                fault(f"key {key} got no answer within {ANSWER_SECONDS} s from a living service")
                return
            except (OSError, http.client.HTTPException):
                return
            again = self.take(key, answer, is_retry)
            if answer[0] == 409:
                fault(f"key {key} was answered 409 {answer[1][:200]!r}")
            if not again and key in self.open:
                self.open.remove(key)

    def finish(self):
        """All that is open, then each key once more."""
        for key in list(self.open) + list(self.answers):
            for _ in range(20):
                try:
                    answer = self.ask(key)
                except (OSError, http.client.HTTPException) as error:
                    fault(f"key {key} got no answer at the end: {error!r}")
                    return
                if not self.take(key, answer, True):
                    break
                time.sleep(0.2)
            else:
                fault(f"key {key} is answered 503 for ever")
            if key in self.open:
                self.open.remove(key)


def together(threads):
    for thread in threads:
        thread.start()
    return threads


def listed(service, token):
    """Every pledge, page by page."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    after, rows = "", []
    while True:
        connection.request("GET", f"/v1/pledges?limit=500{after and '&after=' + after}",
                           headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        page = json.loads(response.read())
        if response.status != 200:
            fault(f"GET /v1/pledges answers {response.status} {page}")
            return rows
        rows += page["data"]
        if page["next"] is None:
            return rows
        after = page["next"]


def check(clients, rows):
    by_key, ids = {}, {row["id"] for row in rows}
    for row in rows:
        by_key.setdefault(row.get("source"), []).append(row)
    if len({row["id"] for row in rows}) != len(rows):
        fault("a pledge stands on two pages")
    for client in clients:
        for number in range(1, client.count + 1):
            key = f"{client.run_name}-{client.number}-{number}"
            found = by_key.get(key, [])
            if len(found) != 1:
                fault(f"key {key} has {len(found)} pledges", "count of pledges")
            if key not in client.answers:
                fault(f"key {key} was never answered", "no answer")
            elif named(client.answers[key]) not in ids:
                fault(f"key {key} was answered {named(client.answers[key])}, which is not in the "
                      f"book", "not in the book")
            elif len(found) == 1 and json.loads(client.answers[key]) != found[0]:
                fault(f"key {key}: the answer and the book differ", "answer and book differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("rounds", type=int)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--no-kill", action="store_true", help="the load alone, 500 ms a round")
    parser.add_argument("--notes", action="store_true", help="say on stderr what was done")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    chance = random.Random(seed)
    book = Book(os.path.abspath(options.binary), options.folder)
    token = book.prepare()
    service = Service(book)
    run = f"k{os.getpid()}x{seed:x}"
    clients = [Client(number, run, service, token) for number in range(CLIENTS)]
    lost, starts = 0, []
    try:
        for _ in range(options.rounds):
            started = time.monotonic()
            service.start()
            starts.append(time.monotonic() - started)
            stopped = threading.Event()
            threads = together(
                [threading.Thread(target=client.load, args=(stopped,)) for client in clients])
            if options.no_kill:
                time.sleep(0.5)
                stopped.set()
            else:
                time.sleep(chance.uniform(0.05, 0.5))
                service.kill()
                stopped.set()
            for thread in threads:
                thread.join()
            if options.no_kill:
                service.stop()
                for client in clients:
                    client.hang_up()
            lost += sum(len(client.open) for client in clients)
        service.start()
        for thread in together([threading.Thread(target=client.finish) for client in clients]):
            thread.join()
        check(clients, listed(service, token))
        result = book.command("doctor")
        if result.returncode:
            fault(f"doctor exits {result.returncode} beside the service: "
                  f"{(result.stdout + result.stderr).strip()}")
        service.stop()
        result = book.command("doctor")
        if result.returncode:
            fault(f"doctor exits {result.returncode}: {(result.stdout + result.stderr).strip()}")
    finally:
        if service.process and service.process.poll() is None:
            service.process.kill()
            service.process.wait()
    for kind, texts in faults.items():
        if len(texts) > SHOWN:
            print(f"{kind}: {len(texts)} such faults in all")
    if options.notes:
        repeated = sum(len(client.repeated) for client in clients)
        print(f"note: seed {seed}; {sum(c.count for c in clients)} keys; {lost} answers were lost "
              f"in kills; {repeated} keys answered as repeats; the slowest start "
              f"{max(starts, default=0):.2f} s", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
