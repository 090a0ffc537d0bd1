#!/usr/bin/env python3
"""A platform that answers late, wrongly or not at all: no certificate is added twice, none is lost."""

from harness import materials
from harness.case import OperatorTest, main
from harness.processes import timestamp
from harness.wait import observe_that, wait_for


class PlatformFaults(OperatorTest):
    def setUp(self):
        super().setUp()
        # After 1 s to begin an add, 1 s for it and 1 s in which it may still show, it is known not to have happened.
        self.operator = self.start_operator("--upload-deadline", "1s", "--settling-time", "1s")
        self.create_instance()

    def added(self):
        return self.simulator.requests("add")

    def assert_found_through_the_list(self):
        """The answer of the one add was lost, and the certificate is Ready all the same."""
        item = self.wait_ready("first", seconds=10)
        self.assertEqual([item["status"]["serverCertificateId"]], list(self.simulator.certificates(self.project)))
        wait_for("the doubt is over", lambda: self.slot_states() == ["Active"])
        self.assertEqual(1, len(self.added()))

    def test_an_answer_lost_after_the_add_is_found_through_the_list(self):
        self.simulator.fail("add", "drop_after")
        self.add_certificate("first")
        self.assert_found_through_the_list()

    def test_an_answer_cut_off_in_the_middle_is_found_through_the_list(self):
        self.simulator.fail("add", "partial_body")
        self.add_certificate("first")
        self.assert_found_through_the_list()

    def test_500_although_it_was_added_is_found_through_the_list(self):
        self.simulator.fail("add", "status", status=500, after=True)
        self.add_certificate("first")
        self.assert_found_through_the_list()

    def test_a_late_commit_within_the_settling_time_is_found_through_the_list(self):
        self.simulator.fail("add", "late_commit", delay_ms=1500)
        self.add_certificate("first")
        self.assert_found_through_the_list()

    def test_a_list_that_lags_behind_a_lost_answer_leads_to_no_second_add(self):
        self.simulator.behave(list_lag_ms=1000)
        self.simulator.fail("add", "drop_after")
        self.add_certificate("first")
        self.assert_found_through_the_list()

    def test_an_add_that_did_not_happen_is_repeated_once_that_is_certain(self):
        self.simulator.fail("add", "drop_before")
        self.add_certificate("first")
        wait_for("it is said to be in doubt", lambda: self.slot_states() == ["InDoubt"])
        self.wait_reason("first", "Progressing", beside="Reconciling")
        self.wait_ready("first")
        first, second = self.added()
        self.assertEqual(["dropped_before", "answered"], [first["outcome"], second["outcome"]])
        self.assertGreater(timestamp(second["arrived"]) - timestamp(first["arrived"]), 2.9, "seconds between the two")
        self.assertEqual(1, self.simulator.state(self.project)["adds"])

    def test_500_without_an_add_is_repeated_once_that_is_certain(self):
        self.simulator.fail("add", "status", status=500)
        self.add_certificate("first")
        self.wait_ready("first")
        self.assertEqual([500, 201], [request["status"] for request in self.added()])

    def test_a_slot_in_doubt_counts_as_taken(self):
        self.simulator.fail("add", "late_commit", delay_ms=2000)
        self.simulator.fail("add", "late_commit", delay_ms=2000)
        for name in "first", "second", "third":
            self.add_certificate(name)
        self.wait_ready("first", "second")
        self.wait_reason("third", "QuotaExceeded")
        self.assertEqual(2, len(self.added()))

    def test_429_is_obeyed(self):
        self.simulator.fail(
            "add", "status", status=429, error_code="APIGW.0308", error_msg="Too many requests.", retry_after=3
        )
        self.add_certificate("first")
        self.wait_instance("Throttled")
        self.wait_reason("first", "Throttled", beside="Reconciling")
        self.assertEqual([], self.slots())
        self.wait_ready("first")
        first, second = self.added()
        self.assertGreaterEqual(timestamp(second["arrived"]) - timestamp(first["ended"]), 2.9, "Retry-After was 3 s")

    def test_a_refusal_frees_the_slot_and_is_not_repeated_until_the_secret_changes(self):
        self.simulator.fail(
            "add", "status", status=400, error_code="IOTDA.014301", error_msg="Invalid certificate content."
        )
        self.add_certificate("first")
        message = self.wait_reason("first", "UploadRejected", beside="Stalled")
        self.assert_mentions(message, "IOTDA.014301", "Invalid certificate content")
        status = self.certificate("first")["status"]
        self.assertEqual(
            (400, "IOTDA.014301", 1),
            (status["lastError"]["httpStatus"], status["lastError"]["errorCode"], status["attempts"]),
        )
        self.assertEqual(self.added()[0]["request_id"], status["lastError"]["requestId"])
        self.assertEqual([], self.slots())
        observe_that("there is no second add", lambda: len(self.added()) == 1, 2)
        self.put_material("first", materials.self_signed("first.example.com"))
        self.wait_ready("first")
        self.assertNotIn("lastError", self.certificate("first")["status"])

    def test_an_add_refused_for_the_quota_shows_who_has_the_slots(self):
        self.add_certificate("first")
        self.wait_ready("first")
        # Somebody else takes the second slot; the operator, which has a list of a moment ago, does not know yet.
        foreign = self.simulator.add_foreign(self.project, materials.self_signed("foreign.example.com").certificate)
        self.simulator.fail(
            "add",
            "status",
            status=400,
            error_code="IOTDA.014300",
            error_msg="The number of server certificates has reached the upper limit.",
        )
        self.add_certificate("second")
        self.assert_mentions(self.wait_reason("second", "QuotaExceeded", beside="Stalled"), foreign, f"{self.ns}/first")

    def test_a_delete_whose_answer_is_lost_is_repeated(self):
        self.add_certificate("first")
        self.wait_ready("first")
        self.simulator.fail("delete", "drop_after")
        self.delete_certificate("first")
        self.assertEqual(set(), self.held())
        self.assertEqual(
            ["dropped_after", "answered"], [request["outcome"] for request in self.simulator.requests("delete")]
        )
        self.assertEqual([], self.slots())

    def test_a_certificate_that_a_domain_serves_is_not_deleted(self):
        self.add_certificate("bound")
        identifier = self.wait_ready("bound")["status"]["serverCertificateId"]
        configuration = self.simulator.bind(self.project, identifier, "mqtt.example.com")
        self.delete_certificate("bound", wait=False)
        message = self.wait_reason("bound", "DeletionBlocked", beside="Stalled")
        self.assert_mentions(message, identifier, configuration, "mqtt.example.com", "set another certificate in it")
        self.assertEqual([], self.simulator.requests("delete"))
        self.kube.patch("ServerCertificate", "bound", {"spec": {"deletionPolicy": "Retain"}}, self.ns)
        wait_for("Retain lets the object go", lambda: self.certificate("bound") is None)
        self.assertIn(identifier, self.simulator.certificates(self.project))

    def test_a_delete_that_the_platform_refuses_is_shown(self):
        self.add_certificate("refused")
        identifier = self.wait_ready("refused")["status"]["serverCertificateId"]
        self.simulator.fail("delete", "status", status=400, error_code="IOTDA.014304", error_msg="something uses it")
        self.delete_certificate("refused", wait=False)
        self.assert_mentions(
            self.wait_reason("refused", "DeletionBlocked", beside="Stalled"), identifier, "something uses it"
        )
        observe_that("it is not hammered", lambda: len(self.simulator.requests("delete")) == 1, 2)

    def test_other_spellings_of_answers_are_understood(self):
        self.simulator.behave(get_status=200, error_spelling="nested")
        self.add_certificate("first")
        self.wait_ready("first")
        self.simulator.fail(
            "add", "status", status=400, error_code="IOTDA.014301", error_msg="Invalid certificate content."
        )
        self.add_certificate("second")
        self.assert_mentions(self.wait_reason("second", "UploadRejected"), "IOTDA.014301")


