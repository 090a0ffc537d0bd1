"""A control plane, the simulator and the operator, with the objects that a measurement needs."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from lib import materials
from lib.api import GROUP, Api
from lib.processes import PROGRAMS, Operator, Simulator, timestamp

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEM, SPACE = "iotda-system", "devices"
ACCESS_KEY, SECRET_KEY = "BENCHACCESSKEY", "bench-secret-key"


def progress(text):
    print(text, file=sys.stderr, flush=True)


def build():
    subprocess.run([ROOT / "scripts/build", "release", "iotda-operator", "iotda-simulator"], check=True)
    subprocess.run([ROOT / "scripts/kubernetes/bin-dir"], check=True, stdout=subprocess.DEVNULL)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def secret(name, data, kind="Opaque"):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind,
            "data": {key: encoded(value) for key, value in data.items()}}


def tls_secret(name, pair):
    return secret(name, {"tls.crt": pair[0], "tls.key": pair[1]}, "kubernetes.io/tls")


def build_peer():
    return subprocess.run([ROOT / "bench/peer/build"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class World:
    def __init__(self, audit=False, peer=None):
        self._audit, self.peer = audit, peer

    def __enter__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="iotda-bench."))
        self._cluster = self._folder / "cluster"
        self.simulator = self.operator = None
        try:
            self._start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def _start(self):
        subprocess.run([ROOT / "scripts/cluster", "up", "--dir", self._cluster, "--owner", str(os.getpid())] +
                       (["--audit"] if self._audit else []), check=True, stdout=subprocess.DEVNULL)
        self._api = Api(self._cluster / "kubeconfig")
        certificate, key = materials.server(self._folder, "simulator", "IP:127.0.0.1")
        self._ca = certificate.read_text()
        self.simulator = Simulator(self._folder, certificate, key, ACCESS_KEY, SECRET_KEY)
        kubeconfig = "--kubeconfig", self._cluster / "kubeconfig"
        if self.peer:
            self.operator = Operator(self._folder, self.peer, *kubeconfig, "--url", f"{self.simulator.endpoint}/v5/iot/bench/server-certificates")
        else:
            self.operator = Operator(self._folder, PROGRAMS / "iotda-operator", "run", *kubeconfig, "--namespace", SYSTEM, "--leader-elect=true",
                                     "--metrics-bind-address", "127.0.0.1:0")
        kubectl = [subprocess.run([ROOT / "scripts/kubernetes/bin-dir"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip() + "/kubectl",
                   *kubeconfig, "--cache-dir", self._cluster / "kubectl-cache"]
        subprocess.run([*kubectl, "create", "-f", ROOT / "crds"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*kubectl, "wait", "--for=condition=Established", "--timeout=30s", "-f", ROOT / "crds"], check=True, stdout=subprocess.DEVNULL)
        for name in SYSTEM, SPACE:
            self._api.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self._api.request("POST", f"/api/v1/namespaces/{SYSTEM}/secrets", secret("credentials", {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}))

    def __exit__(self, kind, *_):
        for process in self.operator, self.simulator:
            if process:
                process.stop()
        subprocess.run([ROOT / "scripts/cluster", "down", "--dir", self._cluster], check=False)
        if kind is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            progress(f"the logs are in {self._folder}")

    def instances(self, count):
        """IoTDAInstances i-0, i-1 …, each a platform instance of its own, with its own quota."""
        self._api.create_all(f"{GROUP}/iotdainstances", ({
            "apiVersion": "iotda.huaweicloud.com/v1alpha1", "kind": "IoTDAInstance", "metadata": {"name": f"i-{number}"},
            "spec": {"endpoint": self.simulator.endpoint, "region": "bench", "projectId": "bench", "instanceId": f"{number:08x}",
                     "caBundle": self._ca, "credentials": {"secretRef": {"namespace": SYSTEM, "name": "credentials"}}},
        } for number in range(count)))

    def certificates(self, count, per_instance, pairs=None, bound=False):
        """ServerCertificates c-0, c-1 … and their Secrets; `bound` ones are served on the domain of their name."""
        began = time.monotonic()
        pairs = pairs or materials.certificates(count)
        self._api.create_all(f"/api/v1/namespaces/{SPACE}/secrets", (tls_secret(f"c-{number}", pair) for number, pair in enumerate(pairs)))
        self._api.create_all(f"{GROUP}/namespaces/{SPACE}/servercertificates", ({
            "apiVersion": "iotda.huaweicloud.com/v1alpha1", "kind": "ServerCertificate", "metadata": {"name": f"c-{number}"},
            "spec": {"instanceRef": {"name": f"i-{number // per_instance}"}, "secretRef": {"name": f"c-{number}"}}
            | ({"domainConfiguration": {"domainName": materials.name(number)}} if bound else {}),
        } for number in range(count)))
        if count > 100:
            progress(f"  {count} certificates, Secrets and objects made in {time.monotonic() - began:.0f} s")

    def replace_secret(self, number, pair):
        self._api.request("PUT", f"/api/v1/namespaces/{SPACE}/secrets/c-{number}", tls_secret(f"c-{number}", pair))

    def foreign_secrets(self, count, size, namespaces=30):
        """TLS Secrets in other namespaces, as a cluster has them; returns the seconds that it took."""
        began = time.monotonic()
        for number in range(namespaces):
            self._api.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number}"}})
        text = base64.b64encode(os.urandom(size)).decode()[:size]
        body = json.dumps(tls_secret("NAME", (text[:size * 2 // 3], text[size * 2 // 3:]))).encode()
        for number in range(namespaces):
            bodies = (body.replace(b"NAME", b"tls-%d" % index) for index in range(count // namespaces))
            self._api.create_all(f"/api/v1/namespaces/team-{number}/secrets", bodies)
        return time.monotonic() - began

    def _wait(self, column, wanted, count, seconds):
        began = told = time.monotonic()
        deadline = began + seconds
        while True:
            rows = self._api.columns(f"{GROUP}/servercertificates")
            have = sum(row[column] == wanted for row in rows)
            if have >= count:
                return
            self.operator.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"after {seconds} s only {have} of {count} have {column} {wanted}; others: "
                                   f"{[row for row in rows if row[column] != wanted][:3]}")
            if time.monotonic() > told + 5:
                told = time.monotonic()
                progress(f"    {have} of {count} have {column} {wanted}")
            # To print so many rows is work for the API server, so not more often than the pace demands.
            passed = time.monotonic() - began
            time.sleep(min(max(passed * (count - have) / max(have, 1) / 2, 0.2), 5))

    def wait_ready(self, count, seconds):
        self._wait("Ready", "True", count, seconds)

    def wait_reason(self, reason, count, seconds):
        self._wait("Status", reason, count, seconds)

    def secret_reads(self):
        """How many single Secrets the API server has handed out so far, to anybody."""
        lines = self._api.request("GET", "/metrics").decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("apiserver_request_total{") and 'resource="secrets"' in line and 'verb="GET"' in line)

    def operator_requests(self, since):
        """The operator's requests that were answered after that time, from the audit log."""
        found = []
        for line in (self._cluster / "audit.log").read_text().splitlines():
            event = json.loads(line)
            done = timestamp(event["stageTimestamp"])
            if done >= since and event.get("userAgent", "").startswith(("iotda-operator", "bench-peer")):
                found.append({"objectRef": {}} | event)
        return found
