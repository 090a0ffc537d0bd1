#!/usr/bin/env python3
"""The procedures of docs/install.md: other versions of the definitions and of the program, a restored etcd, a second
operator. That of a restored backup is in test_recovery.py."""

import time

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import cluster, path_of
from harness.wait import observe_that, wait_for

DEFINITIONS = "servercertificates.iotda.huaweicloud.com", "iotdainstances.iotda.huaweicloud.com"
TIMES = "--settling-time", "1s", "--upload-deadline", "1s"


def status_schema(definition):
    return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]


class Procedure(OperatorTest):
    def setUp(self):
        super().setUp()
        self.create_instance()
        self.operator = self.start_operator(*TIMES)
        for name in "first", "second":
            self.add_certificate(name)
        self.wait_ready("first", "second")

    def renew(self, name):
        renewed = materials.self_signed(f"{name}.example.com")
        self.put_material(name, renewed)
        return renewed

    def write_status(self, kind, name, ns, status):
        path = path_of(kind, ns, name) + "/status"
        return self.kube.request("PATCH", path, {"status": status}, "application/merge-patch+json")


class Versions(Procedure):
    def change_definitions(self, change):
        for name in DEFINITIONS:
            definition = self.kube.get("CustomResourceDefinition", name)
            change(status_schema(definition))
            self.kube.request("PUT", path_of("CustomResourceDefinition", None, name), definition)

    def test_definitions_of_a_later_version_are_no_trouble_and_what_they_added_stays(self):
        self.addCleanup(cluster().apply_crds)
        self.change_definitions(lambda status: status.update(laterField={"type": "string"}))

        def written(kind, name, ns):
            return self.write_status(kind, name, ns, {"laterField": "kept"})["status"].get("laterField") == "kept"

        objects = ("ServerCertificate", "first", self.ns), ("IoTDAInstance", self.ns, None)
        for item in objects:
            wait_for(f"{item[1]} has the new field", lambda item=item: written(*item))
        self.wait_served_too("first", self.renew("first"))
        for kind, name, ns in objects:
            self.assertEqual("kept", self.kube.get(kind, name, ns)["status"].get("laterField"), kind)

    def test_definitions_of_an_earlier_version_keep_what_they_know_and_the_skew_is_named(self):
        self.addCleanup(cluster().apply_crds)

        def earlier(status):
            for field in "observedSecrets", "pending", "validatorVersion":
                status.pop(field, None)

        self.change_definitions(earlier)
        self.wait_served_too("first", self.renew("first"))
        wait_for("the skew is named", lambda: self.operator.says("CustomResourceDefinition"))
        mark = cluster().audit_mark()
        observe_that("nothing is hammered", lambda: len(cluster().audit(mark)) <= 25, 5)
        # The procedure.
        cluster().apply_crds()
        self.wait_served_too("second", self.renew("second"))
        self.assertIn("observedSecrets", self.certificate("second")["status"])

    def wait_served_too(self, name, material):
        wait_for(f"{name} is renewed", lambda: material.fingerprint in self.held(), 60)
        self.wait_renewed(name, material)

    def test_a_state_that_a_later_version_wrote_counts_as_taken_and_is_left_alone(self):
        # The program was rolled back in the middle of something that it does not know.
        self.operator.stop()
        slots = self.slots()
        later = [dict(slot, state="Negotiating") if slot["owner"]["name"] == "second" else slot for slot in slots]
        self.write_status("IoTDAInstance", self.ns, None, {"slots": later})
        self.operator.start()
        self.add_certificate("third")
        self.wait_reason("third", "QuotaExceeded")
        self.assertIn("Negotiating", self.slot_states())
        self.assertEqual(2, len(self.held()))
        # Forward again.
        self.operator.stop()
        self.write_status("IoTDAInstance", self.ns, None, {"slots": slots})
        self.operator.start()
        self.delete_certificate("second")
        self.wait_ready("third")


class RestoredEtcd(Procedure):
    def test_with_the_operator_stopped_meanwhile_what_was_uploaded_since_is_shown_and_the_quota_holds(self):
        cluster().save_etcd()
        self.kube.close()
        newer = self.renew("first")
        wait_for("first is renewed", lambda: newer.fingerprint in self.held(), 60)
        self.delete_certificate("second")
        self.operator.stop()
        cluster().restore_etcd()
        self.kube.close()
        self.operator.start()
        # The renewal that only the platform remembers belongs to nobody now, and uses a slot.
        (left,) = self.simulator.certificates(self.project)

        def shown():
            return [left] == [entry["serverCertificateId"] for entry in self.instance()["status"].get("foreign", [])]

        wait_for("the instance shows it", shown, 60)
        self.simulator.remove(left)
        self.request_reconcile("1")
        wait_for("both are there again", lambda: len(self.held()) == 2 and newer.fingerprint not in self.held(), 60)
        self.wait_ready("first", "second")


class SecondOperator(Procedure):
    def test_two_that_do_not_know_of_each_other_are_named_and_make_no_noise(self):
        mark = cluster().audit_mark()
        system, self.system = self.system, f"{self.ns}-other"
        self.kube.create("Namespace", self.system)  # without the Secret with the credentials
        other = self.start_operator()
        self.system = system

        def writes():
            entries = cluster().audit(mark)
            return [e for e in entries if e["verb"] == "patch" and e["objectRef"].get("subresource") == "status"]

        time.sleep(10)
        self.assertLessEqual(len(writes()), 50, "status writes in 10 s")
        observe_that("they calm down", lambda: len(writes()) <= 60, 5)
        named = "another writer"
        wait_for("it is named", lambda: self.operator.says(named) or other.says(named))
        other.stop()
        self.request_reconcile("1")
        self.wait_ready("first", "second", seconds=90)


if __name__ == "__main__":
    main()
