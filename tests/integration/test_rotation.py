#!/usr/bin/env python3
"""Renewals within two slots: what devices get on a domain is never taken away, and strategies do what they say."""

import hashlib
import threading

from harness import materials
from harness.case import OperatorTest, condition, main
from harness.wait import wait_for

DOMAIN = "mqtt.example.com"
WISH = {"domainConfiguration": {"domainName": DOMAIN}}


class Domain(OperatorTest):
    def setUp(self):
        super().setUp()
        self.create_instance()
        self.operator = self.start_operator("--settling-time", "1s", "--upload-deadline", "1s")

    def domain(self):
        configurations = self.simulator.state(self.project).get("domain_configurations", [])
        return configurations[0] if configurations else None

    def served(self):
        """Fingerprint of what the domain serves."""
        domain = self.domain()
        held = self.simulator.certificates(self.project)
        return domain and held[domain["server_certificate_id"]]["fingerprint"]

    def test_a_domain_follows_its_certificate_through_renewals_and_goes_with_it(self):
        material = self.add_certificate("devices", materials.self_signed(DOMAIN), **WISH)
        item = self.wait_ready("devices")
        self.assertEqual(material.fingerprint, self.served())
        self.assertEqual(self.domain()["configuration_id"], item["status"]["domainConfigurationId"])
        for _ in range(5):
            material = materials.self_signed(DOMAIN)
            self.put_material("devices", material)
            self.wait_served("devices", material)
            self.assertEqual(material.fingerprint, self.served())
        calls = [r["call"] for r in self.simulator.requests() if r["call"] not in ("list", "domain_list", "show")]
        self.assertEqual(["add", "domain_create"] + ["add", "domain_update", "delete"] * 5, calls)
        self.delete_certificate("devices")
        self.assertIsNone(self.domain())
        self.assertEqual({}, self.simulator.certificates(self.project))

    def test_without_a_free_slot_a_served_certificate_borrows_the_slot_of_another(self):
        self.add_certificate("served", materials.self_signed(DOMAIN), **WISH)
        self.wait_ready("served")
        lender = self.add_certificate("lender")
        self.wait_ready("lender")
        renewed = materials.self_signed(DOMAIN)
        self.put_material("served", renewed)
        self.wait_renewed("served", renewed)
        wait_for("both are there again", lambda: self.held() == {renewed.fingerprint, lender.fingerprint}, 60)
        self.wait_ready("lender", "served")
        self.assertEqual(renewed.fingerprint, self.served())
        wait_for("the loan is told", lambda: "SlotLent" in {e["reason"] for e in self.kube.list("Event", self.ns)})

    def test_a_configuration_of_the_console_is_taken_over_only_if_object_and_administrator_say_so(self):
        foreign = materials.self_signed("foreign.example.com")
        self.simulator.bind(self.project, self.simulator.add_foreign(self.project, foreign.certificate), DOMAIN)
        material = self.add_certificate("devices", materials.self_signed(DOMAIN), **WISH)
        message = self.wait_reason("devices", "DomainConflict", beside="Stalled")
        self.assert_mentions(message, DOMAIN, self.domain()["configuration_id"], "IfExists")
        self.assertEqual(foreign.fingerprint, self.served())
        take = {"spec": {"domainConfiguration": {"adoptionPolicy": "IfExists"}}}
        self.kube.patch("ServerCertificate", "devices", take, self.ns)
        wait_for("its status is about that", lambda: self.settled(self.certificate("devices")))
        self.assert_mentions(self.wait_reason("devices", "DomainConflict"), "spec.domains")
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"domains": [{"name": "*." + DOMAIN.partition(".")[2], "adopt": True}]}})
        self.wait_ready("devices")
        self.assertEqual(material.fingerprint, self.served())
        self.delete_certificate("devices")
        self.assertEqual(foreign.fingerprint, self.served(), "what it served before is served again")

    def test_a_certificate_for_another_name_is_not_added(self):
        self.add_certificate("devices", materials.self_signed("other.example.com"), **WISH)
        self.assert_mentions(self.wait_reason("devices", "DomainMismatch", beside="Stalled"), DOMAIN, "tls.crt")
        self.assertEqual([], self.simulator.requests("add"))
        material = materials.self_signed(DOMAIN)
        self.put_material("devices", material)
        self.wait_served("devices", material)

    def test_a_killed_operator_finishes_the_rotation(self):
        material = self.add_certificate("devices", materials.self_signed(DOMAIN), **WISH)
        self.wait_ready("devices")
        for number in range(6):
            material = materials.self_signed(DOMAIN)
            sent = len(self.simulator.requests())
            self.put_material("devices", material)
            wait_for("it is at work", lambda sent=sent, n=number: len(self.simulator.requests()) > sent + n % 4)
            self.operator.kill()
            self.operator.start("--settling-time", "1s", "--upload-deadline", "1s")
            self.wait_served("devices", material)
            self.assertEqual(material.fingerprint, self.served())
        self.assertEqual("True", condition(self.certificate("devices"), "Available")["status"])


class Probe(threading.Thread):
    """A device that connects all the time, one handshake after the other."""

    def __init__(self, simulator):
        super().__init__(daemon=True)
        self._simulator, self._over = simulator, threading.Event()
        self.allowed, self.seen, self.trouble = set(), [], []

    def run(self):
        while not self._over.is_set():
            try:
                der = self._simulator.served(DOMAIN)
            except OSError as error:
                self.trouble.append(repr(error))
                continue
            fingerprint = "sha256:" + hashlib.sha256(der).hexdigest()
            self.seen.append(fingerprint)
            if fingerprint not in self.allowed:
                self.trouble.append(f"{fingerprint} is not of the Secret")

    def stop(self):
        self._over.set()
        self.join()


class Outage(OperatorTest):
    def test_devices_connect_without_a_failure_through_20_renewals(self):
        self.start_simulator("--mqtts-listen", "127.0.0.1:0")
        self.create_instance()
        self.start_operator("--settling-time", "1s", "--upload-deadline", "1s")
        material = self.add_certificate("devices", materials.self_signed(DOMAIN), **WISH)
        other = self.add_certificate("other")  # so that each renewal has to borrow a slot
        self.wait_ready("devices", "other")
        probe = Probe(self.simulator)
        probe.allowed = {material.fingerprint}
        probe.start()
        self.addCleanup(probe.stop)
        for _ in range(20):
            renewed = materials.self_signed(DOMAIN)
            probe.allowed = {material.fingerprint, renewed.fingerprint}
            self.put_material("devices", renewed)
            self.wait_renewed("devices", renewed)
            fingerprints = {renewed.fingerprint, other.fingerprint}
            wait_for("both are there", lambda both=fingerprints: self.held() == both, 60)
            wait_for("devices get it", lambda new=renewed.fingerprint: probe.seen[-1] == new)
            material = renewed
        probe.stop()
        self.assertEqual([], probe.trouble[:3])
        self.assertGreater(len(probe.seen), 100)
        self.assertEqual(21, len(set(probe.seen)))


if __name__ == "__main__":
    main()
