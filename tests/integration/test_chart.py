#!/usr/bin/env python3
"""The Helm chart: what it renders, what it refuses, and that a real API server takes it."""

import json
import re
import unittest

import yaml

from harness.case import main
from harness.kube import ROOT, cluster
from harness.tools import CHART, ToolError, objects, rendered, run, tool

INSTANCE = {
    "name": "default",
    "spec": {
        "endpoint": "https://x.st1.iotda-app.cn-north-4.myhuaweicloud.com",
        "projectId": "p",
        "credentials": {"secretRef": {"name": "huaweicloud-credentials"}},
    },
}
ENDPOINT = {"endpoint": "https://x.st1.iotda-app.cn-north-4.myhuaweicloud.com"}
KEY_OF_SECRET = {"name": "HUAWEICLOUD_SDK_SK", "valueFrom": {"secretKeyRef": {"name": "key", "key": "sk"}}}
MONITORING = {kind: {"enabled": True} for kind in ("serviceMonitor", "prometheusRule", "dashboard")}
MATRIX = {
    "the defaults": {},
    "several replicas": {"replicaCount": 3},
    "watched namespaces": {"watchNamespaces": ["default", "kube-public"], "credentialsNamespaces": ["kube-system"]},
    "its own namespace is watched": {"watchNamespaces": ["iotda-system"], "credentialsNamespaces": ["iotda-system"]},
    "everything that can be switched on": {
        "replicaCount": 2,
        "simulator": {"enabled": True, "quota": 3},
        "instances": [INSTANCE],
        "networkPolicy": {"enabled": True, "metricsFrom": [{"podSelector": {}}]},
        "metrics": MONITORING,
    },
    "an OIDC token of the Pod": {
        "credentials": {"oidc": {"enabled": True, "audience": "iotda", "expirationSeconds": 7200}},
        "instances": [
            {"name": "oidc", "spec": {**ENDPOINT, "credentials": {"type": "OIDC", "oidc": {"identityProviderId": "k"}}}},
            {"name": "pod", "spec": {**ENDPOINT, "credentials": {"type": "PodIdentity"}}},
            {"name": "user", "spec": {**ENDPOINT, "credentials": {"type": "Token", "secretRef": {"name": "user"}}}},
        ],
        "operator": {
            "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
            "extraVolumes": [{"name": "x", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "x", "mountPath": "/x"}],
        },
    },
    "an access key in the environment": {"operator": {"extraEnv": [KEY_OF_SECRET]}},
    "a monitor of Pods": {"metrics": {"podMonitor": {"enabled": True, "labels": {"release": "p"}, "interval": "1m"}}},
    "everything that can be switched off": {
        "crds": {"enabled": False},
        "rbac": {"create": False},
        "serviceAccount": {"create": False, "name": "own"},
        "podDisruptionBudget": {"enabled": False},
        "replicaCount": 0,
    },
    "further fields of the Pod": {
        "image": {"repository": "registry.example.com:5000/a/b", "digest": "sha256:" + "0" * 64, "pullPolicy": "Always"},
        "imagePullSecrets": [{"name": "registry"}],
        "nameOverride": "other",
        "podAnnotations": {"a": "b"},
        "podLabels": {"c": "d"},
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
        ],
        "operator": {
            "logLevel": "debug",
            "extraArgs": ["--metrics-bind-address=0"],
            "extraEnv": [{"name": "SSL_CERT_FILE", "value": "/x/ca.crt"}],
            "extraVolumes": [{"name": "x", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "x", "mountPath": "/x"}],
        },
    },
}
REFUSED = {  # values, and a part of the path that the message names
    "replicaCount": {"replicaCount": "two"},
    "replicacount": {"replicacount": 2},
    "logLevel": {"operator": {"logLevel": "verbose"}},
    "resyncPeriod": {"operator": {"resyncPeriod": "ten minutes"}},
    "extraArgs": {"operator": {"extraArgs": ["run"]}},
    "digest": {"image": {"digest": "md5:0"}},
    "repository": {"image": {"repository": "registry.example.com/a:tag"}},
    "pullPolicy": {"image": {"pullPolicy": "Sometimes"}},
    "watchNamespaces": {"watchNamespaces": ["Not_A_Name"]},
    "endpoint": {"instances": [{**INSTANCE, "spec": {**INSTANCE["spec"], "endpoint": "http://example.com"}}]},
    "accessKey": {"instances": [{**INSTANCE, "accessKey": "AK"}]},
    "secretRef": {"instances": [{**INSTANCE, "spec": {**INSTANCE["spec"], "credentials": {}}}]},
    "credentials/secretRef": {
        "instances": [{"name": "pod", "spec": {**ENDPOINT, "credentials": {"type": "OIDC", "secretRef": {"name": "x"}}}}]
    },
    "iamEndpoint": {"instances": [{**INSTANCE, "spec": {**INSTANCE["spec"], "iamEndpoint": "http://example.com"}}]},
    "audience": {"credentials": {"oidc": {"enabled": True}}},
    "expirationSeconds": {"credentials": {"oidc": {"expirationSeconds": 60}}},
    "extraEnv": {"operator": {"extraEnv": [{"name": "HUAWEICLOUD_SDK_SK", "value": "s"}]}},
    "quota": {"simulator": {"quota": 0}},
    "runbookUrl": {"metrics": {"prometheusRule": {"runbookUrl": "https://example.com/#x"}}},
    "expiryDays": {"metrics": {"prometheusRule": {"expiryDays": "14"}}},
    "maxUnavailable": {"podDisruptionBudget": {"maxUnavailable": 0}},
}


