#!/usr/bin/env python3
"""Text and numbers from outside that an API server refuses, or that a terminal obeys: in certificates, annotations and
the answers of the platform. Whoever sends them must not keep the status of anybody else as it was."""

import json
import re
import socket
import ssl
import tempfile
import threading
import unicodedata

from attack import AttackTest, main, self_signed, wait_for
from harness.materials import NEW_KEY, Material, openssl

# Control characters that YAML does not know, non-characters, one that turns the direction of writing, one unseen.
STRANGE = "\u0080\u0085\u009b\ufffe\uffff\ufdd0\U0001fffe\u202e\u200b\U000e0041"


def named(subject):
    """A certificate with that common name and a key, as anybody can make it."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = "-utf8", "-subj", f"/O=Example/CN={subject}", "-addext", "subjectAltName=DNS:a.example.com"
        certificate = openssl(f"req -x509 {NEW_KEY} -days 90", *arguments, cwd=folder)
        with open(f"{folder}/key", encoding="ascii") as key:
            return Material(certificate, key.read())


class HostilePlatform:
    """Answers each request with the same bytes."""

    def __init__(self, files, answer):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*files)
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(65536)
                secured.sendall(self._answer)
        except OSError:
            pass

    def stop(self):
        self._listener.close()


class Text(AttackTest):
    def setUp(self):
        super().setUp()
        self.other = f"{self.ns}-victim"
        self.kube.create("Namespace", self.other)

    def assert_victim_is_told(self):
        """The victim's status follows its Secret, as without an attacker."""
        self.put_secret("victim", {"tls.crt": "no certificate", "tls.key": "no key"}, self.other)

        def told():
            status = self.certificate("victim", self.other)["status"]
            return {c["type"]: c["reason"] for c in status["conditions"]}.get("Ready") == "InvalidCertificate"

        wait_for(lambda: f"the victim is told: {self.certificate('victim', self.other)['status']}", told, 20)

    def assert_plain(self, operator):
        """Nothing that a terminal obeys or that cannot be seen, wherever somebody may read it."""
        events = [event["note"] for ns in (self.ns, self.other, "default") for event in self.kube.list("Event", ns)]
        objects = [item["status"] for kind in ("ServerCertificate", "IoTDAInstance") for item in self.kube.list(kind)]
        shown = json.dumps(objects + events, ensure_ascii=False) + operator.log.read_text()
        strange = {c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cn", "Cs", "Zl", "Zp")}
        self.assertEqual(set(), strange)

    def test_a_subject_that_yaml_does_not_know(self):
        self.create_instance()
        operator = self.start_operator()
        self.add_certificate("victim", ns=self.other)
        self.wait_ready("victim", ns=self.other)
        for i, character in enumerate(STRANGE[:2]):
            self.add_certificate(f"a{i}", named(f"a{character}b{STRANGE}"))
        self.wait_ready("a0")
        self.assertRegex(self.certificate("a0")["status"]["commonName"], r"^a\\u0080b\\u0080\\u0085.*\\U000e0041$")
        self.assert_victim_is_told()
        self.assert_plain(operator)
        self.assert_unharmed(operator)

    def test_an_annotation_that_yaml_does_not_know(self):
        self.create_instance()
        operator = self.start_operator()
        self.add_certificate("victim", ns=self.other)
        self.add_certificate("a")
        self.wait_ready("a")
        annotations = {"iotda.huaweicloud.com/reconcile-requested-at": f"now{STRANGE}"}
        self.kube.patch("ServerCertificate", "a", {"metadata": {"annotations": annotations}}, self.ns)
        handled = lambda: self.certificate("a")["status"].get("lastHandledReconcileAt", "")
        wait_for("the annotation is handled", lambda: re.match(r"now\\u0080", handled()))
        self.assert_victim_is_told()
        self.assert_plain(operator)

    def test_a_foreign_certificate_whose_name_is_an_attack(self):
        self.create_instance()
        self.simulator.add_foreign(self.project, named(f"foreign{STRANGE}").certificate)
        operator = self.start_operator()
        self.add_certificate("victim", ns=self.other)
        self.wait_ready("victim", ns=self.other)
        self.assertIn("\\u202e", self.instance()["status"]["foreign"][0]["commonName"])
        self.assert_victim_is_told()
        self.assert_plain(operator)

    def test_an_answer_with_a_status_beyond_http(self):
        self.create_instance()
        operator = self.start_operator()
        self.add_certificate("victim", self_signed("victim.example.com"), self.other)
        self.wait_ready("victim", ns=self.other)
        text = json.dumps({"error_code": "IOTDA.000000", "error_msg": f"a{STRANGE}b"}).encode()
        for status in b"65535", b"999", b"600":
            answer = b"HTTP/1.1 %s Strange\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(text)) + text
            platform = HostilePlatform(self._tls(), answer)
            self.addCleanup(platform.stop)
            name = f"{self.ns}-{status.decode()}"
            self.create_instance(name, endpoint=platform.endpoint)
            self.create_certificate(f"a{status.decode()}", instanceRef={"name": name}, secretRef={"name": "missing"})
            wait_for(
                lambda name=name: f"the instance says what is wrong: {self.instance(name)['status']}",
                lambda name=name: self.instance(name)["status"].get("lastError"),
            )
            wait_for(
                "an object of that instance is told what is wrong with its Secret",
                lambda status=status: "SecretNotFound" in json.dumps(self.certificate(f"a{status.decode()}")["status"]),
            )
        self.assert_victim_is_told()
        self.assert_plain(operator)


if __name__ == "__main__":
    main()
