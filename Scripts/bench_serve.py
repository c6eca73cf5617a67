"""Measures `mainstay serve` for Scripts/bench, with wrk on loopback. wrk takes part of the cores,
which the limit program w1 has to itself."""
import json, os, pathlib, re, signal, statistics, subprocess, sys, time, urllib.error, urllib.request

LOAD = pathlib.Path(__file__).resolve().parent / "bench-load"
SECONDS, CONNECTIONS, PORT = 15, 64, 8099


class Running:
    """A server process: it has answered once when made, and ends with the `with` block."""
    def __init__(self, command, path="/healthz", **environment):
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **environment})
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5).read()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{command} does not answer: {self.process.stderr.read().decode()[-500:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def wrk(path, script=None, arguments=(), token=None, seconds=SECONDS, refusals=False):
    """Runs wrk; returns answers per second, and the 99th percentile of latency in ms."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    if script:
        command += ["-s", str(LOAD / script)]
    out = subprocess.run([*command, f"http://127.0.0.1:{PORT}{path}", "--", *arguments], capture_output=True, text=True, check=True).stdout
    if ("Non-2xx" in out and not refusals) or "Socket errors" in out:
        sys.exit(out)
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), float(value) * {"us": 0.001, "ms": 1, "s": 1_000}[unit]


class Serving:
    def __init__(self, bench, say):
        self.bench, self.say = bench, say
        if subprocess.run(["which", "wrk"], capture_output=True).returncode:
            sys.exit("error: wrk is not installed; install the package wrk")

    def serve(self, book, *options):
        return Running([self.bench.mainstay, "--database", book, "serve", "--port", PORT, *options], MAINSTAY_HTTP_REQUESTS_PER_SECOND="1000000", MAINSTAY_HTTP_FAILURES_PER_MINUTE="1000000")

    def bare(self):
        return Running([self.bench.benchmarks, "bare", PORT])

    def token(self, book):
        out = subprocess.run([self.bench.mainstay, "--database", book, "--json", "token", "create", "--name", "bench", "--scopes", "pledges:write,pledges:read"], capture_output=True, check=True).stdout
        return json.loads(out)["token"]

    def pledge(self, book):
        with subprocess.Popen([self.bench.mainstay, "--database", book, "--json", "pledge", "list"], stdout=subprocess.PIPE, text=True) as process:
            identity = json.loads(process.stdout.readline())["id"]
            process.kill()
        return identity

    def book(self, rows):
        book = self.bench.book(f"serve-{rows}")
        subprocess.run([self.bench.mainstay, "--database", book, "import", self.bench.supporters(rows), "--quiet"], check=True)
        return book

    def measure(self):
        rates = {}
        for rows in (10_000, self.bench.rows):
            book = self.book(rows)
            token, pledge = self.token(book), self.pledge(book)
            ours, limits, worst = {"register": [], "read": []}, {"register": [], "read": []}, {"register": [], "read": []}
            for turn in range(self.bench.rounds):
                with self.serve(book, "--no-jobs"):
                    for name, answer in (("register", wrk("", "register.lua", (f"{rows}-{turn}", token))), ("read", wrk(f"/v1/pledges/{pledge}", token=token))):
                        ours[name].append(answer[0])
                        worst[name].append(answer[1])
                limits["register"].append(self.bench.limit_rate("w1", "w1.db", "20000", "64"))
                with self.bare():
                    limits["read"].append(wrk(f"/v1/pledges/{pledge}", token=token)[0])
            for name, what, goal in (("register", "POST /v1/pledges, durable, 1/s (w1 … 64)", ">= 0.3"), ("read", "GET /v1/pledges/{id}, 1/s (bare Hummingbird)", ">= 0.4")):
                value, limit = statistics.median(ours[name]), statistics.median(limits[name])
                rates[name, rows] = value
                self.say(f"{what}, book of {rows:,}", f"{value:.0f}", f"{limit:.0f}", value / limit, goal)
                print(f"  {CONNECTIONS} connections, 99th percentile {statistics.median(worst[name]):.1f} ms")
        for name in ("register", "read"):
            print(f"  {name}: small book over large {rates[name, 10_000] / rates[name, self.bench.rows]:.2f} (goal: under 1.3)")

    def soak(self, minutes):
        """Loads the service with mixed requests while its jobs run; prints its memory, open files and
        book size each minute."""
        book = self.book(10_000)
        token, pledge = self.token(book), self.pledge(book)
        with self.serve(book):
            print(f"{'minute':>8}{'answers/s':>12}{'99th, ms':>10}{'memory, MB':>12}{'open files':>12}{'book, MB':>10}")
            for minute in range(1, minutes + 1):
                rate, worst = wrk("", "mixed.lua", (f"s{minute}", token, pledge), seconds=60, refusals=True)
                text = urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics").read().decode()
                figure = lambda name: float(re.search(rf"^{name} (\S+)", text, re.M)[1])
                print(f"{minute:>8}{rate:>12.0f}{worst:>10.1f}{figure('process_resident_memory_bytes') / 1e6:>12.0f}{figure('process_open_fds'):>12.0f}{figure('mainstay_database_bytes') / 1e6:>10.0f}", flush=True)
            print(json.dumps(dict(re.findall(r'mainstay_http_requests_total\{(.*)\} (\d+)', text)), indent=1))
