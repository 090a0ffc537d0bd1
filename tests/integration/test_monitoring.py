#!/usr/bin/env python3
"""Metrics, alerts and dashboard, as Prometheus understands them (promtool)."""

import json
import re
import subprocess
import unittest

import yaml

from harness.case import REGION, OperatorTest, condition, main
from harness.kube import ROOT
from harness.processes import free_port
from harness.tools import CHART, run, tool
from harness.wait import wait_for

ALERTS = CHART / "files/alerts.yaml"
DASHBOARD = CHART / "files/dashboard.json"
GUIDE = ROOT / "docs/troubleshooting.md"
TESTS = ROOT / "tests/monitoring/alerts_test.yaml"
# What a scrape adds.
TARGET = {"job": "iotda-operator", "pod": "iotda-operator-0", "namespace": "iotda-system"}


def alerts():
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return group["rules"]


def queries():
    """The queries of the dashboard, by panel, as Grafana sends them with all namespaces selected."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$namespace", ".*")


def samples(scrape):
    """The value of each series, with the labels that honor_labels leaves and those that it adds."""
    found = {}
    for name, labels, value in re.findall(r"^([a-z_]+)(\{.*\})? (\S+)$", scrape, re.M):
        own = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        text = ", ".join(f'{label}="{content}"' for label, content in sorted({**TARGET, **own}.items()))
        found[f"{name}{{{text}}}"] = float(value)
    return found


def series(*scrapes):
    """Each scrape for an hour, a sample a minute, one after the other, as promtool's tests want them."""
    for name in sorted(set().union(*scrapes)):
        values = (f"{scrape[name]:.6f}x59" if name in scrape else "_x59" for scrape in scrapes)
        yield {"series": name, "values": " ".join(values)}


class Rules(unittest.TestCase):
    def test_each_alert_fires_when_it_should_and_only_then(self):
        run(tool("promtool"), "test", "rules", TESTS)
        cases = [check for test in yaml.safe_load(TESTS.read_text())["tests"] for check in test["promql_expr_test"]]
        for alert in alerts():
            about = [check for check in cases if f'alertname="{alert["alert"]}"' in check["expr"]]
            self.assertEqual({True, False}, {"exp_samples" in check for check in about}, alert["alert"])

    def test_each_alert_says_how_bad_it_is_and_links_to_what_to_do(self):
        headings = {heading.lower() for heading in re.findall(r"^#+ (\w+)$", GUIDE.read_text(), re.M)}
        for alert in alerts():
            name, annotations = alert["alert"], alert["annotations"]
            self.assertIn(alert["labels"]["severity"], ("critical", "warning", "info"), name)
            self.assertEqual({"summary", "description", "runbook_url"}, set(annotations), name)
            page, anchor = annotations["runbook_url"].split("#")
            self.assertEqual((GUIDE, name.lower()), (ROOT / page, anchor))
            self.assertIn(anchor, headings)

    def test_the_dashboard_lets_one_choose_the_data_source(self):
        dashboard = json.loads(DASHBOARD.read_text())
        self.assertIn({"name": "datasource", "type": "datasource", "query": "prometheus"}, dashboard["templating"]["list"])
        chosen = {"type": "prometheus", "uid": "${datasource}"}
        for item in (*dashboard["panels"], *(v for v in dashboard["templating"]["list"] if v["type"] == "query")):
            self.assertEqual(chosen, item["datasource"])


