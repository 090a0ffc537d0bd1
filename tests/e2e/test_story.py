#!/usr/bin/env python3
"""The life of an installation, from the first try to the removal, on a cluster with a node; run by scripts/e2e.

The tests are one story and run in the order of their names, until one fails.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import materials  # noqa: E402
from harness.case import condition  # noqa: E402
from harness.tools import CHART, ROOT, ToolError, objects, rendered, run, tool  # noqa: E402
from harness.wait import wait_for  # noqa: E402

SYSTEM, SPACE, NAME = "iotda-system", "iotda-e2e", "iotda-operator"
REPOSITORY, TAG = os.environ["IOTDA_E2E_IMAGE"].rsplit(":", 1)
PREVIOUS_TAG = os.environ["IOTDA_E2E_PREVIOUS_TAG"]
AUDIT_LOG = os.environ.get("IOTDA_E2E_AUDIT_LOG")
ACCOUNT = f"system:serviceaccount:{SYSTEM}:{NAME}"
# What was begun before a change of the leader is waited for; two minutes and a half with the defaults.
SHORT = "5s"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="iotda-e2e."))


def kubectl(*arguments, stdin=None):
    return run("kubectl", *arguments, stdin=stdin)


def helm(*arguments):
    return run(tool("helm"), "--namespace", SYSTEM, *arguments)


def get(kind, name=None, ns=SPACE):
    """An object, or None; without a name the list of them."""
    scope = ["--namespace", ns] if ns else []
    answer = kubectl("get", kind, *([name] if name else []), *scope, "--ignore-not-found", "-o", "json")
    if not name:
        return json.loads(answer)["items"]
    return json.loads(answer) if answer else None


def admin(path):
    """An answer of the simulator's admin side, through the API server."""
    return json.loads(kubectl("get", "--raw", f"/api/v1/namespaces/{SYSTEM}/services/http:{NAME}-simulator:8444/proxy{path}"))


def platform():
    """The simulated platform instance: certificates, and the counters adds, deletes and max_certificates."""
    instances = admin("/admin/state")["instances"]
    return instances[0] if instances else {"certificates": [], "adds": 0, "deletes": 0, "max_certificates": 0}


def on_platform():
    return {certificate["fingerprint"] for certificate in platform()["certificates"]}


def put_secret(name, material):
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name, "namespace": SPACE},
        "stringData": {"tls.crt": material.certificate, "tls.key": material.key},
    }
    kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(secret))


def add_certificate(name, **spec):
    material = materials.self_signed(f"{name}.example.com")
    put_secret(name, material)
    spec = {"instanceRef": {"name": "simulator"}, "secretRef": {"name": name}, **spec}
    metadata = {"name": name, "namespace": SPACE}
    item = {"apiVersion": "iotda.huaweicloud.com/v1alpha1", "kind": "ServerCertificate", "metadata": metadata, "spec": spec}
    kubectl("apply", "-f", "-", stdin=json.dumps(item))
    return material


def wait_served(name, material, seconds=60):
    """Waits until a ServerCertificate is Ready with this certificate."""

    def served():
        item = get("servercertificate", name)
        ready = condition(item)["status"] == "True" and item["status"].get("fingerprint") == material.fingerprint
        return ready and material.fingerprint in on_platform()

    def now():
        return f"{name} is served, but {condition(get('servercertificate', name))}"

    wait_for(now, served, seconds, pause=0.3)


def wait_handled(seconds=90):
    """Waits until the operator has looked at everything again: after this it has done what it wants to do."""
    token = str(time.time())
    annotation = f"iotda.huaweicloud.com/reconcile-requested-at={token}"
    kubectl("annotate", "iotdainstance", "simulator", annotation, "--overwrite")
    handled = ["iotdainstance", "simulator", None]
    wait_for(
        "the operator handles a reconcile token",
        lambda: get(*handled)["status"].get("lastHandledReconcileAt") == token,
        seconds,
        pause=0.3,
    )


def wait_pods_gone():
    selector = f"app.kubernetes.io/name={NAME},app.kubernetes.io/component=operator"
    kubectl("wait", "--for=delete", "pod", "-n", SYSTEM, "-l", selector, "--timeout=60s")


def operator_pods():
    return [pod for pod in get("pods", ns=SYSTEM) if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "operator"]


class Load:
    """Renews one certificate again and again while something else happens."""

    def __init__(self, name):
        self.name, self.renewed = name, []
        self._stop, self._error = threading.Event(), None
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            while not self._stop.wait(0.5):
                material = materials.self_signed(f"{self.name}.example.com")
                put_secret(self.name, material)
                self.renewed.append(material)
        except Exception as error:  # pylint: disable=broad-except; raised again in the test's own thread
            self._error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *failure):
        self._stop.set()
        self._thread.join()
        if self._error:
            raise self._error


