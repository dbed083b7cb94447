"""Sends every message of a directory by smtplib to a simulated sesgate, and holds
what the simulated SES took against what was sent.

    python3 corpus.py HOST:PORT http://STATUS-ADDRESS DIRECTORY

A message must arrive as the same octets, but for line endings, or be refused with
a code that names what in it SES would refuse ([msg-...]). Prints a line a message;
exits 1 if one is neither.
"""
import pathlib
import re
import smtplib
import sys
import urllib.request

LINE_ENDING = re.compile(rb"\r\n|\n|\r")


def wanted(data):
    """The message as smtplib ends it, with every line ended by CRLF."""
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return LINE_ENDING.sub(b"\r\n", data)


def send(host, port, data):
    """The id under which the message was taken, or the refusal."""
    with smtplib.SMTP(host, port, timeout=20) as s:
        s.ehlo()
        s.mail("sender@example.com")
        s.rcpt("receiver@example.com")
        code, text = s.data(data)
    text = text.decode("ascii")
    return (text.split()[-1], None) if code == 250 else (None, f"{code} {text}")


def main(smtp, status, directory):
    host, port = smtp.rsplit(":", 1)
    bad = 0
    files = sorted(p for p in pathlib.Path(directory).iterdir() if p.suffix in (".eml", ".txt"))
    for path in files:
        data = path.read_bytes()
        taken, refusal = send(host, int(port), data)
        if refusal:
            named = re.search(r"\[msg-[a-z0-9]+\]", refusal)
            bad += not named
            print("refused" if named else "REFUSED WITHOUT A REASON", path.name, refusal.splitlines()[0])
            continue
        with urllib.request.urlopen(f"{status}/messages/{taken}") as answer:
            same = answer.read() == wanted(data)
        bad += not same
        print("same" if same else "DIFFERENT", path.name)
    print(f"{len(files)} messages, {bad} wrong")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
