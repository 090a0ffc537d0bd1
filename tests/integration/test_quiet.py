#!/usr/bin/env python3
"""With nothing to do the operator does nothing, and a restart does not ask for what is known."""

import collections
import time

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import cluster
from harness.wait import observe_that, wait_for

IDLE_SECONDS = 60


def asked(entries):
    """verb, resource and name of requests; a watch that began before or goes on is no request."""
    for entry in entries:
        about = entry["objectRef"]
        if entry["verb"] != "watch":
            yield entry["verb"], about["resource"], about.get("name", "")


class Quiet(OperatorTest):
    def setUp(self):
        super().setUp()
        self.create_instance()
        for name in "first", "second", "third":
            self.add_certificate(name)
        self.put_secret("invalid", {"tls.crt": "text", "tls.key": "text"})
        self.create_certificate("invalid")
        self.create_certificate("missing")

    def wait_settled(self):
        self.wait_ready("first", "second")
        self.wait_reason("third", "QuotaExceeded")
        self.wait_reason("invalid", "InvalidCertificate")
        self.wait_reason("missing", "SecretNotFound")

    def wait_silent(self):
        """Waits until nothing but the Lease was asked for in 3 seconds."""

        def silent():
            mark = cluster().audit_mark()
            time.sleep(3)
            return all(resource == "leases" for _, resource, _ in asked(cluster().audit(mark)))

        wait_for("the operator is silent", silent)

    def seen(self, name):
        return self.certificate(name)["status"]["observedSecrets"][0]["resourceVersion"]

    def versions(self):
        kinds = "ServerCertificate", "IoTDAInstance", "Secret", "Event"
        return {
            item["metadata"]["uid"]: item["metadata"]["resourceVersion"]
            for kind in kinds
            for item in self.kube.list(kind)
        }

    def test_60_idle_seconds_show_no_write_but_the_leases_and_no_call_to_the_platform(self):
        operator = self.start_operator("--leader-elect")
        self.wait_settled()
        self.wait_silent()
        mark, versions, calls = cluster().audit_mark(), self.versions(), len(self.simulator.requests())
        kube_requests = operator.metric("rest_client_requests_total")

        def left_alone():
            return len(self.simulator.requests()) == calls

        observe_that("the platform is left alone", left_alone, IDLE_SECONDS, pause=2)
        requests = list(asked(cluster().audit(mark)))
        self.assertEqual({("update", "leases", "iotda-operator")}, set(requests))
        self.assertLessEqual(len(requests), IDLE_SECONDS / 2 + 1)
        # Each of the three watches is made anew every 30 to 40 s.
        requested = operator.metric("rest_client_requests_total") - kube_requests
        self.assertLessEqual(requested, IDLE_SECONDS / 2 + 1 + 3 * (IDLE_SECONDS / 30 + 1))
        self.assertEqual(versions, self.versions())

    def test_a_restart_reads_no_secret_that_did_not_change_and_writes_nothing(self):
        operator = self.start_operator()
        self.wait_settled()
        self.wait_silent()
        operator.stop()
        versions, mark = self.versions(), cluster().audit_mark()
        operator.start()
        self.wait_silent()
        reads = [request for request in asked(cluster().audit(mark)) if request[0] == "get"]
        # That a Secret does not exist is asked once more; nothing says when it was found to be so.
        self.assertCountEqual([("get", "secrets", "credentials"), ("get", "secrets", "missing")], reads)
        self.assertEqual(versions, self.versions())
        self.assertEqual(2, len(self.simulator.requests("add")))

        operator.stop()
        renewed = materials.self_signed("first.example.com")
        self.put_material("first", renewed)
        mark = cluster().audit_mark()
        operator.start()
        self.wait_renewed("first", renewed)
        self.wait_silent()
        reads = {request[2] for request in asked(cluster().audit(mark)) if request[:2] == ("get", "secrets")}
        self.assertEqual({"credentials", "missing", "first"}, reads)

    def test_each_change_of_a_secret_costs_one_read_and_one_write(self):
        self.start_operator()
        self.wait_settled()
        self.wait_silent()
        mark = cluster().audit_mark()
        for number in range(10):
            self.put_secret("invalid", {"tls.crt": f"text {number}", "tls.key": "text"})
            version = self.kube.get("Secret", "invalid", self.ns)["metadata"]["resourceVersion"]
            wait_for("the change is seen", lambda version=version: self.seen("invalid") == version)
        self.wait_silent()
        verbs = collections.Counter(request[:2] for request in asked(cluster().audit(mark)) if request[1] != "events")
        self.assertEqual({("get", "secrets"): 10, ("patch", "servercertificates"): 10}, dict(verbs))


if __name__ == "__main__":
    main()
