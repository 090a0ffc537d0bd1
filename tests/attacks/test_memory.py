#!/usr/bin/env python3
"""Whoever gets to see the memory of the operator, after keys, passwords and credentials have passed through it."""

import base64
import dataclasses
import functools
import json
import pathlib
import random
import re
import tempfile

from attack import main, wait_for
from harness import materials
from harness.case import encoded
from harness.proxy import Proxy
from memory_case import TOKEN, MemoryTest

RSA = "-newkey rsa:2048 -nodes -keyout key"
PASSWORD = "CorrectHorseBatteryStaple"


def rsa(name):
    with tempfile.TemporaryDirectory() as folder:
        subject = "-subj", f"/O=Example/CN={name}", "-addext", f"subjectAltName=DNS:{name}"
        certificate = materials.openssl(f"req -x509 {RSA} -days 90", *subject, cwd=folder)
        return materials.Material(certificate, pathlib.Path(folder, "key").read_text())


def traditional(key):
    return materials.openssl("pkey -traditional", stdin=key)


def body(pem):
    return "".join(pem.splitlines()[1:-1])


def wrapped(pem, width):
    lines = pem.splitlines()
    text = body(pem)
    return "\n".join([lines[0], *(text[i : i + width] for i in range(0, len(text), width)), lines[-1], ""])


