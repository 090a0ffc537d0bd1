"""The base of all tests: a world of its own for each, on the cluster that they share."""

import functools
import json
import pathlib
import random
import re
import shutil
import tempfile
import time
import unittest

from harness import materials
from harness.kube import cluster, encoded
from harness.processes import Operator, Simulator
from harness.wait import wait_for

REGION, ACCESS_KEY = "test-1", "ACCESSKEYOFTHETEST"


def condition(item, kind="Ready"):
    """A condition, or an empty one."""
    conditions = (item or {}).get("status", {}).get("conditions", [])
    return next((c for c in conditions if c["type"] == kind), {"status": "", "reason": "", "message": ""})


class OperatorTest(unittest.TestCase):
    """Each test has namespaces, a simulator and an operator of its own. IoTDAInstances belong to no namespace, so what
    a test leaves is removed at its end."""

    quota = 2
    may_list = True

    def setUp(self):
        self.kube = cluster().kube
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="test.", dir=cluster().folder))
        self.ns = f"t{random.getrandbits(32):08x}"
        self.system, self.project = f"{self.ns}-system", f"project-{self.ns}"
        self.secret_key = f"SecretKeyOf{random.getrandbits(128):032x}"
        self.simulators, self.operators = [], []
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.kube.wipe)
        self.addCleanup(self._stop)
        for name in self.ns, self.system:
            self.kube.create("Namespace", name)
        self.put_credentials()

    def _stop(self):
        simulators = [simulator for simulator in self.simulators if simulator.running]
        states = [simulator.state(self.project) for simulator in simulators]
        requests = [request for simulator in simulators for request in simulator.requests(project=self.project)]
        codes = [operator.stop() for operator in self.operators if operator.running]
        for simulator in simulators:
            simulator.kill()
        # True for every test: the quota holds, no chain is there twice, nothing is added before the platform was
        # listed, and the operator ends in order and prints nothing but its log.
        for state in states:
            chains = [certificate["fingerprint"] for certificate in state["certificates"]]
            self.assertLessEqual(state["max_certificates"], self.quota)
            self.assertEqual(len(chains), len(set(chains)), "one chain is on the platform twice")
        calls = [request["call"] for request in requests if 200 <= request["status"] < 300]
        if self.may_list and "add" in calls:
            self.assertIn("list", calls[: calls.index("add")], "calls that succeeded before the first add")
        self.assertEqual([0] * len(codes), codes, "exit codes of the operators on SIGTERM")
        for operator in self.operators:
            self.assertEqual([], [line for line in operator.log.read_text().splitlines() if not line.startswith("{")])

    # What a test makes.

    def start_operator(self, *flags, ready=True, kubeconfig=None, environment=None):
        name = f"operator-{len(self.operators)}"
        operator = Operator(self.folder, kubeconfig or cluster().kubeconfig, self.system, name)
        self.operators.append(operator)
        operator.start(*flags, ready=ready, environment=environment)
        return operator

    def start_simulator(self, *flags, **options):
        flags = "--region", REGION, *flags
        simulator = Simulator(self.folder, self._tls(), ACCESS_KEY, self.secret_key, *flags, **options)
        self.simulators.append(simulator)
        return simulator

    @property
    def simulator(self):
        return self.simulators[0] if self.simulators else self.start_simulator()

    def _tls(self):
        files = cluster().folder / "simulator.crt", cluster().folder / "simulator.key"
        if not files[1].exists():
            materials.self_signed("simulator", "IP:127.0.0.1").write(cluster().folder, "simulator")
        return files

    @property
    def simulator_ca(self):
        return self._tls()[0].read_text()

    def put_credentials(self, name="credentials", access_key=ACCESS_KEY, secret_key=None, ns=None):
        self.put_secret(name, {"accessKey": access_key, "secretKey": secret_key or self.secret_key}, ns or self.system)

    def put_secret(self, name, data, ns=None):
        """Creates it, or replaces its content."""
        content = {key: encoded(value) for key, value in data.items()}
        if self.kube.get("Secret", name, ns or self.ns) is None:
            self.kube.create("Secret", name, ns or self.ns, data=content)
        else:
            self.kube.replace("Secret", name, ns or self.ns, data=content)

    def put_material(self, name, material, ns=None):
        self.put_secret(name, {"tls.crt": material.certificate, "tls.key": material.key}, ns)

    def create_instance(self, name=None, endpoint=None, project=None, credentials="credentials", source=None, **spec):
        """With `source` instead of a Secret with an access key."""
        usual = {
            "endpoint": endpoint or self.simulator.endpoint,
            "region": REGION,
            "projectId": project or self.project,
            "caBundle": self.simulator_ca,
            "credentials": source or {"secretRef": {"name": credentials}},
            "quota": {"serverCertificates": self.quota},
        }
        spec = {key: value for key, value in {**usual, **spec}.items() if value is not None}
        self.kube.create("IoTDAInstance", name or self.ns, spec=spec)

    def create_certificate(self, name, ns=None, **spec):
        usual = {"instanceRef": {"name": self.ns}, "secretRef": {"name": name}}
        self.kube.create("ServerCertificate", name, ns or self.ns, spec={**usual, **spec})

    def add_certificate(self, name, material=None, ns=None, **spec):
        """A ServerCertificate and its Secret."""
        material = material or materials.self_signed(f"{name}.example.com")
        self.put_material(name, material, ns)
        self.create_certificate(name, ns, **spec)
        return material

    def request_reconcile(self, token):
        annotations = {"iotda.huaweicloud.com/reconcile-requested-at": token}
        self.kube.patch("IoTDAInstance", self.ns, {"metadata": {"annotations": annotations}})

    # What a test sees.

    def certificate(self, name, ns=None):
        return self.kube.get("ServerCertificate", name, ns or self.ns)

    def instance(self, name=None):
        return self.kube.get("IoTDAInstance", name or self.ns)

    def slots(self):
        return self.instance().get("status", {}).get("slots", [])

    def slot_states(self):
        return [slot["state"] for slot in self.slots()]

    def settled(self, item):
        """The status is about the spec as it is."""
        return item is not None and item["status"].get("observedGeneration") == item["metadata"]["generation"]

    def _wait(self, what, get, matches, seconds):
        """Waits until the condition Ready of an object, being about its spec as it is now, matches; the object."""

        def matching():
            item = get()
            return item if self.settled(item) and matches(condition(item)) else None

        return wait_for(lambda: f"{what}, but: {condition(get())}", matching, seconds)

    def wait_ready(self, *names, seconds=30, ns=None):
        """Waits until these ServerCertificates are Ready; the last of them."""
        for name in names:
            get = functools.partial(self.certificate, name, ns)
            item = self._wait(f"{name} is Ready", get, lambda ready: ready["status"] == "True", seconds)
        return item

    def wait_renewed(self, name, material):
        """Waits until a ServerCertificate has this certificate on the platform and is Ready."""
        fingerprint = material.fingerprint
        wait_for(f"{name} is renewed", lambda: self.certificate(name)["status"].get("fingerprint") == fingerprint)
        return self.wait_ready(name)

    def wait_served(self, name, material):
        """Waits until a ServerCertificate is Ready and this, and nothing else, is what it has on the platform."""

        def served():
            return self.certificate(name)["status"].get("fingerprint") == material.fingerprint and self.held() == {
                material.fingerprint
            }

        wait_for(f"{name} has the new certificate and no other", served, 60)
        return self.wait_ready(name)

    def wait_reason(self, name, reason, beside=None, seconds=30, ns=None):
        """Waits until a ServerCertificate is not Ready for that reason; the message. `beside` is the condition that
        tells tools whether to wait (Reconciling) or to give up (Stalled)."""
        wanted = {"reason": reason, "status": "False"}.items()
        get = functools.partial(self.certificate, name, ns)
        item = self._wait(f"{name} is {reason}", get, lambda ready: wanted <= ready.items(), seconds)
        if beside:
            self.assertEqual("True", condition(item, beside)["status"], f"{reason} has {beside}")
        return condition(item)["message"]

    def wait_instance(self, reason, name=None, seconds=30):
        """Waits until the IoTDAInstance has that reason; the message."""
        get = functools.partial(self.instance, name)
        item = self._wait(f"the instance is {reason}", get, lambda ready: ready["reason"] == reason, seconds)
        return condition(item)["message"]

    def delete_certificate(self, name, ns=None, wait=True):
        self.kube.delete("ServerCertificate", name, ns or self.ns)
        if wait:
            wait_for(f"{name} is gone", lambda: self.certificate(name, ns) is None)

    def held(self):
        """Fingerprints of what is on the platform."""
        return {certificate["fingerprint"] for certificate in self.simulator.state(self.project)["certificates"]}

    def assert_mentions(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)

    def report(self):
        """What one needs to understand a failure."""
        for operator in self.operators:
            yield f"log of {operator.log.stem} (exit code {operator.exit_code})", operator.log_tail()
        for simulator in self.simulators:
            if simulator.running:
                yield "requests to the platform", "\n".join(map(json.dumps, simulator.requests()[-40:]))
                yield "certificates on the platform", json.dumps(simulator.state(self.project), indent=1)
        yield "objects", cluster().kubectl("get", "servercertificates,iotdainstances", "--all-namespaces", "-o", "yaml")


class Result(unittest.TextTestResult):
    """Names each test in words with its time, and shows the state of the world where one failed."""

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.stream.writeln(f"  {time.monotonic() - self._started:.1f} s")

    def addError(self, test, err):
        super().addError(test, err)
        self._report(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._report(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self._report(test)

    def _report(self, test):
        if not isinstance(test, OperatorTest) or not hasattr(test, "operators"):
            return
        try:
            for title, text in test.report():
                indented = re.sub("^", "    ", text, flags=re.M)
                self.stream.writeln(f"  {test.id()}, {title}:\n{indented}")
        except Exception as error:  # pylint: disable=broad-except; the failure itself must be shown
            self.stream.writeln(f"  the state of the world cannot be shown: {error}")


def main():
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=Result, verbosity=2))
