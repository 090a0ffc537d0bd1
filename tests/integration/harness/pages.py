"""The commands on the pages of the documentation, and the shell of a reader."""

import os
import pathlib
import re
import subprocess
import textwrap

from harness.kube import ROOT
from harness.processes import OPERATOR
from harness.tools import kubectl

# What a reader fills in.
FILLED = {"https://….": "https://x.", "projectId: …": "projectId: p", "instanceId: …": "instanceId: i", "accessKey=…": "accessKey=a",
          "secretKey=…": "secretKey=s", "accessKey: …": "accessKey: a", "secretKey: …": "secretKey: s"}


def blocks(page):
    """The text between each pair of fences, also within a list."""
    found = re.findall(r"^( *)```[a-z]*\n(.*?)^\1```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(text) for _, text in found]


def filled(text):
    for placeholder, value in FILLED.items():
        text = text.replace(placeholder, value)
    return text


def commands(text):
    """The command lines of a block, those over several lines joined; what stands in a here-document is none."""
    text = re.sub(r"<<(\w+)\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    return [line.strip() for line in text.replace("\\\n", " ").split("\n")]


class Shell:
    """Runs commands as a reader would, in a folder that looks like the project's."""

    def __init__(self, folder, kubeconfig):
        self._folder, self._kubeconfig = folder, kubeconfig
        for name in "manifests", "crds", "helm", "scripts", "gitops":
            (folder / name).symlink_to(ROOT / name)

    def run(self, script, **stubs):
        """Exit code and output. `stubs` are programs, by name, and what bash does instead of them."""
        functions = "".join(f"{name}() {{ {body}; }}\n" for name, body in stubs.items())
        path = f"{pathlib.Path(kubectl()).parent}:{OPERATOR.parent}:{os.environ['PATH']}"
        environment = {**os.environ, "KUBECONFIG": str(self._kubeconfig), "HOME": str(self._folder), "PATH": path}
        done = subprocess.run(["bash", "-euc", functions + script], cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr
