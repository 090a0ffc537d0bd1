#include "controller/route_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "base/text.h"
#include "os/fake_clock.h"
#include "support/base64.h"
#include "support/certificates/certificates.h"
#include "support/fake_kube_api.h"

namespace controller {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class Routes : public ::testing::Test {
 protected:
  Routes() { api_.serve({kube::kConfigMaps, "ConfigMap", true, false, "{}"}); }

  /// `spec` is a part of the spec, without braces.
  void use(const std::string& spec) {
    const auto object = json::Document::parse(R"({"metadata":{"name":"i","uid":"u"},"spec":{)" + spec + "}}");
    instance_ = parse_instance(object->root());
    store_.watched(instance_);
  }

  RouteSources::Found find() { return sources_.find(instance_, {}); }

  void put_secret(const std::string& name, const std::string& data, const std::string& ns = "iotda-system") {
    api_.put(R"({"apiVersion":"v1","kind":"Secret","metadata":{"namespace":")" + ns + R"(","name":")" + name +
             R"("},"data":{)" + data + "}}");
    watch(name, ns);
  }
  void watch(const std::string& name, const std::string& ns = "iotda-system") {
    const auto metadata = meta::parse_metadata(json::Document::parse(*api_.object(kube::kSecrets, {ns, name}))->root());
    store_.watched_secret(metadata.name, metadata.uid, metadata.resource_version);
  }
  void put_config_map(const std::string& pem) {
    std::string data;
    base::append_json_escaped(data, pem);
    api_.put(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"iotda-system","name":"ca"},"data":)"
             R"({"ca.crt":")" +
             data + R"("}})");
  }
  static std::string credentials(const std::string& username, const std::string& password) {
    return R"("username":")" + test::base64_encode(username) + R"(","password":")" + test::base64_encode(password) +
           "\"";
  }
  static std::string ca() { return test::self_signed({.common_name = "ca", .ca = true}).certificate; }

  os::FakeClock clock_{base::SystemTime{}};
  testing_support::FakeKubeApi api_{clock_};
  Store store_{"iotda-system", [](const std::string&) {}};
  ReferencedObjects objects_{api_, store_, "iotda-system", {"shared"}};
  RouteSources sources_{objects_, clock_};
  Instance instance_;
};

constexpr const char* kProxy = R"("proxy":{"url":"http://proxy.corp:3128","secretRef":{"name":"proxy"}})";
constexpr const char* kConfigMap = R"("caBundleRef":{"kind":"ConfigMap","name":"ca"})";

TEST_F(Routes, AreDirectAndTrustTheBundleWithoutReferences) {
  use(R"("caBundle":"PEM")");
  const auto found = find();
  ASSERT_TRUE(found.route.has_value());
  EXPECT_EQ(found.route->ca_pem, "PEM");
  EXPECT_FALSE(found.route->proxy.has_value());
}

