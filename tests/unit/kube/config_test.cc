#include "kube/config.h"

#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "support/base64.h"
#include "temporary_directory.h"

namespace kube {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A kubeconfig with one cluster, one user, one context; the two fragments are flow-style YAML members.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
         "contexts: [{name: here, context: {cluster: c, user: u, namespace: apps}}]\n"
         "clusters: [{name: c, cluster: {" +
         cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}

class Kubeconfig : public testing::Test {
 protected:
  std::string error(const std::string& text, const std::string& context = "") {
    const auto config = load_kubeconfig(dir_.write("config", text), context);
    return config ? "no error" : config.error().message;
  }
  Config config(const std::string& text, const std::string& context = "") {
    auto config = load_kubeconfig(dir_.write("config", text), context);
    if (!config) {
      ADD_FAILURE() << config.error().message;
      return {};
    }
    return std::move(config).value();
  }

  TemporaryDirectory dir_;
};

TEST_F(Kubeconfig, AFileWithTheCaIsNotedSoThatItCanBeReadAgain) {
  dir_.write("ca.pem", "CA PEM");
  const Config file = config(kubeconfig("server: 'https://10.0.0.1:6443', certificate-authority: ca.pem", "token: t"));
  EXPECT_EQ(file.tls.ca_pem, "CA PEM");
  EXPECT_EQ(file.ca_file, dir_.path("ca.pem"));
  const std::string data = test::base64_encode("OTHER PEM");
  const Config both = config(
      kubeconfig("server: 'https://10.0.0.1:6443', certificate-authority: ca.pem, certificate-authority-data: " + data,
                 "token: t"));
  EXPECT_EQ(both.tls.ca_pem, "OTHER PEM");
  EXPECT_EQ(both.ca_file, "");
}

TEST_F(Kubeconfig, AProxyIsReadWithItsCredentials) {
  const Config proxied = config(kubeconfig("server: https://a, proxy-url: 'http://user:pass@proxy.corp:3128/'", ""));
  ASSERT_TRUE(proxied.proxy.has_value());
  EXPECT_EQ(proxied.proxy->to_string(), "http://proxy.corp:3128");
  EXPECT_EQ(proxied.proxy->authorization->view(), "Basic " + test::base64_encode("user:pass"));
  EXPECT_FALSE(config(kubeconfig("server: https://a", "")).proxy.has_value());
  EXPECT_THAT(error(kubeconfig("server: https://a, proxy-url: 'https://user:hunter2@p'", "")),
              AllOf(HasSubstr("cluster 'c': proxy-url: "), Not(HasSubstr("hunter2"))));
}

TEST_F(Kubeconfig, ClusterAndUserOfTheCurrentContextAreRead) {
  const std::string ca = test::base64_encode("CA PEM");
  const std::string crt = test::base64_encode("CLIENT PEM");
  const std::string key = test::base64_encode("KEY PEM");
  const Config c = config(
      kubeconfig("server: 'https://10.0.0.1:6443', certificate-authority-data: " + ca + ", tls-server-name: kubernetes",
                 "client-certificate-data: " + crt + ", client-key-data: " + key));
  EXPECT_EQ(c.origin.to_string(), "https://10.0.0.1:6443");
  EXPECT_EQ(c.base_path, "");
  EXPECT_EQ(c.ns, "apps");
  EXPECT_EQ(c.tls.ca_pem, "CA PEM");
  EXPECT_FALSE(c.tls.system_roots);
  EXPECT_FALSE(c.tls.insecure);
  EXPECT_EQ(c.tls.server_name, "kubernetes");
  EXPECT_EQ(c.tls.client_certificate_pem, "CLIENT PEM");
  EXPECT_EQ(c.tls.client_key_pem.view(), "KEY PEM");
  EXPECT_TRUE(c.token.empty());
}

TEST_F(Kubeconfig, FilesAreRelativeToTheKubeconfig) {
  dir_.write("pki/ca.crt", "CA FILE");
  dir_.write("pki/me.crt", "ME");
  const std::string key = dir_.write("pki/me.key", "MY KEY");
  const Config c = config(kubeconfig("server: https://a, certificate-authority: pki/ca.crt",
                                     "client-certificate: ./pki/me.crt, client-key: " + key + ", tokenFile: token"));
  EXPECT_EQ(c.tls.ca_pem, "CA FILE");
  EXPECT_EQ(c.tls.client_certificate_pem, "ME");
  EXPECT_EQ(c.tls.client_key_pem.view(), "MY KEY");
  EXPECT_EQ(c.token_file, dir_.path("token"));
}

