#!/usr/bin/env python3
"""The ways to the platform, to IAM and to the API server: through a proxy, to an IPv6 address, with a CA that is in a
ConfigMap or a Secret."""

import json
import urllib.parse

from harness import materials
from harness.case import REGION, OperatorTest, condition, main
from harness.connect_proxy import ConnectProxy
from harness.kube import cluster
from harness.wait import observe_that, wait_for

PLATFORM, IAM = "platform.test", "iam.test"
USER, PASSWORD = "proxy-user", "PasswordOfTheProxy:@/"


class Ways(OperatorTest):
    def proxy(self, *credentials):
        proxy = ConnectProxy(*credentials)
        self.addCleanup(proxy.stop)
        return proxy

    def _tls(self):
        """A certificate for names too."""
        files = cluster().folder / "ways.crt", cluster().folder / "ways.key"
        if not files[1].exists():
            names = f"IP:127.0.0.1,IP:::1,DNS:{PLATFORM},DNS:{IAM}"
            materials.self_signed("ways", names).write(cluster().folder, "ways")
        return files

    @staticmethod
    def at(name, endpoint):
        """The URL of an endpoint with a name that only the proxy can resolve."""
        return f"https://{name}:{urllib.parse.urlsplit(endpoint).port}"

    def far(self):
        """The endpoint of the platform, by name."""
        return self.at(PLATFORM, self.simulator.endpoint)

    def assert_only_connects(self, proxy, *targets):
        lines = {f"CONNECT {urllib.parse.urlsplit(url).netloc} HTTP/1.1" for url in targets}
        self.assertEqual(lines, set(proxy.lines()))
        for text in "/v5/iot", "Authorization: ", "X-Auth-Token", "X-Sdk-Date", self.project:
            self.assertNotIn(text.encode(), proxy.sent())

    def assert_not_told(self, secret):
        """Neither in logs nor in objects nor in the command line."""
        for operator in self.operators:
            self.assertNotIn(secret, operator.log.read_text())
            self.assertNotIn(secret, operator._proc("cmdline"))
        self.assertNotIn(secret, json.dumps([self.instance(), self.kube.list("Event", "default")]))

    def test_everything_goes_through_the_proxy_of_the_environment(self):
        self.start_simulator(projects=[(REGION, self.project)])
        proxy = self.proxy(USER, PASSWORD)
        password = urllib.parse.quote(PASSWORD, safe="")
        self.start_operator(environment={"HTTPS_PROXY": f"http://{USER}:{password}@{proxy.address}", "NO_PROXY": "other"})
        user = {"domain": self.simulator.iam_domain, "username": self.simulator.iam_user}
        self.put_secret("user", {**user, "password": self.simulator.iam_password}, self.system)
        iam = self.at(IAM, self.simulator.iam_endpoint)
        source = {"type": "Token", "secretRef": {"name": "user"}}
        self.create_instance(endpoint=self.far(), iamEndpoint=iam, projectId=None, source=source)
        self.add_certificate("a")
        self.wait_ready("a")
        self.assertEqual(self.project, self.instance()["status"]["target"]["projectId"])
        self.delete_certificate("a")
        self.assert_only_connects(proxy, self.far(), iam)
        for secret in PASSWORD, password:
            self.assert_not_told(secret)

    def test_no_proxy_is_respected(self):
        proxy = self.proxy()
        self.start_operator(environment={"https_proxy": proxy.url, "no_proxy": "other, .test"})
        self.create_instance(endpoint=self.far())
        self.assert_mentions(self.wait_instance("PlatformUnavailable"), PLATFORM, "cannot resolve the host name")
        self.create_instance(f"{self.ns}-near")  # loopback
        self.kube.delete("IoTDAInstance", self.ns)
        self.wait_instance("Succeeded", f"{self.ns}-near")
        self.assertEqual([], proxy.lines())

    def test_an_instance_has_a_proxy_of_its_own(self):
        proxy, other = self.proxy(USER, PASSWORD), self.proxy()
        self.start_operator(environment={"HTTPS_PROXY": other.url})
        self.create_instance(endpoint=self.far(), proxy={"url": proxy.url, "secretRef": {"name": "proxy"}})
        self.assert_mentions(self.wait_instance("CredentialsNotFound"), f"Secret {self.system}/proxy")
        self.put_secret("proxy", {"username": USER, "password": "WrongPassword"}, self.system)
        message = self.wait_instance("PlatformUnavailable")
        self.assert_mentions(message, PLATFORM, proxy.address, "rejected the user name or the password (status 407)")
        self.put_secret("proxy", {"username": USER, "password": PASSWORD}, self.system)
        self.add_certificate("a")
        self.wait_ready("a")

        proxy.require(USER, "AnotherPassword")
        self.put_secret("proxy", {"username": USER, "password": "AnotherPassword"}, self.system)
        proxy.cut()
        renewed = materials.self_signed("a.example.com")
        self.put_material("a", renewed)
        self.wait_renewed("a", renewed)
        self.assert_only_connects(proxy, self.far())
        self.assertEqual([], other.lines())
        for secret in "WrongPassword", PASSWORD, "AnotherPassword":
            self.assert_not_told(secret)

    def test_a_proxy_that_refuses_is_named(self):
        proxy = self.proxy()
        proxy.refuse(403)
        self.start_operator()
        self.create_instance(endpoint=self.far(), proxy={"url": proxy.url})
        message = self.wait_instance("PlatformUnavailable")
        self.assert_mentions(message, PLATFORM, proxy.address, "the proxy does not allow this connection (status 403)")
        proxy.refuse(None)
        self.wait_instance("Succeeded")

    def test_the_api_server_is_reached_through_the_proxy_of_a_kubeconfig(self):
        proxy = self.proxy(USER, PASSWORD)
        url = f"http://{USER}:{urllib.parse.quote(PASSWORD, safe='')}@{proxy.address}"
        kubeconfig = self.folder / "kubeconfig"
        server = self.kube.server.geturl()
        text, proxied = cluster().kubeconfig.read_text(), f'server: "{server}", proxy-url: "{url}"'
        self.assertIn(f'server: "{server}"', text)
        kubeconfig.write_text(text.replace(f'server: "{server}"', proxied))
        operator = self.start_operator(kubeconfig=kubeconfig)
        self.create_instance()
        self.add_certificate("a")
        self.wait_ready("a")
        self.assert_only_connects(proxy, server)
        self.assertTrue(operator.says(proxy.url))
        self.assert_not_told(PASSWORD)
        self.assert_not_told(urllib.parse.quote(PASSWORD, safe=""))

    def replace_simulator(self):
        """Another one at the same address, with another certificate; its CA."""
        port = urllib.parse.urlsplit(self.simulator.endpoint).port
        self.simulators.pop().kill()
        made = materials.self_signed("replaced", "IP:127.0.0.1")
        made.write(self.folder, "replaced")
        files = self.folder / "replaced.crt", self.folder / "replaced.key"
        self._tls = lambda: files
        self.start_simulator(port=port)
        return made.certificate

    def live_through_a_new_ca(self, kind, put, seconds):
        put(self.simulator_ca)
        self.start_operator("--resync-period", "2s")
        self.create_instance(caBundle=None, caBundleRef={"kind": kind, "name": "ca"})
        self.wait_instance("Succeeded")
        ca = self.replace_simulator()
        self.assert_mentions(self.wait_instance("PlatformUnavailable"), "TLS")
        put(ca)
        self.wait_instance("Succeeded", seconds=seconds)
        put("this is no PEM")
        wait_for("it is told", lambda: "former content stays in use" in condition(self.instance())["message"], 100)
        self.assertEqual("CredentialsInvalid", condition(self.instance())["reason"])
        self.add_certificate("a")
        wait_for("the former CA is in use", lambda: len(self.held()) == 1)

    def test_a_new_ca_in_a_config_map_is_used_without_a_restart(self):
        def put(pem):
            put_it = self.kube.replace if self.kube.get("ConfigMap", "ca", self.system) else self.kube.create
            put_it("ConfigMap", "ca", self.system, data={"ca.crt": pem})

        self.live_through_a_new_ca("ConfigMap", put, 120)

    def test_a_new_ca_in_a_secret_is_used_at_once(self):
        self.live_through_a_new_ca("Secret", lambda pem: self.put_secret("ca", {"ca.crt": pem}, self.system), 30)

    def test_a_config_map_that_is_missing_is_named(self):
        self.start_operator()
        self.create_instance(caBundle=None, caBundleRef={"kind": "ConfigMap", "name": "ca", "key": "root.pem"})
        message = self.wait_instance("CredentialsNotFound")
        self.assert_mentions(message, f"ConfigMap {self.system}/ca", "does not exist")

    def test_an_ipv6_address_of_the_platform(self):
        self.start_simulator(host="[::1]")
        self.assertIn("[::1]", self.simulator.endpoint)
        self.start_operator()
        self.create_instance()
        self.add_certificate("a")
        self.wait_ready("a")
        observe_that("nothing is rejected", lambda: condition(self.instance())["status"] == "True", 2)


if __name__ == "__main__":
    main()
