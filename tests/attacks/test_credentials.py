#!/usr/bin/env python3
"""Whoever gets to see what the operator shows of its credentials, of every source and after every error: logs, events,
statuses, metrics, arguments, and its memory."""

import http.client
import http.server
import json
import pathlib
import random
import re
import ssl
import threading
import time
import urllib.parse

from attack import main, wait_for
from harness.case import REGION, condition
from memory_case import TOKEN, MemoryTest

# Members of the answers of IAM, STS, CCE and the metadata service.
PARTS = {
    "access key": ("access", "accessKeyId", "access_key_id"),
    "secret key": ("secret", "secretAccessKey", "secret_access_key"),
    "security token": ("securitytoken", "securityToken", "security_token"),
}
KEY = "access key", "secret key", "security token"
AGENCY = {"providerUrn": "iam::a:oidcProvider:k8s", "agencyUrn": "iam::a:agency:iotda"}
# A watch without changes keeps a part of its request, with the bearer token, in its buffer.
TOKENS = 1 + 4
# The error of a gateway that repeats all that it was sent.
SAYS_ALL = "verify aksk signature fail, canonicalRequest:"
ERRORS = {500: "IOTDA.000001", 400: "IOTDA.000006", 403: "IOTDA.000022", 401: "APIGW.0301"}


