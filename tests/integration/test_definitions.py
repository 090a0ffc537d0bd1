#!/usr/bin/env python3
"""What the API server itself rejects, with messages that say what to do, which defaults it sets, and what kubectl explain says."""

import copy
import json
import subprocess

import yaml

from harness.case import OperatorTest, main
from harness.kube import ROOT, ApiError, path_of
from harness.processes import OPERATOR


def changed(base, changes):
    """A copy with other values at dotted paths; None removes."""
    result = copy.deepcopy(base)
    for path, value in changes.items():
        *parents, last = path.split(".")
        at = result
        for name in parents:
            at = at.setdefault(name, {})
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return result


INSTANCE = {
    "endpoint": "https://iotda.example.com",
    "region": "r-1",
    "projectId": "p",
    "credentials": {"secretRef": {"name": "c"}},
}
CERTIFICATE = {"secretRef": {"name": "s"}}
HTTPS = "https://host[:port] without a path; http is allowed for loopback addresses only"

REFUSED_INSTANCES = [  # changes, what the message says
    ({"endpoint": "http://iotda.example.com"}, HTTPS),
    ({"endpoint": "https://iotda.example.com/v5"}, HTTPS),
    ({"endpoint": "https://user:password@iotda.example.com"}, HTTPS),
    ({"endpoint": "iotda.example.com"}, HTTPS),
    ({"endpoint": "ftp://127.0.0.1"}, HTTPS),
    ({"endpoint": "http://127.0.0.1.example.com"}, HTTPS),
    ({"endpoint": None}, "spec.endpoint: Required value"),
    ({"region": None}, "region is required, because the endpoint does not name it"),
    ({"region": "R 1"}, "spec.region"),
    ({"projectId": "a/b"}, "spec.projectId"),
    ({"instanceId": "a b"}, "spec.instanceId"),
    ({"credentials": None}, "spec.credentials: Required value"),
    ({"credentials.secretRef": None}, "secretRef is required for the types AccessKey and Token"),
    ({"credentials.type": "Ambient"}, "secretRef is required for the types AccessKey and Token, and not used by the others"),
    ({"credentials.oidc": {"identityProviderId": "i"}}, "oidc is used by the types OIDC and Ambient only"),
    ({"credentials": {"type": "OIDC", "oidc": {"agencyUrn": "a"}}}, "providerUrn and agencyUrn must be set together"),
    ({"credentials.type": "Other"}, "spec.credentials.type: Unsupported value"),
    ({"iamEndpoint": "http://iam.example.com"}, "iamEndpoint must be https://host[:port]"),
    ({"credentials.type": "Password"}, 'supported values: "AccessKey"'),
    ({"signing": "Magic"}, "spec.signing"),
    ({"quota.serverCertificates": 0}, "greater than or equal to 1"),
    ({"quota.serverCertificates": 51}, "less than or equal to 50"),
    ({"caBundle": "x" * 65536}, "spec.caBundle: Too long"),
    ({"caBundle": "x", "caBundleRef": {"kind": "Secret", "name": "c"}}, "caBundle and caBundleRef are mutually exclusive"),
    ({"caBundleRef": {"kind": "Pod", "name": "c"}}, '"ConfigMap", "Secret"'),
    ({"caBundleRef": {"kind": "Secret"}}, "spec.caBundleRef.name: Required value"),
    ({"proxy": {"url": "http://user:password@proxy"}}, "user name and password belong in the Secret of secretRef"),
    ({"proxy": {"url": "https://proxy:3128"}}, "url must be http://host[:port]"),
    ({"proxy": {"secretRef": {"name": "p"}}}, "spec.proxy.url: Required value"),
    ({"endpoint": "http://[2001:db8::1]"}, HTTPS),
    ({"endpoint": "https://" + "x" * 505}, "spec.endpoint: Too long"),
    ({"endpoint": "https://iotda..myhuaweicloud.com", "region": None}, "region is required"),
    ({"region": "r" * 65}, "spec.region: Too long"),
    ({"projectId": "p" * 65}, "spec.projectId: Too long"),
    ({"instanceId": "i" * 65}, "spec.instanceId: Too long"),
    ({"credentials.secretRef.name": ""}, "spec.credentials.secretRef.name"),
    ({"credentials.secretRef.name": "n" * 254}, "spec.credentials.secretRef.name: Too long"),
    ({"credentials.secretRef.namespace": "Upper"}, "spec.credentials.secretRef.namespace"),
    ({"credentials.secretRef.namespace": "n" * 64}, "spec.credentials.secretRef.namespace: Too long"),
    ({"quota.serverCertificates": "two"}, "spec.quota.serverCertificates"),
    ({"suspend": "no"}, "spec.suspend"),
    ({"allowedNamespaces": {"from": "Some"}}, '"All", "Names", "Selector"'),
    ({"allowedNamespaces": {"from": "Names"}}, "names must be set if from is Names, and only then"),
    ({"allowedNamespaces": {"names": ["a"]}}, "names must be set if from is Names, and only then"),
    ({"allowedNamespaces": {"from": "Selector"}}, "selector must be set if from is Selector, and only then"),
    ({"allowedNamespaces": {"from": "Names", "names": ["A"]}}, "spec.allowedNamespaces.names"),
    ({"domains": [{"adopt": True}]}, "spec.domains[0].name: Required value"),
    ({"domains": [{"name": "*.*.example.com"}]}, "spec.domains[0].name"),
    ({"domains": [{"name": "a.b", "namespaces": []}]}, "spec.domains[0].namespaces"),
    ({"domains": [{"name": "a.b"}, {"name": "a.b"}]}, "Duplicate value"),
]
ACCEPTED_INSTANCES = [
    {},
    {"endpoint": "https://9bc34.st1.iotda-app.ap-southeast-1.myhuaweicloud.com", "region": None},
    {"endpoint": "https://iotda.cn-north-4.myhuaweicloud.com:443/", "region": None},
    {"endpoint": "http://127.0.0.1:8080"},
    {"endpoint": "http://localhost:8080"},
    {"instanceId": "0a1b2c"},
    {"allowedNamespaces": {"from": "Names", "names": ["prod"]}},
    {"allowedNamespaces": {"from": "Selector", "selector": {"matchLabels": {"iot": "yes"}}}},
    {"domains": [{"name": "*.example.com", "namespaces": ["prod"]}, {"name": "b.example.com", "adopt": True}]},
]
REFUSED_CERTIFICATES = [
    ({"secretRef": None}, "spec.secretRef: Required value"),
    ({"secretRef.name": ""}, "spec.secretRef.name"),
    ({"secretRef.name": "Upper"}, "spec.secretRef.name"),
    ({"secretRef.namespace": "other"}, 'unknown field "spec.secretRef.namespace"'),
    ({"secretRef.certificateKey": "tls.key"}, "must name different keys"),
    ({"instanceRef.name": ""}, "spec.instanceRef.name"),
    ({"privateKeyPasswordSecretRef": {}}, "spec.privateKeyPasswordSecretRef.name: Required value"),
    ({"adoptionPolicy": "Always"}, '"IfMatching", "Never"'),
    ({"deletionPolicy": "Orphan"}, '"Delete", "Retain"'),
    ({"suspend": "yes"}, "spec.suspend"),
    ({"rotation": {"strategy": "Whatever"}}, "Unsupported value"),
    ({"rotation": {"lend": "Sometimes"}}, '"Allowed", "Never"'),
    ({"domainConfiguration": {"domainName": "no spaces"}}, "domainName"),
    ({"domainConfiguration": {}}, "domainName: Required value"),
    ({"secretRef.name": "n" * 254}, "spec.secretRef.name: Too long"),
    ({"secretRef.certificateKey": "a/b"}, "spec.secretRef.certificateKey"),
    ({"secretRef.certificateKey": ""}, "spec.secretRef.certificateKey"),
    ({"secretRef.privateKeyKey": "tls.crt"}, "must name different keys"),
    ({"secretRef.privateKeyKey": "k" * 254}, "spec.secretRef.privateKeyKey: Too long"),
    ({"instanceRef.name": "n" * 254}, "spec.instanceRef.name: Too long"),
    ({"instanceRef.name": "a b"}, "spec.instanceRef.name"),
    ({"privateKeyPasswordSecretRef": {"name": ""}}, "spec.privateKeyPasswordSecretRef.name"),
    ({"privateKeyPasswordSecretRef": {"name": "p", "key": "a/b"}}, "spec.privateKeyPasswordSecretRef.key"),
    ({"privateKeyPasswordSecretRef": {"name": "p", "key": "k" * 254}}, "privateKeyPasswordSecretRef.key: Too long"),
    ({"domainConfiguration": {"domainName": "label"}}, "domainName"),
    ({"domainConfiguration": {"domainName": ("a" * 60 + ".") * 4 + "a" * 10}}, "domainName: Too long"),
    ({"domainConfiguration": {"domainName": "a.b", "adoptionPolicy": "Always"}}, '"Never", "IfExists"'),
    ({"domainConfiguration": {"domainName": "a.b", "ocsp": {"serverCaId": "x" * 37}}}, "serverCaId: Too long"),
    ({"domainConfiguration": {"domainName": "a.b", "ocsp": {"sslEnabled": "yes"}}}, "sslEnabled"),
]
REFUSED_CHANGES = [  # kind, spec, changes, what the message says
    (
        "IoTDAInstance",
        INSTANCE,
        {"endpoint": "https://other.example.com"},
        "endpoint is immutable; create another IoTDAInstance",
    ),
    ("IoTDAInstance", INSTANCE, {"projectId": "q"}, "projectId is immutable; create another IoTDAInstance"),
    ("IoTDAInstance", INSTANCE, {"instanceId": "i"}, "instanceId is immutable and cannot be added, changed or removed"),
    (
        "IoTDAInstance",
        {**INSTANCE, "instanceId": "i"},
        {"instanceId": "j"},
        "instanceId is immutable and cannot be added, changed or removed",
    ),
    (
        "IoTDAInstance",
        {**INSTANCE, "instanceId": "i"},
        {"instanceId": None},
        "instanceId is immutable and cannot be added, changed or removed",
    ),
    (
        "ServerCertificate",
        CERTIFICATE,
        {"instanceRef": {"name": "other"}},
        "instanceRef.name is immutable; delete this ServerCertificate",
    ),
]
ACCEPTED_CHANGES = [
    (
        "IoTDAInstance",
        INSTANCE,
        {
            "credentials.secretRef.name": "d",
            "signing": "Standard",
            "caBundle": "x",
            "proxy": {"url": "http://[2001:db8::1]:3128", "secretRef": {"name": "p"}},
            "quota.serverCertificates": 3,
            "suspend": True,
        },
    ),
    (
        "ServerCertificate",
        CERTIFICATE,
        {"secretRef.name": "t", "deletionPolicy": "Retain", "adoptionPolicy": "Never", "suspend": True},
    ),
]


