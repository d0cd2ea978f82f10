"""News reach people by mail and webhook: a count, and no word of a case. What cannot be sent is tried
again and can be looked at; a webhook that leads inside is not followed.

    news.py WEIR
"""

import base64
import email
import hashlib
import hmac
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

from terminal import must
from world import free_port

SECRET = "zqsecret"


class MailServer(threading.Thread):
    """Takes every letter on loopback."""

    def __init__(self):
        super().__init__(daemon=True)
        self.letters = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            with connection, connection.makefile("rwb") as stream:
                self.talk(stream)

    def talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 test")
        envelope = []
        while line := stream.readline():
            word = line[:4].upper()
            if word == b"DATA":
                say("354 go on")
                body = b""
                while (part := stream.readline()) != b".\r\n":
                    body += part
                self.letters.append((envelope, body.decode()))
                say("250 taken")
            elif word == b"QUIT":
                return say("221 bye")
            else:
                envelope.append(line.decode().strip())
                say("250 test")


class Hook(http.server.BaseHTTPRequestHandler):
    status, calls = 200, []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.calls.append((dict(self.headers), body))
        self.send_response(Hook.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def hook_server(folder):
    """https://localhost:PORT and the file of its authority."""
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://localhost:{server.server_address[1]}/hook", certificate


class Place:
    def __init__(self, weir, folder):
        self.weir, self.folder, self.data = weir, folder, os.path.join(folder, "data")

    def start(self, *arguments, who=None):
        line = [self.weir, *arguments, "--data", self.data, "--json", *(["--as", who] if who else [])]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    def do(self, *arguments, who=None):
        done = self.start(*arguments, who=who)
        must(done.returncode == 0, f"{arguments}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def configure(self, **settings):
        path = os.path.join(self.data, "weir.toml")
        with open(path, encoding="ascii") as file:
            lines = [line for line in file if line.split(" =")[0] not in settings]
        with open(path, "w", encoding="ascii") as file:
            file.writelines(lines + [f'{name} = "{value}"\n' for name, value in settings.items()])


def found(place, mail, certificate):
    place.do("init", "--trial", "--origin", "news.example/log", "--authority", "Ministry", "--admin", "ada")
    place.do("org", "add", "Lark", "--class", "researcher", "--bound", "no", who="ada")
    place.do("user", "add", "rita", "--org", "Lark", "--role", "reporter", who="ada")
    place.do("user", "add", "cora", "--org", "Ministry", "--role", "coordinator", who="ada")
    place.configure(mail_server=f"smtp://127.0.0.1:{mail.port}", mail_from="weir@news.example",
                    portal="https://news.example/", webhook_ca_file=certificate)


def file_and_claim(place, number):
    path = os.path.join(place.folder, "report.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"format": "weir-report/v1", "title": f"{SECRET} {number}", "vulnerabilities": [
            {"title": "t", "products": [{"vendor": SECRET, "name": SECRET}],
             "parts": [{"kind": "description", "text": SECRET}]}]}, file)
    case = place.do("report", path, who="rita")["case"]
    place.do("case", "claim", case, "--conflict", "no", who="cora")
    return case


def mail_says_a_count_and_no_word(place, mail):
    place.do("news", "add", "--mail", "rita@lark.example", who="rita")
    cases = [file_and_claim(place, number) for number in (1, 2)]
    place.do("message", cases[0], SECRET, "--to-reporter", who="cora")
    must(place.do("news", "list", who="rita")[0]["waiting"] == 3, "three news wait")
    must(place.do("jobs", "run") == {"failed": 0, "sent": 1}, "one letter for all of them")
    envelope, letter = mail.letters.pop()
    must("MAIL FROM:<weir@news.example>" in envelope[1] and "RCPT TO:<rita@lark.example>" in envelope[2], envelope)
    must("2  reports of yours" in letter and "1  messages to you" in letter, letter)
    must("https://news.example/" in letter, letter)
    must(not any(word in letter for word in (SECRET, "Lark", "cora", *cases)), f"it says too much: {letter}")
    must(place.do("jobs", "run") == {"failed": 0, "sent": 0}, "and once")
    place.do("news", "mute", cases[0], who="rita")
    place.do("message", cases[0], SECRET, "--to-reporter", who="cora")
    must(place.do("jobs", "run")["sent"] == 0, "nothing of a case that is muted")
    place.do("news", "unmute", cases[0], who="rita")
    return cases


