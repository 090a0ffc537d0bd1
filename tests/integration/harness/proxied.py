"""The base of tests with a proxy between the operator and its API server."""

from harness import materials
from harness.case import OperatorTest
from harness.proxy import Proxy
from harness.wait import wait_for

# In no state more than 5 a second for longer than 10 s; but each change by the test costs some.
REQUESTS_IN_TEN_SECONDS = 50
REQUESTS_FOR_A_CHANGE = 15


class BehindAProxy(OperatorTest):
    flags = ()

    def setUp(self):
        super().setUp()
        self.proxy = Proxy(self.folder, "way", self.kube.server, self.kube.tls)
        self.addCleanup(self.proxy.stop)
        self.ca_file = self.folder / "ca.crt"
        self.ca_file.write_text(self.proxy.ca)
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.write_text(self.kube.kubeconfig_for(self.proxy.endpoint, self.ca_file))
        self.create_instance()
        self.operator = self.start_operator(*self.flags, kubeconfig=self.kubeconfig)

    def tearDown(self):
        self.assert_calm(self.proxy)
        super().tearDown()

    def assert_calm(self, proxy):
        times = [request.time for request in proxy.requests()]
        for first in times:
            requests = sum(first <= when < first + 10 for when in times)
            changes = sum(first - 5 <= when < first + 10 for when in self.kube.changes)
            allowed = REQUESTS_IN_TEN_SECONDS + REQUESTS_FOR_A_CHANGE * changes
            self.assertLessEqual(requests, allowed, f"requests in 10 seconds, with {changes} changes by the test")

    def renew(self, name):
        renewed = materials.self_signed(f"{name}.example.com")
        self.put_material(name, renewed)
        return renewed

    def wait_health(self, path, status, *parts, seconds=60.0):
        """Waits until /readyz or /healthz says so; its text."""

        def said():
            code, text = self.operator.get(path)
            return code == status and all(part in text for part in parts) and text

        return wait_for(lambda: f"{path} is {status} with {parts}: {self.operator.get(path)}", said, seconds)
