#!/usr/bin/env python3
"""The commands and objects in README.md and docs work as they are written, and docs/reference has what the code has."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import yaml

from harness.case import main
from harness.kube import ROOT, cluster
from harness.pages import Shell, blocks, commands, filled
from harness.processes import OPERATOR, SIMULATOR
from harness.tools import kubectl, objects, rendered

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/how-to").glob("*.md"))]
CREDENTIALS = ROOT / "docs/credentials.md"
# Programs that these tests leave to others, or that nobody's machine here has.
ELSEWHERE = {"docker", "skopeo", "kind", "jq", "curl", "cosign"}


class Docs(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="docs.", dir=cluster().folder))
        self.addCleanup(shutil.rmtree, self.folder)
        self.bash = Shell(self.folder, cluster().kubeconfig).run

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_the_first_steps_of_the_readme(self):
        cluster().apply_crds()
        block = next(text for text in blocks(ROOT / "README.md") if "kind: IoTDAInstance" in text)
        script = filled(block).replace("scripts/image ", "true ")
        for kind, name in ("servercertificate", "mqtt-example-com"), ("iotdainstance", "default"), ("secret", "mqtt-example-com-tls"):
            self.addCleanup(cluster().kubectl, "delete", kind, name, "--namespace", "default", "--ignore-not-found", "--wait=false")
        self.addCleanup(cluster().kubectl, "delete", "namespace", "iotda-system", "--ignore-not-found", "--wait=false")
        code, said = self.bash(script, helm='echo "helm $*"')
        self.assertEqual(0, code, said)
        secret = cluster().kube.get("Secret", "mqtt-example-com-tls", "default")
        self.assertEqual("kubernetes.io/tls", secret["type"], "the Secret that the object names is there")
        code, said = self.bash("iotda-operator validate --cert tls.crt --key tls.key --domain mqtt.example.com")
        self.assertEqual(0, code, said)

    def test_checks_on_the_command_line(self):
        code, said = self.bash("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=mqtt.example.com"
                               " -addext subjectAltName=DNS:mqtt.example.com -addext basicConstraints=critical,CA:FALSE"
                               " -addext keyUsage=critical,digitalSignature -keyout key.pem -out chain.pem")
        self.assertEqual(0, code, said)
        instance = (ROOT / "manifests/samples/instance.yaml").read_text()
        certificate = "apiVersion: iotda.huaweicloud.com/v1alpha1\nkind: ServerCertificate\nmetadata: {name: a}\nspec: {secretRef: {name: b}}\n"
        secret = ("---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\ntype: kubernetes.io/tls\nstringData:\n"
                  + "".join(f"  {key}: |\n" + "".join(f"    {line}\n" for line in (self.folder / file).read_text().splitlines())
                            for key, file in (("tls.crt", "chain.pem"), ("tls.key", "key.pem"))))
        self.write("instance.yaml", instance)
        self.write("certificates.yaml", certificate + secret)
        self.write("deploy/a.yaml", certificate)
        found = [command for text in blocks(ROOT / "docs/validation.md") for command in commands(text) if "iotda-operator validate" in command]
        found = [re.sub(r"^- (run: )?", "", command) for command in found]
        self.assertGreaterEqual(len(found), 3)
        for command in found:
            with self.subTest(command):
                command = re.sub(r"\[.*?\]", "", command)
                code, said = self.bash(f"set -o pipefail; {command}", helm=f"cat {self.folder}/deploy/a.yaml")
                self.assertEqual(0, code, said)

    def test_encrypted_secrets_are_told_from_others(self):
        code, said = self.bash("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=mqtt.example.com"
                               " -addext subjectAltName=DNS:mqtt.example.com -addext basicConstraints=critical,CA:FALSE"
                               " -addext keyUsage=critical,digitalSignature -keyout tls.key -out tls.crt;"
                               " kubectl create secret tls b --cert tls.crt --key tls.key --dry-run=client -o yaml > plain.yaml")
        self.assertEqual(0, code, said)
        secret = yaml.safe_load((self.folder / "plain.yaml").read_text())
        secret["data"] = {key: "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]" for key in secret["data"]}
        self.write("left.yaml", yaml.safe_dump({**secret, "stringData": secret.pop("data")}))
        self.write("secrets.yaml", yaml.safe_dump({**secret, "sops": {"version": "3.9.0"}}))
        self.write("certificates.yaml", "apiVersion: iotda.huaweicloud.com/v1alpha1\nkind: ServerCertificate\nmetadata: {name: a}\n"
                                        "spec: {secretRef: {name: b}}\n")
        page = (ROOT / "docs/how-to/sops.md").read_text()
        for file, reason in ("secrets.yaml", "InvalidObject"), ("left.yaml", "InvalidCertificate"):
            code, said = self.bash(f"iotda-operator validate --allow-missing-refs certificates.yaml {file}")
            self.assertEqual(1, code, said)
            message = re.search(rf"`{reason}`\s+(?:with|\()\s*`([^`]+)`", page)[1]
            self.assertRegex(said, f"{reason}: .*{message}")
        found = [command for text in blocks(ROOT / "docs/how-to/sops.md") for command in commands(text) if "iotda-operator validate" in command]
        self.assertEqual(2, len(found))
        for command in found:
            code, said = self.bash(f"set -o pipefail; {command.replace('certificates.yaml', '--allow-missing-refs certificates.yaml')}", sops="cat plain.yaml")
            self.assertEqual(0, code, said)

    def test_credentials_are_replaced_as_the_page_says(self):
        cluster().apply_crds()
        found = [command for text in blocks(CREDENTIALS) for command in commands(text) if command.startswith("kubectl ")]
        self.assertEqual(9, len(found))
        code, said = self.bash("kubectl apply -f manifests/namespace.yaml && kubectl apply -k manifests/overlays/cluster-wide"
                               " && kubectl apply -f manifests/samples/instance.yaml")
        self.addCleanup(self.bash, "kubectl delete -k manifests/overlays/cluster-wide; kubectl delete iotdainstance default;"
                        " kubectl -n iotda-system delete secret huaweicloud-credentials --ignore-not-found")
        self.assertEqual(0, code, said)
        types = []
        for command in found:
            with self.subTest(command):
                code, said = self.bash(f"set -o pipefail; {filled(command)}")
                self.assertEqual(0, code, said)
                types.append(cluster().kube.get("IoTDAInstance", "default")["spec"]["credentials"]["type"])
        self.assertEqual(["AccessKey"] * 5 + ["PodIdentity"] * 3 + ["AccessKey"], types)
        self.assertIsNone(cluster().kube.get("Secret", "huaweicloud-credentials", "iotda-system"))

    def test_values_for_credentials_are_ones_that_the_api_server_takes(self):
        found = [yaml.safe_load(text) for text in blocks(CREDENTIALS) if text.startswith("# values.yaml")]
        self.assertEqual(3, len(found))
        for values in found:
            with self.subTest(values):
                plain = objects(rendered())
                changed = [item for item in objects(rendered(values)) if item not in plain]
                self.assertEqual({"Deployment", "Pod"}, {item["kind"] for item in changed})
                deployment = next(item for item in changed if item["kind"] == "Deployment")
                deployment["metadata"]["namespace"] = "default"
                self.write("deployment.yaml", yaml.safe_dump(deployment))
                code, said = self.bash("kubectl apply --dry-run=server --validate=strict -f deployment.yaml")
                self.assertEqual(0, code, said)

    def test_policies_name_actions_of_the_platform(self):
        page = CREDENTIALS.read_text()
        section = page.split("## Permissions")[1].split("\nFull use")[0]
        known = set(re.findall(r"^\|.*\| `(iotda:\S+)` \|$", section, re.MULTILINE))
        messages = "".join((ROOT / "src" / path).read_text() for path in ("iotda/error.cc", "controller/delete_certificates.cc"))
        said = set(re.findall(r"iotda:[a-z]+:[A-Za-z]+", messages))
        self.assertEqual(set(), {action for action in said if not self.grants(known, action)}, "messages name these")
        policies = [json.loads(text) for text in blocks(CREDENTIALS) if text.startswith("{")]
        self.assertEqual(3, len(policies))
        for policy in policies:
            self.assertEqual({"Version": "1.1", "Statement": policy["Statement"]}, policy)
            (statement,) = policy["Statement"]
            self.assertEqual({"Effect", "Action"}, set(statement))
            self.assertEqual([], [action for action in statement["Action"] if not self.grants(known, action)])

    @staticmethod
    def grants(actions, action):
        return any(re.fullmatch(pattern.replace("*", ".*"), action) for pattern in actions)

    def test_each_path_is_there(self):
        for page in PAGES:
            for text in blocks(page):
                for path in re.findall(r"(?<![\w/.-])((?:scripts|manifests|crds|helm|gitops|bench)(?:/[\w.-]+)*)(?=[\s,:]|$)", "\n".join(commands(text))):
                    if path in ("helm", "scripts"):
                        continue
                    with self.subTest(page=page.name, path=path):
                        self.assertTrue((ROOT / path).exists())

    def test_each_link_leads_somewhere(self):
        """scripts/docs checks the same with the anchors of the site, but is not a part of every run."""
        def prose(page):
            return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)

        def anchors(page):
            titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
            return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}

        checked = 0
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "helm/iotda-operator/README.md"]:
            for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]+`", "", prose(page))):
                if re.match(r"https?://", link):
                    continue
                with self.subTest(page=str(page.relative_to(ROOT)), link=link):
                    path, _, anchor = link.partition("#")
                    target = (page.parent / path).resolve() if path else page
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target))
                    checked += 1
        self.assertGreater(checked, 100)

    def test_each_option_is_known(self):
        helps = {}
        for program, path, subcommands in ("iotda-operator", OPERATOR, ["run", "validate"]), ("iotda-simulator", SIMULATOR, [""]):
            for subcommand in subcommands:
                command = [str(path), *filter(None, [subcommand]), "--help"]
                helps[program, subcommand] = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        checked = 0
        for page in PAGES:
            for text in blocks(page):
                for command in commands(text):
                    match = re.search(r"(iotda-operator|iotda-simulator)(?: (run|validate))?(?= -)(.*)", command.split("#")[0].split("|")[-1])
                    if not match or (match[1], match[2] or "") not in helps:
                        continue
                    for option in re.findall(r"(?<=\s)--[a-z-]+", match[3]):
                        with self.subTest(page=page.name, command=command):
                            self.assertIn(option, helps[match[1], match[2] or ""])
                            checked += 1
        self.assertGreater(checked, 8)

    def test_helm_is_told_the_namespace(self):
        for page in PAGES:
            for text in blocks(page):
                for command in commands(text):
                    if re.match(r"helm (install|upgrade|uninstall|test|rollback) ", command):
                        with self.subTest(page=page.name, command=command):
                            self.assertRegex(command, r"(--namespace|-n) iotda-system")

    def test_objects_are_ones_that_the_api_server_takes(self):
        cluster().apply_crds()
        looked_at = 0
        for page in PAGES:
            for text in blocks(page):
                for objects in [*re.findall(r"<<EOF\n(.*?)^EOF$", text, re.DOTALL | re.MULTILINE), text]:
                    if not objects.startswith("apiVersion:") or "iotda.huaweicloud.com/" not in objects or "…" in filled(objects):
                        continue
                    looked_at += 1
                    with self.subTest(page=page.name, objects=objects[:80]):
                        done = subprocess.run([OPERATOR, "validate", "--allow-missing-refs", "-"], input=filled(objects), capture_output=True, text=True, check=False)
                        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertGreaterEqual(looked_at, 2)

    def test_every_program_is_known(self):
        """A command of a new kind needs a test of its own, or a reason among ELSEWHERE."""
        known = {"kubectl", "helm", "iotda-operator", "iotda-simulator", "openssl", "export", "scripts/build", "scripts/image", "scripts/demo",
                 "scripts/test", "scripts/simulate", "scripts/fuzz", "scripts/e2e", *ELSEWHERE}
        for page in PAGES:
            for text in blocks(page):
                for command in commands(text):
                    match = re.match(r"(\$ )?((?:kubectl|helm|docker|scripts/\w+|iotda-\w+|skopeo|openssl)\b)", command)
                    if match:
                        with self.subTest(page=page.name, command=command):
                            self.assertIn(match[2], known)
                            shlex.split(command.split("#")[0].replace("'", "").replace('"', ""))


class Reference(unittest.TestCase):
    """scripts/reference reads most of it from the sources; these ask the programs and the API server."""

    @staticmethod
    def page(name):
        return (ROOT / "docs/reference" / f"{name}.md").read_text()

    def first_column(self, name):
        return re.findall(r"^\| .*?`([^`]+)`.*? \|", self.page(name), re.MULTILINE)

    def test_it_is_up_to_date(self):
        environment = {**os.environ, "IOTDA_OPERATOR": str(OPERATOR), "IOTDA_SIMULATOR": str(SIMULATOR)}
        done = subprocess.run([ROOT / "scripts/reference", "--check"], env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_fields(self):
        cluster().apply_crds()
        for kind in "servercertificate", "iotdainstance":
            with self.subTest(kind):
                explained = subprocess.run([kubectl(), "--kubeconfig", cluster().kubeconfig, "explain", kind, "--recursive"],
                                           capture_output=True, text=True, check=True).stdout.split("FIELDS:\n")[1]
                path, found = [], []
                for indent, name in re.findall(r"^( +)(\w+)\t<", explained, re.MULTILINE):
                    path = [*path[: len(indent) // 2 - 1], name]
                    found.append(".".join(path))
                found = {field for field in found if field.split(".")[0] in ("spec", "status")}
                self.assertGreater(len(found), 40)
                sections = re.findall(r"^##+ `([^`]+)`$", self.page(kind), re.MULTILINE)
                self.assertEqual(sorted(found), sorted(section.replace("[]", "") for section in sections))

    def test_flags(self):
        sections = re.split(r"^## ", self.page("flags"), flags=re.MULTILINE)[1:]
        self.assertGreaterEqual(len(sections), 4)
        for section in sections:
            title = section.split("\n")[0]
            with self.subTest(title):
                program, *words = title.split()
                path = {"iotda-operator": OPERATOR, "iotda-simulator": SIMULATOR}[program]
                said = subprocess.run([path, *words, "--help"], capture_output=True, text=True, check=True).stdout
                flags = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", said, re.MULTILINE))
                self.assertEqual(flags, set(re.findall(r"^\| (?:`-\w`, )?`(--[a-z-]+)`", section, re.MULTILINE)))
                subcommands = re.findall(r"^  (\w+)", said.partition("Subcommands:\n")[2], re.MULTILINE)
                self.assertLessEqual({f"{title} {word}" for word in subcommands}, {other.split("\n")[0] for other in sections})

    def test_metrics(self):
        """Types and labels are compared with a running operator in test_tutorial.py; not all series are there then."""
        text = (ROOT / "src/controller/metrics.cc").read_text()
        named = set(re.findall(r'"([a-z]+_[a-z_]+)"', text)) - {"requeue_after"}
        self.assertEqual(named, {name for name in self.first_column("metrics") if "_" in name})

    def test_reasons_and_annotations(self):
        rows = re.findall(r'ReasonRow\{Reason::k\w+, "(\w+)"', (ROOT / "src/resources/reason.cc").read_text())
        self.assertEqual(rows, self.first_column("reasons"))
        sources = [file.read_text() for file in (ROOT / "src").rglob("*.[ch]*") if "simulator" not in file.parts]
        named = {name for text in sources for name in re.findall(r'"(iotda\.huaweicloud\.com/[a-z][a-z-]+)"', text)}
        self.assertEqual(named - {"iotda.huaweicloud.com/operator"}, set(self.first_column("annotations")), "but for reportingController of events")


if __name__ == "__main__":
    main()
