#!/usr/bin/env python3
"""The operator with the permissions that it is installed with, and no others."""

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import ROOT, cluster
from harness.wait import wait_for

IOTDA = "iotda.huaweicloud.com"


def rule(group, resource, *verbs):
    return {"apiGroups": [group], "resources": [resource], "verbs": verbs}


class Access(OperatorTest):
    def use_account(self):
        """A kubeconfig with a token of the ServiceAccount iotda-operator."""
        account = f"/api/v1/namespaces/{self.system}/serviceaccounts/iotda-operator"
        token = self.kube.request("POST", f"{account}/token", {"spec": {}})["status"]["token"]
        path = self.folder / "kubeconfig"
        path.write_text(self.kube.kubeconfig_with_token(token))
        return path

    def grant(self, kind, name, namespace, *rules):
        """A Role in the namespace, or a ClusterRole, for the operator's ServiceAccount."""
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
        account = {"kind": "ServiceAccount", "name": "iotda-operator", "namespace": self.system}
        self.kube.create(kind, name, namespace, rules=rules)
        self.addCleanup(self.kube.delete, kind, name, namespace)
        self.kube.create(f"{kind}Binding", name, namespace, roleRef=role, subjects=[account])
        self.addCleanup(self.kube.delete, f"{kind}Binding", name, namespace)

    def assert_nothing_forbidden(self, mark):
        entries = cluster().audit(mark)
        users = {entry["user"]["username"] for entry in entries}
        self.assertEqual({f"system:serviceaccount:{self.system}:iotda-operator"}, users)
        refused = [entry for entry in entries if entry.get("responseStatus", {}).get("code") in (401, 403)]
        self.assertEqual([], [f"{entry['verb']} {entry['requestURI']}" for entry in refused])

    def events(self, namespace):
        return {event["reason"] for event in self.kube.list("Event", namespace)}

    def live(self):
        """The whole life of certificates, trouble included."""
        for name in "first", "second", "third":
            self.add_certificate(name)
        self.wait_ready("first", "second")
        self.wait_reason("third", "QuotaExceeded")
        self.delete_certificate("first")
        self.wait_ready("third")
        renewed = materials.self_signed("second.example.com")
        self.put_material("second", renewed)
        self.wait_renewed("second", renewed)
        self.delete_certificate("third")
        self.wait_ready("second")
        self.put_credentials(secret_key=self.secret_key[::-1])
        self.add_certificate("fourth")
        self.wait_instance("CredentialsRejected")
        wait_for("the events are written", lambda: {"Uploaded", "Deleted", "QuotaExceeded"} <= self.events(self.ns))
        wait_for("the instance's event is written", lambda: "CredentialsRejected" in self.events("default"))
        self.put_credentials()
        self.wait_ready("fourth")
        for name in "second", "fourth":
            self.delete_certificate(name)
        self.kube.delete("IoTDAInstance", self.ns)
        wait_for("the instance is gone", lambda: self.instance() is None)

    def test_the_roles_of_the_manifests_are_all_it_needs(self):
        self.system = "iotda-system"
        self.kube.create("Namespace", self.system)
        roles = ROOT / "manifests/base/rbac.yaml"
        cluster().kubectl("apply", "-f", roles)
        self.addCleanup(cluster().kubectl, "delete", "-f", roles)
        self.put_credentials()
        self.kube.create("ConfigMap", "ca", self.system, data={"ca.crt": self.simulator_ca})
        mark = cluster().audit_mark()
        operator = self.start_operator("--leader-elect", kubeconfig=self.use_account())
        self.create_instance(caBundle=None, caBundleRef={"kind": "ConfigMap", "name": "ca"})
        self.live()
        operator.stop()
        self.assert_nothing_forbidden(mark)
        lease = self.kube.get("Lease", "iotda-operator", self.system)["spec"]
        self.assertEqual("", lease.get("holderIdentity", ""), "the Lease is released")

    def test_with_watched_namespaces_roles_in_these_are_enough(self):
        second, outside = f"{self.ns}-b", f"{self.ns}-outside"
        for name in second, outside:
            self.kube.create("Namespace", name)
        self.kube.create("ServiceAccount", "iotda-operator", self.system)
        work = ["get", "list", "watch", "patch"]
        self.grant(
            "ClusterRole",
            f"iotda-operator-{self.ns}",
            None,
            rule(IOTDA, "iotdainstances", *work),
            rule(IOTDA, "iotdainstances/status", "patch"),
        )
        secrets = rule("", "secrets", "get", "list", "watch")
        events = rule("events.k8s.io", "events", "create", "patch")
        self.grant("Role", "iotda-operator", self.system, secrets)
        self.grant("Role", "iotda-operator", "default", events)  # where those of cluster-scoped objects go
        certificates = rule(IOTDA, "servercertificates", *work), rule(IOTDA, "servercertificates/status", "patch")
        for namespace in self.ns, second:
            self.grant("Role", "iotda-operator", namespace, *certificates, secrets, events)

        mark = cluster().audit_mark()
        flags = "--watch-namespaces", f"{self.ns},{second}"
        operator = self.start_operator(*flags, kubeconfig=self.use_account())
        self.create_instance()
        self.add_certificate("outside", ns=outside)
        self.add_certificate("inside", ns=second)
        self.wait_ready("inside", ns=second)
        self.delete_certificate("inside", ns=second)
        self.live()
        self.assertNotIn("conditions", self.certificate("outside", outside)["status"])
        operator.stop()
        self.assert_nothing_forbidden(mark)

    def test_missing_permissions_are_named(self):
        self.kube.create("ServiceAccount", "iotda-operator", self.system)
        operator = self.start_operator("--leader-elect", kubeconfig=self.use_account(), ready=False)
        needed = "the verbs list and watch on servercertificates.iotda.huaweicloud.com in all namespaces"
        wait_for("it says what is missing", lambda: f"account needs {needed}" in operator.get("/readyz")[1])
        self.assertEqual(503, operator.get("/readyz")[0])
        self.assertEqual(200, operator.get("/healthz")[0])


if __name__ == "__main__":
    main()
