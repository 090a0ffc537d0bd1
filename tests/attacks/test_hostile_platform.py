#!/usr/bin/env python3
"""Whoever answers in place of the platform, to an instance of an administrator who was deceived, beside a sound one."""

import json
import random
import re
import time
from urllib.parse import urlsplit

from attack import AttackTest, confined, main, self_signed, wait_for
from harness.materials import encrypted
from harness.proxy import Proxy

LIST, ADD, SHOW = "GET .*/server-certificates\\?", "POST .*/server-certificates$", "GET .*/server-certificates/"


def entry(number):
    dates = {"effective_date": "20260101T000000Z", "expiry_date": "20270101T000000Z"}
    return {"server_certificate_id": f"{number:024x}", "common_name": "a.example.com", **dates}


def listed(entries, count=None):
    return {"server_certificates": entries, "page": {"count": len(entries) if count is None else count}}


def lists(size):
    """Answers to a list that cost much, each of about so many bytes."""
    return {
        "numbers": '{"server_certificates":[' + "0," * (size // 2) + "0]}",
        "empty lists": '{"server_certificates":[' + "[]," * (size // 3) + "[]]}",
        "one string": json.dumps(listed([{**entry(1), "common_name": "x" * size}])),
        "depth": '{"server_certificates":' + "[" * size,
        "keys": '{"server_certificates":[{' + ",".join(f'"{i}":0' for i in range(size // 12)) + "}]}",
        "certificates": json.dumps(listed([entry(number) for number in range(size // 170)])),
    }


class HostilePlatform(AttackTest):
    def setUp(self):
        super().setUp()
        self.hostile = f"{self.ns}-hostile"
        self.start_simulator()
        self.proxy = Proxy(self.folder, "hostile", urlsplit(self.simulator.endpoint), self.simulator.tls)
        self.addCleanup(self.proxy.stop)

    def start_beside_a_victim(self):
        operator = self.start_operator()
        self.create_instance()
        self.add_certificate("victim")
        self.wait_ready("victim")
        return operator

    def create_hostile(self):
        self.create_instance(
            self.hostile, endpoint=self.proxy.endpoint, project=f"{self.project}-hostile", caBundle=self.proxy.ca
        )

    def ask_again(self, token):
        annotations = {"iotda.huaweicloud.com/reconcile-requested-at": token}
        self.kube.patch("IoTDAInstance", self.hostile, {"metadata": {"annotations": annotations}})

    def assert_victim_renews(self):
        renewed = self_signed("victim.example.com")
        self.put_material("victim", renewed)
        begun = time.monotonic()
        self.wait_renewed("victim", renewed)
        self.assertLess(time.monotonic() - begun, 15)

    def test_lists_beyond_all_measure(self):
        operator = self.start_beside_a_victim()
        self.proxy.answer(LIST, 500)
        self.create_hostile()
        self.create_certificate("deceived", instanceRef={"name": self.hostile})
        with confined(operator.pid):
            for size in 15 << 20, 1000 << 10:  # what is cut off, and what is read
                for what, body in lists(size).items():
                    with self.subTest(what, size=size):
                        self.proxy.clear()
                        self.proxy.answer(LIST, 200, body)
                        asked = time.monotonic()
                        self.ask_again(f"{what} {size}")
                        wait_for("the list is read", lambda asked=asked: self.proxy.requests(LIST, asked), 60)
                        self.wait_instance("PlatformUnavailable", self.hostile, seconds=60)
                        self.assert_unharmed(operator)
            self.assert_victim_renews()
        # One entry, if its name is a megabyte long, is an entry.
        self.assertLessEqual(len(self.proxy.requests(SHOW)), 1)
        self.assertLess(operator.memory_peak(), 96 << 20)

    def test_a_list_that_is_new_each_time(self):
        operator = self.start_beside_a_victim()
        # Each entry is to be asked for by its id.
        self.proxy.change(LIST, lambda _: listed([entry(random.getrandbits(90)) for _ in range(100)]))
        self.create_hostile()
        self.create_certificate("deceived", instanceRef={"name": self.hostile})
        wait_for("the list is read", lambda: self.proxy.requests(LIST))
        self.assert_victim_renews()
        lists = len(self.proxy.requests(LIST))
        self.assertLessEqual(len(self.proxy.requests(SHOW)), 100 * lists)
        self.assert_unharmed(operator)

    def test_a_redirect(self):
        operator = self.start_beside_a_victim()
        self.proxy.answer(".", 302, "", location="https://127.0.0.1:1/v5")
        self.create_hostile()
        self.add_certificate("deceived", instanceRef={"name": self.hostile})
        message = self.wait_instance("PlatformUnavailable", self.hostile)
        self.assert_mentions(message, "302", "redirect", "`endpoint`")
        self.assertEqual([], self.proxy.requests(ADD))
        self.assert_unharmed(operator)

    def test_echoes_of_what_was_sent(self):
        operator = self.start_operator()
        self.create_hostile()
        password = "CorrectHorse"
        material = self_signed("deceived.example.com")
        base64 = "".join(material.key.splitlines()[1:-1])
        pieces = " ".join(base64[i : i + 4] for i in range(40, 120, 4))
        echoes = {  # error_code, error_msg, and the request id
            "a line of the key": ("IOTDA.000006", "invalid key " + base64[40:104], "id"),
            "a part of 40": ("IOTDA.000006", "invalid key " + base64[50:90] + " here", "id"),
            "parts of 4": ("IOTDA.000006", "invalid key " + pieces, "id"),
            "in lower case": ("IOTDA.000006", "invalid key " + pieces.lower(), "id"),
            "letter by letter": ("IOTDA.000006", "invalid key " + " ".join(base64[60:100]), "id"),
            "backwards": ("IOTDA.000006", "invalid key " + pieces[::-1].lower(), "id"),
            "as a code": (base64[44:100].replace("+", ".").replace("/", "."), "invalid", "id"),
            "as a number": ("IOTDA.000006", "invalid", base64[44:90].replace("+", "-").replace("/", "-")),
            "the password": ("IOTDA.000006", f"cannot open the key with {password}", password),
            "nearly": ("IOTDA.000006", f"cannot open the key with {password.upper()}es", password.lower()),
            "in words": ("CORRECTHORSE.1", "cannot open the key with correct horse", "correct-horse"),
        }
        locked = encrypted(material, password)
        # So many refused uploads in a row are allowed for one namespace.
        other = f"{self.ns}-other"
        self.kube.create("Namespace", other)
        for number, (what, (code, text, request)) in enumerate(echoes.items()):
            with self.subTest(what):
                # Both of the key that is sent and, where it is locked, of its password.
                if number < 8:
                    secret = {"tls.crt": material.certificate, "tls.key": material.key}
                else:
                    secret = {"tls.crt": locked.certificate, "tls.key": locked.key}
                name, ns = f"deceived-{number}", self.ns if number < 8 else other
                self.proxy.clear()
                self.proxy.answer(ADD, 400, {"error_code": code, "error_msg": text}, x_request_id=request)
                self.put_secret(name, secret, ns)
                spec = {"instanceRef": {"name": self.hostile}}
                if number >= 8:
                    self.put_secret(name + "-password", {"password": password}, ns)
                    spec["privateKeyPasswordSecretRef"] = {"name": name + "-password"}
                self.create_certificate(name, ns, **spec)
                self.wait_reason(name, "UploadRejected", ns=ns)
                self.assert_nothing_of(name, ns, operator, base64 if number < 8 else "", password)
                self.delete_certificate(name, ns)
        self.assert_unharmed(operator)

    def assert_nothing_of(self, name, ns, operator, base64, password):
        """Neither in the object, nor in the events, nor in the log: whatever stands between the letters."""
        status = self.certificate(name, ns)["status"]
        events = [event for event in self.kube.list("Event", ns) if event["regarding"].get("name") == name]
        log = [line for line in operator.lines() if line.get("servercertificate", "").endswith(name)]
        shown = " ".join(map(json.dumps, [status, *[event["note"] for event in events], *log]))
        shown = re.sub("[^a-z0-9]", "", shown.lower())
        for secret, size in (base64, 10), (password, 7):
            letters = re.sub("[^a-z0-9]", "", secret.lower())
            for text in letters, letters[::-1]:
                found = [text[i : i + size] for i in range(len(text) - size + 1) if text[i : i + size] in shown]
                self.assertEqual([], found)


if __name__ == "__main__":
    main()