class Scrape(OperatorTest):
    """What a running operator reports, while all is well and then while it is not."""

    def setUp(self):
        super().setUp()
        simulator = self.start_simulator(projects=[(REGION, self.project)])
        self.operator = self.start_operator("--leader-elect")
        user = {"domain": simulator.iam_domain, "username": simulator.iam_user, "password": simulator.iam_password}
        self.put_secret("user", user, self.system)
        source = {"type": "Token", "secretRef": {"name": "user"}}
        self.create_instance(iamEndpoint=simulator.iam_endpoint, projectId=None, source=source)
        self.add_certificate("first")
        self.add_certificate("second")
        self.wait_ready("first", "second")
        wait_for("the scrape has both", lambda: self.operator.metric("iotda_certificate_ready") == 2)
        self.well = self.operator.get("/metrics")[1]
        self.make_trouble()
        self.ill = self.operator.get("/metrics")[1]

    def make_trouble(self):
        self.put_credentials("wrong", secret_key="0" * 40)
        self.rejected, self.unreachable = f"{self.ns}-rejected", f"{self.ns}-unreachable"
        self.create_instance(self.rejected, credentials="wrong", project="p-rejected")
        self.create_instance(self.unreachable, endpoint=f"https://127.0.0.1:{free_port()}", project="p-unreachable")
        self.add_certificate("third")
        for name in self.rejected, self.unreachable:
            self.add_certificate(f"of-{name}", instanceRef={"name": name})
        self.wait_reason("third", "QuotaExceeded")
        self.wait_instance("CredentialsRejected", self.rejected)
        self.wait_instance("PlatformUnavailable", self.unreachable)

        def all_seen():
            return self.operator.metric("iotda_instance_reason") == 3 and self.operator.metric("iotda_certificate_reason") == 5

        wait_for("the scrape has all", all_seen)

    def evaluate(self, at, expected, *scrapes):
        """Asks Prometheus after so many minutes of these scrapes; `expected`: labels and value of the answer by query."""

        def sample(labels, value):
            text = ", ".join(f'{label}="{content}"' for label, content in labels.items())
            return {"labels": f"{{{text}}}", "value": value}

        checks = [{"expr": query, "eval_time": at, "exp_samples": [sample(*found) for found in answer]}
                  for query, answer in expected.items()]
        test = {"interval": "1m", "input_series": list(series(*map(samples, scrapes))), "promql_expr_test": checks}
        path = self.folder / "test.yaml"
        path.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": [test]}))
        run(tool("promtool"), "test", "rules", path)

    def test_what_prometheus_makes_of_it(self):
        with self.subTest("names, types and help texts are as Prometheus wants them"):
            for text in self.well, self.ill:
                done = subprocess.run([tool("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False)
                self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))
        with self.subTest("what was never reached has no quota and no slots"):
            for name in self.rejected, self.unreachable:
                self.assertNotRegex(self.ill, rf'iotda_instance_slots\w*{{instance="{name}"')
            self.assertIn(f'iotda_instance_slots{{instance="{self.ns}"}} 2', self.ill)
        with self.subTest("requests to IAM are counted"):
            self.assertIn('iotda_credentials_requests_total{code="201",service="iam"} 1', self.ill)
        with self.subTest("every query of the dashboard has an answer"):
            # An hour of the first scrape, then the second: rates see the difference.
            self.evaluate("62m", {f"count({query}) > bool 0": [({}, 1)] for _, query in queries()}, self.well, self.ill)
        with self.subTest("every alert asks for what there is"):
            reported = set(re.findall(r"^([a-z_]+)", self.ill, re.M))
            asked = set(re.findall(r"\b(?:iotda|controller_runtime|leader_election)_\w+", "".join(a["expr"] for a in alerts())))
            self.assertEqual(set(), asked - reported)
        with self.subTest("no alert while all is well"):  # promtool's clock begins in 1970, so nothing expires
            self.evaluate("59m", {'ALERTS{alertstate="firing"}': []}, self.well)
        with self.subTest("alerts for what is wrong, and for nothing else"):
            third = {"name": "third", "instance": self.ns}
            rejected, unreachable = ({"instance": name} for name in (self.rejected, self.unreachable))
            firing = {
                "IoTDACertificateNotReady": [third, *({"name": f"of-{i['instance']}", **i} for i in (rejected, unreachable))],
                "IoTDAQuotaExhausted": [{"instance": self.ns}],
                "IoTDACredentialsRejected": [rejected],
                "IoTDAPlatformUnreachable": [unreachable],
                "IoTDAInstanceNotReady": [rejected, unreachable],
            }
            wanted = [({"alertname": alert, **labels}, 1) for alert, found in firing.items() for labels in found]
            query = 'count by (alertname, name, instance) (ALERTS{alertstate="firing"})'
            self.evaluate("59m", {query: wanted}, self.ill)

    def test_what_is_deleted_vanishes(self):
        self.delete_certificate("first")
        wait_for("no series of it", lambda: 'name="first"' not in self.operator.get("/metrics")[1])
        self.delete_certificate(f"of-{self.rejected}")
        self.kube.delete("IoTDAInstance", self.rejected)
        gone = f'instance="{self.rejected}"'
        wait_for("no series of it", lambda: gone not in self.operator.get("/metrics")[1])
        self.assertEqual("True", condition(self.certificate("second"))["status"])


if __name__ == "__main__":
    main()