TEST_F(Kubeconfig, DataWinsOverAFileAndMayBeFolded) {
  const std::string encoded = test::base64_encode("certificate authority");
  const std::string text =
      "current-context: here\ncontexts:\n- name: here\n  context: {cluster: c}\nclusters:\n- name: c\n  cluster:\n"
      "    server: https://a\n    certificate-authority: /nowhere\n    certificate-authority-data: |\n      " +
      encoded.substr(0, 8) + "\n      " + encoded.substr(8) + "\n";
  EXPECT_EQ(config(text).tls.ca_pem, "certificate authority");
}

TEST_F(Kubeconfig, WithoutCaTheSystemsRootsAreTrusted) {
  const Config c = config(kubeconfig("server: https://a", "token: abc"));
  EXPECT_TRUE(c.tls.system_roots);
  EXPECT_EQ(c.token.view(), "abc");
}

TEST_F(Kubeconfig, VerificationIsOffOnlyWhereItSaysSo) {
  const Config c = config(kubeconfig("server: https://a, insecure-skip-tls-verify: true", "token: abc"));
  EXPECT_TRUE(c.tls.insecure);
  EXPECT_FALSE(c.tls.system_roots);
  EXPECT_THAT(
      error(kubeconfig("server: https://a, insecure-skip-tls-verify: true, certificate-authority-data: QQ==", "")),
      AllOf(HasSubstr("certificate-authority"), HasSubstr("insecure-skip-tls-verify"), HasSubstr("remove one")));
}

TEST_F(Kubeconfig, AServerBehindAProxyHasABasePath) {
  const Config c = config(kubeconfig("server: 'https://rancher.example.com/k8s/clusters/c-1/'", ""));
  EXPECT_EQ(c.origin.to_string(), "https://rancher.example.com");
  EXPECT_EQ(c.base_path, "/k8s/clusters/c-1");
}

TEST_F(Kubeconfig, AnIpv6ServerHasNoBracketsInItsHost) {
  const Config c = config(kubeconfig("server: 'https://[fd00::1]:6443'", ""));
  EXPECT_EQ(c.origin.host, "fd00::1");
  EXPECT_EQ(c.origin.port, 6443);
}

TEST_F(Kubeconfig, OfSeveralFilesTheFirstThatHasSomethingCounts) {
  dir_.write("token", "in the second");
  const std::vector<std::string> files{
      dir_.write("first", "contexts: [{name: here, context: {cluster: c, user: u, namespace: first}}]\n"),
      dir_.write("second", kubeconfig("server: https://second", "tokenFile: token")),
      dir_.write("third", "current-context: there\nclusters: [{name: c, cluster: {server: 'https://third'}}]\n")};
  const auto merged = load_kubeconfig(files);
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_EQ(merged->ns, "first");
  EXPECT_EQ(merged->origin.host, "second");
  EXPECT_EQ(merged->token_file, dir_.path("token"));
  EXPECT_THAT(load_kubeconfig(files, "elsewhere").error().message,
              AllOf(HasSubstr("first, "), HasSubstr("no context 'elsewhere'; available: here, here")));
}

TEST_F(Kubeconfig, AContextCanBeChosen) {
  const std::string text =
      "current-context: a\n"
      "contexts: [{name: a, context: {cluster: a, user: u}}, {name: b, context: {cluster: b, user: u}}]\n"
      "clusters: [{name: a, cluster: {server: https://a}}, {name: b, cluster: {server: https://b}}]\n"
      "users: [{name: u, user: {token: t}}]\n";
  EXPECT_EQ(config(text).origin.host, "a");
  EXPECT_EQ(config(text, "b").origin.host, "b");
  EXPECT_THAT(error(text, "c"), AllOf(HasSubstr("no context 'c'"), HasSubstr("a, b")));
}

TEST_F(Kubeconfig, JsonIsReadToo) {
  EXPECT_EQ(config(R"({"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c"}}],)"
                   R"("clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:8001"}}]})")
                .origin.to_string(),
            "http://127.0.0.1:8001");
}

struct Refused {
  std::string name;
  std::string cluster;
  std::string user;
  std::vector<std::string> words;
};
class RefusedKubeconfig : public Kubeconfig, public testing::WithParamInterface<Refused> {};

TEST_P(RefusedKubeconfig, NamesTheFileTheEntryAndWhatToDo) {
  const std::string message = error(kubeconfig(GetParam().cluster, GetParam().user));
  EXPECT_THAT(message, HasSubstr(dir_.path("config")));
  for (const std::string& word : GetParam().words) EXPECT_THAT(message, HasSubstr(word));
}

const std::string kServer = "server: https://a";  // NOLINT
INSTANTIATE_TEST_SUITE_P(
    All, RefusedKubeconfig,
    testing::Values(
        Refused{"exec", kServer, "exec: {command: aws}", {"user 'u'", "exec is not supported", "kubectl create token"}},
        Refused{"auth_provider", kServer, "auth-provider: {name: gcp}", {"auth-provider is not supported", "token"}},
        Refused{"username", kServer, "username: admin, password: x", {"username is not supported", "token"}},
        Refused{"password", kServer, "password: x", {"password is not supported"}},
        Refused{"as", kServer, "token: t, as: boss", {"as is not supported", "credentials of that user"}},
        Refused{"as_groups", kServer, "token: t, as-groups: [g]", {"as-groups is not supported"}},
        Refused{"proxy_url",
                kServer + ", proxy-url: 'socks5://u:hunter2@p'",
                "",
                {"cluster 'c'", "proxy-url", "socks5:// are not supported"}},
        Refused{"no_server", "tls-server-name: x", "", {"cluster 'c' has no server"}},
        Refused{"server_without_scheme", "server: 'a:6443'", "", {"'a:6443'", "https://host:6443"}},
        Refused{"server_with_query", "server: 'https://a/?x=1'", "", {"https://host:6443"}},
        Refused{"bad_base64",
                kServer + ", certificate-authority-data: '%%%'",
                "",
                {"certificate-authority-data is not base64"}},
        Refused{"missing_ca_file",
                kServer + ", certificate-authority: gone.crt",
                "",
                {"certificate-authority", "gone.crt", "No such file"}},
        Refused{"certificate_without_key", kServer, "client-certificate-data: QQ==", {"client-key is missing"}},
        Refused{"key_without_certificate", kServer, "client-key-data: QQ==", {"client-certificate is missing"}}),
    [](const auto& test) { return test.param.name; });

TEST_F(Kubeconfig, UnusedEntriesThatToolsWriteAreNoReasonToRefuse) {
  EXPECT_EQ(error(kubeconfig("server: https://a, proxy-url: ''", "token: t, username: '', exec: null, as-groups: []")),
            "no error");
}

TEST_F(Kubeconfig, WhatIsMissingIsNamed) {
  EXPECT_THAT(error("kind: Config\n"), HasSubstr("no current-context"));
  EXPECT_THAT(error(""), HasSubstr("not a kubeconfig"));
  EXPECT_THAT(error("just text"), HasSubstr("not a kubeconfig"));
  EXPECT_THAT(error("current-context: x\ncontexts: [{name: x, context: {cluster: gone}}]\n"),
              HasSubstr("cluster 'gone', which does not exist"));
  EXPECT_THAT(error("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: gone}}]\n"
                    "clusters: [{name: c, cluster: {server: https://a}}]\n"),
              HasSubstr("user 'gone', which does not exist"));
  EXPECT_THAT(load_kubeconfig(dir_.path("none")).error().message, HasSubstr("none: No such file"));
}

TEST_F(Kubeconfig, BrokenYamlIsReportedWithItsLineButWithoutItsContent) {
  const std::string message = error("users:\n- name: u\n  user: {token: SECRET\n  ]\n");
  EXPECT_THAT(message, AllOf(HasSubstr("line 4"), Not(HasSubstr("SECRET"))));
  EXPECT_THAT(error("current-context: x\ncontexts: 7\n"), HasSubstr("x"));
}

class InCluster : public testing::Test {
 protected:
  void SetUp() override {
    setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    dir_.write("sa/token", "tok");
    dir_.write("sa/ca.crt", "CA");
    dir_.write("sa/namespace", "iotda-system\n");
  }
  void TearDown() override {
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
  }
  TemporaryDirectory dir_;
};

TEST_F(InCluster, EnvironmentAndServiceAccountGiveTheConfiguration) {
  const auto c = in_cluster_config(dir_.path("sa"));
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(c->origin.to_string(), "https://10.96.0.1");
  EXPECT_EQ(c->tls.ca_pem, "CA");
  EXPECT_FALSE(c->tls.system_roots);
  EXPECT_EQ(c->token_file, dir_.path("sa/token"));
  EXPECT_EQ(c->ns, "iotda-system");
}

TEST_F(InCluster, TheHostMayBeIpv6) {
  for (const char* host : {"fd00::1", "[fd00::1]"}) {
    setenv("KUBERNETES_SERVICE_HOST", host, 1);
    const auto c = in_cluster_config(dir_.path("sa"));
    ASSERT_TRUE(c) << c.error().message;
    EXPECT_EQ(c->origin.host, "fd00::1");
    EXPECT_EQ(c->origin.to_string(), "https://[fd00::1]");
  }
}

TEST_F(InCluster, WhatIsMissingIsSaid) {
  EXPECT_THAT(in_cluster_config(dir_.path("none")).error().message,
              AllOf(HasSubstr("none/token"), HasSubstr("automountServiceAccountToken")));
  setenv("KUBERNETES_SERVICE_PORT", "https", 1);
  EXPECT_THAT(in_cluster_config(dir_.path("sa")).error().message, HasSubstr("KUBERNETES_SERVICE_PORT"));
  unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_THAT(in_cluster_config(dir_.path("sa")).error().message, HasSubstr("kubeconfig"));
}

}  // namespace
}  // namespace kube
