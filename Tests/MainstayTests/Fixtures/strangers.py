#!/usr/bin/env python3
"""PORT TOKEN HONEST_TOKEN PID: clients that mean no good, and one with HONEST_TOKEN that must be answered all the while.

Opens as many idle connections as it may (10,000), lets heads and bodies trickle, sends what is too
large, too deep, too many or no request at all. Prints what is wrong, or nothing; a note on standard
error says how many connections there were, how long the honest client waited at most, and what the
service held.
"""
import asyncio
import json
import os
import resource
import sys
import time

PORT, TOKEN, HONEST_TOKEN, PID = int(sys.argv[1]), *sys.argv[2:5]
WANTED = 10_000
SLOW, SLOW_SECONDS = 100, 8
MEMORY_MAXIMUM_MB = 800
BODY_MAXIMUM = 64 << 10     # the service's own limit
faults, waits = [], []


def expect(holds, words):
    if not holds:
        faults.append(words)


def head(method, path, token=TOKEN, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def pledge(key):
    return json.dumps({
        "supporter": {"email": f"{key}@example.org"}, "interval": "month",
        "amount": {"amount": "5.00", "currency": "EUR"}}).encode()


async def answer(reader):
    """The status and the body; 0 where the connection ends without an answer."""
    try:
        line = await reader.readline()
        if not line:
            return 0, b""
        length = 0
        while (header := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(line.split()[1]), await reader.readexactly(length)
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0, b""


async def send(data, then=b""):
    """What is answered to these bytes, which may be more than the service reads."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    try:
        writer.write(data)
        if then:
            writer.write(then)
        return await asyncio.wait_for(answer(reader), 30)
    except (ConnectionError, asyncio.TimeoutError) as error:
        return (0, b"") if isinstance(error, ConnectionError) else (-1, b"")
    finally:
        writer.close()


# MARK: Those who mean no good

async def oversize():
    """Too much, too deep, in no language of ours: refused, each by its own status."""
    json_type = {"Content_Type": "application/json"}
    large = b"x" * (BODY_MAXIMUM + 1)
    chunk = b"%x\r\n%s\r\n" % (8192, b"y" * 8192)
    bad = {
        "a body over the limit": ((413,), head("POST", "/v1/pledges", Content_Length=len(large), **json_type) + large),
        "chunks over the limit": ((413,), head("POST", "/v1/pledges", Transfer_Encoding="chunked", **json_type) + chunk * 40),
        "a body that is no UTF-8": ((400,), head("POST", "/v1/pledges", Content_Length=7, **json_type) + b'{"\xff":1}'),
        "UTF-16": ((400,), head("POST", "/v1/pledges", Content_Length=6, **json_type) + "{}".encode("utf-16")),
        "JSON too deep": ((400,), head("POST", "/v1/pledges", Content_Length=40_000, **json_type) + b"[" * 40_000),
        "too many headers": ((400, 431, 0), b"GET /healthz HTTP/1.1\r\n" + b"X-A: 1\r\n" * 20_000 + b"\r\n"),
        "a header of a megabyte": ((400, 431, 0), b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * (1 << 20) + b"\r\n\r\n"),
        "a path of a megabyte": ((400, 414, 431, 0), b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n"),
        "two lengths": ((400, 0), head("POST", "/v1/pledges", Content_Length=5, Transfer_Encoding="chunked") + b"0\r\n\r\n"),
        "TLS": ((400, 0), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)),
    }
    for what, (statuses, data) in bad.items():
        status, _ = await send(data)
        expect(status in statuses, f"{what} is answered {status}")


async def trickle(data):
    """A byte now and then."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        until = time.monotonic() + SLOW_SECONDS
        for byte in data:
            if time.monotonic() > until:
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.2)
        writer.close()
    except ConnectionError:
        pass


async def idle(count):
    """Connections that say nothing; those that were refused are not counted."""
    open_ones = []
    for start in range(0, count, 200):
        made = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", PORT) for _ in range(min(200, count - start))),
            return_exceptions=True)
        open_ones += [pair[1] for pair in made if not isinstance(pair, BaseException)]
    return open_ones


# MARK: One who does

async def honest(is_over):
    """Reads and registers, each time on the same connection or on a new one."""
    count, connection = 0, None
    while not is_over.is_set():
        count += 1
        body = pledge(f"honest{count}")
        begun = time.monotonic()
        try:
            if connection is None or count % 5 == 0:
                if connection:
                    connection[1].close()
                connection = await asyncio.open_connection("127.0.0.1", PORT)
            reader, writer = connection
            if count % 2:
                writer.write(head("GET", "/v1/pledges?limit=1", HONEST_TOKEN))
                wanted = 200
            else:
                writer.write(head("POST", "/v1/pledges", HONEST_TOKEN, Content_Type="application/json", Content_Length=len(body), Idempotency_Key=f"honest{count}") + body)
                wanted = 201
            status, text = await asyncio.wait_for(answer(reader), 60)
        except (OSError, asyncio.TimeoutError) as error:
            faults.append(f"the honest client: {error!r}")
            return
        waits.append(time.monotonic() - begun)
        expect(status == wanted, f"the honest client is answered {status} {text[:200]!r}")
        await asyncio.sleep(0.01)


def held():
    """Resident MB and open files of the service."""
    pages = int(open(f"/proc/{PID}/statm").read().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6, len(os.listdir(f"/proc/{PID}/fd"))


async def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, WANTED + 1_000)), hard))
    count = min(WANTED, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    _, files_before = held()
    is_over = asyncio.Event()
    client = asyncio.create_task(honest(is_over))
    await oversize()
    slow_body = head("POST", "/v1/pledges", Content_Type="application/json", Content_Length=1_000) + b" " * 1_000
    slow = [trickle(head("GET", "/healthz")) for _ in range(SLOW)] + [trickle(slow_body) for _ in range(SLOW)]
    slow_ones = asyncio.gather(*slow)
    silent = await idle(count)
    expect(len(silent) == count, f"{len(silent)} of {count} connections were taken")
    for _ in range(20):
        await oversize()
    await slow_ones
    memory, files = held()
    expect(files >= count, f"{files} files are open, of {count} connections")
    expect(memory < MEMORY_MAXIMUM_MB, f"the service holds {memory:.0f} MB")
    is_over.set()
    await client
    for writer in silent:
        writer.close()
    for _ in range(300):
        if held()[1] <= files_before + 50:
            break
        await asyncio.sleep(0.1)
    else:
        faults.append(f"{held()[1]} files are open when everybody is gone, {files_before} before")
    print(f"note: {count} idle connections; {len(waits)} honest requests, the longest {max(waits) * 1000:.0f} ms; "
          f"{memory:.0f} MB, {files} files", file=sys.stderr)


asyncio.run(main())
print("; ".join(dict.fromkeys(faults)), end="")
