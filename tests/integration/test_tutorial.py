#!/usr/bin/env python3
"""docs/tutorial.md and docs/how-to/move.md, from the first command to the last. What Pods do elsewhere, processes do here."""

import base64
import json
import re
import subprocess
import urllib.parse

import yaml

from harness import materials
from harness.case import OperatorTest, main
from harness.connect_proxy import ConnectProxy
from harness.kube import ROOT, Cluster, cluster
from harness.pages import Shell, blocks
from harness.processes import Operator, Simulator
from harness.tools import kubectl, tool
from harness.wait import wait_for

TIMES = "--settling-time", "2s", "--upload-deadline", "2s"
CHART = "iotda-operator-simulator"
# Instead of an installation; there are no nodes that it could be waited for.
HELM = 'shift; "$TOOL" template "$1" "$2" "${@:3:2}" "${@:6}" > chart.yaml'


class Walk(OperatorTest):
    def setUp(self):
        super().setUp()
        self.system = "iotda-system"  # as the pages say
        self.addCleanup(self.kube.delete, "Secret", "mqtt-example-com-tls", "default")

    def walk(self, page, kubeconfig, **stubs):
        """Yields each block of commands and what it printed."""
        shell = Shell(self.folder, kubeconfig)
        for step in blocks(ROOT / page):
            if step.startswith("NAME "):
                continue
            code, said = shell.run(f"set -o pipefail\n{step}", **stubs)
            self.assertEqual(0, code, f"{step}\n{said}")
            yield step, said


class Tutorial(Walk):
    def test_it_is_true_from_the_first_command_to_the_last(self):
        ids, events = [], set()
        stubs = {"kind": "true", "scripts/image": "true", "helm": HELM.replace("$TOOL", tool("helm"))}
        for step, said in self.walk("docs/tutorial.md", cluster().kubeconfig, **stubs):
            if "helm install" in step:
                self.stand_in_for_pods()
            if "get servercertificate mqtt-example-com" in step:
                ids.append(self.kube.get("ServerCertificate", "mqtt-example-com", "default")["status"]["serverCertificateId"])
                self.assertRegex(said, rf"(?m)^mqtt-example-com +\w+ +\w+ +{ids[-1]} +mqtt.example.com ")
            if "get events" in step:
                self.assertEqual([ids[-1]], list(self.simulator.certificates(self.project)))
                events = {event["reason"] for event in self.kube.list("Event") if event["regarding"]["kind"] in ("ServerCertificate", "IoTDAInstance")}
                self.assertLessEqual({"Uploaded", "Bound", "Rotated"}, events)
                self.assertLessEqual({"Uploaded", "Bound", "Rotated"}, set(said.split()))
                self.compare_with_the_reference(events)
        self.assertEqual(2, len(set(ids)), ids)
        self.assertEqual({}, self.simulator.certificates(self.project))

    def stand_in_for_pods(self):
        """Starts what the chart would run, applies the rest. The simulator takes a free port; its name is one for a proxy to resolve."""
        items = [item for item in yaml.safe_load_all((self.folder / "chart.yaml").read_text()) if item]
        (secret,) = (item for item in items if item["kind"] == "Secret")
        data = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
        for name in "tls.crt", "tls.key":
            (self.folder / f"chart-{name}").write_text(data[name])
        self.project = "simulator"
        tls = self.folder / "chart-tls.crt", self.folder / "chart-tls.key"
        self.simulators.append(Simulator(self.folder, tls, data["accessKey"], data["secretKey"], "--region", "simulator", quota=2))
        (instance,) = (item for item in items if item["kind"] == "IoTDAInstance")
        port = urllib.parse.urlsplit(self.simulator.endpoint).port
        instance["spec"]["endpoint"] = re.sub(r":\d+$", f":{port}", instance["spec"]["endpoint"])
        (self.folder / "chart.yaml").write_text(yaml.safe_dump_all(items))
        cluster().kubectl("apply", "--server-side", "--force-conflicts", "-f", self.folder / "chart.yaml")
        proxy = ConnectProxy()
        self.addCleanup(proxy.stop)
        self.operator = self.start_operator(*TIMES, environment={"HTTPS_PROXY": proxy.url})

    def compare_with_the_reference(self, events):
        page = (ROOT / "docs/reference/events.md").read_text()
        self.assertLessEqual(events, set(re.findall(r"^\| `(\w+)` \|", page, re.M)))
        page = (ROOT / "docs/reference/metrics.md").read_text()
        rows = {name: (kind, set(re.findall(r"\w+", labels))) for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| .* \|$", page, re.M)}
        text = self.operator.get("/metrics")[1]
        kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        self.assertGreater(len(kinds), 20)
        for name, kind in kinds.items():
            series = re.findall(rf"^{name}(?:_bucket|_sum|_count)?(?:\{{(.*)\}})? \S+$", text, re.M)
            labels = {label for one in series for label in re.findall(r"(\w+)=", one)} - {"le"}
            self.assertEqual((kind, labels), rows.get(name), f"{name} in docs/reference/metrics.md")


class Move(Walk):
    def test_it_changes_nothing_on_the_platform(self):
        new = Cluster(audit=False)
        self.addCleanup(new.down)
        for one in cluster(), new:
            one.kubectl("apply", "-f", ROOT / "manifests/namespace.yaml")
            one.kubectl("apply", "-k", ROOT / "manifests/overlays/cluster-wide")
        material = materials.self_signed("mqtt.example.com")
        self.put_credentials("huaweicloud-credentials")
        self.create_instance("default", credentials="huaweicloud-credentials")
        old = self.start_operator(*TIMES)
        self.put_material("mqtt-example-com-tls", material, "default")
        self.create_certificate("mqtt-example-com", "default", secretRef={"name": "mqtt-example-com-tls"}, instanceRef={"name": "default"},
                                domainConfiguration={"domainName": "mqtt.example.com"})
        before = self.wait_ready("mqtt-example-com", ns="default")["status"]
        changes = self.changes()
        started = Operator(self.folder, new.kubeconfig, self.system, "new")
        self.operators.append(started)
        for step, said in self.walk("docs/how-to/move.md", self.two_contexts(new)):
            if "--replicas=0" in step:
                old.stop()
            if "get iotdainstances,servercertificates" in step and "--context new apply" in step:
                started.start(*TIMES)
            if "wait --for=condition=Ready" in step:
                self.assertIn(before["serverCertificateId"], said)
        self.assertEqual([], self.kube.list("ServerCertificate") + self.kube.list("IoTDAInstance"))
        after = new.kube.get("ServerCertificate", "mqtt-example-com", "default")["status"]
        for field in "serverCertificateId", "domainConfigurationId", "fingerprint":
            self.assertEqual(before[field], after[field])
        self.assertEqual(changes, self.changes())
        new.kube.delete("ServerCertificate", "mqtt-example-com", "default")
        wait_for("the certificate has left the platform", lambda: not self.simulator.certificates(self.project), 60)

    def changes(self):
        return [request["call"] for request in self.simulator.requests(project=self.project) if request["method"] != "GET"]

    def two_contexts(self, new):
        """A kubeconfig with the contexts `old` and `new`."""
        merged = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
        for name, one in ("old", cluster()), ("new", new):
            view = subprocess.run([kubectl(), "--kubeconfig", one.kubeconfig, "config", "view", "--raw", "--flatten", "-o", "json"],
                                  capture_output=True, text=True, check=True).stdout
            for kind in "clusters", "users":
                merged[kind].append({**json.loads(view)[kind][0], "name": name})
            merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
        path = self.folder / "two.kubeconfig"
        path.write_text(json.dumps(merged))
        return path


if __name__ == "__main__":
    main()
