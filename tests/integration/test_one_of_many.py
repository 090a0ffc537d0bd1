#!/usr/bin/env python3
"""One object in trouble, or one platform: only that suffers, says why, and makes no noise. Everybody else goes on."""

import time
import urllib.parse

from harness import materials
from harness.case import condition, main
from harness.proxied import BehindAProxy
from harness.proxy import Proxy
from harness.wait import observe_that, wait_for

DENIED = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
BROKEN = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "InternalError", "code": 500}


def status(template, message):
    return {**template, "message": message}


class OneObject(BehindAProxy):
    quota = 4

    def setUp(self):
        super().setUp()
        for name in "ill", "well":
            self.add_certificate(name)
        self.wait_ready("ill", "well")

    def assert_goes_on(self, *, says=True):
        """The other one renews, a new one is uploaded, and the log names who is ill."""
        renewed = self.renew("well")
        self.wait_renewed("well", renewed)
        self.add_certificate("new")
        self.wait_ready("new")
        if says:
            wait_for("the log names it", lambda: self.operator.says(f"{self.ns}/ill"))
        since = time.monotonic()
        observe_that("nothing is hammered", lambda: len(self.proxy.requests("/ill", since=since)) <= 10, 5)

    def test_a_secret_that_cannot_be_read(self):
        for body in status(BROKEN, "etcdserver: request timed out"), status(DENIED, "secrets is forbidden"):
            with self.subTest(body["reason"]):
                rule = self.proxy.answer("GET .*/secrets/ill$", body["code"], body)
                renewed = self.renew("ill")
                self.assert_goes_on()
                ready = condition(self.certificate("ill"))
                self.assertNotEqual("Succeeded", ready["reason"], "it cannot know what is in the Secret now")
                self.assertIn(body["message"], ready["message"])
                self.assertEqual("True", condition(self.certificate("ill"), "Available")["status"])
                self.proxy.remove(rule)
                self.wait_renewed("ill", renewed)
                self.delete_certificate("new")

    def test_a_status_that_cannot_be_written(self):
        self.proxy.answer("PATCH .*/servercertificates/ill/status", 422, status(BROKEN, "denied by a policy"))
        self.renew("ill")
        self.assert_goes_on()
        self.assertTrue(self.operator.says("denied by a policy"))

    def test_a_status_that_is_not_there(self):
        # As with a CustomResourceDefinition without the subresource.
        gone = {**BROKEN, "reason": "NotFound", "code": 404, "details": {"name": "ill"}, "message": "not found"}
        self.proxy.answer("PATCH .*/servercertificates/ill/status", 404, gone)
        self.renew("ill")
        self.assert_goes_on()

    def test_a_status_of_which_nothing_is_kept(self):
        def unwritten(item):
            return {**item, "status": {"observedGeneration": -1}}

        self.proxy.change("(PATCH|GET) .*/servercertificates/ill(/status)?(\\?|$)", unwritten)
        self.renew("ill")
        self.assert_goes_on()

    def test_a_finalizer_that_cannot_be_set(self):
        self.proxy.answer("PATCH .*/servercertificates/late\\?", 403, status(DENIED, "denied by a policy"))
        self.add_certificate("late")
        renewed = self.renew("well")
        self.wait_renewed("well", renewed)
        wait_for("the log names it", lambda: self.operator.says(f"{self.ns}/late"))
        self.proxy.clear()
        self.wait_ready("late")

    def test_a_secret_that_flaps_is_damped_and_says_what_it_waits_with(self):
        # That it is uploaded at that time, minutes later, is shown by a unit test.
        before = len(self.simulator.requests("add"))

        def damped():
            self.last = self.renew("ill")
            return condition(self.certificate("ill"))["reason"] == "SecretUnstable"

        wait_for("it is damped", damped, seconds=60, pause=0.3)
        self.assertLessEqual(len(self.simulator.requests("add")) - before, 21)
        self.assert_goes_on(says=False)
        wait_for(
            "the last change is what waits",
            lambda: self.certificate("ill")["status"].get("pending", {}).get("fingerprint") == self.last.fingerprint,
        )
        ready = condition(self.certificate("ill"))
        self.assertEqual("SecretUnstable", ready["reason"])
        self.assertIn("the next upload is after", ready["message"])
        self.assertEqual("True", condition(self.certificate("ill"), "Available")["status"])


class OnePlatform(BehindAProxy):
    def test_a_platform_never_reached_shows_no_numbers(self):
        self.simulator.kill()
        self.add_certificate("first")
        self.wait_instance("PlatformUnavailable", seconds=60)
        quota = self.instance()["status"].get("quota", {})
        self.assertNotIn("used", quota)
        self.assertNotIn("summary", quota)

    def test_an_outage_and_its_end_are_one_line_and_one_event_each(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.simulator.behave(denied=["add", "list", "show"])
        self.add_certificate("second")
        self.wait_instance("PermissionDenied", seconds=60)
        time.sleep(5)
        self.simulator.behave(denied=[])
        self.request_reconcile("1")
        self.wait_ready("second", seconds=60)
        self.wait_instance("Succeeded")
        lines = [line for line in self.operator.lines() if line.get("event") == "PermissionDenied"]
        self.assertLessEqual(len(lines), 2)

        def recovered():
            events = self.kube.list("Event", "default")
            mine = [event for event in events if event["regarding"]["name"] == self.ns]
            return {"PermissionDenied", "Ready"} <= {event["reason"] for event in mine}

        wait_for("both changes of Ready are events", recovered)

    def test_the_page_of_a_gateway_before_the_platform_is_named(self):
        way = Proxy(self.folder, "platform", urllib.parse.urlsplit(self.simulator.endpoint), self.simulator.tls)
        self.addCleanup(way.stop)
        way.page(".", 403)
        self.create_instance(f"{self.ns}-far", endpoint=way.endpoint, caBundle=way.ca, project=f"{self.project}-far")
        self.put_material("far", materials.self_signed("far.example.com"))
        self.create_certificate("far", instanceRef={"name": f"{self.ns}-far"})
        message = self.wait_instance("PlatformUnavailable", f"{self.ns}-far", seconds=60)
        self.assertIn("HTML page", message)
        self.assertNotIn("permission", message)
        self.assert_calm(way)
        way.clear()
        self.wait_ready("far", seconds=120)


class SlowPlatform(BehindAProxy):
    flags = "--upload-deadline", "60s"

    def test_calls_of_11_seconds_each_come_to_an_end(self):
        self.simulator.behave(latency_ms=11000)
        self.add_certificate("first")
        wait_for("a status is there meanwhile", lambda: condition(self.certificate("first"))["reason"], 50)
        self.wait_ready("first", seconds=120)
        self.assertEqual(1, len(self.simulator.requests("add")))
        self.assertEqual(200, self.operator.get("/healthz")[0])


if __name__ == "__main__":
    main()
