#!/usr/bin/env python3
"""What GitOps tools make of the objects: the verdict of kstatus (Flux) and of health.lua (Argo CD) over the life of both
kinds, and no field that the operator writes shows as a difference to what is in Git."""

import json
import time

import yaml

from harness import materials
from harness.case import OperatorTest, condition, main
from harness.kube import ROOT, cluster
from harness.tools import kstatus, run
from harness.wait import wait_for

ARGO = ROOT / "gitops/argocd/iotda.huaweicloud.com"
KINDS = "ServerCertificate", "IoTDAInstance"
# What a tool that waits does: go on, wait, give up.
SAME = {"Current": "Healthy", "InProgress": "Progressing", "Failed": "Degraded", "Terminating": "Progressing"}


def lua(value):
    """As a Lua expression."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua(key)}] = {lua(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(lua, value)) + "}"
    if isinstance(value, str):
        return '"' + "".join(f"\\{byte:03d}" for byte in value.encode()) + '"'
    return {None: "nil", True: "true", False: "false"}.get(value, str(value)) if not isinstance(value, float) else repr(value)


def health(item):
    """Status and message that Argo CD shows."""
    script = ARGO / item["kind"] / "health.lua"
    program = f'obj = {lua(item)}\nlocal h = dofile("{script}")\nio.write(h.status, "\\n", h.message)'
    status, message = run("lua5.1", "-", stdin=program).split("\n", 1)
    return {"status": status, "message": message}


class Health(OperatorTest):
    """Of test data, laid out as in Argo CD's own repository."""

    def setUp(self):
        pass

    def test_the_script_says_what_the_test_data_are_to_be(self):
        for kind in KINDS:
            tests = yaml.safe_load((ARGO / kind / "health_test.yaml").read_text())["tests"]
            for test in tests:
                with self.subTest(f"{kind} {test['inputPath']}"):
                    item = yaml.safe_load((ARGO / kind / test["inputPath"]).read_text())
                    self.assertEqual(test["healthStatus"], health(item))
            self.assertEqual({"Healthy", "Progressing", "Degraded", "Suspended"}, {t["healthStatus"]["status"] for t in tests})
            data = {f"testdata/{path.name}" for path in (ARGO / kind / "testdata").iterdir()}
            self.assertEqual(data, {test["inputPath"] for test in tests})

    def test_both_kinds_have_the_same_script(self):
        scripts = {(ARGO / kind / "health.lua").read_text() for kind in KINDS}
        self.assertEqual(1, len(scripts))


