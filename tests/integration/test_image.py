#!/usr/bin/env python3
"""The container images: small, without a shell, complete, and the same again from another checkout."""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import tarfile
import tempfile
import unittest

from harness.case import main
from harness.kube import ROOT
from harness.tools import ToolError, run

MAX_BYTES = 25_000_000


def build(root, *options, **environment):
    """Builds the image in that checkout; the path of its archive."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment}
    command = [root / "scripts/image", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AssertionError(f"scripts/image failed: {done.stderr}")
    return pathlib.Path(done.stdout.strip())


def owner_of(path):
    """The Debian package of a file; since /lib is /usr/lib, dpkg knows it by either name."""
    try:
        return run("dpkg-query", "-S", path).split(":")[0]
    except ToolError:
        return run("dpkg-query", "-S", pathlib.Path(path).resolve()).split(":")[0]


class Archive:
    def __init__(self, path):
        with tarfile.open(path) as archive:
            self._blobs = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
        self.digest = self.json("index.json")["manifests"][0]["digest"]
        manifest = self.json(self._blob(self.digest))
        self.config = self.json(self._blob(manifest["config"]["digest"]))
        self.layer = manifest["layers"][0]["digest"]
        self.layer_bytes = self._blobs[self._blob(self.layer)]

    @staticmethod
    def _blob(digest):
        return "blobs/" + digest.replace(":", "/")

    def json(self, name):
        return json.loads(self._blobs[name])


class Properties:
    """What holds for the image of each architecture."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="iotda-image."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.image = Archive(build(ROOT, *cls.options))
        (cls.folder / "layer.tar").write_bytes(cls.image.layer_bytes)
        with tarfile.open(cls.folder / "layer.tar") as layer:
            cls.members = layer.getmembers()
            layer.extractall(cls.folder / "root")
        cls.files = {'/' + member.name for member in cls.members if member.isfile()}

    def test_it_is_small(self):
        self.assertLess(len(self.image.layer_bytes), MAX_BYTES)

    def test_it_has_nothing_to_log_in_with_or_to_gain_rights_by(self):
        executables = {name for name in self.files if "/bin/" in name or "/sbin/" in name}
        self.assertEqual({"/usr/bin/iotda-operator", "/usr/bin/iotda-simulator"}, executables)
        for member in self.members:
            self.assertEqual((0, 0), (member.uid, member.gid))
            self.assertFalse(member.mode & 0o7022, f"{member.name} is setuid or others may write it")

    def test_it_says_what_it_is_and_is_not_root(self):
        self.assertEqual(self.architecture, self.image.config["architecture"])
        config = self.image.config["config"]
        self.assertEqual("65532:65532", config["User"])
        self.assertEqual(["/usr/bin/iotda-operator"], config["Entrypoint"])
        labels = {name.rsplit(".", 1)[1] for name in config["Labels"]}
        self.assertEqual({"title", "description", "licenses", "version", "revision", "created"}, labels)

    def test_it_finds_the_trust_roots_by_their_names(self):
        there = self.folder / "root/etc/ssl/certs"
        roots = list(there.iterdir())
        self.assertLess(100, len(roots))
        run("openssl", "verify", "-no-CAfile", "-no-CAstore", "-CApath", there, "-no_check_time", "-partial_chain", *roots)

    def test_its_files_are_for_the_architecture(self):
        programs = [name for name in self.files if "/bin/" in name or ".so" in name]
        headers = run("readelf", "--file-header", *(f"{self.folder}/root{name}" for name in programs))
        self.assertEqual(len(programs), headers.count(f"  Machine:                           {self.machine}\n"))

    def test_its_programs_find_all_that_they_load(self):
        if os.geteuid() != 0:
            self.skipTest("only root may chroot")
        for program in "operator", "simulator":
            self.run_inside(f"/usr/bin/iotda-{program}", "--help")

    def run_inside(self, *command):
        return run("chroot", "--userspec=65532:65532", self.folder / "root", *command)


@unittest.skipUnless(shutil.which("dpkg"), "elsewhere than on Debian docker builds the image")
class Image(Properties, unittest.TestCase):
    options = ()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    machine = {"amd64": "Advanced Micro Devices X86-64", "arm64": "AArch64"}[architecture]

    def test_the_sbom_names_the_package_of_each_library(self):
        sbom = json.loads((self.folder / "root/usr/share/sbom/iotda-operator.spdx.json").read_text())
        packages = {package["name"]: package["versionInfo"] for package in sbom["packages"]}
        owners = {"ca-certificates"}
        for name in self.files:
            if ".so" in name:
                owner = owner_of(name)
                owners.add(owner)
                self.assertIn(f"/usr/share/doc/{owner}/copyright", self.files)
        self.assertLess(10, len(owners))
        self.assertEqual(owners | {"iotda-operator", "libboost1.74-dev", "libcli11-dev"}, set(packages))
        for name in owners:
            self.assertEqual(run("dpkg-query", "-W", "-f", "${Version}", name), packages[name])
        related = {relationship["relatedSpdxElement"] for relationship in sbom["relationships"]}
        self.assertEqual({package["SPDXID"] for package in sbom["packages"]}, related)

    @staticmethod
    def copied_by_docker():
        """What its COPY instructions name, if .dockerignore lets them see it."""
        let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
        for line in (ROOT / "Dockerfile").read_text().splitlines():
            if line.startswith("COPY ") and "--from" not in line:
                yield from let_through.intersection(line.split()[1:-1])

    def test_the_same_sources_give_the_same_image(self):
        self.assertEqual(self.image.digest, Archive(build(ROOT, TZ="Asia/Shanghai", LC_ALL="C.UTF-8")).digest)
        # In another place, without Git, from what the Dockerfile copies: their names and times are in no file of the image.
        other = self.folder / "elsewhere/checkout"
        for name in self.copied_by_docker():
            (other / name).parent.mkdir(parents=True, exist_ok=True)
            run("cp", "-r", ROOT / name, other / name)
        run("cmake", "-S", other, "--preset", "release", "-DBUILD_TESTING=OFF")
        self.assertEqual(self.image.layer, Archive(build(other)).layer)


@unittest.skipUnless(shutil.which("dpkg") and platform.machine() == "x86_64", "arm64 is cross-compiled on Debian for amd64 only")
class Arm64Image(Properties, unittest.TestCase):
    options = "--arch", "arm64"
    architecture = "arm64"
    machine = "AArch64"

    def run_inside(self, *command):
        shutil.copy(shutil.which("qemu-aarch64-static"), self.folder / "root/qemu")
        return super().run_inside("/qemu", *command)

    def test_the_sbom_names_the_packages_of_that_architecture(self):
        sbom = json.loads((self.folder / "root/usr/share/sbom/iotda-operator.spdx.json").read_text())
        sources = [reference["referenceLocator"] for package in sbom["packages"] for reference in package.get("externalRefs", [])]
        self.assertEqual({"arm64", "all"}, {source.split("arch=")[1].split("&")[0] for source in sources})


if __name__ == "__main__":
    main()
