#!/usr/bin/env python3
"""What lies between the operator and its API server: connections that are forgotten, gateways with pages of their own,
a server that wants to be left alone, a CA that is replaced. Nothing is hammered, and what does not work is named."""

import time

from harness import materials
from harness.case import main
from harness.proxied import BehindAProxy
from harness.wait import observe_that, wait_for

EVERYTHING = "."


class Way(BehindAProxy):
    def test_connections_that_are_forgotten_are_noticed_in_less_than_a_minute(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.proxy.forget()
        renewed = self.renew("first")
        began = time.monotonic()
        wait_for("the renewal is seen", lambda: renewed.fingerprint in self.held(), 58, pause=0.2)
        self.wait_renewed("first", renewed)
        self.assertLess(time.monotonic() - began, 60)

    def test_the_ca_of_the_api_server_is_replaced(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.proxy.stop()
        self.proxy.start()
        time.sleep(1)  # with the old CA nothing gets through
        self.ca_file.write_text(self.proxy.ca)
        renewed = self.renew("first")
        wait_for("the renewal is seen", lambda: renewed.fingerprint in self.held(), 50)
        self.wait_renewed("first", renewed)
        self.assertTrue(self.operator.says("reloaded the CA of the API server"))
        self.wait_health("/readyz", 200)

    def test_the_page_of_a_gateway_is_named_and_no_reason_to_wait_long_afterwards(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.proxy.page(EVERYTHING, 403)
        self.proxy.cut()
        renewed = self.renew("first")
        text = self.wait_health("/readyz", 503, "HTML page", "Secrets", "ServerCertificates", "IoTDAInstances")
        self.assertNotIn("no permission", text)
        self.assertEqual(200, self.operator.get("/healthz")[0])
        self.assertFalse(self.operator.says("no permission"))
        self.proxy.clear()
        wait_for("the renewal is seen", lambda: renewed.fingerprint in self.held(), 60)
        self.wait_renewed("first", renewed)
        self.wait_health("/readyz", 200)

    def test_a_server_that_asks_to_be_left_alone_is(self):
        self.proxy.answer("GET /api/v1/namespaces/.*/secrets/first", 429, "slow down", retry_after=6, content_type="text/plain")
        self.add_certificate("first")
        wait_for("it is told to wait", lambda: self.proxy.requests("/secrets/first"))
        told = time.monotonic()
        self.renew("first")  # an event is no reason

        def left_alone():
            return not self.proxy.requests("/secrets/first", since=told + 0.5)

        observe_that("it is left alone", left_alone, 5)
        self.proxy.clear()
        self.wait_ready("first")

    def test_404_for_everything_is_not_taken_for_the_end_of_the_objects(self):
        # As an API server that starts, and does not know its CustomResourceDefinitions yet.
        self.add_certificate("first")
        self.add_certificate("second")
        self.wait_ready("first", "second")
        held = self.held()
        self.proxy.answer("/apis/iotda", 404, "404 page not found\n", content_type="text/plain")
        self.proxy.cut()
        self.delete_certificate("second", wait=False)
        renewed = self.renew("first")
        wait_for("it is named", lambda: self.operator.says("is not installed"))
        observe_that("nothing is uploaded or deleted", lambda: self.held() == held, 6)
        self.proxy.clear()
        wait_for("the deleted object is gone", lambda: self.certificate("second") is None, 60)
        wait_for("the renewal is seen", lambda: self.held() == {renewed.fingerprint}, 60)
        self.wait_renewed("first", renewed)

    def test_a_watch_that_is_always_too_far_behind_is_told_but_not_again_and_again(self):
        gone = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410}
        self.proxy.answer("secrets.*watch=true", 410, {**gone, "message": "too old resource version"})
        self.proxy.cut()
        wait_for("it is told", lambda: self.operator.says("the API server discards changes of secrets"), 60)
        # The lists bring what the watch does not.
        self.add_certificate("first")
        self.wait_ready("first", seconds=60)
        told = [line for line in self.operator.lines() if line.get("resource") == "secrets"]
        self.assertLessEqual(len(told), 4, told)


class Election(BehindAProxy):
    flags = ("--leader-elect",)

    def test_a_leader_whose_connections_are_forgotten_stays_the_leader(self):
        def leads():
            return self.operator.running and self.operator.metric("leader_election_master_status") == 1

        wait_for("it leads", leads)
        self.proxy.forget()
        observe_that("it leads", leads, 12)

    def test_who_cannot_become_the_leader_says_so(self):
        self.operator.stop()
        self.proxy.answer("leases", 403, {"kind": "Status", "code": 403, "message": "leases is forbidden"})
        self.operator.start(ready=False)
        self.wait_health("/readyz", 503, "no leader", f"{self.system}/iotda-operator", "leases is forbidden")
        self.assertEqual(200, self.operator.get("/healthz")[0])
        self.proxy.clear()
        self.wait_health("/readyz", 200)
        self.add_certificate("first")
        self.wait_ready("first")


if __name__ == "__main__":
    main()
