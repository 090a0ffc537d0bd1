#!/usr/bin/env python3
"""The inputs of tests/data/manifests, as kubectl and a real API server judge them: `validate` refuses what they refuse."""

import concurrent.futures
import os
import pathlib
import subprocess
import unittest

from harness.case import main
from harness.kube import ROOT, cluster

# Where the two differ, and why.
RECODED = "kubectl reads UTF-16 and replaces bytes that are no UTF-8; flux and kustomize refuse both"
DIFFERENCES = {
    # Refused by them alone.
    "good-other-kinds": "validate looks at its own kinds and Secrets only",
    "good-sealed-secret": "the API server of this test does not know the kind",
    "good-secret-of-another-group": "the API server of this test does not know the kind",
    "good-generated-name": "kubectl apply needs a name, kubectl create does not",
    # Refused by validate alone.
    "nothing-other-kinds": "nothing was validated",
    "nothing-utf-16-be": RECODED,
    "nothing-utf-16-le": RECODED,
    "reading-latin-1-comment": RECODED,
    "reading-latin-1-value": RECODED,
    "reading-overlong": RECODED,
    "reading-surrogate": RECODED,
    "reading-second-byte-order-mark": RECODED,
    "reading-key-twice": "kubectl takes the last of the two, others the first",
    "reading-behind-dots": "kubectl ignores what stands behind, without a word",
}


class Inputs(unittest.TestCase):
    def test_are_refused_by_validate_if_kubectl_or_the_api_server_refuses_them(self):
        folder = pathlib.Path(os.environ.get("IOTDA_MANIFESTS", ROOT / "build/release/tests/corpus/manifests"))
        cases = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("allowed-empty"))
        self.assertGreater(len(cases), 150)
        cluster().apply_crds()
        cluster().kubectl("create", "namespace", "prod")
        self.addCleanup(cluster().kubectl, "delete", "namespace", "prod", "--wait=false")
        bin_dir = subprocess.run([ROOT / "scripts/kubernetes/bin-dir", "kubectl"], capture_output=True, text=True, check=True).stdout.strip()

        def judge(case):
            file = case / (case / "arguments").read_text().split("\n")[-2]
            command = [f"{bin_dir}/kubectl", "--kubeconfig", str(cluster().kubeconfig), "apply", "--dry-run=server", "--validate=strict", "-f", str(file)]
            return subprocess.run(command, capture_output=True, text=True, check=False)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            verdicts = list(pool.map(judge, cases))
        differing = {}
        for case, verdict in zip(cases, verdicts):
            expected = (case / "expected").read_text()
            refused = " InvalidObject" in expected or "\nunusable" in expected
            if refused != (verdict.returncode != 0):
                differing[case.name] = verdict.stderr[-300:]
        for name, said in differing.items():
            with self.subTest(name):
                self.assertIn(name, DIFFERENCES, said)
        for name in DIFFERENCES:
            with self.subTest(name):
                self.assertIn(name, differing, "no difference any more")


if __name__ == "__main__":
    main()
