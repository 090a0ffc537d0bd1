"""A client of the API server that is quick to ask, and the control plane itself."""

import atexit
import base64
import concurrent.futures
import functools
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from harness.wait import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[3]
IOTDA = "iotda.huaweicloud.com/v1alpha1"
RBAC = "rbac.authorization.k8s.io/v1"
KINDS = {  # kind: apiVersion, plural
    "Namespace": ("v1", "namespaces"),
    "Secret": ("v1", "secrets"),
    "ConfigMap": ("v1", "configmaps"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "Lease": ("coordination.k8s.io/v1", "leases"),
    "Event": ("events.k8s.io/v1", "events"),
    "ServerCertificate": (IOTDA, "servercertificates"),
    "IoTDAInstance": (IOTDA, "iotdainstances"),
    "Role": (RBAC, "roles"),
    "RoleBinding": (RBAC, "rolebindings"),
    "ClusterRole": (RBAC, "clusterroles"),
    "ClusterRoleBinding": (RBAC, "clusterrolebindings"),
    "CustomResourceDefinition": ("apiextensions.k8s.io/v1", "customresourcedefinitions"),
}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


class ApiError(Exception):
    def __init__(self, method, path, status, answer):
        self.status, self.message = status, answer.get("message", "")
        super().__init__(f"{method} {path}: {status} {self.message}")


class Kube:
    """Keeps a connection alive for each thread that asks."""

    def __init__(self, kubeconfig):
        text = kubeconfig.read_text()

        def field(name):
            return base64.b64decode(re.search(rf"{name}-data: ?\"?([A-Za-z0-9+/=]+)", text).group(1)).decode()

        self.server = urllib.parse.urlsplit(re.search(r"server: ?\"?(https://[^\"}\s]+)", text).group(1))
        self.ca = field("certificate-authority")
        self.tls = ssl.create_default_context(cadata=self.ca)
        with tempfile.NamedTemporaryFile("w") as pair:
            pair.write(field("client-certificate") + field("client-key"))
            pair.flush()
            self.tls.load_cert_chain(pair.name)
        self._thread = threading.local()
        self.changes = []  # when something was changed, by time.monotonic()

    def request(self, method, path, body=None, content_type="application/json", accept="application/json"):
        if method != "GET":
            self.changes.append(time.monotonic())
        kept_alive = hasattr(self._thread, "connection")
        try:
            status, answer = self._exchange(method, path, body, content_type, accept)
        except (OSError, http.client.HTTPException):
            self.close()
            if not kept_alive:
                raise
            # The API server was restarted since the last request.
            status, answer = self._exchange(method, path, body, content_type, accept)
        while status == 429:  # as when the storage of a kind begins anew, because its definition has changed
            time.sleep(0.1)
            status, answer = self._exchange(method, path, body, content_type, accept)
        if status >= 300:
            raise ApiError(method, path, status, answer)
        return answer

    def _exchange(self, method, path, body, content_type, accept):
        if not hasattr(self._thread, "connection"):
            address = self.server.hostname, self.server.port
            self._thread.connection = http.client.HTTPSConnection(*address, context=self.tls, timeout=60)
        connection = self._thread.connection
        headers = {"Accept": accept, "Content-Type": content_type, "User-Agent": "integration-test"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, {"message": text.decode(errors="replace")}

    def close(self):
        """This thread's connection."""
        if hasattr(self._thread, "connection"):
            self._thread.connection.close()
            del self._thread.connection

    def create(self, kind, name, ns=None, **content):
        body = {"apiVersion": KINDS[kind][0], "kind": kind, "metadata": {"name": name}, **content}
        # Unknown fields are errors, as with kubectl.
        return self.request("POST", path_of(kind, ns) + "?fieldValidation=Strict", body)

    def create_all(self, kind, items, ns=None, threads=8):
        """Many at once; an item is what create() takes: its name, and its content by member."""
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda item: self.create(kind, ns=ns, **item), items):
                pass

    def replace(self, kind, name, ns=None, **content):
        body = {"apiVersion": KINDS[kind][0], "kind": kind, "metadata": {"name": name}, **content}
        return self.request("PUT", path_of(kind, ns, name), body)

    def get(self, kind, name, ns=None):
        """None if there is no such object."""
        try:
            return self.request("GET", path_of(kind, ns, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, kind, ns=None):
        return self.request("GET", path_of(kind, ns))["items"]

    def columns(self, kind):
        """What kubectl get prints of all of them, by column: much less to read than the objects."""
        accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
        table = self.request("GET", f"{path_of(kind)}?includeObject=None&resourceVersion=0", accept=accept)
        names = [column["name"] for column in table["columnDefinitions"]]
        return [dict(zip(names, row["cells"])) for row in table["rows"] or []]

    def patch(self, kind, name, body, ns=None):
        return self.request("PATCH", path_of(kind, ns, name), body, "application/merge-patch+json")

    def delete(self, kind, name, ns=None):
        """Does not wait; fine if it is gone already."""
        try:
            self.request("DELETE", path_of(kind, ns, name))
        except ApiError as error:
            if error.status != 404:
                raise

    def wipe(self):
        """Removes what an operator would work on, with nobody there to let go of it."""
        for kind in "ServerCertificate", "IoTDAInstance":
            for item in self.list(kind):
                name, ns = item["metadata"]["name"], item["metadata"].get("namespace")
                self.delete(kind, name, ns)
                if item["metadata"].get("finalizers") and self.get(kind, name, ns):
                    self.patch(kind, name, {"metadata": {"finalizers": None}}, ns)
            wait_for(f"every {kind} is gone", lambda kind=kind: not self.list(kind))

    def kubeconfig_for(self, endpoint, ca_file):
        """For a server that asks for no credentials, trusted by a file."""
        content = {
            "clusters": [{"name": "it", "cluster": {"server": endpoint, "certificate-authority": str(ca_file)}}],
            "users": [{"name": "it", "user": {}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "current-context": "it",
        }
        return json.dumps({"apiVersion": "v1", "kind": "Config", **content})

    def kubeconfig_with_token(self, token):
        ca = base64.b64encode(self.ca.encode()).decode()
        server = {"server": self.server.geturl(), "certificate-authority-data": ca}
        content = {
            "clusters": [{"name": "it", "cluster": server}],
            "users": [{"name": "it", "user": {"token": token}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "current-context": "it",
        }
        return json.dumps({"apiVersion": "v1", "kind": "Config", **content})


def path_of(kind, ns=None, name=None):
    version, plural = KINDS[kind]
    path = ("/api/" if version == "v1" else "/apis/") + version
    if ns:
        path += f"/namespaces/{ns}"
    return f"{path}/{plural}" + (f"/{name}" if name else "")


class Cluster:
    """A control plane of its own, with the CRDs installed."""

    def __init__(self, audit=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="iotda-integration."))
        atexit.register(self._remove)
        self._run("up", "--owner", str(os.getpid()), *(["--audit"] if audit else []))
        self.kubeconfig = self.folder / "cluster/kubeconfig"
        self.kube = Kube(self.kubeconfig)
        self._bin = _output(ROOT / "scripts/kubernetes/bin-dir")
        self.apply_crds()

    def _run(self, command, *flags):
        script = ROOT / "scripts/cluster", command, "--dir", self.folder / "cluster"
        subprocess.run([*script, *flags], check=True, stdout=subprocess.DEVNULL)

    def _remove(self):
        if hasattr(self, "kube"):
            self.kube.close()
        self._run("down")
        shutil.rmtree(self.folder)

    def down(self):
        """Before the end of this process."""
        atexit.unregister(self._remove)
        self._remove()

    def kubectl(self, *arguments):
        files = "--kubeconfig", self.kubeconfig, "--cache-dir", self.folder / "kubectl-cache"
        return _output(f"{self._bin}/kubectl", *files, *arguments)

    def apply_crds(self):
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", ROOT / "crds")
        for kind in "ServerCertificate", "IoTDAInstance":
            wait_for(f"the API server serves every {kind}", functools.partial(self._served, kind))

    def _served(self, kind):
        try:
            return self.kube.list(kind) is not None
        except ApiError as error:
            if error.status in (404, 429):
                return False
            raise

    def restart_apiserver(self):
        self._run("restart-apiserver")

    def save_etcd(self):
        """A backup of all objects; the API server is started again for it."""
        self._run("save")

    def restore_etcd(self):
        """Puts the backup back."""
        self._run("restore")

    def compact_etcd(self):
        """Makes etcd forget all but the latest revision."""
        etcd = http.client.HTTPConnection("localhost")
        etcd.sock = _unix_socket(pathlib.Path((self.folder / "cluster/data").read_text().strip(), "etcd.sock"))

        def call(path, body):
            etcd.request("POST", path, json.dumps(body))
            answer = json.load(etcd.getresponse())
            if "error" in answer:
                raise RuntimeError(f"etcd {path}: {answer}")
            return answer

        revision = call("/v3/kv/range", {"key": base64.b64encode(b"x").decode()})["header"]["revision"]
        call("/v3/kv/compaction", {"revision": revision, "physical": True})
        etcd.close()

    @property
    def _audit_log(self):
        return self.folder / "cluster/audit.log"

    def audit_mark(self):
        """For audit(): from here on."""
        return self._audit_log.stat().st_size

    def audit(self, since, user_agent="iotda-operator"):
        """The requests of the operator, or of whoever calls itself otherwise, since the mark. A watch has two entries: its start and its end."""
        with self._audit_log.open("rb") as log:
            log.seek(since)
            lines = log.read().splitlines(keepends=True)
        entries = (json.loads(line) for line in lines if line.endswith(b"\n"))
        return [entry for entry in entries if entry.get("userAgent", "").startswith(user_agent)]


@functools.cache
def cluster():
    """The one that all tests of this process share."""
    return Cluster()


def _output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def _unix_socket(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(path))
    return connection
