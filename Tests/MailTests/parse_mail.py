"""Parses every .eml file of a folder, as a receiver would, and prints what it read as JSON."""

import email
import email.header
import email.policy
import email.utils
import json
import pathlib
import sys


def mailbox(message, raw, name):
    """One mailbox by the modern parser, its words by the older one.

    The modern one of Python 3.11 puts a space between encoded words of a name, against RFC 2047,
    and takes the quotes from a local part that needs them.
    """
    if message[name] is None:
        return None
    (address,) = message[name].addresses
    shown, spec = email.utils.parseaddr(raw[name].replace("\r\n", ""))
    assert spec.endswith("@" + address.domain)
    words = email.header.make_header(email.header.decode_header(shown))
    return {"name": str(words), "address": spec}


def mail(path):
    content = path.read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    raw = email.message_from_bytes(content)
    text, html = message.iter_parts()
    parts = [message, text, html]
    defects = [str(d) for part in parts for d in part.defects]
    defects += [str(d) for part in parts for value in part.values() for d in value.defects]
    date = email.utils.parsedate_to_datetime(message["Date"])
    return {
        "mailID": path.stem,
        "defects": defects,
        "names": [name for name, _ in message.items()],
        "unixSeconds": int(date.timestamp()),
        "from": mailbox(message, raw, "From"),
        "to": mailbox(message, raw, "To"),
        "replyTo": mailbox(message, raw, "Reply-To"),
        "subject": str(message["Subject"]),
        "messageID": message["Message-ID"],
        "language": message["Content-Language"],
        "autoSubmitted": message["Auto-Submitted"],
        "listUnsubscribe": message["List-Unsubscribe"],
        "listUnsubscribePost": message["List-Unsubscribe-Post"],
        "type": message.get_content_type(),
        "boundary": message.get_boundary(),
        "partTypes": [part.get_content_type() for part in (text, html)],
        "charsets": [part.get_content_charset() for part in (text, html)],
        "text": text.get_content(),
        "html": html.get_content(),
    }


folder = pathlib.Path(sys.argv[1])
json.dump([mail(path) for path in sorted(folder.glob("*.eml"))], sys.stdout)