class GitOps(OperatorTest):
    def verdict(self, kind, name):
        """Of kstatus; health.lua must agree."""
        item = self.kube.get(kind, name, None if kind == "IoTDAInstance" else self.ns)
        verdict = kstatus(item)[0]
        self.assertEqual(SAME[verdict], health(item)["status"], f"health.lua and kstatus about {item['status']}")
        return verdict

    def assert_verdict(self, verdict, kind, name, reason=None):
        if reason:
            get = self.kube.get
            where = kind, name, None if kind == "IoTDAInstance" else self.ns
            wait_for(
                lambda: f"{name} is {reason}, but {condition(get(*where))}",
                lambda: condition(get(*where))["reason"] == reason and self.settled(get(*where)),
            )
        self.assertEqual(verdict, self.verdict(kind, name))

    def git(self, name, **objects):
        """A file as it would be in Git."""
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps({"apiVersion": "iotda.huaweicloud.com/v1alpha1", **objects}))
        return path

    def certificate_file(self, name, **spec):
        spec = {"instanceRef": {"name": self.ns}, "secretRef": {"name": name}, **spec}
        return self.git(name, kind="ServerCertificate", metadata={"name": name, "namespace": self.ns}, spec=spec)

    def instance_file(self, **spec):
        spec = {
            "endpoint": self.simulator.endpoint,
            "region": "test-1",
            "projectId": self.project,
            "caBundle": self.simulator_ca,
            "credentials": {"secretRef": {"name": "credentials"}},
            **spec,
        }
        return self.git("instance", kind="IoTDAInstance", metadata={"name": self.ns}, spec=spec)

    def test_verdicts_over_the_life_of_a_server_certificate(self):
        cluster().kubectl("apply", "-f", self.instance_file(), "-f", self.certificate_file("first"))
        self.assert_verdict("InProgress", "ServerCertificate", "first")  # no operator has seen it
        operator = self.start_operator()
        self.assert_verdict("InProgress", "ServerCertificate", "first", "SecretNotFound")
        self.put_secret("first", {"tls.crt": "text", "tls.key": "text"})
        self.assert_verdict("Failed", "ServerCertificate", "first", "InvalidCertificate")
        self.put_material("first", materials.self_signed("first.example.com"))
        self.assert_verdict("Current", "ServerCertificate", "first", "Succeeded")
        # Whoever waits for the next commit must not see the verdict about the last one.
        operator.freeze()
        cluster().kubectl("apply", "-f", self.certificate_file("first", deletionPolicy="Retain"))
        self.assert_verdict("InProgress", "ServerCertificate", "first")
        operator.thaw()
        self.assert_verdict("Current", "ServerCertificate", "first", "Succeeded")

        self.simulator.fail("add", "status", status=429, error_code="APIGW.0308", retry_after=2)
        renewed = materials.self_signed("first.example.com")
        self.put_material("first", renewed)
        self.assert_verdict("InProgress", "ServerCertificate", "first", "Throttled")
        self.wait_served("first", renewed)
        self.assert_verdict("Current", "ServerCertificate", "first", "Succeeded")

        for name, verdict, reason in ("second", "Current", "Succeeded"), ("third", "Failed", "QuotaExceeded"):
            self.put_material(name, materials.self_signed(f"{name}.example.com"))
            cluster().kubectl("apply", "-f", self.certificate_file(name))
            self.assert_verdict(verdict, "ServerCertificate", name, reason)
        operator.freeze()
        self.delete_certificate("second", wait=False)
        self.assert_verdict("Terminating", "ServerCertificate", "second")
        operator.thaw()
        wait_for("it is gone", lambda: self.certificate("second") is None)
        self.assert_verdict("Current", "ServerCertificate", "third", "Succeeded")

    def test_verdicts_over_the_life_of_an_instance(self):
        cluster().kubectl("apply", "-f", self.instance_file(credentials={"secretRef": {"name": "later"}}))
        self.assert_verdict("InProgress", "IoTDAInstance", self.ns)
        operator = self.start_operator()
        self.assert_verdict("InProgress", "IoTDAInstance", self.ns, "CredentialsNotFound")
        self.put_credentials("later", secret_key="WrongSecretKey0123456789")
        self.assert_verdict("Failed", "IoTDAInstance", self.ns, "CredentialsRejected")
        self.put_credentials("later")
        self.assert_verdict("Current", "IoTDAInstance", self.ns, "Succeeded")
        self.add_certificate("first")
        self.wait_ready("first")
        operator.freeze()
        self.kube.delete("IoTDAInstance", self.ns)
        self.assert_verdict("Terminating", "IoTDAInstance", self.ns)
        operator.thaw()

    def test_suspended_objects_are_suspended_in_argo_and_block_nobody_in_flux(self):
        self.start_operator()
        cluster().kubectl("apply", "-f", self.instance_file(), "-f", self.certificate_file("first"))
        self.put_material("first", materials.self_signed("first.example.com"))
        self.wait_ready("first")
        cluster().kubectl("apply", "-f", self.instance_file(suspend=True), "-f", self.certificate_file("first", suspend=True))
        for kind, name in (("IoTDAInstance", self.ns), ("ServerCertificate", "first")):
            where = kind, name, None if kind == "IoTDAInstance" else self.ns
            wait_for(f"{name} is suspended", lambda where=where: condition(self.kube.get(*where))["reason"] == "Suspended")
            item = self.kube.get(*where)
            self.assertEqual(("Suspended", ["Current"]), (health(item)["status"], kstatus(item)))

    def test_nothing_that_the_operator_writes_is_a_difference_to_git(self):
        self.start_operator()
        domain = {"domainConfiguration": {"domainName": "second.example.com"}}
        files = [self.instance_file(), self.certificate_file("first"), self.certificate_file("second", **domain)]
        flags = [argument for path in files for argument in ("-f", path)]
        for name in "first", "second":
            self.put_material(name, materials.self_signed(f"{name}.example.com"))
        cluster().kubectl("apply", *flags)
        self.wait_ready("first", "second")
        for mode in [], ["--server-side", "--field-manager=flux"]:
            cluster().kubectl("apply", *flags, *mode, *(["--force-conflicts"] if mode else []))
            self.request_reconcile(str(time.time()))
            self.wait_ready("first", "second")
            # kubectl diff fails where there is a difference.
            self.assertEqual("", cluster().kubectl("diff", *flags, *mode))
        self.certificate_file("first", deletionPolicy="Retain")
        with self.assertRaisesRegex(RuntimeError, r"\+  deletionPolicy: Retain"):
            cluster().kubectl("diff", *flags)


if __name__ == "__main__":
    main()