def who_is_barred_hears_nothing(place, mail, case):
    place.do("message", case, SECRET, "--to-reporter", who="cora")
    place.do("user", "bar", "rita", who="ada")
    place.do("jobs", "run")
    must(not mail.letters, mail.letters)
    place.do("user", "unbar", "rita", who="ada")


class Gpg:
    """GnuPG with a home of its own."""

    def __init__(self, folder):
        self.home = os.path.join(folder, "gpg")
        os.makedirs(self.home, 0o700)

    def run(self, *words, **more):
        line = ["gpg", "--homedir", self.home, "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback",
                "--passphrase", "", "--trust-model", "always", *words]
        return subprocess.run(line, capture_output=True, check=True, timeout=60, **more).stdout

    def make(self, user, ends):
        self.run("--faked-system-time", "20250101T000000!", "--quick-generate-key", user, "future-default", "default",
                 ends)
        path = os.path.join(self.home, user)
        with open(path, "wb") as file:
            file.write(self.run("--armor", "--export", user))
        return path

    def end(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], capture_output=True, check=False)


def opened(gpg, letter):
    """What stands in a letter of PGP/MIME, opened by GnuPG."""
    message = email.message_from_string(letter)
    must(message.get_content_type() == "multipart/encrypted", letter)
    must(message.get_param("protocol") == "application/pgp-encrypted", letter)
    version, sealed = message.get_payload()
    must(version.get_content_type() == "application/pgp-encrypted", letter)
    must(version.get_payload().strip() == "Version: 1", letter)
    must(sealed.get_content_type() == "application/octet-stream", letter)
    return email.message_from_bytes(gpg.run("--decrypt", input=sealed.get_payload(decode=True)))


def mail_is_encrypted_where_a_key_is_known(place, mail, case):
    gpg = Gpg(place.folder)
    try:
        channel = place.do("news", "list", who="rita")[0]["channel"]
        good, short = gpg.make("rita@lark.example", "never"), gpg.make("old@lark.example", "seconds=86400")
        refused = place.start("news", "key", channel, "--openpgp", short, who="rita")
        must(refused.returncode == 1 and "has expired" in refused.stderr, refused.stderr)
        shown = place.do("news", "key", channel, "--openpgp", good, who="rita")
        must(shown["fingerprint"].encode() in gpg.run("--with-colons", "--fingerprint"), shown)
        must(place.do("news", "list", who="rita")[0]["openpgp"] == shown, "the key is shown")
        mail.letters.clear()
        place.do("message", case, SECRET, "--to-reporter", who="cora")
        place.do("jobs", "run")
        _, letter = mail.letters.pop()
        must("messages to you" not in letter and "https://news.example/" not in letter, letter)
        inside = opened(gpg, letter)
        must("1  messages to you" in inside.get_payload(), inside.as_string())
        must(inside["Subject"] == email.message_from_string(letter)["Subject"] == "News on Weir", letter)
        place.do("news", "key", channel, "--none", who="rita")
    finally:
        gpg.end()


def hooks_are_signed_and_stay_outside(place, url, case):
    made = place.do("news", "add", "--webhook", url, who="rita")
    place.do("message", case, SECRET, "--to-reporter", who="cora")
    round_ = place.do("jobs", "run")
    must(round_["failed"] == 1 and not Hook.calls, f"a webhook to loopback is not called: {round_}")
    row = place.do("outbox", "list", who="ada")[0]
    must("not of the public Internet" in row["last_error"] and url not in json.dumps(row), row)
    must(place.start("outbox", "list", who="rita").returncode == 1, "only for the administrator")
    place.configure(outbound_allow="127.0.0.1")
    Hook.status = 500
    place.do("outbox", "retry", str(row["id"]), who="ada")
    must(place.do("jobs", "run")["failed"] == 1, "an answer of 500 is a failure")
    Hook.status = 200
    place.do("outbox", "retry", str(row["id"]), who="ada")
    must(place.do("jobs", "run")["sent"] == 1, "sent")
    (first, _), (head, body) = Hook.calls
    must(first["webhook-id"] == head["webhook-id"], "a repeat has the same id")
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    text = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    must(head["webhook-signature"] == f"v1,{signature}", head)
    said = json.loads(body)
    must(said["data"] == {"platform": "news.example/log", "news": {"message": 1}}, said)


