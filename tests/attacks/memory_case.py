"""The base of tests that search the memory of the operator for secrets."""

import collections
import json
import time

from attack import AttackTest
from harness.case import ACCESS_KEY
from memory_image import Marks, image, search

AFTER = 10  # seconds until what was used must be forgotten
TOKEN, ACCESS, SECRET = "bearer token", "access key", "secret key"
IN_USE = {TOKEN: 1, ACCESS: 1, SECRET: 1}  # what docs/threat-model.md says is in memory, and how often


class MemoryTest(AttackTest):
    def setUp(self):
        super().setUp()
        self.marks = Marks()
        self.marks.text("control", self.system)  # what must be found, or nothing is searched
        self.marks.text(ACCESS, ACCESS_KEY)
        self.marks.text(SECRET, self.secret_key)

    def start(self, *flags, token=None, server=None, environment=None):
        """An operator with a bearer token, as in a Pod."""
        token = token or self.account_token()
        self.marks.text(TOKEN, token)
        configuration = json.loads(self.kube.kubeconfig_with_token(token))
        if server:
            configuration["clusters"][0]["cluster"] = server
        path = self.folder / "kubeconfig"
        path.write_text(json.dumps(configuration))
        return self.start_operator(*flags, kubeconfig=path, environment=environment)

    def account_token(self):
        self.kube.create("ServiceAccount", "operator", self.system)
        self.kube.create(
            "ClusterRoleBinding",
            self.ns,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            subjects=[{"kind": "ServiceAccount", "name": "operator", "namespace": self.system}],
        )
        self.addCleanup(self.kube.delete, "ClusterRoleBinding", self.ns)
        account = f"/api/v1/namespaces/{self.system}/serviceaccounts/operator/token"
        return self.kube.request("POST", account, {"spec": {}})["status"]["token"]

    def left(self, operator):
        """What is in memory, and at the same place a second later, so that it is not in use just then: how often, by
        name."""
        places = None
        for wait in 0, 1:
            time.sleep(wait)
            operator.freeze()
            try:
                pages = image(operator.pid)
            finally:
                operator.thaw()
            found = search(pages, self.marks)
            places = found if places is None else {w: at & found.get(w, set()) for w, at in places.items()}
        counts = collections.Counter()
        for window, at in places.items():
            name = self.marks.names[window]
            counts[name] = max(counts[name], len(at))
        return {name: count for name, count in counts.items() if count}

    def assert_forgotten(self, operator, in_use=None):
        """Nothing but the credentials in use is in memory, and those once; how often what was found is there."""
        time.sleep(AFTER)
        left = self.left(operator)
        self.assertGreater(left.pop("control", 0), 0, "the search finds what must be there")
        allowed = IN_USE if in_use is None else in_use
        too_much = {name: count for name, count in left.items() if count > allowed.get(name, 0)}
        self.assertEqual({}, too_much, "found in memory, and how often")
        operator.check_running()
        return left