TEST_F(Routes, LeadThroughAProxyWithoutCredentials) {
  use(R"("proxy":{"url":"http://proxy.corp:3128"})");
  const auto found = find();
  ASSERT_TRUE(found.route.has_value());
  EXPECT_EQ(found.route->proxy->to_string(), "http://proxy.corp:3128");
  EXPECT_EQ(found.route->proxy->authorization, nullptr);
}

TEST_F(Routes, FollowTheSecretOfTheProxy) {
  use(kProxy);
  EXPECT_EQ(find().problem->reason, Reason::kCredentialsNotFound);
  put_secret("proxy", credentials("user", "one"));
  const auto first = find();
  ASSERT_TRUE(first.route.has_value());
  EXPECT_EQ(first.route->proxy->authorization->view(), "Basic " + test::base64_encode("user:one"));
  put_secret("proxy", credentials("user", "two"));
  const auto second = find();
  EXPECT_EQ(second.route->proxy->authorization->view(), "Basic " + test::base64_encode("user:two"));
  EXPECT_NE(first.revision(), second.revision());
  EXPECT_EQ(find().revision(), second.revision());
}

TEST_F(Routes, KeepTheFormerContentWhileTheNewOneCannotBeUsed) {
  use(kProxy);
  put_secret("proxy", credentials("user", "one"));
  const std::string revision = find().revision();
  put_secret("proxy", credentials("user", "two\n"));
  auto found = find();
  EXPECT_EQ(found.revision(), revision);
  ASSERT_TRUE(found.problem.has_value());
  EXPECT_EQ(found.problem->reason, Reason::kCredentialsInvalid);
  EXPECT_THAT(found.problem->message, HasSubstr("Secret iotda-system/proxy with the credentials of the proxy: "));
  EXPECT_THAT(found.problem->message, HasSubstr("trailing newline"));
  EXPECT_THAT(found.problem->message, HasSubstr("; the former content stays in use"));
  EXPECT_THAT(found.problem->message, Not(HasSubstr("two")));
  EXPECT_EQ(find().problem->message, found.problem->message);

  api_.remove(kube::kSecrets, {"iotda-system", "proxy"});
  store_.deleted_secret({"iotda-system", "proxy"});
  found = find();
  EXPECT_EQ(found.revision(), revision);
  EXPECT_THAT(found.problem->message, HasSubstr("does not exist"));
}

TEST_F(Routes, NameWhatIsWrongWithTheCredentialsOfAProxy) {
  use(kProxy);
  for (const auto& [data, message] : {std::pair(R"("password":"eA==")", "key username is missing"),
                                      std::pair(R"("username":"eA==")", "key password is missing"),
                                      std::pair(R"("username":"YTpi","password":"eA==")", "contains a colon")}) {
    put_secret("proxy", data);
    const auto found = find();
    EXPECT_FALSE(found.route.has_value());
    EXPECT_THAT(found.problem->message, HasSubstr(message));
  }
  use(R"("proxy":{"url":"http://user:hunter2@proxy.corp"})");
  EXPECT_THAT(find().problem->message, HasSubstr("without user name and password"));
  EXPECT_THAT(find().problem->message, Not(HasSubstr("hunter2")));
}

TEST_F(Routes, ReadOnlyAllowedNamespaces) {
  put_secret("proxy", credentials("user", "one"), "shared");
  use(R"("proxy":{"url":"http://p","secretRef":{"namespace":"shared","name":"proxy"}})");
  watch("proxy", "shared");
  EXPECT_TRUE(find().route.has_value());
  use(R"("caBundleRef":{"kind":"ConfigMap","namespace":"other","name":"ca"})");
  EXPECT_FALSE(find().route.has_value());
  EXPECT_THAT(find().problem->message, HasSubstr("--credentials-namespaces other"));
}

TEST_F(Routes, ReadAConfigMapOnceAMinute) {
  const std::string first = ca();
  const std::string second = ca();
  use(kConfigMap);
  put_config_map(first);
  EXPECT_EQ(find().route->ca_pem, first);
  put_config_map(second);
  clock_.advance(59s);
  EXPECT_EQ(find().route->ca_pem, first);
  clock_.advance(1s);
  EXPECT_EQ(find().route->ca_pem, second);
  put_config_map("no PEM");
  clock_.advance(60s);
  const auto found = find();
  EXPECT_EQ(found.route->ca_pem, second);
  EXPECT_THAT(found.problem->message,
              HasSubstr("ConfigMap iotda-system/ca with the CA certificates: the key ca.crt: "));
}

TEST_F(Routes, TrustTheCaInASecretAtOnce) {
  const std::string first = ca();
  const std::string second = ca();
  use(R"("caBundleRef":{"kind":"Secret","name":"ca","key":"root.pem"})");
  put_secret("ca", R"("root.pem":")" + test::base64_encode(first) + "\"");
  EXPECT_EQ(find().route->ca_pem, first);
  put_secret("ca", R"("root.pem":")" + test::base64_encode(second) + "\"");
  EXPECT_EQ(find().route->ca_pem, second);
}

}  // namespace
}  // namespace controller
