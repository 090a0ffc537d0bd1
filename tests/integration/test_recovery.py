#!/usr/bin/env python3
"""What is lost, restored, renamed, removed by force or settled by hand: nothing is added twice, nothing is stranded."""

import re

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import cluster, path_of
from harness.wait import observe_that, wait_for

TIMES = "--settling-time", "1s", "--upload-deadline", "1s"
DOMAIN = "mqtt.example.com"
WISH = {"domainConfiguration": {"domainName": DOMAIN}}
CHANGES = "add", "delete", "domain_create", "domain_update", "domain_delete"
KINDS = "ServerCertificate", "IoTDAInstance"


class RecoveryTest(OperatorTest):
    def setUp(self):
        super().setUp()
        self.create_instance()
        self.operator = self.start_operator(*TIMES)

    def changes(self):
        """The calls that changed something on the platform."""
        return [r["call"] for r in self.simulator.requests(project=self.project) if r["call"] in CHANGES]

    def add_two(self, **spec):
        """One on a domain, and one more; the calls that it took."""
        self.add_certificate("served", materials.self_signed(DOMAIN), **WISH, **spec)
        self.add_certificate("plain", **spec)
        self.wait_ready("served", "plain")
        return self.changes()

    def recreate(self, *kinds, status=()):
        """As from a backup: other uids, finalizers kept, of the status at most these fields."""
        saved = [(kind, item) for kind in kinds for item in self.kube.list(kind)]
        self.kube.wipe()
        for kind, item in saved:
            name, ns = item["metadata"]["name"], item["metadata"].get("namespace")
            metadata = {"name": name, "finalizers": item["metadata"]["finalizers"]}
            self.kube.create(kind, name, ns, metadata=metadata, spec=item["spec"])
            self.assertNotEqual(item["metadata"]["uid"], self.kube.get(kind, name, ns)["metadata"]["uid"])
            self.write_status(kind, name, ns, {field: item["status"][field] for field in status})

    def write_status(self, kind, name, ns, status):
        path = path_of(kind, ns, name) + "/status"
        self.kube.request("PATCH", path, {"status": status}, "application/merge-patch+json")

    def forget_ledger(self):
        self.operator.stop()
        self.write_status("IoTDAInstance", self.ns, None, {"slots": None})

    def annotate(self, **annotations):
        keys = {f"iotda.huaweicloud.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
        self.kube.patch("IoTDAInstance", self.ns, {"metadata": {"annotations": keys}})

    def wait_looked(self, token, **annotations):
        """Lets the operator look at everything with these annotations on the instance."""
        self.annotate(reconcile_requested_at=token, **annotations)
        wait_for("it has looked", lambda: self.instance()["status"].get("lastHandledReconcileAt") == token)

    def entries(self):
        return {(slot["state"], slot["origin"], slot["serverCertificateId"]) for slot in self.slots()}


class Recovery(RecoveryTest):
    def test_after_a_restored_backup_everything_is_ready_again_without_a_change_on_the_platform(self):
        for policy in "IfMatching", "Never":
            with self.subTest(adoptionPolicy=policy):
                before = self.add_two(adoptionPolicy=policy)
                ids = set(self.simulator.certificates(self.project))
                self.operator.stop()
                self.recreate(*KINDS)
                self.operator.start()
                served = self.wait_ready("plain", "served")
                self.assertTrue(served["status"]["domainConfigurationId"])
                self.assertEqual(before, self.changes())
                self.assertEqual({("Active", "Created", identifier) for identifier in ids}, self.entries())
                for name in "served", "plain":
                    self.delete_certificate(name)
                self.assertEqual({}, self.simulator.certificates(self.project))

    def test_a_lost_ledger_is_rebuilt_by_chain_whatever_the_adoption_policy(self):
        before = self.add_two(adoptionPolicy="Never")
        entries = self.entries()
        self.forget_ledger()
        self.operator.start()
        wait_for("the ledger is rebuilt", lambda: self.entries() == entries)
        self.wait_ready("served", "plain")
        self.assertEqual(before, self.changes())

    def test_a_lost_ledger_that_cannot_be_rebuilt_is_said_and_nothing_is_added(self):
        before = self.add_two()
        self.simulator.behave(denied=["list", "show"])
        self.forget_ledger()
        self.operator.start()
        self.assert_mentions(self.wait_reason("plain", "LedgerLost", "Stalled"), self.ns, "queryList")
        self.wait_looked("1")
        self.operator.stop()
        self.operator.start()
        self.wait_looked("2")
        self.wait_reason("served", "LedgerLost", "Stalled")
        self.assertEqual(before, self.changes())
        self.simulator.behave(denied=[])
        self.wait_looked("3")
        self.wait_ready("served", "plain")
        self.assertEqual(before, self.changes())

    def test_a_renamed_object_gets_the_slot_and_the_domain_of_the_old_one(self):
        before = self.add_two()
        spec = self.certificate("served")["spec"]
        self.kube.create("ServerCertificate", "renamed", self.ns, spec=spec)
        self.delete_certificate("served")
        self.wait_ready("renamed")
        # The other way round, while nobody looks.
        self.operator.stop()
        self.delete_certificate("renamed", wait=False)
        self.kube.create("ServerCertificate", "again", self.ns, spec=spec)
        self.operator.start()
        wait_for("the old one is gone", lambda: self.certificate("renamed") is None)
        self.wait_ready("again")
        self.assertEqual(before, self.changes())
        self.assertEqual({"again", "plain"}, {slot["owner"]["name"] for slot in self.slots()})

    def test_what_lost_its_finalizer_by_force_is_not_released_at_once_but_taken_over(self):
        before = self.add_two()
        spec = self.certificate("served")["spec"]
        self.operator.freeze()
        self.kube.patch("ServerCertificate", "served", {"metadata": {"finalizers": None}}, self.ns)
        self.kube.delete("ServerCertificate", "served", self.ns)
        self.assertIsNone(self.certificate("served"))
        self.operator.thaw()
        self.wait_looked("1")
        observe_that("the platform stays as it is", lambda: self.changes() == before and len(self.slots()) == 2, 2)
        self.kube.create("ServerCertificate", "served", self.ns, spec=spec)
        self.wait_ready("served")
        self.assertEqual(before, self.changes())

    def assert_empty(self):
        state = self.simulator.state(self.project)
        self.assertEqual(([], []), (state["certificates"], state["domain_configurations"]))

    def test_the_deletion_of_a_namespace_ends_and_leaves_nothing_on_the_platform(self):
        self.add_two()
        self.kube.delete("Namespace", self.ns)
        wait_for("the namespace is gone", lambda: self.kube.get("Namespace", self.ns) is None, 60)
        self.assert_empty()
        self.assertEqual([], self.slots())

    def test_without_their_credentials_secret_certificates_still_leave_the_platform(self):
        self.add_two()
        self.kube.delete("Secret", "credentials", self.system)
        self.wait_looked("1")
        for name in "served", "plain":
            self.delete_certificate(name)
        self.assert_empty()

    def test_everything_deleted_at_once_goes(self):
        self.add_two()
        for ns in self.system, self.ns:
            everything = "secrets,iotdainstances,servercertificates"
            cluster().kubectl("delete", everything, "--all", "--namespace", ns, "--wait=false")
        wait_for("all are gone", lambda: not any(self.kube.list(kind) for kind in KINDS))
        self.assert_empty()


class WithoutPermissionToList(RecoveryTest):
    may_list = False

    def setUp(self):
        super().setUp()
        self.simulator.behave(denied=["list", "show"])

    def doubt(self, name):
        """What the message of an object in doubt says to do: the annotation, its value and the IoTDAInstance."""
        message = self.wait_reason(name, "UploadInDoubt", "Stalled")
        advice = r"kubectl annotate --overwrite iotdainstance (\S+) ([^=\s]+)=(\S+=absent) "
        instance, key, value = re.search(advice, message).groups()
        return key, value, instance

    def settle(self, key, value, instance):
        self.kube.patch("IoTDAInstance", instance, {"metadata": {"annotations": {key: value}}})

    def test_a_doubt_is_settled_by_doing_literally_what_the_message_says(self):
        self.simulator.fail("add", "drop_before")
        self.add_certificate("first")
        key, absent, instance = self.doubt("first")
        self.settle(key, absent, instance)
        first = self.wait_ready("first")["status"]["serverCertificateId"]
        # It stays in place, as in Git, and settles nothing of the next doubt, whose certificate is there.
        self.simulator.fail("add", "drop_after")
        self.add_certificate("second")
        _, next_absent, _ = self.doubt("second")
        attempt = next_absent.removesuffix("=absent")

        def in_doubt():
            return sorted(self.slot_states()) == ["Active", "InDoubt"]

        observe_that("it settles nothing", in_doubt, 4)
        self.settle(key, f"{attempt}={first}", instance)
        self.wait_looked("1")
        self.assertTrue(in_doubt(), "an id of another entry settles nothing")
        (second,) = self.simulator.certificates(self.project).keys() - {first}
        self.settle(key, f"{attempt}={second}", instance)
        self.assertEqual(second, self.wait_ready("second")["status"]["serverCertificateId"])
        self.assertEqual(["add"] * 3, self.changes())
        self.assertEqual({first, second}, set(self.simulator.certificates(self.project)))
        for name in "first", "second":
            self.delete_certificate(name)
        self.assertEqual({}, self.simulator.certificates(self.project))

    def test_forget_slot_drops_what_was_retained_and_nothing_that_is_in_use(self):
        for name, policy in ("kept", "Retain"), ("used", "Delete"):
            self.add_certificate(name, deletionPolicy=policy)
        self.wait_ready("kept", "used")
        attempts = {slot["owner"]["name"]: slot["attempt"] for slot in self.slots()}
        self.wait_looked("1", forget_slot=attempts["used"])
        self.assertEqual(["Active", "Active"], self.slot_states())
        kept = self.certificate("kept")["status"]["serverCertificateId"]
        self.delete_certificate("kept")
        self.simulator.remove(kept)
        self.add_certificate("next")
        self.wait_reason("next", "QuotaExceeded", "Stalled")
        self.annotate(forget_slot=attempts["kept"])
        self.wait_ready("next", "used")
        self.assertNotIn(attempts["kept"], {slot["attempt"] for slot in self.slots()})


if __name__ == "__main__":
    main()
