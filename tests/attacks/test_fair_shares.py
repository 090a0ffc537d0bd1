#!/usr/bin/env python3
"""Work without end for the operator, made by somebody who may edit one namespace or has put certificates on the
platform: the certificate of another namespace is renewed within seconds all the same, and no probe fails."""

import threading
import time

from attack import AttackTest, main, self_signed, wait_for
from harness.kube import Kube
from harness.case import encoded
from harness.kube import cluster
from harness.materials import openssl

OBJECTS = 600
IN_TIME = 5


class Probes(threading.Thread):
    """Asks for /healthz all the time."""

    def __init__(self, operator):
        super().__init__(daemon=True)
        self._operator, self._end = operator, threading.Event()
        self.answers, self.slowest = [], 0.0

    def run(self):
        while not self._end.wait(0.2):
            began = time.monotonic()
            self.answers.append(self._operator.get("/healthz")[0])
            self.slowest = max(self.slowest, time.monotonic() - began)

    def stop(self):
        self._end.set()
        self.join()


class FairShares(AttackTest):
    quota = 8

    def setUp(self):
        super().setUp()
        self.victims = f"{self.ns}-victim"
        self.kube.create("Namespace", self.victims)
        self.create_instance()
        self.operator = self.start_operator("--resync-period", "20s")
        self.add_certificate("victim", ns=self.victims)
        self.wait_ready("victim", ns=self.victims)
        self.probes = Probes(self.operator)
        self.probes.start()
        self.addCleanup(self.probes.stop)

    def create_objects(self, count, secret):
        for i in range(count):
            self.create_certificate(f"a{i:03}", secretRef={"name": secret(i)}, **self.more)

    more = {}

    def assert_renewals(self, times=4, pause=3):
        """What the victim stores in its Secret is on the platform soon, however often."""
        seconds = []
        for _ in range(times):
            renewed = self_signed("victim.example.com")
            self.put_material("victim", renewed, self.victims)
            began = time.monotonic()
            wait_for("the renewed certificate is on the platform", lambda: renewed.fingerprint in self.held(), 60)
            seconds.append(time.monotonic() - began)
            time.sleep(pause)
        print("renewed after", *(f"{s:.1f}" for s in seconds), "s", end="; ")
        print(f"slowest probe {self.probes.slowest:.1f} s", end=" ", flush=True)
        self.assertLess(max(seconds), IN_TIME)
        self.assertEqual({200}, set(self.probes.answers))
        self.wait_ready("victim", ns=self.victims, seconds=IN_TIME)
        self.assert_unharmed(self.operator)

    def test_a_secret_that_300_objects_name_and_that_changes_all_the_time(self):
        materials = [self_signed("a.example.com") for _ in range(2)]
        self.put_material("shared", materials[0])
        end = threading.Event()
        kube = Kube(cluster().kubeconfig)
        mark = cluster().audit_mark()

        def change():
            number = 0
            while not end.wait(0.33):
                number += 1
                material = materials[number % 2]
                data = {"tls.crt": encoded(material.certificate), "tls.key": encoded(material.key)}
                kube.replace("Secret", "shared", self.ns, data=data)

        self.create_objects(300, lambda _: "shared")
        changing = threading.Thread(target=change)
        changing.start()
        try:
            began = time.monotonic()
            self.assert_renewals()
            time.sleep(max(0, 20 - (time.monotonic() - began)))
        finally:
            end.set()
            changing.join()
            kube.close()
        requests = cluster().audit(mark)
        reads = sum(r["verb"] == "get" and r["objectRef"].get("name") == "shared" for r in requests)
        print(f"{reads} reads of the Secret, {len(requests)} requests", end=" ")
        self.assertLess(reads, 200)

    def encrypted(self, rounds):
        material = self_signed("a.example.com")
        key = openssl(f"pkcs8 -topk8 -v2 aes-256-cbc -iter {rounds} -passout pass:secret", stdin=material.key)
        self.put_secret("password", {"password": "secret"})
        self.more = {"privateKeyPasswordSecretRef": {"name": "password"}}
        return {"tls.crt": material.certificate, "tls.key": key}

    def test_keys_of_a_million_rounds(self):
        data = self.encrypted(1_000_000)
        for i in range(OBJECTS):
            self.put_secret(f"a{i:03}", data)
        self.create_objects(OBJECTS, lambda i: f"a{i:03}")
        self.assert_renewals()
        message = self.wait_reason("a000", "InvalidPrivateKey", seconds=60)
        self.assert_mentions(message, "decrypting the private key takes too long", "600,000 iterations")

    def test_keys_of_as_many_rounds_as_are_allowed(self):
        data = self.encrypted(600_000)
        for i in range(OBJECTS):
            self.put_secret(f"a{i:03}", data)
        self.create_objects(OBJECTS, lambda i: f"a{i:03}")
        self.assert_renewals()

    def test_a_platform_that_shows_certificates_slowly(self):
        self.simulator.fail("show", "delay", 100, delay_ms=28_000)
        for i in range(4):
            self.simulator.add_foreign(self.project, self_signed(f"foreign{i}.example.com").certificate)
        self.put_material("shared", self_signed("a.example.com"))
        self.create_objects(OBJECTS, lambda _: "shared")
        self.assert_renewals()
        self.simulator.fail_no_more()


if __name__ == "__main__":
    main()