class Definitions(OperatorTest):
    def namespace_of(self, kind):
        return self.ns if kind == "ServerCertificate" else None

    def create(self, kind, name, spec):
        return self.kube.create(kind, name, self.namespace_of(kind), spec=spec)

    def assert_refused(self, words, call, *arguments):
        with self.assertRaises(ApiError) as refused:
            call(*arguments)
        self.assertIn(refused.exception.status, (400, 422))
        self.assertIn(words, refused.exception.message)

    def test_bad_objects_are_refused_with_readable_messages(self):
        for kind, base, table in ("IoTDAInstance", INSTANCE, REFUSED_INSTANCES), (
            "ServerCertificate",
            CERTIFICATE,
            REFUSED_CERTIFICATES,
        ):
            for changes, words in table:
                with self.subTest(kind=kind, changes=str(changes)[:100]):
                    self.assert_refused(words, self.create, kind, self.ns, changed(base, changes))

    def test_validate_refuses_the_same_objects_without_a_cluster(self):
        for kind, base, refused, accepted in (
            ("IoTDAInstance", INSTANCE, REFUSED_INSTANCES, ACCEPTED_INSTANCES),
            ("ServerCertificate", CERTIFICATE, REFUSED_CERTIFICATES, [{}]),
        ):
            for changes, code in [(row[0], 1) for row in refused] + [(changes, 0) for changes in accepted]:
                with self.subTest(kind=kind, changes=str(changes)[:100]):
                    item = {"apiVersion": "iotda.huaweicloud.com/v1alpha1", "kind": kind, "metadata": {"name": "a"}}
                    done = subprocess.run(
                        [OPERATOR, "validate", "--allow-missing-refs", "-"],
                        input=json.dumps({**item, "spec": changed(base, changes)}),
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    self.assertEqual(code, done.returncode, done.stdout + done.stderr)
                    self.assertEqual(code == 1, "InvalidObject: " in done.stdout, done.stdout)

    def test_good_objects_are_accepted(self):
        for number, changes in enumerate(ACCEPTED_INSTANCES):
            with self.subTest(changes=changes):
                self.create("IoTDAInstance", f"{self.ns}-{number}", changed(INSTANCE, changes))

    def test_what_is_immutable_cannot_be_changed(self):
        for number, (kind, spec, changes, words) in enumerate(REFUSED_CHANGES):
            with self.subTest(kind=kind, changes=changes):
                self.create(kind, name := f"{self.ns}-{number}", spec)
                patch = {"spec": changed({}, {path: value for path, value in changes.items() if value is not None})}
                patch["spec"].update({path: None for path, value in changes.items() if value is None})
                self.assert_refused(words, self.kube.patch, kind, name, patch, self.namespace_of(kind))

    def test_what_is_not_immutable_can_be_changed(self):
        for kind, spec, changes in ACCEPTED_CHANGES:
            with self.subTest(kind=kind):
                self.create(kind, self.ns, spec)
                self.kube.patch(kind, self.ns, {"spec": changed({}, changes)}, self.namespace_of(kind))

    def test_defaults_are_filled_in_and_a_new_object_does_not_look_healthy(self):
        certificate = self.create("ServerCertificate", self.ns, CERTIFICATE)
        self.assertEqual(
            {
                "instanceRef": {"name": "default"},
                "secretRef": {"name": "s", "certificateKey": "tls.crt", "privateKeyKey": "tls.key"},
                "adoptionPolicy": "IfMatching",
                "rotation": {"lend": "Allowed", "strategy": "Auto"},
                "deletionPolicy": "Delete",
                "suspend": False,
            },
            certificate["spec"],
        )
        password = self.create(
            "ServerCertificate", f"{self.ns}-b", {**CERTIFICATE, "privateKeyPasswordSecretRef": {"name": "p"}}
        )
        self.assertEqual({"name": "p", "key": "password"}, password["spec"]["privateKeyPasswordSecretRef"])
        instance = self.create("IoTDAInstance", self.ns, INSTANCE)
        self.assertEqual(
            {
                **INSTANCE,
                "credentials": {"type": "AccessKey", "secretRef": {"name": "c"}},
                "signing": "Auto",
                "allowedNamespaces": {"from": "All"},
                "quota": {"domainConfigurations": 1, "serverCertificates": 2},
                "suspend": False,
            },
            instance["spec"],
        )
        for item in certificate, instance:
            self.assertEqual({"observedGeneration": -1}, item["status"])

    def test_kubectl_explain_describes_each_field(self):
        def undescribed(schema, path):
            for name, field in schema.get("properties", {}).items():
                if not field.get("description") and (path, name) != (file.stem, "metadata"):  # Kubernetes describes it
                    yield f"{path}.{name}"
                yield from undescribed(field, f"{path}.{name}")
            yield from undescribed(schema["items"], path) if "items" in schema else ()

        for file in sorted((ROOT / "crds").glob("*.yaml")):
            for version in yaml.safe_load(file.read_text())["spec"]["versions"]:
                self.assertEqual([], list(undescribed(version["schema"]["openAPIV3Schema"], file.stem)))

    def test_certificates_can_be_selected_by_their_instance(self):
        self.create("ServerCertificate", "one", {**CERTIFICATE, "instanceRef": {"name": "here"}})
        self.create("ServerCertificate", "two", {**CERTIFICATE, "instanceRef": {"name": "there"}})
        found = self.kube.request(
            "GET", path_of("ServerCertificate", self.ns) + "?fieldSelector=spec.instanceRef.name%3Dhere"
        )["items"]
        self.assertEqual(["one"], [item["metadata"]["name"] for item in found])


if __name__ == "__main__":
    main()
