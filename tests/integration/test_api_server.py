#!/usr/bin/env python3
"""An API server that goes away and comes back: the operator catches up with what happened in between."""

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import cluster
from harness.wait import wait_for


class ApiServerRestart(OperatorTest):
    def setUp(self):
        super().setUp()
        self.operator = self.start_operator()
        self.create_instance()

    def test_what_changes_around_a_restart_arrives(self):
        self.add_certificate("stays")
        self.add_certificate("goes")
        self.wait_ready("stays", "goes")
        self.add_certificate("comes")
        cluster().restart_apiserver()
        self.delete_certificate("goes", wait=False)
        self.wait_ready("stays", "comes", seconds=60)
        renewed = materials.self_signed("stays.example.com")
        self.delete_certificate("comes")
        self.put_material("stays", renewed)
        self.wait_served("stays", renewed)
        wait_for("it is ready again", lambda: self.operator.get("/readyz")[0] == 200)

    def test_an_add_whose_record_meets_no_api_server_is_recorded_later(self):
        self.simulator.behave(latency_ms=1000)
        self.add_certificate("first")
        wait_for("the add is sent", lambda: self.simulator.requests("add"))
        cluster().restart_apiserver()
        self.wait_ready("first", seconds=60)
        self.assertEqual(1, len(self.simulator.requests("add")))

    def test_events_that_were_missed_and_are_forgotten_by_the_server_do_no_harm(self):
        self.add_certificate("stays")
        self.add_certificate("goes")
        self.wait_ready("stays", "goes")
        mark = cluster().audit_mark()
        # Frozen, it does not see that its watches end, nor what comes after. The server that comes up knows only what
        # it begins with, which is newer than what the operator saw last.
        self.operator.freeze()
        self.put_secret("noise", {"number": "0"})
        self.kube.create("Namespace", f"{self.ns}-noise")
        cluster().restart_apiserver()
        renewed = materials.self_signed("stays.example.com")
        self.delete_certificate("goes", wait=False)
        self.put_material("stays", materials.self_signed("stays.example.com"))
        self.kube.delete("Secret", "stays", self.ns)
        self.put_material("stays", renewed)
        cluster().compact_etcd()
        self.operator.thaw()
        self.wait_served("stays", renewed)
        wait_for("the deleted object is gone", lambda: self.certificate("goes") is None)

        def listed_again():
            entries = cluster().audit(mark)
            lists = (e for e in entries if e["verb"] == "list" or "sendInitialEvents" in e["requestURI"])
            return {entry["objectRef"]["resource"] for entry in lists}

        kinds = {"servercertificates", "iotdainstances", "secrets"}
        wait_for("everything was listed again", lambda: listed_again() == kinds)

    def test_an_object_that_was_made_anew_takes_over_what_its_predecessor_held(self):
        self.add_certificate("again")
        first = self.wait_ready("again")["metadata"]["uid"]
        self.operator.freeze()
        self.kube.delete("ServerCertificate", "again", self.ns)
        self.kube.patch("ServerCertificate", "again", {"metadata": {"finalizers": None}}, self.ns)
        wait_for("it is gone", lambda: self.certificate("again") is None)
        self.create_certificate("again")
        self.operator.thaw()
        item = self.wait_ready("again")
        self.assertNotEqual(first, item["metadata"]["uid"])
        self.assertEqual(item["metadata"]["uid"], self.slots()[0]["owner"]["uid"])
        self.assertEqual(1, len(self.simulator.requests("add")), "the slot went to the new object")


if __name__ == "__main__":
    main()
