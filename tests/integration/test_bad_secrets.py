#!/usr/bin/env python3
"""Secrets that are wrong: each defect has its reason and a message that one can act on, nothing is sent, it heals when
mended, and what is secret stays so."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from bad_secrets import PASSWORD, bad_secrets, pair
from harness import materials
from harness.case import OperatorTest, condition, encoded, main
from harness.kube import cluster
from harness.processes import OPERATOR
from harness.wait import wait_for


class BadSecrets(OperatorTest):
    quota = 50

    def setUp(self):
        super().setUp()
        self.operator = self.start_operator("--log-level", "debug", "--upload-deadline", "1s", "--settling-time", "1s")
        self.start_simulator(quota=50)
        self.create_instance()

    def apply(self, bad):
        if bad.secret is not None:
            self.put_secret(bad.name, bad.secret)
        if bad.password:
            self.put_secret(f"{bad.name}-password", {"password": bad.password})
        reference = {} if bad.password is None else {"privateKeyPasswordSecretRef": {"name": f"{bad.name}-password"}}
        self.create_certificate(bad.name, **reference)

    def mend(self, bad):
        if bad.mended_password:
            self.put_secret(f"{bad.name}-password", {"password": bad.mended_password})
        self.put_secret(bad.name, bad.mended)

    def test_each_defect_of_a_secret_is_named_and_nothing_is_sent_until_it_is_mended(self):
        table = bad_secrets()
        for bad in table:
            self.apply(bad)
        for bad in table:
            with self.subTest(bad.name):
                message = self.wait_reason(bad.name, bad.reason, beside=bad.beside)
                self.assert_mentions(message, f"{self.ns}/{bad.name}", *bad.mentions)
        self.assertEqual([], self.simulator.requests("add"))
        self.assertEqual([], self.slots())
        for bad in table:
            self.mend(bad)
        self.wait_ready(*(bad.name for bad in table))
        self.assertEqual([201] * len(table), [request["status"] for request in self.simulator.requests("add")])

    def test_an_encrypted_key_with_its_password_is_fine(self):
        self.put_secret("password", {"of-the-key": PASSWORD})
        self.add_certificate(
            "encrypted",
            materials.encrypted(materials.self_signed("encrypted.example.com"), PASSWORD),
            privateKeyPasswordSecretRef={"name": "password", "key": "of-the-key"},
        )
        self.wait_ready("encrypted")

    def test_other_keys_of_a_secret_and_other_types_can_be_named(self):
        material = materials.self_signed("opaque.example.com")
        self.put_secret("opaque", {"chain.pem": material.certificate, "private.pem": material.key})
        self.create_certificate(
            "opaque", secretRef={"name": "opaque", "certificateKey": "chain.pem", "privateKeyKey": "private.pem"}
        )
        self.wait_ready("opaque")

    def test_a_certificate_that_is_not_valid_yet_is_added_when_its_time_has_come(self):
        material = materials.valid_between("early.example.com", 6, 3600)
        self.add_certificate("early", material)
        message = self.wait_reason("early", "CertificateNotYetValid", beside="Reconciling", seconds=6)
        self.assert_mentions(message, f"{self.ns}/early", material.dates[0])
        self.assertEqual([], self.simulator.requests("add"))
        self.wait_ready("early")

    def test_a_certificate_that_expires_says_so(self):
        self.add_certificate("late", materials.valid_between("late.example.com", -60, 6))
        self.wait_ready("late", seconds=6)
        self.wait_reason("late", "CertificateExpired", beside="Stalled")
        self.assertEqual("False", condition(self.certificate("late"), "Available")["status"])

    def test_private_keys_passwords_and_the_secret_key_are_nowhere_to_be_seen(self):
        table = bad_secrets()
        for bad in table:
            self.apply(bad)
        for bad in table:
            self.wait_reason(bad.name, bad.reason)
        for bad in table:
            self.mend(bad)
        self.wait_ready(*(bad.name for bad in table))
        contents = [content for bad in table for content in (bad.secret, bad.mended) if content]
        # A platform that repeats what it was sent, in answers of every kind.
        for name, status, code, message in (
            ("rejected", 400, "IOTDA.014301", "password {password}, key {key}"),
            ("in-doubt", 500, "IOTDA.000001", "{key} {password}"),
            ("unclear", 200, "", '{{"private_key": {body}, "private_key_password": "{password}"}}'),
        ):
            contents.append(self.add_with_echo(name, status, code, message))
        self.wait_reason("rejected", "UploadRejected")
        self.put_credentials(secret_key=self.secret_key + "wrong")
        self.add_certificate("unsigned")
        self.wait_instance("CredentialsRejected")
        self.put_credentials()
        self.wait_ready("unsigned", "in-doubt", "unclear")

        secrets = self.lines_of_keys(contents) | {self.secret_key, PASSWORD}
        self.assertGreater(len(secrets), 60)
        for place, text in self.public_places().items():
            self.assertGreater(len(text), 20, place)
            # Not assertNotIn, which would print them.
            self.assertEqual(0, sum(secret in text for secret in secrets), f"secrets in: {place}")

    def add_with_echo(self, name, status, code, message):
        material = materials.encrypted(materials.self_signed(f"{name}.example.com"), PASSWORD)
        echo = message.format(key=material.key, body=json.dumps(material.key), password=PASSWORD)
        self.simulator.fail("add", "status", status=status, error_code=code, error_msg=echo)
        self.put_secret(f"{name}-password", {"password": PASSWORD})
        self.add_certificate(name, material, privateKeyPasswordSecretRef={"name": f"{name}-password"})
        wait_for("it has answered", lambda: any(r["status"] == status for r in self.simulator.requests("add")))
        return pair(material)

    @staticmethod
    def lines_of_keys(contents):
        """Of every private key each line of its base64, and a part of what a Secret holds."""
        found = set()
        for value in (value for content in contents for value in content.values()):
            blocks = re.findall(r"BEGIN [A-Z ]*PRIVATE KEY-----\n(.*?)\n-----END", value, re.S)
            found.update(line for block in blocks for line in block.split("\n") if len(line) > 16)
            if blocks:
                found.add(encoded(value)[40:100])
        return found

    def public_places(self):
        process = pathlib.Path(f"/proc/{self.operator.pid}")
        return {
            "log": self.operator.log.read_text(),
            "metrics": self.operator.get("/metrics")[1],
            "command line": (process / "cmdline").read_text(),
            "environment": (process / "environ").read_text(),
            "audit log": (cluster().folder / "cluster/audit.log").read_text(),
            **{kind: json.dumps(self.kube.list(kind)) for kind in ("ServerCertificate", "IoTDAInstance", "Event")},
        }

    def test_the_process_leaves_no_core_dump(self):
        limits = pathlib.Path(f"/proc/{self.operator.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        # What a process that may not be dumped has under /proc belongs to root, whoever it runs as.
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            program, never_written = shutil.copy(OPERATOR, folder), f"{folder}/kubeconfig"
            os.mkfifo(never_written)
            os.chmod(never_written, 0o666)
            nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
            with subprocess.Popen([program, "run", "--kubeconfig", never_written], cwd="/", **nobody) as process:
                try:
                    wait_for("it cannot be dumped", lambda: os.stat(f"/proc/{process.pid}/environ").st_uid == 0, 10)
                    self.assertIsNone(process.poll())
                finally:
                    process.kill()


if __name__ == "__main__":
    main()