# What people put where the private key belongs: some is taken, most is refused.
TEXTS = {
    "as it is": lambda pem: pem,
    "in the old form": traditional,
    "with line ends of Windows": lambda pem: pem.replace("\n", "\r\n"),
    "with spaces around": lambda pem: "\n\n  " + pem.replace("\n", "  \n") + "\n\n",
    "in long lines": lambda pem: wrapped(pem, 76),
    "in one line": lambda pem: wrapped(pem, 1 << 20),
    "without line breaks": lambda pem: pem.replace("\n", ""),
    "with escaped line breaks": lambda pem: pem.replace("\n", "\\n"),
    "without its head": lambda pem: "\n".join(pem.splitlines()[1:]),
    "without its end": lambda pem: "\n".join(pem.splitlines()[:-1]),
    "the first half of it": lambda pem: pem[: len(pem) // 2],
    "with a character that is wrong": lambda pem: pem[:120] + "*" + pem[121:],
    "with a character less": lambda pem: pem[:120] + pem[121:],
    "twice": lambda pem: pem + pem,
    "with text before it": lambda pem: "Bag Attributes\n    friendlyName: key\n" + pem,
    "base64 once more": lambda pem: base64.b64encode(pem.encode()).decode(),
    "quoted": lambda pem: json.dumps({"privateKey": pem}),
    "under another title": lambda pem: pem.replace("PRIVATE KEY", "CERTIFICATE"),
    "base64 alone": body,
}


ENCRYPTIONS = {
    "AES-256": "pkcs8 -topk8 -v2 aes-256-cbc",
    "AES-128 and many rounds": "pkcs8 -topk8 -v2 aes-128-cbc -iter 100000",
    "3DES": "pkcs8 -topk8 -v2 des3",
    "scrypt": "pkcs8 -topk8 -scrypt",
    "SHA-1 and 3DES": "pkcs8 -topk8 -v1 PBE-SHA1-3DES",
    "the old encryption": "pkey -traditional -aes256",
    "the old encryption and 3DES": "pkey -traditional -des3",
}

FAULTS = {  # of the platform, while it is sent a key
    "an error": {"action": "status", "status": 500},
    "an error that comes too late": {"action": "status", "status": 500, "after": True},
    "a refusal": {"action": "status", "status": 400, "error_code": "IOTDA.000006", "error_msg": "invalid"},
    "no permission": {"action": "status", "status": 403, "error_code": "IOTDA.000022"},
    "too many requests": {"action": "status", "status": 429},
    "no answer": {"action": "drop_before"},
    "a lost answer": {"action": "drop_after"},
    "half an answer": {"action": "partial_body"},
    "a late answer": {"action": "delay", "delay_ms": 4000},
}

ANSWERS = {  # of the API server, with a Secret in it
    "cut off": lambda proxy, what, whole: proxy.answer(what, 200, whole[:-100]),
    "with a status of no success": lambda proxy, what, whole: proxy.answer(what, 500, whole),
    "to a stranger": lambda proxy, what, whole: proxy.answer(what, 401, whole, times=2),
    "of another kind": lambda proxy, what, whole: proxy.answer(what, 200, whole.replace("metadata", "metedata")),
    "twice in one": lambda proxy, what, whole: proxy.answer(what, 200, whole + whole),
    "beyond all size": lambda proxy, what, whole: proxy.answer(what, 200, whole[:-1] + " " * (17 << 20) + "}"),
    "without an end": lambda proxy, what, whole: proxy.answer(what, 200, whole, content_length=len(whole) + 1000),
}

WAITING = "Progressing", "Pending"


class Memory(MemoryTest):
    quota = 50

    def create_instance(self, name=None, **spec):
        if not self.simulators:
            self.start_simulator(quota=50)
        super().create_instance(name, **{"quota": {"serverCertificates": self.quota}, **spec})

    def put(self, scenario, material, stored=None, password=None, marked=None, **spec):
        """A ServerCertificate whose Secret has `stored` in place of the key; `marked` is the key without encryption."""
        name = "s-" + re.sub("[^a-z0-9]+", "-", scenario.lower())
        stored = material.key if stored is None else stored
        self.marks.key(scenario, marked or material.key, stored.encode())
        self.put_secret(name, {"tls.crt": material.certificate, "tls.key": stored})
        if password is not None:
            self.marks.text(scenario, password)
            self.put_secret(name + "-password", {"password": password})
            spec["privateKeyPasswordSecretRef"] = {"name": name + "-password"}
        if self.certificate(name) is None:
            self.create_certificate(name, **spec)
        return name

    def wait_judged(self, *names, seconds=60):
        """Waits until each is Ready, or is not for a reason of its own."""
        for name in names:
            get = functools.partial(self.certificate, name)
            self._wait(f"{name} is judged", get, lambda ready: ready["reason"] not in ("", *WAITING), seconds)

    def test_what_secrets_hold(self):
        operator = self.start()
        self.create_instance()
        names = []
        for index, (form, text) in enumerate(TEXTS.items()):
            material = (rsa if index % 3 == 0 else materials.self_signed)(f"text-{index}.example.com")
            names.append(self.put(form, material, text(material.key)))
        for index, (how, encrypt) in enumerate(ENCRYPTIONS.items()):
            material = (rsa if index % 2 else materials.self_signed)(f"locked-{index}.example.com")
            password = f"{PASSWORD}{'X' * index}"
            locked = materials.openssl(encrypt, "-passout", f"pass:{password}", stdin=material.key)
            self.marks.encrypted_key(how, locked)
            names.append(self.put(how, material, locked, password, material.key))
        material = materials.self_signed("wrong.example.com")
        locked = materials.encrypted(material, PASSWORD).key
        names.append(self.put("with the wrong password", material, locked, "Wrong" + PASSWORD, material.key))
        without = materials.self_signed("none.example.com")
        names.append(self.put("without a password", without, locked, marked=material.key))
        needless = materials.self_signed("open.example.com")
        names.append(self.put("with a needless password", needless, password=PASSWORD[::-1]))
        names.append(self.put("of another certificate", rsa("other.example.com"), material.key))
        names.append(self.put("expired", materials.valid_between("expired.example.com", -7200, -3600)))
        swapped = rsa("swapped.example.com")
        swapped = dataclasses.replace(swapped, certificate=swapped.key)
        names.append(self.put("in place of the certificate", swapped))
        behind = materials.self_signed("behind.example.com")
        behind = dataclasses.replace(behind, certificate=behind.certificate + behind.key)
        names.append(self.put("behind the certificate", behind))
        self.wait_judged(*names)
        self.assertEqual(33, len(names))
        self.assert_forgotten(operator)

    def test_what_the_platform_does(self):
        operator = self.start("--upload-deadline", "2s", "--settling-time", "1s")
        names = []
        for index, (what, fault) in enumerate(FAULTS.items()):
            # On an instance of its own, because some pause it.
            instance = f"{self.ns}-{index}"
            self.create_instance(instance, project=f"{self.project}-{index}")
            self.simulator.fail("add", **fault)
            material = (rsa if index % 2 else materials.self_signed)(f"fault-{index}.example.com")
            names.append(self.put(what, material, instanceRef={"name": instance}))
            wait_for("it is tried", lambda index=index: len(self.simulator.requests("add")) > index)
        self.assertEqual(9, len(names))
        self.assert_forgotten(operator)

    def test_what_the_api_server_does(self):
        token = "".join(random.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=900))
        proxy = Proxy(self.folder, "way", self.kube.server, self.kube.tls)
        self.addCleanup(proxy.stop)
        (self.folder / "ca.crt").write_text(proxy.ca)
        server = {"server": proxy.endpoint, "certificate-authority": str(self.folder / "ca.crt")}
        operator = self.start(token=token, server=server)
        self.create_instance()
        names = []
        for index, (what, spoil) in enumerate(ANSWERS.items()):
            material = (rsa if index % 2 else materials.self_signed)(f"answer-{index}.example.com")
            name = "s-" + re.sub("[^a-z0-9]+", "-", what.lower())
            data = {"tls.crt": encoded(material.certificate), "tls.key": encoded(material.key)}
            whole = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.ns}}
            spoil(proxy, f"GET .*/secrets/{name}$", json.dumps({**whole, "data": data}))
            names.append(self.put(what, material))
        for name in names:
            wait_for(f"{name} is read", lambda name=name: proxy.requests(f"GET .*/secrets/{name}$"))
        self.assertEqual(7, len(names))
        self.assert_forgotten(operator)

    def test_what_users_change(self):
        operator = self.start()
        self.create_instance()
        kept = [self.put(f"before number {i}", rsa(f"kept-{i}.example.com")) for i in range(3)]
        self.wait_ready(*kept)
        gone = self.put("deleted", materials.self_signed("deleted.example.com"))
        self.wait_ready(gone)
        self.delete_certificate(gone)
        for i, name in enumerate(kept):
            renewed = materials.self_signed(f"renewed-{i}.example.com")
            self.marks.key(f"renewal of number {i}", renewed.key)
            self.put_material(name, renewed)
            self.wait_renewed(name, renewed)
        damaged = rsa("damaged.example.com")
        self.marks.key("damaged later", damaged.key)
        self.put_secret(kept[0], {"tls.crt": damaged.certificate, "tls.key": damaged.key[:-200]})
        self.wait_reason(kept[0], "InvalidPrivateKey")
        # Credentials: others, wrong ones, temporary ones, and those of before again.
        wrong = {"accessKey": "WRONGACCESSKEYOFTHETEST", "secretKey": "WrongSecretKeyOfTheTest"}
        temporary = {"accessKey": "TEMPACCESSKEYOFTHETEST", "secretKey": "TemporarySecretKeyOfTheTest"}
        temporary["securityToken"] = f"{random.getrandbits(1600):0400x}"
        for what, data in {"wrong credentials": wrong, "temporary credentials": temporary}.items():
            for value in data.values():
                self.marks.text(what, value)
            self.put_secret("credentials", data, self.system)
            self.wait_instance("CredentialsRejected")
        self.put_credentials()
        self.wait_instance("Succeeded", seconds=60)
        self.assert_forgotten(operator)
        for name in kept:
            self.delete_certificate(name)
        self.kube.delete("IoTDAInstance", self.ns)
        wait_for("the instance is gone", lambda: self.instance() is None)
        self.assert_forgotten(operator, {TOKEN: 1})


if __name__ == "__main__":
    main()
