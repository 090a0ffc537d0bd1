"""A control plane, the simulator and the operator, with the objects that a measurement needs."""

import base64
import concurrent.futures
import http.client
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from harness import materials
from harness.kube import ROOT, Cluster, encoded
from harness.processes import OPERATOR, Process, Simulator, free_port

SYSTEM, SPACE, PROJECT, REGION = "iotda-system", "devices", "bench", "bench"
ACCESS_KEY, SECRET_KEY = "BENCHACCESSKEY", "bench-secret-key-of-forty-characters-000000"


def progress(text):
    print(text, file=sys.stderr, flush=True)


def build():
    subprocess.run([ROOT / "scripts/build", "release", "iotda-operator", "iotda-simulator"], check=True)


def build_peer():
    return subprocess.run([ROOT / "bench/peer/build"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def domain(number):
    return f"devices-{number}.example.com"


def certificates(count):
    """As many materials, all different."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(materials.Authority(folder).issue, map(domain, range(count))))


def tls_secret(material):
    return {"type": "kubernetes.io/tls", "data": {"tls.crt": encoded(material.certificate), "tls.key": encoded(material.key)}}


class Operator(Process):
    """The operator, or what stands in for it: any program that answers on /readyz."""

    def __init__(self, folder, command, *arguments):
        super().__init__(folder, "operator")
        self._health = f"127.0.0.1:{free_port()}"
        self._command = (command, *arguments, "--health-probe-bind-address", self._health)

    def start(self):
        """Seconds from its start until /readyz says yes."""
        began = time.monotonic()
        # As in the image, trust roots are looked up in a folder; a bundle would be read whole.
        environment = {name: value for name, value in os.environ.items() if name not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
        self._start(*self._command, env=environment)
        while time.monotonic() < began + 60:
            connection = http.client.HTTPConnection(self._health, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return time.monotonic() - began
            except OSError:
                self.check_running()
            finally:
                connection.close()
            time.sleep(0.005)
        raise RuntimeError("the operator did not get ready within 60 s")

    def restart(self):
        self.stop()
        return self.start()


class World:
    def __init__(self, audit=False, peer=None):
        self._audit, self.peer = audit, peer

    def __enter__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="iotda-bench."))
        self.cluster = self.simulator = self.operator = None
        try:
            self._start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def _start(self):
        self.cluster = Cluster(audit=self._audit)
        self.kube = self.cluster.kube
        tls = materials.self_signed("simulator", "IP:127.0.0.1").write(self._folder, "simulator")
        self._ca = tls[0].read_text()
        self.simulator = Simulator(self._folder, tls, ACCESS_KEY, SECRET_KEY, "--region", REGION, "--mqtts-listen", "127.0.0.1:0", quota=2)
        kubeconfig = "--kubeconfig", self.cluster.kubeconfig
        if self.peer:
            self.operator = Operator(self._folder, self.peer, *kubeconfig, "--url", f"{self.simulator.endpoint}/v5/iot/{PROJECT}/server-certificates")
        else:
            self._metrics = f"127.0.0.1:{free_port()}"
            self.operator = Operator(self._folder, OPERATOR, "run", *kubeconfig, "--namespace", SYSTEM, "--leader-elect",
                                     "--metrics-bind-address", self._metrics)
        for name in SYSTEM, SPACE:
            self.kube.create("Namespace", name)
        self.kube.create("Secret", "credentials", SYSTEM, data={"accessKey": encoded(ACCESS_KEY), "secretKey": encoded(SECRET_KEY)})

    def __exit__(self, kind, *_):
        if self.operator:
            self.operator.stop()
        if self.simulator:
            self.simulator.kill()
        if self.cluster:
            self.cluster.down()
        if kind is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            progress(f"the logs are in {self._folder}")

    def instances(self, count):
        """IoTDAInstances i-0, i-1 …, each a platform instance of its own, with its own quota."""
        self.kube.create_all("IoTDAInstance", ({
            "name": f"i-{number}",
            "spec": {"endpoint": self.simulator.endpoint, "region": REGION, "projectId": PROJECT, "instanceId": f"{number:08x}",
                     "caBundle": self._ca, "credentials": {"secretRef": {"namespace": SYSTEM, "name": "credentials"}}},
        } for number in range(count)))

    def certificates(self, count, per_instance, bound=False):
        """ServerCertificates c-0, c-1 … and their Secrets; `bound` ones are served on the domain of their name."""
        began = time.monotonic()
        self.kube.create_all("Secret", ({"name": f"c-{number}", **tls_secret(material)} for number, material in enumerate(certificates(count))), SPACE)
        self.kube.create_all("ServerCertificate", ({
            "name": f"c-{number}",
            "spec": {"instanceRef": {"name": f"i-{number // per_instance}"}, "secretRef": {"name": f"c-{number}"}}
            | ({"domainConfiguration": {"domainName": domain(number)}} if bound else {}),
        } for number in range(count)), SPACE)
        if count > 100:
            progress(f"  {count} certificates, Secrets and objects made in {time.monotonic() - began:.0f} s")

    def replace_secret(self, number, material):
        self.kube.replace("Secret", f"c-{number}", SPACE, **tls_secret(material))

    def foreign_secrets(self, count, size, namespaces=30):
        """TLS Secrets in other namespaces, as a cluster has them; returns the seconds that it took."""
        began = time.monotonic()
        text = base64.b64encode(os.urandom(size)).decode()[:size]
        content = tls_secret(materials.Material(text[:size * 2 // 3], text[size * 2 // 3:]))
        for number in range(namespaces):
            self.kube.create("Namespace", f"team-{number}")
            self.kube.create_all("Secret", ({"name": f"tls-{index}", **content} for index in range(count // namespaces)), f"team-{number}")
        return time.monotonic() - began

    def wait_ready(self, count, seconds):
        began = told = time.monotonic()
        while True:
            rows = self.kube.columns("ServerCertificate")
            have = sum(row["Ready"] == "True" for row in rows)
            if have >= count:
                return
            self.operator.check_running()
            passed = time.monotonic() - began
            if passed > seconds:
                others = [row for row in rows if row["Ready"] != "True"]
                raise RuntimeError(f"after {seconds} s only {have} of {count} are Ready; others: {others[:3]}")
            if time.monotonic() > told + 5:
                told = time.monotonic()
                progress(f"    {have} of {count} are Ready")
            # To print so many rows is work for the API server, so not more often than the pace demands.
            time.sleep(min(max(passed * (count - have) / max(have, 1) / 2, 0.2), 5))

    def next_call(self, since, call, seconds=10):
        """The first of these calls to the platform after that request, once it was answered."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # Not at once: asking must not get in the way of what is measured.
            time.sleep(0.05)
            for request in self.simulator.requests(call, since=since):
                if request["ended"]:
                    return request
        raise RuntimeError(f"no {call} to the platform within {seconds} s")

    def scrape(self):
        """The metrics of the operator, as Prometheus reads them."""
        connection = http.client.HTTPConnection(self._metrics, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def secret_reads(self):
        """How many single Secrets the API server has handed out so far, to anybody."""
        lines = self.kube.request("GET", "/metrics")["message"].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("apiserver_request_total{") and 'resource="secrets"' in line and 'verb="GET"' in line)