class Story(unittest.TestCase):
    removals = []  # times between which the operator is being removed, and with it its permissions

    @classmethod
    def setUpClass(cls):
        shutil.copytree(ROOT / "manifests", FOLDER / "manifests")
        run(FOLDER / "manifests/simulator/make-tls")
        # What the sources name as the image is what was built for this test.
        for path in (FOLDER / "manifests").rglob("*.yaml"):
            text = path.read_text().replace("localhost/iotda-operator:0.1.0", f"{REPOSITORY}:{TAG}")
            path.write_text(re.sub(r"(--upload-deadline|--settling-time)=\w+", rf"\1={SHORT}", text))
        kubectl("apply", "-f", FOLDER / "manifests/namespace.yaml")
        kubectl("create", "namespace", SPACE)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(FOLDER)

    def install(self, chart, *flags, tag=TAG):
        settings = f"image.repository={REPOSITORY},image.tag={tag},operator.uploadDeadline={SHORT},operator.settlingTime={SHORT}"
        return helm("upgrade", "--install", NAME, chart, "--set", settings, *flags, "--wait", "--timeout", "120s")

    def previous_chart(self):
        """The chart of the last release in Git; before there is one, this chart under a lower version."""
        folder = FOLDER / "previous"
        tags = run("git", "-C", ROOT, "tag", "--list", "v*", "--sort=-version:refname").split()
        if tags:
            archive = f"git -C '{ROOT}' archive {tags[0]} helm/iotda-operator | tar -x -C '{folder}'"
            folder.mkdir()
            run("bash", "-c", archive)
            return folder / "helm/iotda-operator"
        shutil.copytree(CHART, folder)
        text = re.sub(r"^(version|appVersion): .*$", r"\1: 0.0.9", (folder / "Chart.yaml").read_text(), flags=re.M)
        (folder / "Chart.yaml").write_text(text)
        return folder

    def removing(self, *command):
        """Runs what takes the operator away, and waits until it is gone; what it said."""
        start = time.time()
        said = run(*command)
        wait_pods_gone()
        Story.removals.append((start, time.time()))
        return said

    def wait_reason(self, name, reason):
        wait_for(f"{name} is {reason}", lambda: condition(get("servercertificate", name))["reason"] == reason, 60, pause=0.3)

    def check_platform(self):
        """True at any time: the quota holds, and no certificate is there twice."""
        state = platform()
        self.assertLessEqual(state["max_certificates"], 2)
        chains = [certificate["fingerprint"] for certificate in state["certificates"]]
        self.assertEqual(len(chains), len(set(chains)))

    def check_no_add(self, adds):
        wait_handled()
        for item in get("servercertificates"):
            self.assertEqual("True", condition(item)["status"], condition(item))
        self.assertEqual(adds, platform()["adds"], "adds, since what is there was to be taken over")
        self.check_platform()

    # The story.

    def test_01_one_command_installs_it_with_a_simulated_platform(self):
        notes = self.install(CHART, "--set", "simulator.enabled=true")
        self.assertIn("Next steps", notes)
        helm("test", NAME, "--timeout", "120s")
        wait_served("first", add_certificate("first"))

    def test_02_its_process_has_no_rights(self):
        pods = operator_pods()
        self.assertEqual(1, len(pods))
        enforced = get("namespace", SYSTEM, None)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        self.assertEqual("restricted", enforced)
        if not AUDIT_LOG:
            self.skipTest("the node's processes can only be seen on a node of our own")
        status, root = self.process_of(pods[0])
        expected = {"Uid": "65532", "CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
        self.assertEqual(expected, {name: status[name].split()[0] for name in expected})
        self.assertIn("ro", root.split()[3].split(","), "the root file system is read-only")

    def process_of(self, pod):
        """/proc/PID/status of a Pod's process as a map, and the line of its root in /proc/PID/mounts."""
        uid = pod["metadata"]["uid"]
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if uid in (folder / "cgroup").read_text() and b"iotda-operator" in (folder / "cmdline").read_bytes():
                    status = dict(line.split(":\t") for line in (folder / "status").read_text().splitlines() if ":\t" in line)
                    mounts = (folder / "mounts").read_text().splitlines()
                    return status, next(line for line in mounts if line.split()[1] == "/")
            except (FileNotFoundError, ProcessLookupError):
                pass
        self.fail("no process of the Pod was found")

    def test_03_removed_in_order_it_leaves_nothing_behind(self):
        kubectl("delete", "servercertificates", "--all", "-n", SPACE, "--timeout=60s")
        self.assertEqual(set(), on_platform())
        kubectl("delete", "iotdainstances", "--all", "--timeout=60s")
        self.removing(tool("helm"), "uninstall", NAME, "-n", SYSTEM, "--wait")
        kinds = "deployments,services,pods,serviceaccounts,roles,rolebindings,secrets"
        left = [line for line in kubectl("get", kinds, "-n", SYSTEM, "-o", "name").split() if "default" not in line]
        # Of `helm test` nothing is left either. The Lease is the election's, not Helm's.
        self.assertEqual([], [line for line in left if "helm.release" not in line])
        cluster = kubectl("get", "clusterroles,clusterrolebindings", "-o", "name").split()
        self.assertEqual([], [line for line in cluster if NAME in line])
        self.assertEqual(2, len(kubectl("get", "crds", "-o", "name").split()))

    def test_04_two_replicas_of_the_previous_version_serve_certificates(self):
        kubectl("apply", "-k", FOLDER / "manifests/simulator")
        kubectl("rollout", "status", "-n", SYSTEM, f"deployment/{NAME}-simulator", "--timeout=60s")
        self.install(self.previous_chart(), "--set", "replicaCount=2", tag=PREVIOUS_TAG)
        self.assertEqual(2, len(operator_pods()))
        domain = {"domainConfiguration": {"domainName": "second.example.com"}}
        first, second = add_certificate("first"), add_certificate("second", **domain)
        wait_served("first", first)
        wait_served("second", second)
        self.assertEqual({first.fingerprint, second.fingerprint}, on_platform())

    def test_05_a_renewed_secret_is_served(self):
        renewed = materials.self_signed("first.example.com")
        put_secret("first", renewed)
        wait_served("first", renewed, 120)
        self.check_platform()

    def replaced_under_load(self, replace):
        with Load("first") as load:
            time.sleep(2)
            replace()
            time.sleep(2)
        self.assertGreater(len(load.renewed), 4)
        wait_served("first", load.renewed[-1], 180)
        self.check_platform()

    def test_06_an_upgrade_under_load(self):
        self.replaced_under_load(lambda: self.install(CHART, "--set", "replicaCount=2"))
        images = {pod["spec"]["containers"][0]["image"] for pod in operator_pods() if not pod["metadata"].get("deletionTimestamp")}
        self.assertEqual({f"{REPOSITORY}:{TAG}"}, images)

    def test_07_a_rollback_under_load(self):
        self.replaced_under_load(lambda: helm("rollback", NAME, "1", "--wait", "--timeout", "120s"))
        images = {pod["spec"]["containers"][0]["image"] for pod in operator_pods() if not pod["metadata"].get("deletionTimestamp")}
        self.assertEqual({f"{REPOSITORY}:{PREVIOUS_TAG}"}, images)
        self.assertEqual(2, len(kubectl("get", "crds", "-o", "name").split()))
        self.install(CHART, "--set", "replicaCount=2")

    def test_08_draining_the_only_node_leaves_one_replica_which_works(self):
        nodes = kubectl("get", "nodes", "-o", "name").split()
        if len(nodes) > 1:
            self.skipTest("this cluster has several nodes; the budget shows only where no other node takes the Pods")
        self.addCleanup(kubectl, "uncordon", nodes[0])
        # The simulator has no budget and stays, so that it can be seen that certificates are still renewed.
        drain = "drain", nodes[0], "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=15s"
        with self.assertRaisesRegex(ToolError, "disruption budget"):
            kubectl(*drain, "--pod-selector=app.kubernetes.io/component=operator")
        ready = [pod for pod in operator_pods() if condition(pod)["status"] == "True"]
        self.assertEqual(1, len(ready))
        renewed = materials.self_signed("first.example.com")
        put_secret("first", renewed)
        wait_served("first", renewed, 120)
        kubectl("uncordon", nodes[0])
        kubectl("rollout", "status", "-n", SYSTEM, f"deployment/{NAME}", "--timeout=60s")

    def test_09_uninstalled_and_installed_again_it_takes_over_what_is_there(self):
        before, adds = on_platform(), platform()["adds"]
        self.assertIn("kubectl delete crd", helm("get", "notes", NAME), "how to remove what stays")
        said = self.removing(tool("helm"), "uninstall", NAME, "-n", SYSTEM, "--wait")
        self.assertRegex(said, "(?s)kept due to the resource policy.*servercertificates.iotda.huaweicloud.com")
        self.assertEqual(2, len(kubectl("get", "crds", "-o", "name").split()))
        self.assertEqual(2, len(get("servercertificates")))
        self.assertIsNotNone(get("iotdainstance", "simulator", None))
        self.assertEqual(before, on_platform())
        self.install(CHART)
        self.check_no_add(adds)
        self.assertEqual(before, on_platform())

    def test_10_with_roles_in_one_namespace_it_does_the_same(self):
        adds = platform()["adds"]
        self.removing(tool("helm"), "uninstall", NAME, "-n", SYSTEM, "--wait")
        self.install(CHART, "--set", f"watchNamespaces={{{SPACE}}}")
        self.check_no_add(adds)
        # From now on by the labels of namespaces, which it is allowed to watch.
        allowed = {"from": "Selector", "selector": {"matchLabels": {"kubernetes.io/metadata.name": SPACE}}}
        patch = json.dumps({"spec": {"allowedNamespaces": allowed}})
        kubectl("patch", "iotdainstance", "simulator", "--type=merge", "-p", patch)
        renewed = materials.self_signed("first.example.com")
        put_secret("first", renewed)
        wait_served("first", renewed, 120)

    def test_11_the_kustomization_takes_it_over_from_helm(self):
        adds = platform()["adds"]
        self.removing(tool("helm"), "uninstall", NAME, "-n", SYSTEM, "--wait")
        overlay = FOLDER / "manifests/overlays/cluster-wide"
        kubectl("apply", "-k", overlay)
        kubectl("rollout", "status", "-n", SYSTEM, f"deployment/{NAME}", "--timeout=60s")
        self.check_no_add(adds)
        renewed = materials.self_signed("first.example.com")
        put_secret("first", renewed)
        wait_served("first", renewed, 120)
        wait_for("the old one is gone", lambda: len(on_platform()) == 2, 60, pause=0.3)
        adds = platform()["adds"]
        self.removing("kubectl", "delete", "-k", overlay)
        self.assertEqual(2, len(get("servercertificates")))
        kubectl("apply", "-k", overlay)
        kubectl("rollout", "status", "-n", SYSTEM, f"deployment/{NAME}", "--timeout=60s")
        self.check_no_add(adds)

    def test_12_trouble_and_the_end_of_objects(self):
        add_certificate("third")
        self.wait_reason("third", "QuotaExceeded")
        for _ in range(2):  # the second time it is the same event again
            put_secret("third", materials.Material("text", "text"))
            self.wait_reason("third", "InvalidCertificate")
            put_secret("third", materials.self_signed("third.example.com"))
            self.wait_reason("third", "QuotaExceeded")
        kubectl("delete", "servercertificates", "--all", "-n", SPACE, "--timeout=120s")
        kubectl("delete", "iotdainstances", "--all", "--timeout=60s")
        self.assertEqual(set(), on_platform())

    def test_13_at_the_end_the_cluster_is_as_it_was(self):
        manifests = FOLDER / "manifests"
        self.removing("kubectl", "delete", "-k", manifests / "overlays/cluster-wide")
        kubectl("delete", "-k", manifests / "simulator", "--ignore-not-found")
        kubectl("delete", "-f", ROOT / "crds", "--timeout=60s")
        kubectl("delete", "namespace", SYSTEM, SPACE, "--timeout=120s")
        everything = "crds,clusterroles,clusterrolebindings,namespaces"
        left = kubectl("get", everything, "-o", "name") + kubectl("get", "roles,rolebindings", "-A", "-o", "name")
        self.assertEqual([], [line for line in left.split() if "iotda" in line])

    def test_14_it_has_the_permissions_that_it_uses_and_no_others(self):
        if not AUDIT_LOG:
            self.skipTest("the audit log of the API server is only at hand on a node of our own")
        granted, used, forbidden = self.granted(), set(), []
        for line in pathlib.Path(AUDIT_LOG).read_text().splitlines():
            entry = json.loads(line)
            about = entry.get("objectRef", {})
            # Discovery and `helm test` are the same account's; a request without an object needs no rule of ours.
            if entry["user"].get("username") != ACCOUNT or "resource" not in about:
                continue
            resource = about["resource"] + (f"/{about['subresource']}" if "subresource" in about else "")
            if entry.get("responseStatus", {}).get("code") == 403:
                at = time.mktime(time.strptime(entry["requestReceivedTimestamp"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
                if not any(start - 1 <= at <= end for start, end in Story.removals):
                    forbidden.append(f"{entry['verb']} {entry['requestURI']}")
            else:
                used.add((entry["verb"], about.get("apiGroup", ""), resource))
        self.assertEqual([], forbidden)
        self.assertEqual(set(), used - granted, "used though no rule of ours grants it")
        self.assertEqual(set(), granted - used, "granted, but used by nothing in this story")

    def granted(self):
        """Verb, group and resource of each rule for the operator itself."""
        rules = set()
        for item in objects(rendered()):
            if item["kind"] in ("Role", "ClusterRole") and item["metadata"]["name"] in (NAME, f"{NAME}-leader-election"):
                for rule in item["rules"]:
                    for group in rule["apiGroups"]:
                        rules |= {(verb, group, resource) for verb in rule["verbs"] for resource in rule["resources"]}
        return rules


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
