#!/usr/bin/env python3
"""Others on the same platform instance: people at its console, a second cluster, a replica that slept; and renewals
that have to share two slots with the certificates of others."""

from harness import materials
from harness.case import OperatorTest, condition, main
from harness.kube import Cluster, path_of
from harness.wait import observe_that, wait_for

DOMAIN = "mqtt.example.com"
WISH = {"domainConfiguration": {"domainName": DOMAIN}}
TIMES = "--settling-time", "1s", "--upload-deadline", "1s"
CHANGES = "add", "delete", "domain_create", "domain_update", "domain_delete"


class NeighbourTest(OperatorTest):
    # A look sooner than the settling time after a change may be of before it, so it tells no drift.
    flags = *TIMES, "--resync-period", "2s"

    def setUp(self):
        super().setUp()
        self.create_instance()
        self.operator = self.start_operator(*self.flags)

    def changes(self):
        """The calls that changed something on the platform, or tried to."""
        return [r["call"] for r in self.simulator.requests(project=self.project) if r["call"] in CHANGES]

    def id_of(self, name):
        return self.certificate(name)["status"].get("serverCertificateId")

    def domain(self):
        return next(iter(self.simulator.state(self.project).get("domain_configurations", [])), None)

    def served(self):
        """Fingerprint of what the domain serves; None if it is gone."""
        served = self.simulator.certificates(self.project).get(self.domain()["server_certificate_id"])
        return served and served["fingerprint"]

    def add_foreign(self):
        return self.simulator.add_foreign(self.project, materials.self_signed("foreign.example.com").certificate)

    def wait_event(self, reason):
        wait_for(f"an event {reason}", lambda: reason in {event["reason"] for event in self.kube.list("Event", self.ns)})


class Console(NeighbourTest):
    def test_what_somebody_removes_is_added_again_but_not_endlessly(self):
        self.add_certificate("devices")
        gone = [self.wait_ready("devices")["status"]["serverCertificateId"]]
        self.simulator.remove(gone[0])
        wait_for("it is added again", lambda: self.id_of("devices") not in (None, *gone))
        self.wait_event("DriftDetected")
        gone.append(self.wait_ready("devices")["status"]["serverCertificateId"])
        self.simulator.remove(gone[1])
        message = self.wait_reason("devices", "ManagementConflict", "Stalled")
        self.assert_mentions(message, "iotda.huaweicloud.com/reconcile-requested-at")
        observe_that("it is left as it is", lambda: self.changes() == ["add", "add"], 3)
        self.request_reconcile("1")
        self.assertNotIn(self.wait_ready("devices")["status"]["serverCertificateId"], gone)
        self.assertEqual(["add"] * 3, self.changes())

    def test_a_domain_that_somebody_points_elsewhere_is_pointed_back(self):
        material = self.add_certificate("devices", materials.self_signed(DOMAIN), **WISH)
        self.wait_ready("devices")
        configuration, foreign = self.domain()["configuration_id"], self.add_foreign()
        self.simulator.point(self.project, configuration, foreign)
        wait_for("it is pointed back", lambda: self.served() == material.fingerprint)
        self.wait_event("DriftDetected")
        self.wait_ready("devices")
        self.assertEqual(["add", "domain_create", "domain_update", "domain_update"], self.changes())
        self.assertEqual(configuration, self.domain()["configuration_id"])
        self.assertIn(foreign, self.simulator.certificates(self.project))

    def test_the_domain_follows_the_ocsp_fields_of_the_spec(self):
        self.add_certificate("devices", materials.self_signed(DOMAIN), **WISH)
        self.wait_ready("devices")
        before = self.domain()
        for stapling, authority, tls in (True, "ca-1", False), (False, "ca-2", True):
            ocsp = {"staplingEnabled": stapling, "serverCaId": authority, "sslEnabled": tls}
            self.kube.patch("ServerCertificate", "devices", {"spec": {"domainConfiguration": {"ocsp": ocsp}}}, self.ns)
            there = {"ocsp_stapling_enable": stapling, "ocsp_server_ca_id": authority, "ocsp_ssl_enable": tls}
            config = "server_certificate_config"
            wait_for(f"the platform has {there}", lambda there=there: self.domain()[config].items() >= there.items())
            self.wait_ready("devices")
        self.assertEqual(before["server_certificate_id"], self.domain()["server_certificate_id"])
        self.assertEqual(["add", "domain_create", "domain_update", "domain_update"], self.changes())

    def test_an_instance_that_points_elsewhere_than_its_slots_makes_no_call(self):
        self.add_certificate("devices")
        self.wait_ready("devices")
        self.operator.stop()
        saved, elsewhere = self.instance()["status"], self.start_simulator()
        self.kube.patch("IoTDAInstance", self.ns, {"metadata": {"finalizers": None}})
        self.kube.delete("IoTDAInstance", self.ns)
        self.create_instance(endpoint=elsewhere.endpoint)
        path = path_of("IoTDAInstance", None, self.ns) + "/status"
        self.kube.request("PATCH", path, {"status": saved}, "application/merge-patch+json")
        calls = len(self.simulator.requests())
        self.operator.start()
        self.wait_instance("TargetChanged")
        self.add_certificate("more")
        self.wait_reason("more", "InstanceNotReady")
        self.delete_certificate("devices", wait=False)
        self.wait_reason("devices", "Deleting", "Reconciling")
        self.assertEqual((calls, []), (len(self.simulator.requests()), elsewhere.requests()))
        self.assertEqual(saved["target"], self.instance()["status"]["target"])