def beside_a_server_the_verbs_ask_it(place, mail, case):
    gpg = Gpg(os.path.join(place.folder, "beside"))
    key = gpg.make("beside@lark.example", "never")
    binary = key + ".gpg"
    with open(binary, "wb") as file:
        file.write(gpg.run("--export", "beside@lark.example"))
    ports = [free_port(), free_port()]
    server = subprocess.Popen(
        [place.weir, "serve", "--data", place.data, "--listen", f"127.0.0.1:{ports[0]}", "--admin-listen",
         f"127.0.0.1:{ports[1]}", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        must(server.stdout.readline(), "the server starts")
        made = place.do("news", "add", "--mail", "beside@lark.example", "--openpgp", binary, who="rita")
        must(made["openpgp"]["fingerprint"].encode() in gpg.run("--with-colons", "--fingerprint"), made)
        shown = {row["channel"]: row for row in place.do("news", "list", who="rita")}[made["channel"]]
        must(shown["openpgp"] == made["openpgp"] and shown["address"] == "beside@lark.example", shown)
        place.do("news", "key", made["channel"], "--none", who="rita")
        must(all("openpgp" not in row for row in place.do("news", "list", who="rita")), "the key is gone")
        must(place.do("news", "key", made["channel"], "--openpgp", key, who="rita") == made["openpgp"], "and back")
        must(place.start("news", "key", made["channel"], "--none", who="cora").returncode == 1, "it is rita's")
        place.do("news", "mute", case, who="rita")
        place.do("news", "unmute", case, who="rita")
        must(place.start("outbox", "list", who="rita").returncode == 1, "only for the administrator")
        must(isinstance(place.do("outbox", "list", who="ada"), list), "a list")
        must(place.start("outbox", "drop", "999999", who="ada").returncode == 1, "there is none")
        place.do("news", "remove", made["channel"], who="rita")
        must(place.start("news", "remove", made["channel"], who="rita").returncode == 1, "once")
    finally:
        server.terminate()
        server.wait(timeout=60)
        gpg.end()
    mail.letters.clear()


def what_cannot_be_sent_waits(place, mail, case):
    mail.letters.clear()
    place.configure(mail_server="smtp://127.0.0.1:1")
    place.do("message", case, SECRET, "--to-reporter", who="cora")
    must(place.do("jobs", "run")["failed"] == 1, "no server, no mail")
    row = next(row for row in place.do("outbox", "list", who="ada"))
    must(row["attempts"] == 1 and row["state"] == "waiting", row)
    place.do("key", "rotate")
    place.configure(mail_server=f"smtp://127.0.0.1:{mail.port}")
    must(place.do("jobs", "run")["sent"] == 0, "not before its time")
    place.do("outbox", "retry", str(row["id"]), who="ada")
    must(place.do("jobs", "run")["sent"] == 1 and len(mail.letters) == 1, "under a new master key too")
    place.do("message", case, SECRET, "--to-reporter", who="cora")
    for row in place.do("outbox", "list", who="ada"):
        place.do("outbox", "drop", str(row["id"]), who="ada")
    must(place.do("outbox", "list", who="ada") == [] and place.do("jobs", "run")["sent"] == 0, "dropped")


def main():
    with tempfile.TemporaryDirectory(prefix="weir-news-") as folder:
        mail = MailServer()
        mail.start()
        url, certificate = hook_server(folder)
        place = Place(os.path.abspath(sys.argv[1]), folder)
        found(place, mail, certificate)
        cases = mail_says_a_count_and_no_word(place, mail)
        who_is_barred_hears_nothing(place, mail, cases[1])
        mail_is_encrypted_where_a_key_is_known(place, mail, cases[1])
        hooks_are_signed_and_stay_outside(place, url, cases[1])
        beside_a_server_the_verbs_ask_it(place, mail, cases[1])
        what_cannot_be_sent_waits(place, mail, cases[1])
        for root, _, names in os.walk(place.data):
            for name in names:
                path = os.path.join(root, name)
                if not os.path.isfile(path):
                    continue  # the socket of the server
                with open(path, "rb") as file:
                    content = file.read()
                must(b"rita@lark" not in content and url.encode() not in content, f"an address lies in {name}")
    print("news were told, by mail and webhook, without a word of what they are about")


if __name__ == "__main__":
    main()
