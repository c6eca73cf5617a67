"""A receiver of webhooks, good or bad by the path that is asked for.

usage: webhook_receiver.py LOG [CERTIFICATE]
With a file of certificate and key it speaks TLS, and logs the name that it is asked for.
Prints its port. Every request becomes a line of LOG: path, headers, body, and, where the query has
the secret, whether the public Standard Webhooks library takes it.
"""
import http.server, json, ssl, sys, threading, time, urllib.parse

LOG = open(sys.argv[1], "a", buffering=1)
LOCK = threading.Lock()


def verdict(query, headers, body):
    secret = query.get("secret", [None])[0]
    if secret is None:
        return None
    from standardwebhooks.webhooks import Webhook
    try:
        Webhook(secret).verify(body, headers)
        return True
    except Exception:
        return False


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # The sender died half-way: no request has come.
            self.close_connection = True
            return
        url = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(url.query)
        headers = {name.lower(): value for name, value in self.headers.items()}
        line = {
            "path": url.path, "headers": headers, "body": body.decode(),
            "verified": verdict(query, headers, body),
        }
        with LOCK:
            LOG.write(json.dumps(line) + "\n")
        getattr(self, "answer_" + url.path.strip("/").split("/")[0])(query)

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", "0")
        self.end_headers()

    def answer_status(self, query):
        extra = {"retry_after": query["after"][0]} if "after" in query else {}
        self.answer(int(query["code"][0]), **extra)

    def answer_redirect(self, query):
        self.answer(302, location=query["to"][0])

    def answer_slow(self, query):
        time.sleep(float(query["seconds"][0]))
        self.answer(200)

    def answer_drip(self, query):
        self.close_connection = True
        try:
            for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n":
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
        except OSError:
            pass

    def answer_close(self, query):
        self.close_connection = True

    def answer_gigabyte(self, query):
        self.send_response(int(query["code"][0]))
        self.send_header("content-length", str(1 << 30))
        self.end_headers()
        sent = 0
        try:
            while sent < 1 << 30:
                self.wfile.write(b"x" * 65536)
                sent += 65536
        except OSError:
            pass
        self.close_connection = True
        with LOCK:
            LOG.write(json.dumps({"path": "/gigabyte/sent", "bytes": sent}) + "\n")

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def log_name(socket, name, context):
    with LOCK:
        LOG.write(json.dumps({"path": "/tls", "headers": {"name": name or ""}}) + "\n")


server = Server(("127.0.0.1", 0), Receiver)
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2])
    tls.sni_callback = log_name
    server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
