#!/usr/bin/env python3
"""Where credentials come from, and what happens when they end, change, are wrong, or cannot be had."""

from harness import materials
from harness.case import ACCESS_KEY, REGION, OperatorTest, condition, main
from harness.wait import observe_that, wait_for

ISSUED = "iam_token", "iam_security_token", "sts_assume_with_oidc", "pod_identity", "metadata_key"


class Credentials(OperatorTest):
    def setUp(self):
        super().setUp()
        self.start_simulator(projects=[(REGION, self.project)])

    def environment_of(self, kind):
        """What a Pod with this source of credentials has in its environment."""
        sim = self.simulator
        sts = {
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE": str(sim.id_token_file),
            "HUAWEICLOUD_SDK_STS_ENDPOINT": sim.iam_endpoint,
        }
        home = self.folder / "home"
        (home / ".huaweicloud").mkdir(parents=True, exist_ok=True)
        return {
            "Token": {},
            "Environment": {"HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": self.secret_key},
            "CredentialsFile": {"HOME": str(home)},
            "PodIdentity": {
                "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{sim.metadata_endpoint}/v1/pod-identity/credentials",
                "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(sim.pod_token_file),
            },
            "OIDC": sts,
            "InstanceMetadata": {"HUAWEICLOUD_SDK_METADATA_ENDPOINT": sim.metadata_endpoint},
        }[kind]

    def begin(self, kind, environment=None, ca=None, **credentials):
        """An operator with such credentials, and an instance whose project is not told."""
        nowhere = {"HOME": str(self.folder), "HUAWEICLOUD_SDK_METADATA_ENDPOINT": "http://127.0.0.1:9"}
        self.start_operator(
            *("--resync-period", "2s"), environment={**nowhere, **(environment or self.environment_of(kind))}
        )
        if kind == "Token":
            user = {"domain": self.simulator.iam_domain, "username": self.simulator.iam_user}
            self.put_secret("user", {**user, "password": self.simulator.iam_password}, self.system)
            credentials = {"secretRef": {"name": "user"}}
        source, ca = {"type": kind, **credentials}, ca or self.simulator_ca
        self.create_instance(iamEndpoint=self.simulator.iam_endpoint, projectId=None, source=source, caBundle=ca)

    def issued(self):
        counts = self.simulator.iam()["issued"]
        return sum(counts.get(call, 0) for call in ISSUED)

    def adds(self):
        return [request["status"] for request in self.simulator.requests("add")]

    def renew(self, name):
        material = materials.self_signed(f"{name}.example.com")
        self.put_material(name, material)
        return material

    def live_through(self, kind, origin, **credentials):
        """First use, renewal before the end, revoked in the middle of a rotation, gone and back."""
        self.simulator.behave_iam(token_seconds=64, key_seconds=64)  # a minute before the end they are not used any more
        self.begin(kind, **credentials)
        self.add_certificate("a")
        self.wait_ready("a")
        self.assertEqual(self.project, self.instance()["status"]["target"]["projectId"])
        self.assert_mentions(self.wait_instance("Succeeded"), origin)
        first = self.issued()
        wait_for("they are renewed before they end", lambda: self.issued() >= first + 2, 40)

        self.simulator.revoke("all")
        second = self.renew("a")
        self.wait_renewed("a", second)
        self.assertEqual(2, sum(200 <= status < 300 for status in self.adds()), self.adds())

        calls = [*ISSUED, "metadata_session", "iam_id_token"]
        self.simulator.behave_iam(unavailable=calls)
        self.simulator.revoke("all")
        third = self.renew("a")
        wait_for("the instance says it", lambda: condition(self.instance())["status"] == "False", 30)
        self.simulator.behave_iam(unavailable=[])
        self.wait_renewed("a", third)
        self.assertEqual(3, sum(200 <= status < 300 for status in self.adds()), self.adds())
        self.assertEqual(0, self.simulator.iam()["lockouts"])
        wait_for("the ledger has settled", lambda: self.slot_states() == ["Active"], 30)

    def test_tokens_of_a_user(self):
        self.live_through("Token", f"IAM user {self.simulator.iam_user}")

    def test_the_identity_of_a_pod(self):
        self.live_through("PodIdentity", "CCE pod identity")

    def test_the_agency_of_a_node(self):
        self.live_through("InstanceMetadata", "instance metadata")

    def test_oidc_with_a_trust_agency(self):
        agency = {"providerUrn": "iam::a:oidcProvider:k8s", "agencyUrn": "iam::a:agency:iotda"}
        self.live_through("OIDC", "OIDC, agency iam::a:agency:iotda", oidc=agency)

    def test_oidc_with_an_identity_provider_of_iam(self):
        self.live_through("OIDC", "OIDC identity provider k8s", oidc={"identityProviderId": "k8s"})

    def test_a_projected_token_is_read_anew(self):
        self.simulator.behave_iam(key_seconds=64)
        agency = {"providerUrn": "iam::a:oidcProvider:k8s", "agencyUrn": "iam::a:agency:iotda"}
        self.begin("OIDC", oidc=agency)
        self.add_certificate("a")
        self.wait_ready("a")
        self.simulator.rotate_id_token()
        before = self.issued()
        wait_for("another key is issued for the new token", lambda: self.issued() > before + 1, 40)

    def test_environment_variables(self):
        self.begin("Environment")
        self.add_certificate("a")
        self.wait_ready("a")
        self.assert_mentions(self.wait_instance("Succeeded"), "environment variables")

    def test_a_credentials_file(self):
        environment = self.environment_of("CredentialsFile")
        path = self.folder / "home/.huaweicloud/credentials"
        path.write_text(f"# made by hand\n[basic]\nak = {ACCESS_KEY}\nsk = {self.secret_key}\n")
        self.begin("CredentialsFile", environment)
        self.add_certificate("a")
        self.wait_ready("a")
        self.assert_mentions(self.wait_instance("Succeeded"), str(path))

    def test_ambient_takes_the_first_that_is_configured_and_stays_with_it(self):
        environment = {**self.environment_of("PodIdentity"), **self.environment_of("InstanceMetadata")}
        self.begin("Ambient", environment)
        self.add_certificate("a")
        self.wait_ready("a")
        self.assert_mentions(self.wait_instance("Succeeded"), "CCE pod identity")
        self.assertEqual(0, self.simulator.iam()["issued"].get("metadata_key", 0))

    def test_without_any_ambient_credentials_the_message_says_what_was_tried(self):
        self.begin("Ambient", {"UNUSED": "1"})
        message = self.wait_instance("CredentialsNotFound")
        self.assert_mentions(
            message, "HUAWEICLOUD_SDK_AK is not set", ".huaweicloud/credentials", "HC_CONTAINER_CREDENTIALS_FULL_URI",
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE", "instance metadata",
        )
        self.assertEqual([], self.simulator.requests("list"))

    def test_a_corrected_ca_bundle_is_used_for_iam_too(self):
        self.begin("Token", ca=materials.self_signed("another").certificate)
        self.assert_mentions(self.wait_instance("PlatformUnavailable"), "IAM, getting a token", "certificate")
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"caBundle": self.simulator_ca}})
        self.wait_instance("Succeeded")

    def test_a_project_that_iam_does_not_name_once_is_named_in_the_condition(self):
        self.simulators.pop().kill()
        self.start_simulator(projects=[("other", "p1")])
        self.begin("Environment")
        self.assert_mentions(self.wait_instance("ProjectNotResolved"), "no project", REGION, "spec.projectId")
        self.kube.patch("IoTDAInstance", self.ns, {"spec": {"projectId": self.project}})
        self.wait_instance("Succeeded")

    def test_several_projects_of_a_region_are_ambiguous(self):
        self.simulators.pop().kill()
        self.start_simulator(projects=[(REGION, "p1"), (REGION, "p2")])
        self.begin("Environment")
        self.assert_mentions(self.wait_instance("ProjectNotResolved"), "2 projects")

    def test_a_secret_that_cannot_be_right_is_not_sent(self):
        for defect, says in (
            (self.secret_key + "\n", "line break"),
            (f'"{self.secret_key}"', "quotes"),
            (f"SK={self.secret_key}", "whole line"),
            ("", "missing or empty"),
            ("short", "5 characters"),
        ):
            with self.subTest(says):
                self.put_secret("credentials", {"accessKey": ACCESS_KEY, "secretKey": defect}, self.system)
                if not self.operators:
                    self.start_operator()
                    self.create_instance()
                wait_for("it is named", lambda: says in condition(self.instance())["message"], 20)
                self.assertEqual("CredentialsInvalid", condition(self.instance())["reason"])
                self.assert_mentions(condition(self.instance())["message"], "secretKey", f"{self.system}/credentials")
        self.assertEqual([], self.simulator.requests())
        self.put_credentials()
        self.wait_instance("Succeeded")

    def test_former_credentials_stay_in_use_while_the_new_ones_are_rejected(self):
        self.start_operator("--resync-period", "2s")
        self.create_instance()
        self.add_certificate("a")
        self.wait_ready("a")
        self.put_credentials(secret_key=self.secret_key[::-1])
        message = self.wait_instance("CredentialsRejected")
        self.assert_mentions(message, "the former credentials stay in use")
        self.wait_renewed("a", self.renew("a"))
        self.assertEqual(0, self.simulator.iam()["lockouts"])
        self.put_credentials()
        self.wait_instance("Succeeded")

    def test_a_changed_key_is_used_at_once(self):
        self.start_operator()
        self.create_instance()
        self.add_certificate("a")
        self.wait_ready("a")
        key = "ANOTHERACCESSKEY0000"
        self.simulator.replace_access_key(key, self.secret_key)
        self.put_credentials(access_key=key)
        self.wait_renewed("a", self.renew("a"))

    def test_five_instances_with_one_wrong_key_do_not_lock_it(self):
        self.put_credentials(secret_key=self.secret_key[::-1])
        self.start_operator("--resync-period", "1s")
        names = [self.ns, *(f"{self.ns}-{i}" for i in range(4))]
        for i, name in enumerate(names):
            self.create_instance(name, project=f"{self.project}-{i}")
        for name in names:
            self.wait_instance("CredentialsRejected", name)
        observe_that("nothing is tried again soon", lambda: self.simulator.iam()["failures_in_a_row"] <= 2, 20)
        self.assertEqual(0, self.simulator.iam()["lockouts"])
        self.put_credentials()
        for name in names:
            self.wait_instance("Succeeded", name)

    def test_instances_that_share_credentials_wait_together_while_the_platform_limits_the_rate(self):
        self.simulator.behave(throttled=["list", "domain_list"])
        self.start_operator("--resync-period", "1s")
        names = [self.ns, *(f"{self.ns}-{i}" for i in range(4))]
        for i, name in enumerate(names):
            self.create_instance(name, project=f"{self.project}-{i}")
        for name in names:
            self.wait_instance("Throttled", name)
        before = len(self.simulator.requests())
        observe_that("few are sent", lambda: len(self.simulator.requests()) <= before + 5, 15)
        self.simulator.behave(throttled=[])
        for name in names:
            self.wait_instance("Succeeded", name, seconds=90)

    def test_an_endpoint_that_does_not_respond_is_told_and_tried_again(self):
        self.start_operator("--resync-period", "1s")
        self.create_instance()
        self.wait_instance("Succeeded")
        port = int(self.simulator.endpoint.rsplit(":", 1)[1])
        self.simulators.pop().kill()
        self.wait_instance("PlatformUnavailable")
        wait_for("it says how many went unanswered", lambda: "did not respond to the last" in condition(self.instance())["message"], 30)
        self.start_simulator(port=port)
        self.wait_instance("Succeeded", seconds=90)

    def test_a_clock_that_is_off_is_told_in_minutes(self):
        self.simulator.behave(skew_ms=20 * 60 * 1000)
        self.start_operator()
        self.create_instance()
        self.assert_mentions(self.wait_instance("CredentialsRejected"), "20m behind the clock of the platform", "NTP")


if __name__ == "__main__":
    main()
