"""Helm, kubectl's kustomize and kstatus, as the functions that tests need."""

import functools
import json
import subprocess

import yaml  # Debian: python3-yaml

from harness.kube import ROOT

CHART = ROOT / "helm/iotda-operator"


class ToolError(Exception):
    """What a command printed before it failed."""


def run(*command, stdin=None):
    done = subprocess.run(list(map(str, command)), input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


@functools.cache
def tool(name):
    return run(ROOT / "scripts/kubernetes/tool", name).strip()


@functools.cache
def kubectl():
    return run(ROOT / "scripts/kubernetes/bin-dir", "kubectl").strip() + "/kubectl"


def objects(text):
    return [item for item in yaml.safe_load_all(text) if item]


def rendered(values=None, *flags, release="iotda-operator"):
    """The objects of the chart with these values, as text."""
    command = tool("helm"), "template", release, CHART, "--namespace", "iotda-system", "--values", "-", *flags
    return run(*command, stdin=json.dumps(values or {}))


def kustomized(folder):
    """The objects of a kustomization, as text."""
    return run(kubectl(), "kustomize", folder)


def kstatus(*items):
    """The library's verdict on each object: InProgress, Current, Failed or Terminating."""
    lines = run(tool("kstatus"), stdin="\n".join(map(json.dumps, items))).splitlines()
    return [line.split("\t")[0] for line in lines]