class SecondCluster(NeighbourTest):
    def test_two_clusters_on_one_platform_instance_do_not_fight_for_ever(self):
        take = {"domainConfiguration": {"domainName": DOMAIN, "adoptionPolicy": "IfExists"}}
        self.add_certificate("devices", materials.self_signed(DOMAIN), **take)
        self.wait_ready("devices")
        other = Cluster()
        self.addCleanup(other.down)
        kubes = [self.kube, other.kube]
        self.kube = other.kube
        for name in self.ns, self.system:
            self.kube.create("Namespace", name)
        self.put_credentials()
        self.create_instance(domains=[{"name": DOMAIN, "adopt": True}])
        self.operators[0].freeze()
        self.start_operator(*self.flags, kubeconfig=other.kubeconfig)
        self.add_certificate("devices", materials.self_signed(DOMAIN), **take)
        self.wait_ready("devices")
        self.add_certificate("more")
        self.wait_reason("more", "QuotaExceeded", "Stalled")
        self.operators[0].thaw()

        def reasons():
            return [condition(kube.get("ServerCertificate", "devices", self.ns))["reason"] for kube in kubes]

        wait_for(lambda: f"one of them gives in: {reasons()}", lambda: "ManagementConflict" in reasons())
        fought = len(self.changes())
        self.assertLess(fought, 12)
        observe_that("nothing is changed any more", lambda: len(self.changes()) == fought, 5)
        self.assertEqual({"ManagementConflict", "Succeeded"}, set(reasons()))
        self.assertEqual(2, len(self.simulator.certificates(self.project)))