def kinds(items):
    return [item["kind"] for item in items]


def of_kind(items, kind, name=None):
    return [item for item in items if item["kind"] == kind and name in (None, item["metadata"]["name"])]


class Chart(unittest.TestCase):
    def test_what_is_generated_is_current(self):
        run(ROOT / "scripts/generate", "--check")

    def test_its_version_is_the_programs(self):
        project = re.search(r"project\(\S+ VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        self.assertEqual((project, project), (chart["version"], chart["appVersion"]))

    def test_lint_finds_nothing(self):
        for title, values in MATRIX.items():
            with self.subTest(title):
                run(tool("helm"), "lint", "--strict", CHART, "--values", "-", stdin=json.dumps(values))

    def test_values_that_cannot_work_are_refused(self):
        rendered(MATRIX["everything that can be switched on"])
        for named, values in REFUSED.items():
            with self.subTest(values):
                with self.assertRaises(ToolError) as caught:
                    rendered(values)
                self.assertIn("values don't meet the specifications of the schema", str(caught.exception))
                self.assertIn(named, str(caught.exception))

    def test_an_older_cluster_is_refused(self):
        with self.assertRaisesRegex(ToolError, "requires kubeVersion"):
            rendered({}, "--kube-version", "1.30.0")

    def test_the_crds_are_those_of_the_project_and_are_kept(self):
        for values, annotations in (({}, {"helm.sh/resource-policy": "keep"}), ({"crds": {"keep": False}}, None)):
            crds = of_kind(objects(rendered(values)), "CustomResourceDefinition")
            self.assertEqual(2, len(crds))
            for crd in crds:
                metadata = crd["metadata"]
                self.assertEqual(annotations, metadata.pop("annotations", None))
                del metadata["labels"]
                plural = crd["spec"]["names"]["plural"]
                self.assertEqual(yaml.safe_load((ROOT / f"crds/{plural}.yaml").read_text()), crd)
        self.assertNotIn("CustomResourceDefinition", kinds(objects(rendered({"crds": {"enabled": False}}))))

    def test_a_real_api_server_takes_what_is_rendered(self):
        kube = cluster().kube
        kube.request("POST", "/api/v1/namespaces", {"metadata": {"name": "iotda-system"}})
        self.addCleanup(kube.delete, "Namespace", "iotda-system")
        for title, values in MATRIX.items():
            with self.subTest(title):
                # Not there: the CRDs of the Prometheus operator, and the ServiceAccount of a Pod.
                items = [i for i in objects(rendered(values)) if i["kind"] != "Pod" and "coreos" not in i["apiVersion"]]
                self.apply_dry("\n---\n".join(map(json.dumps, items)))

    def apply_dry(self, text):
        path = cluster().folder / "rendered.yaml"
        path.write_text(text)
        cluster().kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", path)

    def test_its_pods_are_admitted_where_only_restricted_ones_are(self):
        kube = cluster().kube
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        kube.request("POST", "/api/v1/namespaces", {"metadata": {"name": "restricted", "labels": labels}})
        self.addCleanup(kube.delete, "Namespace", "restricted")
        credentials = MATRIX["an OIDC token of the Pod"]["credentials"]
        values = {**MATRIX["everything that can be switched on"], "credentials": credentials}
        items = objects(rendered(values))
        pods = [item["spec"]["template"] for item in of_kind(items, "Deployment")] + of_kind(items, "Pod")
        self.assertEqual(3, len(pods))
        for number, pod in enumerate(pods):
            pod["spec"].pop("serviceAccountName", None)
            body = {"metadata": {"name": f"pod-{number}"}, "spec": pod["spec"]}
            kube.request("POST", "/api/v1/namespaces/restricted/pods?dryRun=All", body)
        pod["spec"]["containers"][0]["securityContext"] = {}
        with self.assertRaisesRegex(Exception, "violates PodSecurity"):
            kube.request("POST", "/api/v1/namespaces/restricted/pods?dryRun=All", body)

    def test_an_oidc_token_is_mounted_where_the_operator_reads_it(self):
        items = objects(rendered(MATRIX["an OIDC token of the Pod"]))
        deployment = of_kind(items, "Deployment")[0]["spec"]["template"]["spec"]
        test = of_kind(items, "Pod")[0]["spec"]
        for pod, container in (deployment, deployment["containers"][0]), (test, test["initContainers"][0]):
            environment = {variable["name"]: variable["value"] for variable in container["env"]}
            self.assertEqual({"HUAWEICLOUD_SDK_ID_TOKEN_FILE", "HTTPS_PROXY"}, set(environment))
            token, extra = container["volumeMounts"]
            self.assertEqual({"name": "x", "mountPath": "/x"}, extra)
            volume = {volume["name"]: volume for volume in pod["volumes"]}[token["name"]]
            (source,) = volume["projected"]["sources"]
            path = f"{token['mountPath']}/{source['serviceAccountToken']['path']}"
            self.assertEqual(environment["HUAWEICLOUD_SDK_ID_TOKEN_FILE"], path)
            wanted = {"path": "token", "audience": "iotda", "expirationSeconds": 7200}
            self.assertEqual((wanted, True), (source["serviceAccountToken"], token["readOnly"]))
            self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])

    def test_without_such_values_the_pod_has_no_environment_and_no_volumes(self):
        pod = of_kind(objects(rendered()), "Deployment")[0]["spec"]["template"]["spec"]
        self.assertNotIn("volumes", pod)
        self.assertEqual(set(), {"env", "volumeMounts"} & set(pod["containers"][0]))

    def test_the_notes_fit_the_credentials(self):
        for title, wanted in ("the defaults", "create secret generic"), ("an OIDC token of the Pod", None):
            values = {key: value for key, value in MATRIX[title].items() if key != "instances"}
            values["crds"] = {"enabled": False}  # those of the cluster belong to no release
            command = "install", "iotda-operator", CHART, "--namespace", "iotda-system", "--dry-run=client"
            flags = "--kubeconfig", cluster().kubeconfig, "--values", "-"
            notes = run(tool("helm"), *command, *flags, stdin=json.dumps(values)).split("NOTES:")[1]
            self.assertIn(wanted or "type: OIDC", notes)
            self.assertEqual(wanted is not None, "create secret generic" in notes)

    def test_a_disruption_budget_comes_with_the_second_replica(self):
        self.assertNotIn("PodDisruptionBudget", kinds(objects(rendered())))
        budget = of_kind(objects(rendered({"replicaCount": 2})), "PodDisruptionBudget")[0]["spec"]
        self.assertEqual(1, budget["maxUnavailable"])

    def test_with_watched_namespaces_no_cluster_role_reads_secrets(self):
        def readers(values, kind):
            for item in of_kind(objects(rendered(values)), kind):
                if any("secrets" in rule["resources"] for rule in item["rules"]):
                    yield item["metadata"].get("namespace"), item["metadata"]["name"]

        scoped = {"watchNamespaces": ["a", "b"], "credentialsNamespaces": ["c"]}
        self.assertEqual([(None, "iotda-operator")], list(readers({}, "ClusterRole")))
        self.assertEqual([], list(readers({}, "Role")))
        self.assertEqual([], list(readers(scoped, "ClusterRole")))
        expected = {("a", "iotda-operator"), ("b", "iotda-operator")}
        expected |= {(namespace, "iotda-operator-credentials") for namespace in ("iotda-system", "c")}
        self.assertEqual(expected, set(readers(scoped, "Role")))

    def test_config_maps_are_read_where_credentials_are_and_nowhere_else(self):
        for values in {}, {"watchNamespaces": ["a"]}:
            items = objects(rendered({**values, "credentialsNamespaces": ["c"]}))
            readers = {
                (item["kind"], item["metadata"].get("namespace"), *rule["verbs"])
                for kind in ("Role", "ClusterRole")
                for item in of_kind(items, kind)
                for rule in item["rules"]
                if "configmaps" in rule["resources"]
            }
            self.assertEqual({("Role", "iotda-system", "get"), ("Role", "c", "get")}, readers)

    def test_no_role_for_users_writes_a_status(self):
        for item in of_kind(objects(rendered()), "ClusterRole"):
            if item["metadata"]["name"] != "iotda-operator":
                for rule in item["rules"]:
                    self.assertEqual(["servercertificates"], rule["resources"])

    def test_what_holds_a_ledger_is_kept(self):
        items = of_kind(objects(rendered(MATRIX["everything that can be switched on"])), "IoTDAInstance")
        self.assertEqual({"default", "simulator"}, {item["metadata"]["name"] for item in items})
        for item in items:
            self.assertEqual("keep", item["metadata"]["annotations"]["helm.sh/resource-policy"])
            self.assertEqual("post-install,post-upgrade", item["metadata"]["annotations"]["helm.sh/hook"])
        known = rendered({"instances": [INSTANCE]}, "--api-versions", "iotda.huaweicloud.com/v1alpha1/IoTDAInstance")
        annotations = of_kind(objects(known), "IoTDAInstance")[0]["metadata"]["annotations"]
        self.assertEqual(INSTANCE["spec"], of_kind(objects(known), "IoTDAInstance")[0]["spec"])
        self.assertNotIn("helm.sh/hook", annotations, "once the API server knows the kind it is an ordinary object")

    def test_of_both_monitors_only_one_is_made(self):
        both = {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}
        monitors = [kind for kind in kinds(objects(rendered({"metrics": both}))) if kind.endswith("Monitor")]
        self.assertEqual(["PodMonitor"], monitors)

    def test_alerts_are_those_of_the_file_with_the_values_in_them(self):
        def rules(**values):
            items = objects(rendered({"metrics": {"prometheusRule": {"enabled": True, **values}}}))
            return of_kind(items, "PrometheusRule")[0]["spec"]

        file = (CHART / "files/alerts.yaml").read_text()
        self.assertEqual(yaml.safe_load(file), rules())
        self.assertEqual(yaml.safe_load(file.replace("14 * 86400", "7 * 86400")), rules(expiryDays=7))
        page = "https://wiki.example.com/iotda"
        links = [rule["annotations"]["runbook_url"] for rule in rules(runbookUrl=page)["groups"][0]["rules"]]
        self.assertEqual({page}, {link.split("#")[0] for link in links})


if __name__ == "__main__":
    main()
