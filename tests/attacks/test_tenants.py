#!/usr/bin/env python3
"""An editor of one namespace against the objects of another: domains, what was retained, slots, and statuses."""

import functools
import time

from attack import AttackTest, main, self_signed, wait_for

from harness.case import condition

DOMAIN = "mqtt.example.com"
WISH = {"domainConfiguration": {"domainName": DOMAIN}}
RETAIN = {**WISH, "deletionPolicy": "Retain"}
NEVER = {"adoptionPolicy": "Never", "domainConfiguration": {"domainName": DOMAIN, "adoptionPolicy": "Never"}}
IF_EXISTS = {"domainConfiguration": {"domainName": DOMAIN, "adoptionPolicy": "IfExists"}}


class Tenants(AttackTest):
    def setUp(self):
        super().setUp()
        self.thief = f"{self.ns}-thief"
        self.kube.create("Namespace", self.thief)
        self.create_instance()
        self.operator = self.start_operator("--settling-time", "1s", "--upload-deadline", "1s")

    def domains(self):
        return self.simulator.state(self.project).get("domain_configurations", [])

    def served(self):
        """Fingerprint of what the domain serves."""
        held = self.simulator.certificates(self.project)
        return self.domains() and held[self.domains()[0]["server_certificate_id"]]["fingerprint"]

    def attack(self, name="thief", ns=None, **spec):
        """A ServerCertificate with a certificate that the attacker has signed for the victim's domain."""
        return self.add_certificate(name, self_signed(DOMAIN), ns=ns or self.thief, **{**WISH, **spec})

    def test_the_domain_of_an_object_that_is_made_anew_is_not_to_be_had(self):
        material = self.add_certificate("devices", self_signed(DOMAIN), **WISH)
        self.wait_ready("devices")
        self.attack()
        self.delete_certificate("devices")
        wait_for("its configuration is gone", lambda: not self.domains())
        message = self.wait_reason("thief", "DomainConflict", "Stalled", ns=self.thief)
        self.assert_mentions(message, f"belongs to namespace {self.ns}", "release-domain")
        self.create_certificate("devices", secretRef={"name": "devices"}, **WISH)
        self.wait_ready("devices")
        self.assertEqual(material.fingerprint, self.served())
        self.assert_unharmed(self.operator)

    def test_what_was_retained_is_not_taken_repointed_and_deleted(self):
        material = self.add_certificate("devices", self_signed(DOMAIN), **RETAIN)
        self.wait_ready("devices")
        self.delete_certificate("devices")
        for name, ns in ("thief", self.thief), ("neighbour", self.ns):
            self.attack(name, ns, **NEVER)
            self.wait_reason(name, "DomainConflict", ns=ns)
            self.delete_certificate(name, ns)
        self.assertEqual(material.fingerprint, self.served())

    def test_what_the_console_made_is_the_administrators_to_give(self):
        foreign = self_signed(DOMAIN)
        self.simulator.bind(self.project, self.simulator.add_foreign(self.project, foreign.certificate), DOMAIN)
        self.attack(**IF_EXISTS)
        self.wait_reason("thief", "DomainConflict", ns=self.thief)
        rule = {"name": DOMAIN, "namespaces": [self.ns], "adopt": True}
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"domains": [rule]}})
        self.wait_reason("thief", "NamespaceNotAllowed", ns=self.thief)
        material = self.add_certificate("devices", self_signed(DOMAIN), **IF_EXISTS)
        self.wait_ready("devices")
        self.assertEqual(material.fingerprint, self.served())
        self.delete_certificate("devices")
        self.assertEqual(foreign.fingerprint, self.served(), "given back, not deleted")

    def test_who_is_not_allowed_gets_nothing_and_keeps_what_it_has(self):
        allowed = {"from": "Selector", "selector": {"matchLabels": {"iot": "yes"}}}
        self.kube.patch("Namespace", self.ns, {"metadata": {"labels": {"iot": "yes"}}})
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"allowedNamespaces": allowed}})
        self.attack()
        self.wait_reason("thief", "NamespaceNotAllowed", "Stalled", ns=self.thief)
        material = self.add_certificate("devices", self_signed(DOMAIN), **WISH)
        self.wait_ready("devices")
        self.kube.patch("Namespace", self.ns, {"metadata": {"labels": {"iot": None}}})
        self.put_material("devices", self_signed(DOMAIN))
        self.wait_reason("devices", "NamespaceNotAllowed")
        self.assertEqual(material.fingerprint, self.served())
        self.delete_certificate("devices")
        self.assertEqual(set(), self.held())

    def test_a_slot_that_was_lent_comes_back(self):
        lender = self.add_certificate("lender")
        old = self.add_certificate("a1", self_signed(DOMAIN), ns=self.thief, **WISH)
        self.wait_ready("lender")
        self.wait_ready("a1", ns=self.thief)
        self.simulator.fail("add", "delay", delay_ms=1500)
        renewed = self_signed(DOMAIN)
        self.put_material("a1", renewed, self.thief)
        wait_for("the slot is lent", lambda: lender.fingerprint not in self.held())
        self.put_material("a2", old, self.thief)
        self.create_certificate("a2", ns=self.thief)
        both = {lender.fingerprint, renewed.fingerprint}
        wait_for("the lender has its slot again", lambda: self.held() == both, 60)
        self.wait_ready("lender")
        self.wait_reason("a2", "QuotaExceeded", ns=self.thief)

    def test_a_status_gets_nobody_the_certificate_of_others(self):
        foreign = self_signed("foreign.example.com")
        identifier = self.simulator.add_foreign(self.project, foreign.certificate)
        self.attack()
        self.wait_ready("thief", ns=self.thief)
        path = f"/apis/iotda.huaweicloud.com/v1alpha1/namespaces/{self.thief}/servercertificates/thief/status"
        forged = {"pending": {"fingerprint": foreign.fingerprint, "expiryDate": "2037-01-01T00:00:00Z"}}
        self.operator.kill()
        for number in range(80):
            if number == 20:
                self.operator.start(ready=False)
            self.kube.request("PATCH", path, {"status": forged}, "application/merge-patch+json")
            time.sleep(0.02)
        self.assert_not_adopted(identifier)
        self.delete_certificate("thief", self.thief)
        self.assertIn(foreign.fingerprint, self.held())

    def assert_not_adopted(self, identifier):
        get = functools.partial(self.certificate, "thief", self.thief)
        wait_for("its status is its own again", lambda: "pending" not in get()["status"])
        self.assertEqual("True", condition(get())["status"])
        self.assertNotIn(identifier, [slot.get("serverCertificateId") for slot in self.slots()])


if __name__ == "__main__":
    main()
