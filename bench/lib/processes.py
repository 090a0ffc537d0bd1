"""The operator and the simulator as processes, and what can be read off them from outside."""
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / "build/release/src/programs"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def timestamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Process:
    def __init__(self, log):
        self._log, self._process = log, None

    def _start(self, *command, **options):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, **options)

    def check(self):
        if self._process.poll() is not None:
            tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise RuntimeError(f"{self._process.args[0]} ended with {self._process.returncode}; its last lines:\n{tail}")

    def stop(self):
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Simulator(Process):
    def __init__(self, folder, certificate, key, access_key, secret_key):
        super().__init__(folder / "simulator.log")
        self._start(PROGRAMS / "iotda-simulator", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--tls-cert", certificate,
                    "--tls-key", key, "--access-key", access_key, "--secret-key", secret_key, "--region", "bench", "--mqtts-listen", "127.0.0.1:0", stdout=subprocess.PIPE)
        lines = (self._process.stdout.readline() + self._process.stdout.readline()).decode()
        match = re.search(r"devices on (\S+)\nlistening on (https://\S+), admin on http://(\S+)", lines)
        if not match:
            self._process.wait(5)
            self.check()
            raise RuntimeError(f"the simulator did not say where it listens, but: {lines}")
        devices, self.endpoint, self._admin = match.groups()
        self._devices = devices.rsplit(":", 1)

    def _get(self, path):
        connection = http.client.HTTPConnection(self._admin, timeout=60)
        connection.request("GET", path)
        answer = json.load(connection.getresponse())
        connection.close()
        return answer

    def requests(self, since=0):
        return self._get(f"/admin/requests?since={since}")["requests"]

    def posts(self):
        return sum(request["method"] == "POST" for request in self.requests())

    def next_call(self, since, call, seconds=10):
        """The first of these calls after that request, once it was answered."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # Not at once: asking must not get in the way of what is measured.
            time.sleep(0.05)
            for request in self.requests(since):
                if request["call"] == call and request["ended"]:
                    return request
        raise RuntimeError(f"no {call} to the platform within {seconds} s")

    def served(self, domain):
        """PEM of the certificate that a device gets."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(self._devices, 10) as plain, context.wrap_socket(plain, server_hostname=domain) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True))


class Operator(Process):
    """The operator, or what stands in for it: any program that answers on /readyz."""

    def __init__(self, folder, command, *arguments):
        super().__init__(folder / "operator.log")
        self._health = f"127.0.0.1:{free_port()}"
        self._command = (command, *arguments, "--health-probe-bind-address", self._health)

    def start(self):
        """Seconds from its start until /readyz says yes."""
        began = time.monotonic()
        # As in the image, trust roots are looked up in a folder; a bundle would be read whole.
        environment = {name: value for name, value in os.environ.items() if name not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
        self._start(*self._command, stdout=subprocess.DEVNULL, env=environment)
        while time.monotonic() < began + 60:
            try:
                connection = http.client.HTTPConnection(self._health, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return time.monotonic() - began
            except OSError:
                self.check()
            finally:
                connection.close()
            time.sleep(0.005)
        raise RuntimeError("the operator did not get ready within 60 s")

    def restart(self):
        self.stop()
        return self.start()

    def _proc(self, name):
        return pathlib.Path(f"/proc/{self._process.pid}/{name}").read_text()

    def memory(self):
        """Resident memory and the anonymous part of it, in bytes."""
        try:
            text, names = self._proc("smaps_rollup"), ("Rss", "Anonymous")
        except PermissionError:  # The operator lets nobody but root look into it; the counters here are a little off.
            text, names = self._proc("status"), ("VmRSS", "RssAnon")
        sizes = [int(re.search(rf"^{name}:\s+(\d+) kB$", text, re.M).group(1)) * 1024 for name in names]
        return {"rss": sizes[0], "anonymous": sizes[1]}

    def memory_peak(self):
        return int(re.search(r"VmHWM:\s+(\d+)", self._proc("status")).group(1)) * 1024

    def cpu_seconds(self):
        fields = self._proc("stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
