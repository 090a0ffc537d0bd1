#!/usr/bin/env python3
"""What the product is for: a certificate in a Secret comes to the platform within its quota, and leaves it again."""

import datetime

from harness import materials
from harness.case import OperatorTest, condition, main
from harness.kube import cluster
from harness.wait import observe_that, wait_for

CERTIFICATE_FINALIZER = "iotda.huaweicloud.com/server-certificate"
INSTANCE_FINALIZER = "iotda.huaweicloud.com/instance"


class LifeCycle(OperatorTest):
    def setUp(self):
        super().setUp()
        self.operator = self.start_operator()
        self.create_instance()

    def test_a_certificate_gets_ready_and_its_status_says_what_the_platform_says(self):
        material = materials.chained("devices.example.com")
        self.add_certificate("devices", material)
        status = self.wait_ready("devices")["status"]
        ((identifier, there),) = self.simulator.certificates(self.project).items()
        self.assertEqual(identifier, status["serverCertificateId"])
        self.assertEqual(there["fingerprint"], status["fingerprint"])
        self.assertEqual(material.fingerprint, status["fingerprint"])
        self.assertEqual("devices.example.com", status["commonName"])
        self.assertEqual(material.dates, (status["effectiveDate"], status["expiryDate"]))
        compact = [date.replace("-", "").replace(":", "") for date in material.dates]
        self.assertEqual(compact, [there["effective_date"], there["expiry_date"]])
        self.assertEqual("True", condition(self.certificate("devices"), "Available")["status"])
        self.assertEqual([CERTIFICATE_FINALIZER], self.certificate("devices")["metadata"]["finalizers"])
        self.assertEqual([INSTANCE_FINALIZER], self.instance()["metadata"]["finalizers"])

        header, row = cluster().kubectl("get", "servercertificates", "-n", self.ns).splitlines()
        self.assertEqual(["NAME", "READY", "STATUS", "ID", "COMMON", "NAME", "EXPIRES", "AGE"], header.split())
        self.assertEqual(
            ["devices", "True", "Succeeded", identifier, "devices.example.com", material.dates[1]], row.split()[:-1]
        )
        header, row = cluster().kubectl("get", "iotdainstances", self.ns).splitlines()
        self.assertEqual(["NAME", "READY", "STATUS", "SLOTS", "ENDPOINT", "AGE"], header.split())
        self.assertEqual([self.ns, "True", "Succeeded", "1/2", self.simulator.endpoint], row.split()[:-1])

        self.delete_certificate("devices")
        self.assertEqual({}, self.simulator.certificates(self.project))

        def events():
            return {event["reason"] for event in self.kube.list("Event", self.ns)}

        wait_for("events are written", lambda: {"Uploaded", "Deleted"} <= events())

    def test_50_times_in_a_loop_each_certificate_is_added_once_and_deleted_once(self):
        material = materials.self_signed("loop.example.com")
        self.put_material("loop", material)
        ids = []
        for _ in range(50):
            self.create_certificate("loop")
            ids.append(self.wait_ready("loop")["status"]["serverCertificateId"])
            self.assertEqual([ids[-1]], list(self.simulator.certificates(self.project)))
            self.delete_certificate("loop")
            self.assertEqual([], list(self.simulator.certificates(self.project)))
        self.assertEqual(50, len(set(ids)))
        self.assertEqual([201] * 50, [request["status"] for request in self.simulator.requests("add")])
        deleted = [request["path"].rsplit("/", 1)[1] for request in self.simulator.requests("delete")]
        self.assertEqual(ids, deleted)
        self.assertEqual(1, self.simulator.state(self.project)["max_certificates"])
        self.assertEqual([], self.slots())

    def test_the_third_waits_for_a_slot_and_moves_up_by_itself(self):
        first, second, third = (self.add_certificate(name) for name in ("first", "second", "third"))
        self.wait_ready("first", "second")
        message = self.wait_reason("third", "QuotaExceeded", beside="Stalled")
        self.assert_mentions(message, f"{self.ns}/first", f"{self.ns}/second", "delete one")
        self.assertEqual({first.fingerprint, second.fingerprint}, self.held())
        self.delete_certificate("first", wait=False)
        self.wait_ready("third")
        self.assertEqual({second.fingerprint, third.fingerprint}, self.held())
        state = self.simulator.state(self.project)
        self.assertEqual((3, 1, 2), (state["adds"], state["deletes"], state["max_certificates"]))
        wait_for("the slots are 2/2", lambda: self.instance()["status"]["quota"]["summary"] == "2/2")

    def test_certificates_that_are_not_the_operators_count_and_are_left_alone(self):
        foreign = materials.self_signed("foreign.example.com")
        identifier = self.simulator.add_foreign(self.project, foreign.certificate)
        self.add_certificate("first")
        self.wait_ready("first")
        self.add_certificate("second")
        self.assert_mentions(self.wait_reason("second", "QuotaExceeded"), identifier)
        self.delete_certificate("first")
        self.wait_ready("second")
        self.assertIn(identifier, self.simulator.certificates(self.project))

    def test_retained_certificates_stay_and_are_taken_over_by_a_new_object(self):
        self.add_certificate("kept", deletionPolicy="Retain")
        identifier = self.wait_ready("kept")["status"]["serverCertificateId"]
        self.delete_certificate("kept")
        self.assertEqual([identifier], list(self.simulator.certificates(self.project)))
        self.assertEqual(
            [("Retained", identifier)], [(slot["state"], slot["serverCertificateId"]) for slot in self.slots()]
        )
        self.assertEqual([], self.simulator.requests("delete"))

        self.create_certificate("kept")
        self.assertEqual(identifier, self.wait_ready("kept")["status"]["serverCertificateId"])
        self.assertEqual(1, len(self.simulator.requests("add")), "the chain was on the platform already")
        self.assertEqual([CERTIFICATE_FINALIZER], self.certificate("kept")["metadata"].get("finalizers"))
        self.delete_certificate("kept")
        self.assertEqual({}, self.simulator.certificates(self.project))

    def test_the_deletion_policy_counts_as_it_stands_while_the_object_terminates(self):
        self.add_certificate("policy")
        identifier = self.wait_ready("policy")["status"]["serverCertificateId"]
        self.kube.patch("ServerCertificate", "policy", {"spec": {"suspend": True}}, self.ns)
        wait_for("it is suspended", lambda: condition(self.certificate("policy"))["reason"] == "Suspended")
        self.delete_certificate("policy", wait=False)
        self.wait_reason("policy", "Suspended")
        self.kube.patch("ServerCertificate", "policy", {"spec": {"deletionPolicy": "Retain"}}, self.ns)
        wait_for("it is gone", lambda: self.certificate("policy") is None)
        self.assertEqual([identifier], list(self.simulator.certificates(self.project)))

    def test_the_deletion_of_an_instance_waits_for_its_certificates(self):
        self.add_certificate("last")
        self.wait_ready("last")
        self.kube.delete("IoTDAInstance", self.ns)
        self.assert_mentions(self.wait_instance("Deleting"), "1 remaining slot", "delete the ServerCertificates")
        self.add_certificate("late")
        self.assert_mentions(self.wait_reason("late", "InstanceNotReady"), "is being deleted")
        observe_that("the instance and its certificate are there", lambda: self.instance() and self.held(), 1)
        self.delete_certificate("last")
        wait_for("the instance is gone", lambda: self.instance() is None)
        self.assertEqual(set(), self.held())
        self.wait_reason("late", "InstanceNotFound", beside="Reconciling")

    def test_a_renewed_secret_replaces_the_certificate(self):
        self.add_certificate("renewed")
        old = self.wait_ready("renewed")["status"]["serverCertificateId"]
        renewed = materials.self_signed("renewed.example.com")
        self.put_material("renewed", renewed)
        self.assertNotEqual(old, self.wait_served("renewed", renewed)["status"]["serverCertificateId"])
        state = self.simulator.state(self.project)
        self.assertEqual((2, 1, 2), (state["adds"], state["deletes"], state["max_certificates"]))

    def test_what_is_on_the_platform_stays_when_its_secret_goes_bad_or_away(self):
        good = self.add_certificate("served")
        identifier = self.wait_ready("served")["status"]["serverCertificateId"]
        self.put_secret("served", {"tls.crt": "", "tls.key": good.key})
        self.wait_reason("served", "InvalidCertificate", beside="Stalled")
        self.kube.delete("Secret", "served", self.ns)
        self.wait_reason("served", "SecretNotFound", beside="Reconciling")
        available = condition(self.certificate("served"), "Available")
        self.assertEqual(("True", f"{identifier} is on the platform"), (available["status"], available["message"]))
        self.put_material("served", good)
        self.assertEqual(identifier, self.wait_ready("served")["status"]["serverCertificateId"])
        self.assertEqual(1, self.simulator.state(self.project)["adds"])
        self.assertEqual([], self.simulator.requests("delete"))

    def test_metrics_tell_what_is_there_and_what_was_done(self):
        material = self.add_certificate("measured")
        self.wait_ready("measured")
        labels = {"namespace": self.ns, "name": "measured", "instance": self.ns}
        wait_for("it counts as ready", lambda: self.operator.metric("iotda_certificate_ready", **labels) == 1)
        expiry = self.operator.metric("iotda_certificate_expiration_timestamp_seconds", **labels)
        self.assertEqual(datetime.datetime.fromisoformat(material.dates[1]).timestamp(), expiry)
        self.assertEqual(1, self.operator.metric("iotda_instance_ready", instance=self.ns))
        self.assertEqual(2, self.operator.metric("iotda_instance_slots", instance=self.ns))
        self.assertEqual(1, self.operator.metric("iotda_instance_slots_used", instance=self.ns))
        self.assertEqual(1, self.operator.metric("iotda_platform_requests_total", call="add", code="201"))
        for name in (
            "controller_runtime_reconcile_total",
            "workqueue_adds_total",
            "rest_client_requests_total",
            "process_resident_memory_bytes",
            "process_cpu_seconds_total",
        ):
            self.assertGreater(self.operator.metric(name), 0, name)
        self.delete_certificate("measured")
        wait_for("its series are gone", lambda: 'name="measured"' not in self.operator.get("/metrics")[1])

    def test_of_a_secret_that_changes_in_a_hurry_the_last_state_arrives(self):
        chains = [materials.self_signed("hurry.example.com") for _ in range(2)]
        self.add_certificate("hurry", chains[0])
        for turn in range(100):
            self.put_material("hurry", chains[turn % 2])
        self.put_material("hurry", last := materials.self_signed("hurry.example.com"))
        self.wait_served("hurry", last)


if __name__ == "__main__":
    main()