class Between:
    """Passes requests on to a server, remembers the secrets in requests and answers, and spoils answers if told to."""

    def __init__(self, name, server, client_tls, server_files=None):
        self._name, self._server, self._client_tls = name, urllib.parse.urlsplit(server), client_tls
        self.how = "pass"
        self.secrets, self.count = [], 0  # (name, text), in their order
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def exchange(self):
                owner.exchange(self)

            do_GET = do_POST = do_PUT = do_DELETE = exchange

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # clients come and go

        self._listener = Listener(("127.0.0.1", 0), Handler)
        if server_files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*server_files)
            self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)
        scheme = "https" if server_files else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self._listener.server_address[1]}"
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self._listener.shutdown()
        self._listener.server_close()

    def exchange(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = dict(handler.headers.items())
        for name in "X-Auth-Token", "X-Metadata-Token":
            if name in headers:
                self.secrets.append((f"{self._name} {name}", headers[name]))
        self.count += 1
        if self.how == "stall":
            handler.connection.recv(1)  # until the client gives up
            handler.close_connection = True
            return
        if isinstance(self.how, int):
            sent = "|".join(f"{name}:{value}" for name, value in headers.items()) + body.decode()
            answer = {"error_code": ERRORS[self.how], "error_msg": f"{SAYS_ALL}{sent}"}
            received = [(name, value) for name, value in headers.items() if name.startswith("X-")]
            self._send(handler, self.how, received, json.dumps({**answer, "request_id": sent[:64]}).encode())
            return
        status, received, content = self._pass_on(handler, headers, body)
        if self.how in ("cut off", "page"):
            content = b"<html>" + content if self.how == "page" else content[: len(content) * 3 // 4]
            received = [(name, value) for name, value in received if name != "X-Subject-Token"]
        self._send(handler, status, received, content)

    def _pass_on(self, handler, headers, body):
        kind = http.client.HTTPSConnection if self._server.scheme == "https" else http.client.HTTPConnection
        options = {"context": self._client_tls} if self._server.scheme == "https" else {}
        connection = kind(self._server.hostname, self._server.port, timeout=30, **options)
        connection.request(handler.command, handler.path, body or None, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        self._note(handler, response, content)
        return response.status, response.getheaders(), content

    def _note(self, handler, response, content):
        if token := response.getheader("X-Subject-Token"):
            self.secrets.append((f"{self._name} token", token))
        if handler.path.endswith("/api/token"):
            self.secrets.append((f"{self._name} session", content.decode()))
        if response.status >= 300 or b"ecret" not in content:
            return
        answer = json.loads(content)
        answer = answer.get("credential") or answer.get("credentials") or {}
        for part, names in PARTS.items():
            for name in names:
                if name in answer:
                    self.secrets.append((f"{self._name} {part}", answer[name]))

    @staticmethod
    def _send(handler, status, headers, content):
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def last(self, part):
        return [text for name, text in self.secrets if name.endswith(part)][-1]


class Credentials(MemoryTest):
    quota = 50

    def setUp(self):
        super().setUp()
        self.start_simulator(projects=[(REGION, self.project), (REGION, f"{self.project}-Token")])
        sim = self.simulator
        self.between = {
            name: self.put_between(name, server, files)
            for name, server, files in (
                ("Token", sim.iam_endpoint, self._tls()),
                ("OIDC", sim.iam_endpoint, self._tls()),
                ("STS", sim.iam_endpoint, self._tls()),
                ("PodIdentity", sim.metadata_endpoint, None),
                ("InstanceMetadata", sim.metadata_endpoint, None),
                ("Platform", sim.endpoint, self._tls()),
            )
        }
        for name, text in ("password", sim.iam_password), ("id token", self.id_token), ("pod token", self.pod_token):
            self.marks.text(name, text)
        self.keys = {name: self.temporary_key(name) for name in ("AccessKey", "Environment", "CredentialsFile")}
        self.token = self.account_token()
        self.names = {}

    def put_between(self, name, server, files):
        between = Between(name, server, self.simulator.tls, files)
        self.addCleanup(between.stop)
        return between

    @property
    def id_token(self):
        return self.simulator.id_token_file.read_text()

    @property
    def pod_token(self):
        return self.simulator.pod_token_file.read_text()

    def temporary_key(self, source):
        """One that this test gets, for a source that does not renew it."""
        address = urllib.parse.urlsplit(self.simulator.iam_endpoint)
        connection = http.client.HTTPSConnection(address.hostname, address.port, context=self.simulator.tls, timeout=30)
        body = {"provider_urn": "p", "agency_urn": "a", "agency_session_name": "test", "id_token": self.id_token}
        body, headers = json.dumps({**body, "duration_seconds": 3600}), {"Content-Type": "application/json"}
        connection.request("POST", "/v5/agencies/assume-with-oidc", body, headers)
        answer = json.load(connection.getresponse())["credentials"]
        connection.close()
        key = {part: answer[names[2]] for part, names in PARTS.items()}
        for part, text in key.items():
            self.marks.text(f"{source} {part}", text)
        return key

    def environment(self):
        """All sources at once; each instance selects one."""
        key = self.keys["CredentialsFile"]
        path = self.folder / "credentials"
        names = {"ak": "access key", "sk": "secret key", "security_token": "security token"}
        path.write_text("\n".join(["[basic]", *(f"{name}={key[part]}" for name, part in names.items())]))
        key = self.keys["Environment"]
        return {
            "HUAWEICLOUD_SDK_AK": key["access key"],
            "HUAWEICLOUD_SDK_SK": key["secret key"],
            "HUAWEICLOUD_SDK_SECURITY_TOKEN": key["security token"],
            "HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path),
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE": str(self.simulator.id_token_file),
            "HUAWEICLOUD_SDK_STS_ENDPOINT": self.between["STS"].endpoint,
            "HC_CONTAINER_CREDENTIALS_FULL_URI": self.between["PodIdentity"].endpoint + "/v1/pod-identity/credentials",
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(self.simulator.pod_token_file),
            "HUAWEICLOUD_SDK_METADATA_ENDPOINT": self.between["InstanceMetadata"].endpoint,
        }

    def create_instances(self):
        key, user = self.keys["AccessKey"], {"domain": self.simulator.iam_domain, "username": self.simulator.iam_user}
        parts = {"accessKey": key["access key"], "secretKey": key["secret key"], "securityToken": key["security token"]}
        self.put_secret("temporary", parts, self.system)
        self.put_secret("user", {**user, "password": self.simulator.iam_password}, self.system)
        for name, source in {
            "AccessKey": {"type": "AccessKey", "secretRef": {"name": "temporary"}},
            "Token": {"type": "Token", "secretRef": {"name": "user"}},
            "Environment": {"type": "Environment"},
            "CredentialsFile": {"type": "CredentialsFile"},
            "PodIdentity": {"type": "PodIdentity"},
            "OIDC": {"type": "OIDC", "oidc": {"identityProviderId": "k8s"}},
            "STS": {"type": "OIDC", "oidc": AGENCY},
            "InstanceMetadata": {"type": "InstanceMetadata"},
        }.items():
            self.names[name] = f"{self.ns}-{name.lower()}"
            iam = self.between.get(name if name in ("Token", "OIDC") else "STS").endpoint
            platform, project = self.between["Platform"].endpoint, f"{self.project}-{name}"
            self.create_instance(self.names[name], platform, project, source=source, iamEndpoint=iam)

    def reasons(self):
        return {kind: condition(self.instance(name))["reason"] for kind, name in self.names.items()}

    def wait_reasons(self, what, matches, seconds=60):
        wait_for(lambda: f"{what}: {self.reasons()}", lambda: all(map(matches, self.reasons().values())), seconds)

    def request_reconciles(self):
        for name in self.names.values():
            annotations = {"iotda.huaweicloud.com/reconcile-requested-at": f"{random.getrandbits(32)}"}
            self.kube.patch("IoTDAInstance", name, {"metadata": {"annotations": annotations}})

    def note(self):
        for between in self.between.values():
            for name, text in list(between.secrets):
                if len(text) >= 16:
                    self.marks.text(name, text)

    def in_use(self, *sources):
        """What docs/threat-model.md says is in memory, and how often."""
        counts = {TOKEN: TOKENS}
        for source in sources:
            parts = ["token"] if source == "Token" else KEY
            # The environment of a process is in its memory too.
            counts.update({f"{source} {part}": 2 if source == "Environment" else 1 for part in parts})
        return {**counts, "password": 1}

    def assert_not_shown(self, operator):
        """Nothing of it is anywhere but in memory and where the user has put it."""
        self.note()
        pid = pathlib.Path(f"/proc/{operator.pid}")
        shown = {
            "log": operator.log.read_bytes(),
            "events": json.dumps([self.kube.list("Event", ns) for ns in ("default", self.ns, self.system)]).encode(),
            "statuses": json.dumps(self.kube.list("IoTDAInstance")).encode(),
            "metrics": operator.get("/metrics")[1].encode(),
            "arguments": (pid / "cmdline").read_bytes(),
        }
        environment = (pid / "environ").read_bytes()
        for text in self.keys["Environment"].values():
            self.assertIn(text.encode(), environment)
            environment = environment.replace(text.encode(), b"")
        shown["environment"] = environment
        marks = [(mark, name) for mark, name in self.marks.names.items() if name != "control"]
        found = {(where, name) for where, text in shown.items() for mark, name in marks if mark in text}
        self.assertEqual(set(), found)
        self.assertGreater(len(shown["log"]), 100)

    def test_credentials_of_every_source_in_use_and_rejected(self):
        operator = self.start("--log-level", "debug", token=self.token, environment=self.environment())
        self.create_instances()
        self.wait_reasons("all are accepted", "Succeeded".__eq__)
        self.assert_not_shown(operator)
        left = self.assert_forgotten(operator, self.in_use(*self.names))
        self.assertEqual(set(self.in_use(*self.names)), set(left), "what is in use is found")

        # Revoked: what is renewed is accepted again, what is not is rejected.
        self.simulator.revoke("all")
        renewed = [between.count for between in self.between.values()]
        self.request_reconciles()
        wait_for("the others are rejected", lambda: list(self.reasons().values()).count("CredentialsRejected") == 3, 30)
        wait_for("they are renewed", lambda: all(b.count > n for b, n in zip(self.between.values(), renewed)), 30)
        self.assert_not_shown(operator)
        self.assert_last(operator)

        # An error that repeats all of the request.
        for status in ERRORS:
            self.between["Platform"].how = status
            before = self.between["Platform"].count
            self.request_reconciles()
            wait_for("requests are rejected", lambda before=before: self.between["Platform"].count > before, 30)
            time.sleep(1)
        self.assert_not_shown(operator)
        self.assert_last(operator)

    def assert_last(self, operator):
        """Of what was renewed, only the last is in memory."""
        self.note()
        for name in "Token", "OIDC", "STS", "PodIdentity", "InstanceMetadata":
            for part in ["token"] if name == "Token" else KEY:
                last = self.between[name].last(f"{name} {part}")
                self.marks.rename(f"{name} {part}", f"earlier {name} {part}", but=[last])
        self.assert_forgotten(operator, self.in_use(*self.names))

    def test_what_those_answer_who_issue_credentials(self):
        self.create_instances()
        for how in 500, 403, 401, "cut off", "page", "stall":
            with self.subTest(how):
                for name, between in self.between.items():
                    between.how = "pass" if name == "Platform" else how
                operator = self.start("--log-level", "debug", token=self.token, environment=self.environment())
                before = {name: between.count for name, between in self.between.items()}
                spoiled = [name for name in self.between if name != "Platform"]
                wait_for("each is asked", lambda: all(self.between[n].count > before[n] for n in spoiled), 30)
                wait_for("the rest is accepted", lambda: list(self.reasons().values()).count("Succeeded") == 3, 60)
                if how == "stall":
                    self.await_timeouts(spoiled)
                self.assert_not_shown(operator)
                self.assert_forgotten(operator, self.in_use("AccessKey", "Environment", "CredentialsFile"))
                operator.stop()

    def await_timeouts(self, names):
        """Until each request has timed out and the next one was answered, with an error."""
        before = {name: self.between[name].count for name in names}
        for name in names:
            self.between[name].how = 500
        wait_for("each is asked again", lambda: all(self.between[n].count > before[n] for n in names), 60)

    def test_what_secrets_hold_and_is_not_sent(self):
        operator = self.start("--log-level", "debug", token=self.token, environment=self.environment())
        key, user = self.keys["AccessKey"], {"domain": "d", "username": "u"}
        wrong = {"accessKey": key["access key"], "secretKey": f"AnotherSecretKey{random.getrandbits(128):032x}"}
        self.marks.text("wrong", wrong["secretKey"])
        defects = {"line break": "{}\n", "quotes": '"{}"', "line": "SK={}", "control": "{}\x01", "long": "{0}{0}{0}{0}"}
        for what, text in defects.items():
            name = re.sub("[^a-z]", "", what)
            secret = text.format(wrong["secretKey"])
            self.put_secret(name, {**wrong, "secretKey": secret}, self.system)
            self.put_secret(f"user-{name}", {**user, "password": secret}, self.system)
            for kind, ref in ("AccessKey", name), ("Token", f"user-{name}"):
                self.names[kind + what] = f"{self.ns}-{kind.lower()}-{name}"
                source = {"type": kind, "secretRef": {"name": ref}}
                if (kind, what) != ("Token", "long"):
                    self.create_instance(self.names[kind + what], project=f"p-{kind}-{name}", source=source)
        del self.names["Tokenlong"]
        self.wait_reasons("all are invalid", "CredentialsInvalid".__eq__)
        self.assertEqual([], [request for request in self.simulator.requests() if request["call"] == "list"])
        self.assert_not_shown(operator)
        environment = {f"Environment {part}": 1 for part in KEY}
        self.assert_forgotten(operator, {TOKEN: TOKENS, **environment})


if __name__ == "__main__":
    main()