class WithoutPermissionToList(OperatorTest):
    may_list = False

    def setUp(self):
        super().setUp()
        self.simulator.behave(denied=["list", "show"])
        self.operator = self.start_operator("--upload-deadline", "1s", "--settling-time", "1s")
        self.create_instance()

    def test_the_ledger_alone_keeps_the_quota(self):
        for name in "first", "second", "third":
            self.add_certificate(name)
        self.wait_ready("first", "second")
        self.wait_reason("third", "QuotaExceeded", beside="Stalled")
        self.assertEqual("Ledger", self.instance()["status"]["inventory"])
        self.delete_certificate("first")
        self.wait_ready("third")

    def test_a_lost_answer_is_reported_and_the_slot_stays_taken(self):
        self.simulator.fail("add", "drop_after")
        self.add_certificate("first")
        self.assert_mentions(
            self.wait_reason("first", "UploadInDoubt", beside="Stalled"),
            "grant iotda:servercertificate:queryList",
        )
        observe_that(
            "the slot is taken and nothing is added again",
            lambda: len(self.slots()) == 1 and len(self.simulator.requests("add")) == 1,
            4,
        )
        # With the permission granted, the doubt is settled.
        self.simulator.behave(denied=[])
        self.request_reconcile("1")
        self.wait_ready("first")
        self.assertEqual(1, len(self.simulator.requests("add")))


if __name__ == "__main__":
    main()
