#!/usr/bin/env python3
"""The operator with the permissions that it is installed with, and no others."""

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import ROOT, cluster
from harness.wait import observe_that, wait_for

IOTDA = "iotda.huaweicloud.com"


class Access(OperatorTest):
    def use_account(self, namespace):
        """A kubeconfig with a token of the ServiceAccount iotda-operator."""
        token = self.kube.request(
            "POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/iotda-operator/token", {"spec": {}}
        )
        path = self.folder / "kubeconfig"
        path.write_text(self.kube.kubeconfig_with_token(token["status"]["token"]))
        path.chmod(0o600)
        return path

    def grant(self, kind, name, namespace, rules):
        """A Role in the namespace, or a ClusterRole, for the operator's ServiceAccount."""
        self.kube.create(kind, name, namespace, rules=rules)
        self.kube.create(
            f"{kind}Binding",
            name,
            namespace,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            subjects=[{"kind": "ServiceAccount", "name": "iotda-operator", "namespace": self.system}],
        )
        self.addCleanup(self.kube.delete, f"{kind}Binding", name, namespace)
        self.addCleanup(self.kube.delete, kind, name, namespace)

    def assert_nothing_forbidden(self, mark, account):
        entries = cluster().audit(mark)
        ours = [entry for entry in entries if entry["user"]["username"] == account]
        self.assertEqual(len(entries), len(ours))
        refused = [
            f"{entry['verb']} {entry['requestURI']}"
            for entry in entries
            if entry.get("responseStatus", {}).get("code") in (401, 403)
        ]
        self.assertEqual([], refused)

    def events(self, namespace):
        return {event["reason"] for event in self.kube.list("Event", namespace)}

    def live(self, namespace):
        """The whole life of certificates, trouble included."""
        for name in "first", "second", "third":
            self.add_certificate(name)
        self.wait_ready("first", "second")
        self.wait_reason("third", "QuotaExceeded")
        self.delete_certificate("first")
        self.wait_ready("third")
        self.put_material("second", materials.self_signed("second.example.com"))
        self.wait_reason("second", "RotationBlocked")
        self.delete_certificate("third")
        self.wait_ready("second")
        self.put_credentials(secret_key="WrongSecretKey", ns=namespace)
        self.add_certificate("fourth")
        self.wait_instance("CredentialsRejected")
        wait_for("the events are written", lambda: {"Uploaded", "Deleted", "QuotaExceeded"} <= self.events(self.ns))
        wait_for("the instance's event is written", lambda: "CredentialsRejected" in self.events("default"))
        self.put_credentials(ns=namespace)
        self.wait_ready("fourth")
        for name in "second", "fourth":
            self.delete_certificate(name)
        self.kube.delete("IoTDAInstance", self.ns)
        wait_for("the instance is gone", lambda: self.instance() is None)

    def test_the_roles_of_the_manifests_are_all_it_needs(self):
        self.system = "iotda-system"
        self.kube.create("Namespace", self.system)
        self.addCleanup(cluster().kubectl, "delete", "-f", ROOT / "manifests/base/rbac.yaml")
        cluster().kubectl("apply", "-f", ROOT / "manifests/base/rbac.yaml")
        self.put_credentials()
        mark = cluster().audit_mark()
        operator = self.start_operator("--leader-elect", kubeconfig=self.use_account(self.system))
        self.create_instance()
        self.live(self.system)
        operator.stop()
        self.assert_nothing_forbidden(mark, f"system:serviceaccount:{self.system}:iotda-operator")
        self.assertEqual("", self.kube.get("Lease", "iotda-operator", self.system)["spec"].get("holderIdentity", ""))

    def test_with_watched_namespaces_roles_in_these_are_enough(self):
        second, outside = f"{self.ns}-b", f"{self.ns}-outside"
        for name in second, outside:
            self.kube.create("Namespace", name)
        self.kube.create("ServiceAccount", "iotda-operator", self.system)
        events = {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]}
        secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}
        self.grant(
            "ClusterRole",
            f"iotda-operator-{self.ns}",
            None,
            [
                {"apiGroups": [IOTDA], "resources": ["iotdainstances"], "verbs": ["get", "list", "watch", "patch"]},
                {"apiGroups": [IOTDA], "resources": ["iotdainstances/status"], "verbs": ["patch"]},
            ],
        )
        self.grant("Role", "iotda-operator", self.system, [secrets])
        self.grant("Role", "iotda-operator", "default", [events])
        for namespace in self.ns, second:
            self.grant(
                "Role",
                "iotda-operator",
                namespace,
                [
                    {
                        "apiGroups": [IOTDA],
                        "resources": ["servercertificates"],
                        "verbs": ["get", "list", "watch", "patch"],
                    },
                    {"apiGroups": [IOTDA], "resources": ["servercertificates/status"], "verbs": ["patch"]},
                    secrets,
                    events,
                ],
            )
        material = materials.self_signed("outside.example.com")
        self.put_secret("outside", {"tls.crt": material.certificate, "tls.key": material.key}, outside)
        self.create_certificate("outside", ns=outside)

        mark = cluster().audit_mark()
        operator = self.start_operator(
            "--watch-namespaces", f"{self.ns},{second}", kubeconfig=self.use_account(self.system)
        )
        self.create_instance()
        material = materials.self_signed("b.example.com")
        self.put_secret("b", {"tls.crt": material.certificate, "tls.key": material.key}, second)
        self.create_certificate("b", ns=second)
        self.wait_ready("b", ns=second)
        self.kube.delete("ServerCertificate", "b", second)
        wait_for("b is gone", lambda: self.certificate("b", second) is None)
        self.live(self.system)
        observe_that(
            "what is outside is left alone",
            lambda: "conditions" not in self.certificate("outside", outside)["status"],
            1,
        )
        operator.stop()
        self.assert_nothing_forbidden(mark, f"system:serviceaccount:{self.system}:iotda-operator")

    def test_missing_permissions_are_named(self):
        self.kube.create("ServiceAccount", "iotda-operator", self.system)
        operator = self.start_operator("--leader-elect", kubeconfig=self.use_account(self.system), ready=False)
        wait_for(
            "it says what is missing",
            lambda: "no permission: the operator's account needs the verbs list and watch on "
            "servercertificates.iotda.huaweicloud.com in all namespaces" in operator.get("/readyz")[1],
        )
        self.assertEqual(503, operator.get("/readyz")[0])
        self.assertEqual(200, operator.get("/healthz")[0])


if __name__ == "__main__":
    main()
