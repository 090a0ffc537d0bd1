#!/usr/bin/env python3
"""The kustomizations: the same objects as the Helm chart's, and a real API server takes them."""

import shutil
import unittest

from harness.case import main
from harness.kube import ROOT, cluster
from harness.processes import OPERATOR
from harness.tools import kustomized, objects, rendered, run

CHART_ONLY = "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"
OVERLAYS = {  # the values that render the same
    "cluster-wide": {},
    "namespaced": {"watchNamespaces": ["default"]},
    "kind": {"simulator": {"enabled": True}},
}


def comparable(items):
    """Objects by kind, namespace and name, without what only one of the two writes, and what is random."""
    result = {}
    for item in items:
        metadata = item["metadata"]
        if item["kind"] in ("CustomResourceDefinition", "Pod"):  # crds/, and what `helm test` runs
            continue
        metadata.pop("annotations", None)
        metadata["labels"] = {k: v for k, v in metadata.get("labels", {}).items() if k not in CHART_ONLY}
        if item["kind"] == "Secret":
            item["data"] = sorted(item["data"])
            item.pop("type", None)
        item.get("spec", {}).pop("caBundle", None)
        result[item["kind"], metadata.get("namespace"), metadata["name"]] = item
    return result


class Manifests(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        # The keys of the simulator are made where they get into nobody's tree.
        cls.folder = cluster().folder / "manifests"
        shutil.copytree(ROOT / "manifests", cls.folder, ignore=shutil.ignore_patterns("tls.*", "secretKey", "instance-ca*"))
        run(cls.folder / "simulator/make-tls")

    def test_each_overlay_has_the_objects_of_the_chart(self):
        for overlay, values in OVERLAYS.items():
            with self.subTest(overlay):
                ours = comparable(objects(kustomized(self.folder / "overlays" / overlay)))
                charts = comparable(objects(rendered(values)))
                self.assertEqual(sorted(map(str, charts)), sorted(map(str, ours)))
                for key, item in charts.items():
                    self.assertEqual(item, ours[key])

    def test_the_component_for_oidc_does_what_the_values_do(self):
        overlay = self.folder / "own"
        overlay.mkdir()
        self.addCleanup(shutil.rmtree, overlay)
        lines = "resources: [../overlays/cluster-wide]", "components: [../components/oidc]"
        (overlay / "kustomization.yaml").write_text("\n".join(lines))
        ours = comparable(objects(kustomized(overlay)))
        charts = comparable(objects(rendered({"credentials": {"oidc": {"enabled": True, "audience": "iotda-operator"}}})))
        self.assertEqual(charts, ours)

    def test_the_samples_are_valid(self):
        samples = sorted((self.folder / "samples").glob("instance*.yaml"))
        self.assertEqual(4, len(samples))
        for sample in samples:
            with self.subTest(sample.name):
                run(OPERATOR, "validate", sample)
                (self.folder / "samples/kustomization.yaml").write_text(f"resources: [{sample.name}]\n")
                self.addCleanup((self.folder / "samples/kustomization.yaml").unlink, missing_ok=True)
                self.assertEqual(objects(sample.read_text()), objects(kustomized(self.folder / "samples")))

    def test_a_real_api_server_takes_each_of_them(self):
        cluster().kubectl("apply", "-f", self.folder / "namespace.yaml")
        self.addCleanup(cluster().kubectl, "delete", "-f", self.folder / "namespace.yaml", "--wait=false")
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                cluster().kubectl("apply", "--dry-run=server", "-k", self.folder / "overlays" / overlay)
        for sample in sorted((self.folder / "samples").glob("*.yaml")):
            with self.subTest(sample.name):
                cluster().kubectl("apply", "--dry-run=server", "--validate=strict", "-f", sample)

    def test_there_is_an_overlay_for_each_comparison(self):
        self.assertEqual(set(OVERLAYS), {path.name for path in (self.folder / "overlays").iterdir()})


if __name__ == "__main__":
    main()
