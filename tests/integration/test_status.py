#!/usr/bin/env python3
"""What `iotda-operator status` shows of objects as they are, with the kubeconfig of a person."""

import contextlib
import json
import os
import pty
import subprocess

from harness import materials
from harness.case import OperatorTest, main
from harness.kube import cluster
from harness.processes import OPERATOR
from harness.wait import wait_for


class Status(OperatorTest):
    def setUp(self):
        super().setUp()
        self.create_instance()
        self.start_operator()

    def environment(self, kubeconfig=None):
        environment = {key: value for key, value in os.environ.items() if key != "LC_ALL"}
        kubeconfig = kubeconfig or cluster().kubeconfig
        return {**environment, "LANG": "C.UTF-8", "COLUMNS": "80", "KUBECONFIG": str(kubeconfig)}

    def status(self, *arguments, code, kubeconfig=None):
        """Standard output, and standard error where the status cannot be read."""
        command = [OPERATOR, "status", *arguments]
        done = subprocess.run(command, env=self.environment(kubeconfig), capture_output=True, text=True, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stderr if code == 2 else done.stdout

    def overview(self, code):
        """The JSON form; code 0 needs every IoTDAInstance of the cluster to be ready, and there is but one."""
        return json.loads(self.status("-n", self.ns, "-o", "json", code=code))

    def test_all_ready_then_one_waits_then_the_story_says_why(self):
        domain = {"domainName": "mqtt.example.com"}
        self.add_certificate("first", materials.self_signed("mqtt.example.com"), domainConfiguration=domain)
        self.add_certificate("second")
        self.wait_ready("first", "second")
        wait_for("both slots are shown", lambda: len(self.slots()) == 2)

        text = self.status("-n", self.ns, code=0)
        self.assert_mentions(text, f"INSTANCE {self.ns} · Ready · 2/2 slots\n", f"{self.ns}/first", "██", "expires in")
        self.assertIn("serves mqtt.example.com", text)
        self.assertNotIn("\x1b", text)
        overview = self.overview(0)
        self.assertTrue(overview["allReady"])
        ids = {certificate["id"] for certificate in self.simulator.state(self.project)["certificates"]}
        self.assertEqual(ids, {slot["serverCertificateId"] for slot in overview["instances"][0]["slots"]})

        self.add_certificate("third")
        self.wait_reason("third", "QuotaExceeded")
        text = self.status("-n", self.ns, code=1)
        self.assert_mentions(text, "2/2 slots · 1 waiting", f"{self.ns}/third  QuotaExceeded for ")
        self.assertEqual(["third"], [need["name"] for need in self.overview(1)["needsAction"]])

        story = self.status("third", "-n", self.ns, code=1)
        self.assert_mentions(story, f"✔ Secret  {self.ns}/third", "✘ Slot ", "→ delete an object", "· Upload ")
        self.assertEqual(1, story.count("✘"))
        self.assertNotIn("✘", self.status("first", "-n", self.ns, code=0))
        self.assertIn("fourth does not exist", self.status("fourth", "-n", self.ns, code=2))

    def test_rejected_credentials_say_what_to_do_and_a_watch_shows_the_change(self):
        self.add_certificate("first")
        self.wait_ready("first")
        with self.watching() as lines:
            wait_for("the watch began", lambda: any("Ready Succeeded" in line for line in lines()))
            self.put_credentials(secret_key=self.secret_key[::-1])
            self.request_reconcile("now")
            self.wait_instance("CredentialsRejected")
            wait_for("the watch shows it", lambda: any("NotReady CredentialsRejected" in line for line in lines()))
        text = self.status("-n", self.ns, code=1)
        self.assert_mentions(text, "NOT READY · CredentialsRejected", "→ check the credentials")
        self.assertNotIn(self.secret_key[::-1], text)
        self.assertEqual(["IoTDAInstance"], [need["kind"] for need in self.overview(1)["needsAction"]])

    def test_a_plan_says_what_the_operator_then_does(self):
        self.add_certificate("first")
        self.add_certificate("second")
        self.wait_ready("first", "second")
        self.assertIn(f"{self.ns}: 0 actions\n", self.plan(self.ns))
        self.operators[0].stop()
        before = len(self.simulator.requests())
        # No slot is free, and nothing serves the old certificate: it is deleted first.
        renewed = materials.self_signed("first.example.com")
        self.put_material("first", renewed)
        self.add_certificate("third")
        text = self.plan(self.ns)
        self.assert_mentions(text, f"{self.ns}: 2 actions\n", "  1. delete     ", f"  2. upload     {self.ns}/first")
        self.assert_mentions(text, f"waits: {self.ns}/third: QuotaExceeded: ", "assumes: the platform has what")
        self.assertEqual(before, len(self.simulator.requests()), "a plan makes no request to the platform")
        saved = self.folder / "saved.yaml"
        saved.write_text(cluster().kubectl("get", "iotdainstances,servercertificates", "-A", "-o", "yaml"))
        self.assert_mentions(self.plan("--offline", saved), f"{self.ns}: 0 actions", "as its status says")
        self.start_operator()
        self.wait_renewed("first", renewed)
        calls = [request["call"] for request in self.simulator.requests()[before:]]
        self.assertEqual(["delete", "add"], [call for call in calls if call in ("add", "delete")])

    def plan(self, *arguments):
        command = [OPERATOR, "plan", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=True).stdout

    def test_on_a_terminal_it_is_drawn_again_in_colour(self):
        terminal, end = pty.openpty()
        with os.fdopen(terminal, "rb", buffering=0) as screen:
            command = [OPERATOR, "status", "-n", self.ns, "--watch"]
            environment = {**self.environment(), "TERM": "xterm"}
            environment.pop("NO_COLOR", None)
            with subprocess.Popen(command, env=environment, stdout=end) as process:
                os.close(end)
                try:
                    shown = ""
                    while shown.count("\x1b[H\x1b[J") < 2:
                        shown += screen.read(4096).decode()
                finally:
                    process.terminate()
        self.assertIn(f"INSTANCE {self.ns} · \x1b[", shown)

    @contextlib.contextmanager
    def watching(self):
        """The lines that a watch has printed to a pipe."""
        path = self.folder / "watch"
        with path.open("w", encoding="utf-8") as out:
            command = [OPERATOR, "status", "-n", self.ns, "--watch"]
            with subprocess.Popen(command, env=self.environment(), stdout=out) as process:
                try:
                    yield lambda: path.read_text(encoding="utf-8").splitlines()
                finally:
                    process.terminate()

    def test_a_person_without_permission_is_told_which_one(self):
        self.kube.create("ServiceAccount", "person", self.ns)
        account = f"/api/v1/namespaces/{self.ns}/serviceaccounts/person"
        token = self.kube.request("POST", f"{account}/token", {"spec": {}})["status"]["token"]
        person = self.folder / "person"
        person.write_text(self.kube.kubeconfig_with_token(token), encoding="utf-8")
        self.assertIn(
            f"no permission to list servercertificates.iotda.huaweicloud.com in namespace {self.ns}",
            self.status("-n", self.ns, code=2, kubeconfig=person),
        )
        self.assertIn("cannot read the kubeconfig", self.status("--kubeconfig", self.folder / "none", code=2))

        rules = [{"apiGroups": ["iotda.huaweicloud.com"], "resources": ["servercertificates"], "verbs": ["list"]}]
        self.kube.create("Role", "person", self.ns, rules=rules)
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "person"}
        subject = {"kind": "ServiceAccount", "name": "person", "namespace": self.ns}
        self.kube.create("RoleBinding", "person", self.ns, roleRef=role, subjects=[subject])
        self.add_certificate("first")
        self.wait_ready("first")
        text = self.status("-n", self.ns, code=0, kubeconfig=person)
        self.assert_mentions(text, f"INSTANCE {self.ns} · not read", f"✔  {self.ns}/first")


if __name__ == "__main__":
    main()
