"""PORT TOKEN: asks for answers with and without gzip, on one connection and by requests that are
none; prints what is wrong, or nothing."""
import gzip
import http.client
import json
import socket
import sys

port, token = int(sys.argv[1]), sys.argv[2]
faults = []


def expect(holds, words):
    if not holds:
        faults.append(words)


connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def ask(method, path, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers={"Authorization": "Bearer " + token, **headers})
    answer = connection.getresponse()
    return answer, answer.read()


plain, text = ask("GET", "/openapi.json")
expect(plain.getheader("Content-Encoding") is None, "gzip that nobody asked for")
expect(plain.getheader("mainstay-compress") is None, "the mark of our own is shown")
packed, data = ask("GET", "/openapi.json", Accept_Encoding="gzip")
expect(packed.getheader("Content-Encoding") == "gzip", "no gzip")
expect(packed.getheader("Vary") == "Accept-Encoding", "no Vary")
expect(gzip.decompress(data) == text and len(data) < len(text) / 3, "other bytes than plain")
json.loads(text)
head, body = ask("HEAD", "/openapi.json", Accept_Encoding="gzip")
expect(head.status == 200 and body == b"", "HEAD has a body")
after, _ = ask("GET", "/healthz", Accept_Encoding="gzip")
expect(after.status == 200 and after.getheader("Content-Encoding") is None, "a short one in gzip")
report, data = ask("GET", "/v1/reports/supporters", Accept_Encoding="gzip")
expect(report.getheader("Content-Encoding") == "gzip", "a report without gzip")
expect(gzip.decompress(data).startswith(b"supporter_id,email,"), "no report")
page, _ = ask("GET", "/manage", Accept_Encoding="gzip")
expect(page.getheader("Content-Encoding") is None, "a reader's page in gzip")

# What is no request is answered past the compressor, and the process lives on.
for rubbish in (b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50,
                b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
        stranger.sendall(rubbish)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(4096):
            pass
alive, _ = ask("GET", "/healthz")
expect(alive.status == 200, "it lives no more")
print("; ".join(faults), end="")
