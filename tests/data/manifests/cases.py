"""The inputs, and everything that is to be found in each, in order.

A finding is "REASON: part of the message", after "warning " where it is one, and "unusable: part of the message" where the
input cannot be read. The line where it is to be is marked with "#!" in the input, or given as "9 REASON". What kubectl
and the API server make of the same: tests/integration/test_definitions.py asks them.
"""

import base64
import dataclasses
import gzip
import io
import json
import re
import tarfile
import textwrap

ALLOW = "--allow-missing-refs"


@dataclasses.dataclass
class Case:
    name: str
    content: bytes
    code: int
    found: list
    file: str = "in.yaml"
    options: tuple = (ALLOW,)


def block(text, indent=4):
    return textwrap.indent(text, " " * indent)


class Objects:
    """Texts of objects that are right, with one thing changed."""

    def __init__(self, pem, key):
        self.pem, self.key = pem, key

    @staticmethod
    def b64(text):
        return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()

    def secret(self, crt=None, key=None, *, name="mqtt-tls", metadata="  namespace: prod\n", more="", kind="Secret",
               version="v1", type="kubernetes.io/tls"):
        return (f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n{metadata}type: {type}\n{more}data:\n"
                f"  tls.crt: {self.b64(self.pem) if crt is None else crt}\n"
                f"  tls.key: {self.b64(self.key) if key is None else key}\n")

    def plain(self, crt=None, key=None):
        crt = f"|\n{block(self.pem)}" if crt is None else crt
        key = f"|\n{block(self.key)}" if key is None else key
        return (f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: mqtt-tls\n  namespace: prod\nstringData:\n"
                f"  tls.crt: {crt}\n  tls.key: {key}\n")

    def certificate(self, spec="  secretRef: {name: mqtt-tls}\n", *, name="mqtt", metadata="  namespace: prod\n",
                    version="iotda.huaweicloud.com/v1alpha1", kind="ServerCertificate", more=""):
        return f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n{metadata}spec:\n{spec}{more}"

    def instance(self, spec="", *, name="default", metadata="", version="iotda.huaweicloud.com/v1alpha1"):
        return (f"apiVersion: {version}\nkind: IoTDAInstance\nmetadata:\n  name: {name}\n{metadata}spec:\n"
                "  endpoint: https://x.st1.iotda-app.cn-north-4.myhuaweicloud.com\n  projectId: p\n"
                f"  credentials: {{secretRef: {{name: c}}}}\n{spec}")


