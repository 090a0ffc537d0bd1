"""The operator and the simulator as processes, and what can be read off them from outside."""

import datetime
import functools
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import subprocess
import urllib.parse

from harness.kube import ROOT
from harness.wait import wait_for

PROGRAMS = ROOT / "build/release/src/programs"
OPERATOR = pathlib.Path(os.environ.get("IOTDA_OPERATOR", PROGRAMS / "iotda-operator"))
SIMULATOR = pathlib.Path(os.environ.get("IOTDA_SIMULATOR", PROGRAMS / "iotda-simulator"))


def free_port():
    """One that nobody listens on, below those that the kernel gives out by itself."""
    while True:
        with socket.socket() as probe:
            port = random.SystemRandom().randrange(20000, 32000)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def timestamp(text):
    """Seconds since the epoch of a time as the simulator and Kubernetes write it."""
    return datetime.datetime.fromisoformat(text).timestamp()


class Process:
    """A program with its output in files. Ends with this process at the latest."""

    def __init__(self, folder, name):
        self.log = folder / f"{name}.log"
        self._out = folder / f"{name}.out"
        self._process = None

    def _start(self, *command, **options):
        with self.log.open("ab") as log, self._out.open("wb") as out:
            options = {"stdin": subprocess.DEVNULL, "stderr": log, "stdout": out, **options}
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], **options)

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._process and self._process.poll()

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def check_running(self):
        if not self.running:
            raise AssertionError(f"{self.log.stem} has ended with {self.exit_code}: {self.log_tail(20)}")

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, seconds):
        return self._process.wait(seconds)

    def kill(self):
        if self.running:
            self._process.kill()
            self._process.wait()

    def stop(self):
        """SIGTERM; its exit code."""
        if self.running:
            self._process.terminate()
            self.signal(signal.SIGCONT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.log.stem} did not end on SIGTERM within 30 s") from None
        return self.exit_code

    def _proc(self, name):
        return pathlib.Path(f"/proc/{self.pid}/{name}").read_text()

    def memory(self):
        """Resident memory and the anonymous part of it, in bytes."""
        try:
            text, names = self._proc("smaps_rollup"), ("Rss", "Anonymous")
        except PermissionError:  # The operator lets nobody but root look into it; the counters here are a little off.
            text, names = self._proc("status"), ("VmRSS", "RssAnon")
        sizes = [int(re.search(rf"^{name}:\s+(\d+) kB$", text, re.M).group(1)) << 10 for name in names]
        return {"rss": sizes[0], "anonymous": sizes[1]}

    def memory_peak(self):
        """The most that it has had resident since it started, in bytes."""
        return int(re.search(r"VmHWM:\s+(\d+)", self._proc("status")).group(1)) << 10

    def cpu_seconds(self):
        fields = self._proc("stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log_tail(self, lines=60):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


class Simulator(Process):
    """The platform. It has room for more than the operator may use, so that the operator's own restraint shows."""

    # Who can request tokens with iam_password.
    iam_domain, iam_user = "domain-of-the-test", "user-of-the-test"

    def __init__(
        self, folder, tls, access_key, secret_key, *flags, quota=10, host="127.0.0.1", port=0, projects=None
    ):
        """With `projects`, pairs of name and id, it has its IAM side too."""
        super().__init__(folder, f"simulator-{random.getrandbits(32):08x}")
        self.tls, self._token = ssl.create_default_context(cafile=tls[0]), f"{random.getrandbits(128):032x}"
        self.iam_password = f"PasswordOf{random.getrandbits(128):032x}"
        self.id_token_file, self.pod_token_file = folder / f"{self.log.stem}.id", folder / f"{self.log.stem}.pod"
        environment = {
            **os.environ,
            "IOTDA_SIMULATOR_SECRET_KEY": secret_key,
            "IOTDA_SIMULATOR_IAM_PASSWORD": self.iam_password,
        }
        if projects is not None:
            self.rotate_id_token()
            self.rotate_pod_token()
            flags = *flags, *self._iam_flags(projects)
        flags = (
            *f"--listen {host}:{port} --admin-listen 127.0.0.1:0 --quota {quota}".split(),
            *("--tls-cert", tls[0], "--tls-key", tls[1], "--access-key", access_key, "--token", self._token),
            *flags,
        )
        self._start(SIMULATOR, *flags, env=environment)
        self.endpoint, self._admin_address = wait_for("the simulator says where it listens", self._addresses).groups()
        self._admin = http.client.HTTPConnection(self._admin_address, timeout=30)

    def _iam_flags(self, projects):
        return (
            *("--iam-listen", "127.0.0.1:0", "--iam-user", f"{self.iam_domain}/{self.iam_user}"),
            *("--metadata-listen", "127.0.0.1:0"),
            *("--oidc-token-file", self.id_token_file, "--pod-token-file", self.pod_token_file),
            *(flag for name, project in projects for flag in ("--iam-project", f"{name}={project}")),
        )

    def kill(self):
        self._admin.close()
        super().kill()

    def _addresses(self):
        self.check_running()
        return re.search(r"listening on (https://\S+), admin on http://(\S+)", self._out.read_text())

    @functools.cached_property
    def iam_endpoint(self):
        """URL of --iam-listen, without a path: for IAM and STS."""
        return re.search(r"IAM on (https://\S+)", self._out.read_text()).group(1)

    @functools.cached_property
    def metadata_endpoint(self):
        """URL of --metadata-listen, for pod identity and the metadata of a machine."""
        return re.search(r"metadata on (http://\S+)", self._out.read_text()).group(1)

    @functools.cached_property
    def _device_address(self):
        """Host and port of --mqtts-listen."""
        host, port = re.search(r"devices on (\S+):(\d+)", self._out.read_text()).groups()
        return host, int(port)

    def served(self, domain):
        """DER of the certificate that a device gets."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the caller looks for itself
        with socket.create_connection(self._device_address, 10) as plain:
            with context.wrap_socket(plain, server_hostname=domain) as tls:
                return tls.getpeercert(binary_form=True)

    def _call(self, method, path, body=None):
        self._admin.request(method, path, None if body is None else json.dumps(body))
        response = self._admin.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer) if answer else None

    def state(self, project):
        """Of one platform instance: certificates, and the counters adds, deletes and max_certificates."""
        for instance in self._call("GET", "/admin/state")["instances"]:
            if instance["project_id"] == project:
                return instance
        return {"certificates": [], "adds": 0, "deletes": 0, "max_certificates": 0}

    def certificates(self, project):
        """Certificates by id."""
        return {certificate["id"]: certificate for certificate in self.state(project)["certificates"]}

    def requests(self, call=None, project=None, since=0):
        """In their order, those after the one with the sequence number `since`."""
        return [
            request
            for request in self._call("GET", f"/admin/requests?since={since}")["requests"]
            if call in (None, request["call"]) and (project is None or f"/{project}/" in request["path"])
        ]

    def behave(self, **behaviour):
        self._call("PUT", "/admin/behaviour", behaviour)

    def rotate_id_token(self):
        """Another token is accepted, and no longer the one before; the token. Clients read it from the file too."""
        return self._rotate(self.id_token_file)

    def rotate_pod_token(self):
        """The same for pod identity."""
        return self._rotate(self.pod_token_file)

    def _rotate(self, path):
        token, new = f"token.{random.getrandbits(256):064x}", path.with_suffix(".new")
        new.write_text(token)
        new.replace(path)
        return token

    def iam(self):
        """What was issued (by call), lockouts, failures_in_a_row, and the behaviour of the IAM side."""
        return self._call("GET", "/admin/iam")

    def behave_iam(self, **behaviour):
        return self._call("PUT", "/admin/iam", behaviour)

    def revoke(self, what):
        """Ends what the IAM side issued: tokens, keys or all."""
        self._call("POST", "/admin/iam/revoke", {"what": what})

    def replace_access_key(self, access_key="", secret_key=""):
        """Accepts this permanent access key instead of the one before; none without arguments."""
        self._call("PUT", "/admin/iam/access-key", {"access_key": access_key, "secret_key": secret_key})

    def fail(self, call, action, times=1, **details):
        """The next such calls go wrong."""
        self._call("POST", "/admin/faults", [{"call": call, "action": action, **details}] * times)

    def fail_no_more(self):
        self._call("DELETE", "/admin/faults")

    def add_foreign(self, project, certificate):
        return self._call("POST", "/admin/certificates", {"project_id": project, "certificate_pem": certificate})["id"]

    def remove(self, certificate):
        """As a person would in the console, bound or not."""
        self._call("DELETE", f"/admin/certificates/{certificate}")

    def bind(self, project, certificate, domain):
        """Lets a domain configuration serve the certificate, as a user of the platform's console would."""
        body = {"domain_name": domain, "access_protocol": "Device-MQTTS", "server_certificate_id": certificate}
        return self._in_console("POST", f"/v5/iot/{project}/domain-configurations", body)["configuration_id"]

    def point(self, project, configuration, certificate):
        """Lets it serve another certificate, likewise."""
        path = f"/v5/iot/{project}/domain-configurations/{configuration}"
        self._in_console("PUT", path, {"server_certificate_id": certificate})

    def _in_console(self, method, path, body):
        address = urllib.parse.urlsplit(self.endpoint)
        connection = http.client.HTTPSConnection(address.hostname, address.port, context=self.tls, timeout=30)
        headers = {"X-Auth-Token": self._token, "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.load(response)
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer}")
        return answer


class Operator(Process):
    def __init__(self, folder, kubeconfig, namespace, name="operator"):
        super().__init__(folder, name)
        self._kubeconfig, self._namespace, self._flags, self._environment = kubeconfig, namespace, (), {}
        self._seen = 0
        self._listens = {}

    def start(self, *flags, ready=True, fail_point=None, environment=None):
        """Again with the same flags and environment if none are given. With a fail point it dies there (src/programs/fail_points.h)."""
        self._flags = flags or self._flags
        self._environment = environment or self._environment
        self._seen = self.log.stat().st_size if self.log.exists() else 0
        self._listens = {}
        addresses = "--metrics-bind-address 127.0.0.1:0 --health-probe-bind-address 127.0.0.1:0".split()
        configuration = "--kubeconfig", self._kubeconfig, "--namespace", self._namespace, "--log-format", "json"
        program = OPERATOR.with_name("iotda-operator-fail-points") if fail_point else OPERATOR
        environment = {**os.environ, **self._environment, "IOTDA_FAIL_POINT": fail_point or ""}
        self._start(program, "run", *addresses, *configuration, *self._flags, env=environment)
        if ready:
            wait_for("the operator is ready", lambda: self.get("/readyz")[0] == 200)

    def lines(self):
        """What it logged since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._seen)
            text = log.read().splitlines(keepends=True)
        return [json.loads(line) for line in text if line.startswith(b"{") and line.endswith(b"\n")]

    def says(self, text):
        return any(text in json.dumps(line, ensure_ascii=False) for line in self.lines())

    def address(self, flag):
        """Where it listens, as HOST:PORT."""
        def logged():
            self.check_running()
            self._listens = {line["for"]: line["address"] for line in self.lines() if line.get("for")}
            return flag in self._listens

        if flag not in self._listens:
            wait_for("the operator says where it listens", logged)
        return self._listens[flag]

    def get(self, path):
        """Status and text of /healthz, /readyz or /metrics."""
        flag = "--metrics-bind-address" if path == "/metrics" else "--health-probe-bind-address"
        connection = http.client.HTTPConnection(self.address(flag), timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def metric(self, name, /, **labels):
        """Sum of the series that have these labels."""
        total = 0.0
        for series, value in re.findall(rf"^{name}(\{{.*\}})? (\S+)$", self.get("/metrics")[1], re.M):
            if all(f'{label}="{wanted}"' in series for label, wanted in labels.items()):
                total += float(value)
        return total

    def freeze(self):
        """Returns when the last of its threads has stopped: on a busy machine the signal alone leaves it time to act."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self):
        self.signal(signal.SIGCONT)
