#!/usr/bin/env python3
"""Instances and credentials that are wrong: each has its reason and a message that one can act on, nothing is added,
and it heals when mended."""

from harness import materials
from harness.case import ACCESS_KEY, OperatorTest, condition, main
from harness.kube import cluster
from harness.processes import free_port
from harness.wait import observe_that, wait_for


class BadInstances(OperatorTest):
    def setUp(self):
        super().setUp()
        self.operator = self.start_operator()

    def wait_unready(self, reason, *mentions, certificate_reason="InstanceNotReady", beside="Stalled"):
        """The instance has the reason; the certificate waits for it and says why."""
        message = self.wait_instance(reason)
        self.assert_mentions(message, *mentions)
        self.assertEqual("True", condition(self.instance(), beside)["status"])
        waits = self.wait_reason("waits", certificate_reason, beside="Reconciling")
        self.assert_mentions(waits, f"IoTDAInstance {self.ns}", *mentions)

    def assert_nothing_was_added(self):
        self.assertEqual([], [request for request in self.simulator.requests("add") if request["status"] == 201])
        self.assertEqual([], self.slots())

    def test_an_instance_that_does_not_exist(self):
        self.add_certificate("waits")
        message = self.wait_reason("waits", "InstanceNotFound", beside="Reconciling")
        self.assert_mentions(message, f"IoTDAInstance {self.ns} does not exist", "create it")
        self.create_instance()
        self.wait_ready("waits")

    def test_an_endpoint_that_refuses_connections(self):
        port = free_port()
        self.create_instance(endpoint=f"https://127.0.0.1:{port}")
        self.add_certificate("waits")
        self.wait_unready(
            "PlatformUnavailable", "check `endpoint`", certificate_reason="PlatformUnavailable", beside="Reconciling"
        )
        self.start_simulator(port=port)
        self.wait_ready("waits")
        self.assertEqual(1, len(self.simulator.requests("add")))

    def test_a_wrong_secret_key(self):
        self.put_credentials(secret_key="WrongSecretKeyWrongSecretKey")
        self.create_instance()
        self.add_certificate("waits")
        self.wait_unready("CredentialsRejected", "check the credentials")
        self.assert_nothing_was_added()
        # Access keys are locked after a few refused signatures: no hot retry.
        observe_that("there was one call", lambda: len(self.simulator.requests()) == 1, 2)
        self.put_credentials()
        self.wait_ready("waits", seconds=10)

    def test_a_wrong_access_key(self):
        self.put_credentials(access_key="NOSUCHACCESSKEY")
        self.create_instance()
        self.add_certificate("waits")
        self.wait_unready("CredentialsRejected", "access key does not exist", "check the access key")
        self.assert_nothing_was_added()
        self.put_credentials()
        self.wait_ready("waits", seconds=10)

    def test_a_signature_of_the_wrong_kind(self):
        self.start_simulator("--signing", "standard")
        self.create_instance()
        self.add_certificate("waits")
        self.wait_unready("CredentialsRejected", "`signing: Standard`", "was signed as Derived")
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"signing": "Standard"}})
        self.wait_ready("waits", seconds=10)
        self.assertEqual("Standard", self.instance()["status"]["signing"])

    def test_a_secret_with_credentials_that_is_missing_or_lacks_a_key(self):
        self.create_instance(credentials="later")
        self.add_certificate("waits")
        self.wait_unready(
            "CredentialsNotFound",
            f"Secret {self.system}/later does not exist",
            "create it",
            certificate_reason="CredentialsNotFound",
            beside="Reconciling",
        )
        self.put_secret("later", {"accessKey": ACCESS_KEY}, self.system)
        self.wait_unready("CredentialsInvalid", f"Secret {self.system}/later", "secretKey")
        self.assertEqual([], self.simulator.requests())
        self.put_credentials("later")
        self.wait_ready("waits", seconds=10)

    def test_credentials_in_a_namespace_that_is_not_allowed(self):
        self.put_credentials("credentials", ns=self.ns)
        self.create_instance()
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"credentials": {"secretRef": {"namespace": self.ns}}}})
        self.add_certificate("waits")
        self.wait_unready("CredentialsInvalid", f"--credentials-namespaces {self.ns}")
        self.operator.stop()
        self.operator.start("--credentials-namespaces", self.ns)
        self.wait_ready("waits")

    def test_a_ca_that_is_not_trusted(self):
        self.create_instance(caBundle=materials.self_signed("another-ca").certificate)
        self.add_certificate("waits")
        self.wait_unready(
            "PlatformUnavailable", "`caBundle`", certificate_reason="PlatformUnavailable", beside="Reconciling"
        )
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"caBundle": "this is no PEM"}})
        self.wait_unready("CredentialsInvalid", "cannot use spec.caBundle")
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"caBundle": self.simulator_ca}})
        self.wait_ready("waits", seconds=10)

    def test_a_project_that_the_endpoint_does_not_know(self):
        self.start_simulator("--project-id", "another-project")
        self.create_instance()
        self.add_certificate("waits")
        self.wait_unready("PermissionDenied", "copy the HTTPS address")
        self.assert_nothing_was_added()

    def test_an_add_without_permission(self):
        self.simulator.behave(denied=["add"])
        self.create_instance()
        self.add_certificate("waits")
        self.wait_unready("PermissionDenied", "grant iotda:servercertificate:create")
        self.assert_nothing_was_added()
        self.simulator.behave(denied=[])
        self.request_reconcile("now")
        self.wait_ready("waits", seconds=10)
        self.assertEqual("now", self.instance()["status"]["lastHandledReconcileAt"])

    def test_two_instances_for_one_platform_instance(self):
        self.create_instance()
        self.add_certificate("waits")
        self.wait_ready("waits")
        self.create_instance(f"{self.ns}-twin", endpoint=self.simulator.endpoint + "/")
        self.assert_mentions(
            self.wait_instance("DuplicateInstance", f"{self.ns}-twin"),
            f"IoTDAInstance {self.ns} ",
            "delete one",
        )

    def test_two_objects_for_one_chain(self):
        self.create_instance()
        material = self.add_certificate("waits")
        self.wait_ready("waits")
        self.add_certificate("twin", material)
        self.assert_mentions(
            self.wait_reason("twin", "DuplicateCertificate", beside="Stalled"),
            f"{self.ns}/waits",
            "delete one",
        )
        self.delete_certificate("waits")
        self.wait_ready("twin")
        self.assertEqual(1, len(self.simulator.requests("add")), "the slot moved to the other object without a call")
        self.delete_certificate("twin")
        self.assertEqual(set(), self.held())


class MissingDefinitions(OperatorTest):
    def test_the_operator_waits_for_its_crds_says_so_and_works_once_they_are_there(self):
        for name in "servercertificates", "iotdainstances":
            self.kube.delete("CustomResourceDefinition", f"{name}.iotda.huaweicloud.com")
        wait_for("the CRDs are gone", lambda: not self.kube.list("CustomResourceDefinition"))
        try:
            operator = self.start_operator(ready=False)
            missing = "CustomResourceDefinition servercertificates.iotda.huaweicloud.com is not installed"
            wait_for("it says what is missing", lambda: missing in operator.get("/readyz")[1])
            status, text = operator.get("/readyz")
            self.assertEqual(503, status)
            self.assert_mentions(text, "iotdainstances.iotda.huaweicloud.com is not installed", "crds/")
            self.assertEqual(200, operator.get("/healthz")[0])
        finally:
            cluster().apply_crds()
        wait_for("it is ready", lambda: operator.get("/readyz")[0] == 200)
        self.create_instance()
        self.add_certificate("first")
        self.wait_ready("first")


if __name__ == "__main__":
    main()
