"""METHOD URL [BODY [TOKEN [KEY]]]: prints the status, then the body. Waits for a server that is
still starting; urllib speaks, not our own code."""
import sys
import time
import urllib.error
import urllib.request

method, url, body, token, key = (sys.argv[1:] + [""] * 3)[:5]
headers = {"Content-Type": "application/json"}
if token:
    headers["Authorization"] = "Bearer " + token
if key:
    headers["Idempotency-Key"] = key
for attempt in range(200):
    request = urllib.request.Request(
        url, method=method, data=body.encode() or None, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            print(answer.status, answer.read().decode(), end="")
        break
    except urllib.error.HTTPError as answer:
        print(answer.code, answer.read().decode(), end="")
        break
    except urllib.error.URLError:
        time.sleep(0.1)
else:
    sys.exit("no server")