class BothSlotsTaken(NeighbourTest):
    flags = TIMES

    def add_both(self, served=None, **spec):
        """One that a domain serves, and another."""
        served = served or materials.self_signed(DOMAIN)
        self.add_certificate("served", served, **WISH, **spec)
        other = self.add_certificate("other")
        self.wait_ready("served", "other")
        self.before = len(self.changes())
        return served, other

    def renew(self, name="served"):
        renewed = materials.self_signed(DOMAIN if name == "served" else f"{name}.example.com")
        self.put_material(name, renewed)
        return renewed

    def wait_both(self, served, other):
        """The end of all rotations: both are there, and nothing else."""
        both = {served.fingerprint, other.fingerprint}
        wait_for("both are there and nothing else", lambda: self.held() == both and self.served() == served.fingerprint)
        active = {("Active", fingerprint) for fingerprint in both}
        wait_for("the slots say so", lambda: {(slot["state"], slot["fingerprint"]) for slot in self.slots()} == active)
        for name, material in ("served", served), ("other", other):
            self.wait_renewed(name, material)

    def test_make_before_break_waits_for_a_slot(self):
        old, _ = self.add_both(rotation={"strategy": "MakeBeforeBreak"})
        renewed = self.renew()
        message = self.wait_reason("served", "RotationBlocked", "Stalled")
        self.assert_mentions(message, old.dates[1], f"{self.ns}/other")
        self.assertEqual("True", condition(self.certificate("served"), "Available")["status"])
        self.assertEqual((old.fingerprint, self.before), (self.served(), len(self.changes())))
        self.delete_certificate("other")
        self.wait_served("served", renewed)
        self.assertEqual(["delete", "add", "domain_update", "delete"], self.changes()[self.before :])

    def test_break_before_make_lets_even_a_served_certificate_go_first(self):
        self.simulator.behave(delete_bound="accepted")
        _, other = self.add_both(rotation={"strategy": "BreakBeforeMake"})
        self.wait_both(self.renew(), other)
        self.assertEqual(["delete", "add", "domain_update"], self.changes()[self.before :])

    def test_auto_lets_go_first_what_nothing_serves(self):
        served, _ = self.add_both()
        self.wait_both(served, self.renew("other"))
        self.assertEqual(["delete", "add"], self.changes()[self.before :])

    def test_both_are_renewed_at_once(self):
        self.add_both()
        for _ in range(3):
            self.wait_both(self.renew(), self.renew("other"))

    def test_a_secret_that_flips_back_in_the_middle_of_a_rotation_leaves_everything_as_it_was(self):
        served, other = self.add_both()
        identifier = self.id_of("served")
        self.simulator.behave(latency_ms=300)
        for call in "delete", "add", "domain_update":
            count = self.changes().count(call)
            self.renew()
            wait_for(f"the rotation is at {call}", lambda c=call, n=count: self.changes().count(c) > n)
            self.put_material("served", served)
            self.wait_both(served, other)
        self.assertLessEqual(self.changes().count("domain_update"), 2)
        self.assertEqual(identifier, self.id_of("served"))

    def test_a_renewal_may_keep_its_key_or_change_the_chain_only(self):
        chains = materials.chains_of_one_leaf(DOMAIN)
        served, other = self.add_both(materials.self_signed(DOMAIN))
        for renewed in materials.with_same_key(served, DOMAIN), *chains, chains[0]:
            self.put_material("served", renewed)
            self.wait_both(renewed, other)


class PausedLeader(OperatorTest):
    def test_one_that_slept_between_the_look_and_the_delete_removes_nothing_that_was_handed_over(self):
        self.create_instance()
        leader, other = (self.start_operator("--leader-elect", *TIMES) for _ in range(2))
        self.add_certificate("devices")
        identifier = self.wait_ready("devices")["status"]["serverCertificateId"]
        if other.metric("leader_election_master_status") == 1:
            leader, other = other, leader
        self.simulator.behave(latency_ms=1000)
        self.delete_certificate("devices", wait=False)
        wait_for("it looks whether something serves it", lambda: self.simulator.requests("domain_list"), pause=0.001)
        leader.freeze()
        self.simulator.behave(latency_ms=0)
        self.kube.patch("ServerCertificate", "devices", {"metadata": {"finalizers": None}}, self.ns)
        self.create_certificate("devices")
        self.assertEqual(identifier, self.wait_ready("devices", seconds=40)["status"]["serverCertificateId"])
        leader.thaw()
        self.assertEqual(1, wait_for("it has ended", lambda: leader.exit_code))
        self.assertEqual(1, other.metric("leader_election_master_status"))
        self.assertEqual([], self.simulator.requests("delete"))
        self.assertEqual(["Active"], self.slot_states())


if __name__ == "__main__":
    main()
