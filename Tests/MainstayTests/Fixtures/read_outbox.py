"""Parses every mail of an outbox and prints how many there are, to how many people, and under how
many ids."""
import email
import email.policy
import json
import pathlib
import sys

recipients, message_ids, count = set(), set(), 0
for path in pathlib.Path(sys.argv[1]).iterdir():
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    assert not message.defects, (path, message.defects)
    assert message["Subject"] and message["Date"] and message["From"], path
    assert message.get_body(("plain",)).get_content().strip(), path
    assert message.get_body(("html",)).get_content().rstrip().endswith("</html>"), path
    count += 1
    recipients.add(message["To"].addresses[0].addr_spec)
    message_ids.add(message["Message-ID"])
print(json.dumps(dict(mails=count, recipients=len(recipients), message_ids=len(message_ids))))
