#!/usr/bin/env python3
"""Two replicas, of which one works; and a process that is told to stop, which ends what it has begun."""

import signal
import time

from harness.case import OperatorTest, main
from harness.wait import observe_that, wait_for

LEASE_SECONDS = 15


class LeaderElection(OperatorTest):
    def setUp(self):
        super().setUp()
        self.create_instance()
        self.leader = self.start_operator("--leader-elect")
        wait_for("the first one leads", self.leads(self.leader))
        self.other = self.start_operator("--leader-elect")
        wait_for("the second one waits", lambda: self.other.says("another process is the leader"))

    def leads(self, operator):
        return lambda: operator.metric("leader_election_master_status") == 1

    def holder(self):
        return self.kube.get("Lease", "iotda-operator", self.system)["spec"].get("holderIdentity")

    def assert_added_once(self, *names):
        self.wait_ready(*names)
        self.assertEqual([201] * len(names), [request["status"] for request in self.simulator.requests("add")])
        self.assertEqual(len(names), self.simulator.state(self.project)["max_certificates"])

    def test_one_lease_and_one_worker(self):
        self.add_certificate("first")
        self.assert_added_once("first")
        self.assertTrue(self.holder())
        self.assertEqual(1, len(self.kube.list("Lease", self.system)))
        self.assertEqual(0, self.other.metric("leader_election_master_status"))
        self.assertEqual(0, self.other.metric("controller_runtime_reconcile_total"))
        self.assertEqual(200, self.other.get("/readyz")[0])

    def test_after_kill_9_of_the_leader_the_other_takes_over_when_the_lease_has_run_out(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.leader.kill()
        killed = time.monotonic()
        self.add_certificate("second")
        wait_for("the other one leads", self.leads(self.other), LEASE_SECONDS + 10)
        self.assertGreater(time.monotonic() - killed, LEASE_SECONDS - 3, "seconds after the last renewal")
        self.assert_added_once("first", "second")

    def test_on_sigterm_the_lease_is_released_and_the_other_takes_over_at_once(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.assertEqual(0, self.leader.stop())
        stopped = time.monotonic()
        self.add_certificate("second")
        wait_for("the other one leads", self.leads(self.other))
        self.assertLess(time.monotonic() - stopped, 4)
        self.assert_added_once("first", "second")

    def test_a_leader_that_slept_through_its_lease_does_nothing_and_ends(self):
        self.simulator.behave(latency_ms=300)
        self.add_certificate("first")
        wait_for("the first add is sent", lambda: self.simulator.requests("add"), pause=0.001)
        self.leader.freeze()
        self.add_certificate("second")
        self.add_certificate("third")
        wait_for("the other one leads", self.leads(self.other), LEASE_SECONDS + 10)
        self.wait_ready("first", "second")
        self.leader.thaw()
        self.assertEqual(1, wait_for("the first one has ended", lambda: self.leader.exit_code))
        self.assertTrue(self.leader.says("lost the Lease"))
        self.wait_reason("third", "QuotaExceeded")
        self.assert_added_once("first", "second")
        self.assertNotEqual("", self.holder())


class Shutdown(OperatorTest):
    def setUp(self):
        super().setUp()
        self.operator = self.start_operator()
        self.create_instance()

    def test_sigterm_during_a_slow_add_ends_the_process_once_its_outcome_is_written(self):
        self.simulator.behave(latency_ms=2000)
        self.add_certificate("slow")
        wait_for("the add is sent", lambda: self.simulator.requests("add"))
        self.assertEqual(["Reserved"], self.slot_states())
        self.assertEqual(0, self.operator.stop())
        (identifier,) = self.simulator.certificates(self.project)
        self.assertEqual(
            [("Active", identifier)], [(slot["state"], slot["serverCertificateId"]) for slot in self.slots()]
        )
        self.operator.start()
        self.wait_ready("slow")
        self.assertEqual(1, len(self.simulator.requests("add")))

    def test_sigterm_right_after_the_start_ends_it_in_order(self):
        for _ in range(5):
            self.operator.stop()
            self.operator.start(ready=False)
            wait_for("it starts", lambda: self.operator.says('"starting"'), pause=0.001)
            self.assertEqual(0, self.operator.stop())

    def test_sigterm_while_nothing_happens_ends_it_at_once(self):
        self.add_certificate("first")
        self.wait_ready("first")
        began = time.monotonic()
        self.assertEqual(0, self.operator.stop())
        self.assertLess(time.monotonic() - began, 3)

    def test_a_platform_that_never_answers_does_not_keep_it_from_ending(self):
        self.simulator.fail("add", "late_commit", delay_ms=500)
        self.add_certificate("hangs")
        wait_for("the add is sent", lambda: self.simulator.requests("add"))
        self.operator.signal(signal.SIGTERM)
        observe_that("it waits for the answer for a while", lambda: self.operator.running, 3)
        self.assertEqual(0, self.operator.wait(25))
        self.assertIn(self.slot_states(), (["Reserved"], ["InDoubt"]))
        self.operator.start("--upload-deadline", "1s", "--settling-time", "1s")
        self.wait_ready("hangs")
        self.assertEqual(1, len(self.simulator.requests("add")))


if __name__ == "__main__":
    main()