def cases(bundles):
    table = []
    o = Objects((bundles / "good/tls.crt").read_text(), (bundles / "good/tls.key").read_text())
    expired = (bundles / "leaf-expired/tls.crt").read_text(), (bundles / "leaf-expired/tls.key").read_text()

    def case(name, content, code, *found, **more):
        """`found` with the lines of the marks in it."""
        text = content if isinstance(content, bytes) else content.encode()
        marks = iter([number for number, line in enumerate(text.split(b"\n"), 1) if line.rstrip().endswith(b"#!")])
        lines = []
        for each in found:
            kind = "warning" if each.startswith("warning ") else "unusable" if each.startswith("unusable") else "error"
            rest = each.removeprefix("warning ").removeprefix("unusable ")
            line = re.match(r"(\d+) ", rest)
            if line:
                at, rest = line[1], rest[line.end():]
            else:
                at = next(marks, "*")
            lines.append(f"{kind} {at} {rest}")
        table.append(Case(name, text, code, lines, **more))

    def both(*objects):
        return "---\n".join(objects)

    invalid = "InvalidObject: "
    secret, certificate = o.secret(), o.certificate()

    # Nothing wrong.
    case("good-data", both(secret, certificate), 0)
    case("good-string-data", both(o.plain(), certificate), 0)
    case("good-instance", o.instance(), 0)
    case("good-all", both(o.instance(), secret, certificate), 0)
    case("good-opaque", both(o.secret(type="Opaque"), certificate), 0)
    case("good-list", "apiVersion: v1\nkind: List\nitems:\n- " + block(secret, 2).lstrip() + "- " + block(certificate, 2).lstrip(), 0)
    case("good-json", json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "prod"},
                                  "type": "kubernetes.io/tls", "stringData": {"tls.crt": o.pem, "tls.key": o.key}}), 0, file="in.json")
    case("good-json-indented-with-tabs", json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
                                                     "stringData": {"tls.crt": o.pem, "tls.key": o.key}}, indent="\t"), 0, "warning NotChecked")
    case("good-json-surrogates", json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "annotations": {"a/note": "\U0001F511 \U0001F600"}},
                                             "type": "kubernetes.io/tls", "data": {"tls.crt": o.b64(o.pem), "tls.key": o.b64(o.key)}}), 0)
    case("good-json-half-a-pair", '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "annotations": {"a/b": "\\ud83d"}}, "data": {"a": "YQ=="}}', 0)
    case("good-json-one-after-the-other", '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}\n{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}', 0)
    case("good-byte-order-mark", b"\xef\xbb\xbf" + both(secret, certificate).encode(), 0)
    case("good-windows-lines", both(secret, certificate).replace("\n", "\r\n"), 0)
    case("good-comments", "# one\n---\n# two\n--- # three\n" + secret, 0)
    case("good-binary-tag", both(o.plain(f"!!binary |\n{block(o.b64(o.pem))}", f"!!binary {o.b64(o.key)}"), certificate), 0)
    case("good-local-tag", both(o.secret(f"!mine {o.b64(o.pem)}"), certificate), 0)
    case("good-wrapped-base64", both(o.secret("|\n" + block("\n".join(textwrap.wrap(o.b64(o.pem), 60)))), certificate), 0)
    case("good-anchors", both(secret.replace("  name: mqtt-tls", "  name: &n mqtt-tls"), certificate), 0)
    case("good-null-fields", both(o.secret(more="immutable: null\nstringData: null\n"), o.certificate(metadata="  namespace: prod\n  labels: null\n  annotations: ~\n")), 0)
    case("good-labels", o.certificate(metadata="  namespace: prod\n  labels: {app.kubernetes.io/name: mqtt, tier: '', a: b_c.D-9}\n"), 0)
    case("good-annotations", o.certificate(metadata="  namespace: prod\n  annotations: {example.com/Note: 'any: text\u00fc', note: 'true'}\n"), 0)
    case("good-finalizers", o.certificate(metadata="  namespace: prod\n  finalizers: [example.com/one]\n"), 0)
    case("good-owners", o.certificate(metadata="  namespace: prod\n  ownerReferences:\n  - {apiVersion: v1, kind: Pod, name: a, uid: u, controller: true}\n"), 0)
    case("good-generated-name", o.secret().replace("  name: mqtt-tls", "  generateName: mqtt-"), 0)
    case("good-name-with-dots", both(o.secret(name="a.b-c.9"), o.certificate(spec="  secretRef: {name: a.b-c.9}\n", name="x.y")), 0)
    case("good-exported", o.secret(metadata="  namespace: prod\n  uid: u\n  resourceVersion: '5'\n  creationTimestamp: '2026-01-01T00:00:00Z'\n  generation: 1\n"), 0)
    case("good-status", o.certificate(more="status: {}\n"), 0)
    case("good-other-kinds", both("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: Not_Looked_At}\n", secret), 0)
    case("good-sealed-secret", both("apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\n", secret), 0)
    case("good-secret-of-another-group", both("apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: a}\n", secret), 0)
    case("good-key-y", o.secret(type="Opaque", more="").replace("  tls.key", "  extra: YQ==\n  tls.key"), 0, "warning NotChecked")
    case("good-old-line-ends", o.secret().replace("\n", "\r"), 0)

    # Nothing to check.
    nothing = "unusable * nothing was validated"
    def empty(name, content, *found, **more):
        table.append(Case(f"nothing-{name}", content if isinstance(content, bytes) else content.encode(), 2, list(found), **more))
    for name, content in {"empty": "", "comments": "# nothing\n", "separators": "---\n---\n", "null": "null\n", "dots": "...\n"}.items():
        empty(name, content, nothing)
    empty("other-kinds", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", nothing)
    for name, content in {"text": "see deploy/prod\n", "json-string": '"moved"\n', "number": "42\n"}.items():
        empty(name, content, "unusable 1 : not a Kubernetes object" if name == "number" else "unusable 1 : text, not a Kubernetes object")
    empty("list", "- a\n- b\n", "unusable 1 : not a Kubernetes object")
    empty("values", "replicaCount: 1\nimage: {tag: x}\n", "unusable 1 : has no kind")
    empty("pem-certificate", o.pem, "unusable 0 : this is a PEM file, not YAML; validate it with --cert and --key", file="tls.crt")
    empty("pem-key", o.key, "unusable 0 : a PEM file", file="tls.key")
    empty("pem-after-blank-lines", "\n\n" + o.pem, "unusable 0 : a PEM file")
    empty("pem-after-text", "subject=x\n" + o.pem, "unusable 2 : a PEM text is not indented")
    for name, form in {"instead-der": "a certificate in DER", "instead-pkcs12": "PKCS#12", "instead-pkcs7-der": "PKCS#7",
                       "instead-java-key-store": "a Java keystore"}.items():
        empty(name, (bundles / name / "tls.crt").read_bytes(), f"unusable 0 : the file is binary, not YAML: it is {form}", file="in.bin")
    empty("gzip", gzip.compress(secret.encode(), mtime=0), "unusable 0 : gzip data", file="in.yaml.gz")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("in.yaml")
        entry.size = len(secret)
        tar.addfile(entry, io.BytesIO(secret.encode()))
    empty("tar", archive.getvalue(), "unusable 0 : a tar archive", file="in.tar")
    for codec, mark in ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"):
        empty(codec, mark + secret.encode(codec), "unusable 0 : UTF-16")
    empty("utf-16-without-mark", secret.encode("utf-16-le"), "unusable 0 : UTF-16")
    empty("base64-of-a-file", o.b64(secret) + "\n", "unusable 1 : text, not a Kubernetes object")
    for name, content in {"empty": "", "values": "a: b\n", "text": "see elsewhere\n", "other-kinds": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}.items():
        table.append(Case(f"allowed-empty-{name}", content.encode(), 0, [], options=(ALLOW, "--allow-empty")))
    table.append(Case("not-allowed-empty-pem", o.pem.encode(), 2, ["unusable 0 : a PEM file"], options=(ALLOW, "--allow-empty")))
    case("secret-nobody-names", o.secret(type="Opaque"), 0, "warning 1 NotChecked")
    case("credentials-nobody-names", "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData: {accessKey: a, secretKey: b}\n", 0)

    # The version and the kind.
    group = "iotda.huaweicloud.com"
    for name, version in {"missing": "''", "group-only": group, "v1": f"{group}/v1", "upper-case": f"{group}/V1alpha1", "core": "v1",
                          "other-group": "iotda.huawei.com/v1alpha1", "beta": f"{group}/v1beta1"}.items():
        what = "apiVersion: Required value" if name == "missing" else "has no kind ServerCertificate"
        case(f"version-{name}", o.certificate(version=version), 1, f"1 {invalid}{what}")
    case("version-of-instance", o.instance(version=f"{group}/v1"), 1, f"1 {invalid}has no kind IoTDAInstance")
    case("version-not-there", o.certificate().split("\n", 1)[1], 1, f"1 {invalid}apiVersion: Required value")
    case("version-of-secret-missing", o.secret().split("\n", 1)[1], 1, f"1 {invalid}apiVersion: Required value")
    case("version-of-secret-wrong", o.secret(version="v1beta1"), 1, f"1 {invalid}has no kind")
    case("kind-in-lower-case", o.certificate(kind="servercertificate"), 1, f"1 {invalid}there is no kind")
    case("kind-in-plural", o.certificate(kind="ServerCertificates"), 1, f"1 {invalid}there is no kind")
    case("kind-of-secret-in-lower-case", o.secret(kind="secret"), 1, f"1 {invalid}has no kind")
    case("kind-missing", o.certificate().replace("kind: ServerCertificate\n", ""), 1, f"1 {invalid}kind: Required value")
    case("kind-number", o.certificate(kind="5"), 1, f"1 {invalid}kind: Required value")

    # Names and namespaces.
    for name, wrong in {"upper-case": "MQTT", "underscore": "mqtt_tls", "leading-dash": "-mqtt", "trailing-dot": "mqtt.",
                        "two-dots": "a..b", "space": "'a b'", "slash": "a/b", "umlaut": "müller", "too-long": "m" * 254}.items():
        what = "no more than 253" if name == "too-long" else "RFC 1123"
        case(f"name-{name}", both(o.secret(), o.certificate(name=f"{wrong} #!")), 1, f"{invalid}metadata.name: Invalid value")
        case(f"name-of-secret-{name}", o.secret(name=f"{wrong} #!"), 1, invalid + what)
    case("name-of-instance", o.instance(name="Default #!"), 1, f"{invalid}metadata.name")
    case("name-number", o.certificate(name="2024 #!"), 1, f"{invalid}metadata.name: Invalid value: must be a string: enclose it in quotes")
    case("name-missing", o.certificate().replace("  name: mqtt\n", "", 1), 1, f"1 {invalid}metadata.name: Required value")
    case("name-empty", o.certificate(name="''"), 1, f"1 {invalid}metadata.name: Required value")
    case("generated-name-wrong", o.secret().replace("  name: mqtt-tls", "  generateName: MQTT- #!"), 1, f"{invalid}metadata.generateName")
    for name, wrong in {"number": "2024", "boolean": "yes", "float": "1.5", "dots": "a.b", "upper-case": "Prod", "underscore": "a_b",
                        "too-long": "p" * 64, "list": "[a]"}.items():
        case(f"namespace-{name}", o.secret(metadata=f"  namespace: {wrong} #!\n"), 1, f"{invalid}metadata.namespace")

    # Other metadata.
    for name, (field, what) in {
        "label-boolean": ("labels: {a: true}", 'metadata.labels["a"]: Invalid value: must be a string'),
        "label-number": ("labels: {a: 5}", 'metadata.labels["a"]: Invalid value: must be a string'),
        "label-with-space": ("labels: {a: 'b c'}", 'metadata.labels["a"]: Invalid value "b c"'),
        "label-with-slash": ("labels: {a: b/c}", "a label value must be empty, or consist of letters"),
        "label-too-long": ("labels: {a: " + "b" * 64 + "}", "no more than 63"),
        "label-ends-in-dash": ("labels: {a: b-}", "a label value must be empty"),
        "label-key-with-space": ("labels: {'a b': c}", "metadata.labels: Invalid key"),
        "label-key-two-slashes": ("labels: {a/b/c: d}", "metadata.labels: Invalid key"),
        "label-key-prefix-upper-case": ("labels: {Example.com/a: b}", "the part before '/' must be a domain name"),
        "label-key-empty": ("labels: {'': b}", "metadata.labels: Invalid key"),
        "labels-list": ("labels: [a]", "metadata.labels: Invalid value: must be a map"),
        "annotation-boolean": ("annotations: {a: yes}", 'metadata.annotations["a"]: Invalid value: must be a string'),
        "annotation-number": ("annotations: {a: 1}", "must be a string: enclose it in quotes"),
        "annotation-map": ("annotations: {a: {b: c}}", "must be a string"),
        "annotation-key": ("annotations: {a b: c}", "metadata.annotations: Invalid key"),
        "annotations-too-large": ("annotations: {a: " + "x" * 262144 + "}", "may not be more than 262144 bytes"),
        "finalizers-text": ("finalizers: a/b", "metadata.finalizers: Invalid value: must be a list"),
        "finalizer-number": ("finalizers: [5]", "must be strings"),
        "finalizer-form": ("finalizers: ['a b']", "metadata.finalizers: Invalid value"),
        "owner-without-uid": ("ownerReferences: [{apiVersion: v1, kind: Pod, name: a}]", "ownerReferences.uid: Required value"),
        "owner-unknown-field": ("ownerReferences: [{apiVersion: v1, kind: Pod, name: a, uid: u, nam: x}]", 'unknown field "nam"'),
        "unknown-field": ("lables: {a: b}", 'metadata: unknown field "lables"'),
        "other-case": ("Labels: {a: b}", "did you mean labels?"),
        "generation-text": ("generation: 'x'", "metadata.generation: Invalid value: must be a number"),
        "uid-number": ("uid: 5", "metadata.uid: Invalid value: must be a string"),
    }.items():
        case(f"metadata-{name}", o.certificate(metadata=f"  namespace: prod\n  {field} #!\n"), 1, invalid + what)
    case("metadata-text", o.certificate().replace("metadata:\n  name: mqtt\n  namespace: prod\n", "metadata: mqtt #!\n"), 1,
         f"{invalid}metadata: Invalid value: must be a map", f"1 {invalid}metadata.name: Required value")
    table[-1].found.sort(key=lambda line: int(line.split()[1]))
    case("unknown-field", o.certificate(more="specc: {} #!\n"), 1, f'{invalid}unknown field "specc"')
    case("unknown-field-in-spec", o.certificate("  secretRef: {name: a}\n  secretref: {} #!\n"), 1, f"{invalid}spec: unknown field")

    # Secrets.
    for name, (text, what) in {
        "stringdata": (o.secret(type="Opaque", more="stringdata: {a: b} #!\n"), "did you mean stringData?"),
        "unknown-field": (o.secret(more="spec: {} #!\n"), 'unknown field "spec"'),
        "type-number": (o.secret(type="5 #!"), "type: Invalid value: must be a string"),
        "immutable-text": (o.secret(more="immutable: 'true' #!\n"), "immutable: Invalid value: must be true or false"),
        "key-with-space": (o.secret().replace("  tls.key:", "  tls key: YQ== #!\n  tls.key:"), 'Invalid key "tls key"'),
        "key-with-slash": (o.secret().replace("  tls.key:", "  a/b: YQ== #!\n  tls.key:"), "Invalid key"),
        "key-dots": (o.secret().replace("  tls.key:", "  ..a: YQ== #!\n  tls.key:"), "begin with"),
        "key-too-long": (o.secret().replace("  tls.key:", f"  {'k' * 254}: YQ== #!\n  tls.key:"), "no more than 253"),
        "value-number": (o.secret().replace("  tls.key:", "  port: 8883 #!\n  tls.key:"), "data.port: Invalid value: must be a string of base64"),
        "value-boolean": (o.secret().replace("  tls.key:", "  on: true #!\n  tls.key:"), "data.true: Invalid value"),
        "value-map": (o.secret().replace("  tls.key:", "  a: {b: c} #!\n  tls.key:"), "data.a: Invalid value"),
        "value-plain": (o.secret().replace("  tls.key:", "  a: hello world #!\n  tls.key:"), "data.a is not base64"),
        "value-url-base64": (o.secret().replace("  tls.key:", "  a: _-8= #!\n  tls.key:"), "data.a is not base64"),
        "value-unpadded": (o.secret().replace("  tls.key:", "  a: YQ #!\n  tls.key:"), "data.a is not base64"),
        "string-number": (o.secret(more="stringData: {a: 5} #!\n"), "stringData.a: Invalid value: must be a string"),
    }.items():
        odd_type = ["warning * NotChecked"] if "tls.crt" in text and "type: kubernetes.io/tls" not in text else []
        case(f"secret-{name}", text, 1, invalid + what)
        table[-1].found += odd_type
    case("secret-data-list", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/tls\ndata: [] #!\n", 1, f"{invalid}data: Invalid value: must be a map")
    case("secret-data-text", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: x #!\n", 1, f"{invalid}data: Invalid value: must be a map")
    case("secret-too-large", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: " + "x" * 1048577 + "\n", 1, f"1 {invalid}may not be more than 1048576 bytes")
    for kind, key in {"tls": "tls.crt", "dockerconfigjson": ".dockerconfigjson", "dockercfg": ".dockercfg", "ssh-auth": "ssh-privatekey", "basic-auth": "username"}.items():
        found = [f"1 {invalid}data.{key}: Required value for type kubernetes.io/{kind}"]
        if kind == "tls":
            found.append(f"1 {invalid}data.tls.key: Required value")
        case(f"secret-type-{kind}", f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ntype: kubernetes.io/{kind}\n", 1, *found)
    case("secret-type-token", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/service-account-token\n", 1, f"1 {invalid}kubernetes.io/service-account.name")

    # What tools leave in place of a value.
    sops = "ENC[AES256_GCM,data:eHh4,iv:AAEC,tag:AA==,type:str]"
    for name, value, what in (
        ("sops-value", sops, "is encrypted with SOPS"),
        ("avp", "<path:secret/data/mqtt#tls.crt>", "a placeholder"),
        ("vault", "vault:secret/data/mqtt#crt", "a path in a vault"),
        ("vals", "ref+vault://secret/mqtt#/crt", "a placeholder of vals"),
        ("one-password", "op://infra/mqtt/crt", "a placeholder of 1Password"),
        ("envsubst", "${TLS_CRT}", "a variable that has not been substituted"),
        ("make-variable", "$(TLS_CRT)", "a variable that has not been substituted"),
        ("helm", "'{{ .Values.crt | b64enc }}'", "a template that has not been rendered"),
        ("jinja", "'{% include \"crt\" %}'", "a template that has not been rendered"),
        ("erb", "<%= crt %>", "a template that has not been rendered"),
        ("reminder", "REPLACE-ME", "a placeholder that has not been replaced"),
        ("brackets", "<your certificate>", "a placeholder that has not been replaced"),
    ):
        case(f"placeholder-{name}-in-data", both(o.secret(f"{value} #!"), certificate), 1, f"{invalid}data.tls.crt is not base64: the content is")
        case(f"placeholder-{name}-in-string-data", both(o.plain(f"{value} #!"), certificate), 1, f"InvalidCertificate: {what}")
    case("placeholder-ansible-vault", both(o.secret("!vault | #!\n    $ANSIBLE_VAULT;1.1;AES256\n    3132\n"), certificate), 1, f"{invalid}ansible-vault")
    case("sops", both(o.secret(f"'{sops}'", f"'{sops}'", more="sops: #!\n  age: []\n  mac: x\n  version: 3.9.0\n"), certificate), 1, f"{invalid}is encrypted with SOPS")
    case("helm-block", "{{- if .Values.tls }}\n" + secret + "{{- end }}\n", 2, "unusable 1 : a template that has not been rendered")
    case("helm-map", o.secret("{{ .Values.crt }} #!"), 2, "unusable : a template that has not been rendered")
    case("merge-conflict", "<<<<<<< ours\n" + secret + "=======\n>>>>>>> theirs\n", 2, "unusable : an unresolved merge conflict")

    # Layers of base64, and blocks that lose their line breaks.
    twice = o.b64(o.b64(o.pem))
    case("base64-twice", both(o.secret(twice + " #!"), certificate), 1, "InvalidCertificate: it was base64-encoded twice")
    case("base64-three-times", both(o.secret(o.b64(twice) + " #!"), certificate), 1, "InvalidCertificate: it was base64-encoded three times")
    case("base64-in-string-data", both(o.plain(o.b64(o.pem) + " #!"), certificate), 1, "InvalidCertificate: put the PEM text itself into stringData")
    case("base64-folded", both(o.secret("> #!\n" + block("\n".join(textwrap.wrap(o.b64(o.pem), 60)))), certificate), 1, f"{invalid}contains spaces in its base64")
    case("base64-plain-lines", both(o.secret("#!\n" + block("\n".join(textwrap.wrap(o.b64(o.pem), 60)))), certificate), 1, f"{invalid}contains spaces in its base64")
    case("pem-in-data", both(o.secret("| #!\n" + block(o.pem)), certificate), 1, f"{invalid}is PEM text, not base64")
    case("binary-tag-in-data", both(o.secret(f"!!binary {o.b64(o.pem)} #!"), certificate), 1, f"{invalid}is already decoded by its tag !!binary")
    case("binary-tag-broken", both(o.plain("!!binary YW Jj #!"), certificate), 2, "unusable : !!binary")
    case("pem-folded", both(o.plain("> #!\n" + block(o.pem)), certificate), 1, "InvalidCertificate: line breaks were replaced with spaces")
    case("pem-plain-lines", both(o.plain("#!\n" + block(o.pem)), certificate), 1, "InvalidCertificate: line breaks were replaced with spaces")
    case("pem-literal-line-breaks", both(o.plain("'" + o.pem.replace("\n", "\\n") + "' #!"), certificate), 1, "InvalidCertificate: two characters \\n")
    case("pem-not-indented", both(secret.split("\ndata:")[0] + "\nstringData:\n  tls.crt: |\n" + o.pem, certificate), 2, "unusable 9 : a PEM text is not indented")
    case("der-in-data", both(o.secret(o.b64((bundles / "instead-der/tls.crt").read_bytes()) + " #!"), certificate), 1, "InvalidCertificate: a certificate in DER")
    case("expired", both(o.secret(o.b64(expired[0]) + " #!", o.b64(expired[1])), certificate), 1, "CertificateExpired")

    # Reading.
    for name, (text, what) in {
        "latin-1-comment": (b"# M\xfcller #!\n" + secret.encode(), "not UTF-8"),
        "latin-1-value": (o.secret(more="#\n").encode().replace(b"#\n", b"# \xe4 #!\n"), "not UTF-8"),
        "overlong": (b"# \xc0\x80 #!\n" + secret.encode(), "not UTF-8"),
        "surrogate": (b"# \xed\xa0\x80 #!\n" + secret.encode(), "not UTF-8"),
        "control-character": ("# \x01 #!\n" + secret, "a control character"),
        "escape": ("# \x1b[0m #!\n" + secret, "a control character"),
        "c1-control": ("# \x9b #!\n" + secret, "a control character"),
        "second-byte-order-mark": ("# \ufeff #!\n" + secret, "byte order mark"),
        "directive": ("%YAML 1.1\n---\n" + secret, "a directive"),
        "tag-directive": ("%TAG ! tag:example.com,2000:\n---\n" + secret, "a directive"),
        "text-behind-separator": ("--- x\n" + secret, "text after ---"),
        "anchor-missing": (secret + "x: *nowhere #!\n", "not YAML"),
        "tab": (secret + "\tx: y #!\n", "not YAML"),
        "key-twice": (secret.replace("type:", "kind: Secret #!\ntype:"), "is a duplicate of"),
        "behind-dots": (secret + "...\n" + certificate, "kubectl ignores"),
        "surrogates-in-yaml": (o.secret(metadata="  annotations: {a: \"\\ud83d\\ude00\"} #!\n"), "not YAML"),
        "open-bracket": ("a: [b\n", "not YAML"),
    }.items():
        line = {"directive": "1 ", "tag-directive": "1 ", "text-behind-separator": "1 "}.get(name, "")
        case(f"reading-{name}", text, 2, f"unusable {line}: {what}")
        if "#!" not in (text if isinstance(text, str) else text.decode("latin-1")) and not line:
            table[-1].found = [f"unusable * : {what}"]

    # Objects together.
    def domain(name, host, instance="default"):
        return o.certificate(f"  instanceRef: {{name: {instance}}}\n  secretRef: {{name: {name}}}\n  domainConfiguration: {{domainName: {host}}}\n", name=name)
    case("two-domains", both(domain("a", "a.example.com"), domain("b", "b.example.com")), 1, "11 QuotaExceeded: is one of 2 on IoTDAInstance default")
    case("two-domains-on-two-instances", both(domain("a", "a.example.com"), domain("b", "b.example.com", "other")), 0)
    case("one-domain-twice", both(domain("a", "a.example.com"), domain("b", "A.example.com.")), 1, "11 DomainConflict")
    stapled = "  secretRef: {name: mqtt-tls}\n  domainConfiguration: {domainName: mqtt.example.com, ocsp: {staplingEnabled: true}}\n"
    case("stapling-without-a-server", both(o.secret(o.b64(o.pem) + " #!"), o.certificate(stapled)), 0, "warning NoOcspServer")
    case("wrong-version-is-not-missing", both(o.secret(version="v2"), o.instance(), certificate), 1, f"1 {invalid}has no kind", "20 CredentialsNotFound", options=())
    table[-1].found[1] = re.sub(r"error \d+", "error *", table[-1].found[1])
    for text in ("name-with-escape", "x\\e[31m"), ("name-with-line-break", "x\\n::error::y"), ("name-with-direction", "x\\u202ey"):
        case(text[0], o.certificate(name=f'"{text[1]}" #!'), 1, f"{invalid}metadata.name")
    return table
