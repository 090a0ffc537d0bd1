"""The base of tests with a proxy between the operator and its API server."""

from harness import materials
from harness.case import OperatorTest
from harness.proxy import Proxy
from harness.wait import wait_for

REQUESTS_IN_TEN_SECONDS = 50


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
        self.assertLessEqual(self.proxy.busiest(), REQUESTS_IN_TEN_SECONDS, "requests in 10 seconds")
        super().tearDown()

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
