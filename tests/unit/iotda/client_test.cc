#include "iotda/client.h"

#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "http/fake_transport.h"
#include "json/value.h"
#include "json/writer.h"
#include "os/fake_clock.h"

namespace iotda {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using Code = Error::Code;

constexpr std::string_view kId = "65a1b2c3d4e5f60718293a4b";

class PlatformClient : public ::testing::Test {
 protected:
  static Target target() {
    Target t;
    t.endpoint.host = "x.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    t.region = "cn-north-4";
    t.project_id = "0123456789abcdef0123456789abcdef";
    t.instance_id = "inst-1";
    return t;
  }
  /// Yields AccessKey, AccessKey2, …
  struct Keys final : credentials::Source {
    explicit Keys(bool renews) : renews_(renews) {}
    credentials::Result<cloud::Credentials> fetch(std::stop_token /*stop*/) override {
      cloud::Credentials key;
      key.access_key = std::string("AccessKey") + (++fetched_ == 1 ? "" : std::to_string(fetched_));
      key.secret_key = base::Secret::copy_of("SecretKey");
      return key;
    }
    bool renews() const override { return renews_; }

   private:
    const bool renews_;
    int fetched_ = 0;
  };

  std::unique_ptr<Platform> client(Target t = target()) {
    return make_client(std::move(t), {provider, pace, transport, clock}, [this](std::string_view call, int status) {
      calls.push_back(std::string(call) + ' ' + std::to_string(status));
    });
  }
  Result<ServerCertificate> add(const Upload& upload = {"CERT", "KEY", ""}) {
    return client()->add(upload, [] { return true; }, 30s, {});
  }

  /// What the platform answers next, in this order.
  void answer(int status, std::string body, const std::string& request_id = "") {
    http::Response r;
    r.status = status;
    r.body = std::move(body);
    if (!request_id.empty()) r.headers.set("X-Request-Id", request_id);
    answers.emplace_back(std::move(r));
  }
  void fail(http::Error::Code code) { answers.emplace_back(base::Err(http::Error{code, "reason"})); }

  os::FakeClock clock{base::parse_rfc3339("2026-06-08T02:39:00Z").value()};
  credentials::Provider provider{std::make_unique<Keys>(false), clock};
  cloud::Pace pace{clock};
  std::deque<base::Result<http::Response, http::Error>> answers;
  http::FakeTransport transport{clock, [this](const http::FakeTransport::Recorded&) {
                                  if (answers.empty()) throw std::logic_error("no answer was prepared");
                                  auto next = std::move(answers.front());
                                  answers.pop_front();
                                  return next;
                                }};
  std::vector<std::string> calls;
};

std::string certificate_json(std::string_view id, std::string_view extra = "") {
  return R"({"server_certificate_id":")" + std::string(id) +
         R"(","common_name":"device.example.com","effective_date":"20260101T000000Z",)"
         R"("expiry_date":"20270101T000000Z","certificate_owner":"CN=device.example.com, C=CN",)"
         R"("certificate_issuer":"CN=Test CA")" +
         std::string(extra) + "}";
}

std::string page_json(const std::vector<std::string>& ids, std::int64_t count) {
  json::Writer w;
  w.begin_object().key("server_certificates").begin_array();
  for (const auto& id : ids) w.raw(certificate_json(id));
  w.end_array().key("page").begin_object().member("count", count).member("marker", ids.empty() ? "" : ids.back());
  w.end_object().end_object();
  return w.take();
}

std::vector<std::string> ids_down_from(int first, int number) {
  std::vector<std::string> ids;
  for (int i = 0; i < number; ++i) ids.push_back("id-" + std::to_string(first - i));
  return ids;
}

TEST_F(PlatformClient, AddsWithEveryHeaderAndTheMaterialAsJson) {
  answer(201, certificate_json(kId), "req-1");
  const auto added = add({"-----BEGIN CERTIFICATE-----\nAB+/=\n", "KEY\r\n\"\\\x01", "secret"});
  ASSERT_TRUE(added.ok()) << added.error().message;
  EXPECT_EQ(added->id, CertificateId(kId));
  EXPECT_EQ(added->common_name, "device.example.com");
  EXPECT_EQ(added->owner, "CN=device.example.com, C=CN");
  EXPECT_EQ(added->issuer, "CN=Test CA");
  EXPECT_EQ(added->effective, base::parse_rfc3339("2026-01-01T00:00:00Z"));
  EXPECT_EQ(added->expiry, base::parse_rfc3339("2027-01-01T00:00:00Z"));
  EXPECT_EQ(added->request_id, "req-1");

  ASSERT_EQ(transport.requests().size(), 1U);
  const auto sent = transport.requests().front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.target, "/v5/iot/0123456789abcdef0123456789abcdef/server-certificates");
  EXPECT_EQ(sent.headers.get("Host"), "x.st1.iotda-app.cn-north-4.myhuaweicloud.com");
  EXPECT_EQ(sent.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(sent.headers.get("Instance-Id"), "inst-1");
  EXPECT_EQ(sent.headers.get("X-Project-Id"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(sent.headers.get("X-Sdk-Date"), "20260608T023900Z");
  EXPECT_EQ(sent.headers.get("User-Agent"), "iotda-operator");
  EXPECT_THAT(std::string(sent.headers.get("Authorization").value_or("")),
              HasSubstr("V11-HMAC-SHA256 Credential=AccessKey/20260608/cn-north-4/iotdm, "
                        "SignedHeaders=content-type;host;instance-id;x-project-id;x-sdk-date, Signature="));
  EXPECT_TRUE(sent.fresh_connection);
  EXPECT_EQ(sent.deadline, 30s);

  const auto body = json::Document::parse(sent.body);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ((*body)["certificate_pem"].string(), "-----BEGIN CERTIFICATE-----\nAB+/=\n");
  EXPECT_EQ((*body)["private_key"].string(), "KEY\r\n\"\\\x01");
  EXPECT_EQ((*body)["private_key_password"].string(), "secret");
}

TEST_F(PlatformClient, LeavesOutThePasswordAndTheInstanceThatAreNotGiven) {
  answer(201, certificate_json(kId));
  Target t = target();
  t.instance_id.clear();
  t.signing = Signing::kStandard;
  t.endpoint.port = 8443;
  ASSERT_TRUE(client(t)->add({"CERT", "KEY", ""}, nullptr, 30s, {}).ok());
  const auto sent = transport.requests().front();
  EXPECT_EQ(sent.body, R"({"certificate_pem":"CERT","private_key":"KEY"})");
  EXPECT_EQ(sent.headers.get("Instance-Id"), std::nullopt);
  EXPECT_EQ(sent.headers.get("Host"), "x.st1.iotda-app.cn-north-4.myhuaweicloud.com:8443");
  EXPECT_THAT(std::string(sent.headers.get("Authorization").value_or("")),
              HasSubstr("SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=content-type;host;x-project-id;x-sdk-date,"));
}

TEST_F(PlatformClient, TakesAny2xxAsSuccess) {
  for (const int status : {200, 201, 202}) {
    answer(status, certificate_json(kId));
    EXPECT_TRUE(add().ok()) << status;
    answer(status, page_json({}, 0));
    EXPECT_TRUE(client()->list({}).ok()) << status;
    answer(status, "");
    EXPECT_TRUE(client()->remove(CertificateId(kId), nullptr, {}).ok()) << status;
  }
}

TEST_F(PlatformClient, TakesAnAddWithoutAUsableIdAsPerhapsCarriedOut) {
  for (const char* body : {"", "{}", "null", "[]", "<html></html>", R"({"server_certificate_id":""})",
                           R"({"server_certificate_id":7})", R"({"server_certificate_id":"../../x"})",
                           R"({"error_code":"IOTDA.000006","error_msg":"bad"})", R"({"server_certificate_id":"abc)"}) {
    answer(201, body, "req-9");
    const auto added = add();
    ASSERT_FALSE(added.ok()) << body;
    EXPECT_EQ(added.error().code, Code::kUnknown) << body;
    EXPECT_EQ(added.error().http_status, 201);
    EXPECT_EQ(added.error().request_id, "req-9");
    EXPECT_THAT(added.error().message, HasSubstr("may have been uploaded"));
  }
}

TEST_F(PlatformClient, AddsWithoutTheDatesWhereTheAnswerHasNone) {
  answer(201, R"({"server_certificate_id":"id-1","expiry_date":"tomorrow"})");
  const auto added = add();
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(added->expiry, std::nullopt);
  EXPECT_EQ(added->effective, std::nullopt);
}

TEST_F(PlatformClient, SendsNothingWhenTheGuardSaysNo) {
  const auto added = client()->add({"CERT", "KEY", ""}, [] { return false; }, 30s, {});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, Code::kHeldBack);
  const auto removed = client()->remove(CertificateId(kId), [] { return false; }, {});
  ASSERT_FALSE(removed.ok());
  EXPECT_EQ(removed.error().code, Code::kHeldBack);
  EXPECT_TRUE(transport.requests().empty());
  EXPECT_TRUE(calls.empty());
}

TEST_F(PlatformClient, SignsAfterTheGuardWithTheTimeAtSending) {
  answer(201, certificate_json(kId));
  const auto slow_guard = [this] {
    clock.advance(20min);
    return true;
  };
  ASSERT_TRUE(client()->add({"CERT", "KEY", ""}, slow_guard, 30s, {}).ok());
  EXPECT_EQ(transport.requests().front().headers.get("X-Sdk-Date"), "20260608T025900Z");
}

TEST_F(PlatformClient, SendsNothingOnceItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  bool asked = false;
  const auto added = client()->add(
      {"CERT", "KEY", ""}, [&] { return asked = true; }, 30s, stop.get_token());
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, Code::kNotSent);
  EXPECT_FALSE(asked);
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(PlatformClient, HandsBackWhatTheTransportSays) {
  fail(http::Error::Code::kTimeout);
  EXPECT_EQ(add().error().code, Code::kUnknown);
  fail(http::Error::Code::kRefused);
  EXPECT_EQ(add().error().code, Code::kNotSent);
  fail(http::Error::Code::kCancelled);
  EXPECT_EQ(add().error().code, Code::kCancelled);
  EXPECT_EQ(transport.requests().size(), 3U) << "nothing is retried";
}

TEST_F(PlatformClient, ShowsAndRemovesByTheId) {
  answer(201, certificate_json(kId, R"(,"certificate_pem":"PEM")"), "req-2");
  const auto shown = client()->show(CertificateId(kId), {});
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->certificate_pem, "PEM");
  EXPECT_EQ(shown->request_id, "req-2");
  answer(204, "");
  ASSERT_TRUE(client()->remove(CertificateId(kId), [] { return true; }, {}).ok());
  const std::string path = "/v5/iot/0123456789abcdef0123456789abcdef/server-certificates/" + std::string(kId);
  const auto sent = transport.requests();
  EXPECT_EQ(sent[0].method, "GET");
  EXPECT_EQ(sent[0].target, path);
  EXPECT_EQ(sent[0].headers.get("Content-Type"), std::nullopt);
  EXPECT_EQ(sent[1].method, "DELETE");
  EXPECT_EQ(sent[1].target, path);
}

TEST_F(PlatformClient, SaysNotFoundForWhatIsGone) {
  answer(404, R"({"error_code":"IOTDA.099999","error_msg":"not found"})");
  EXPECT_EQ(client()->show(CertificateId(kId), {}).error().code, Code::kNotFound);
  answer(404, "");
  EXPECT_EQ(client()->remove(CertificateId(kId), nullptr, {}).error().code, Code::kNotFound);
}

TEST_F(PlatformClient, DoesNotTakeAnotherCertificateForTheOneAskedFor) {
  answer(200, certificate_json("another"));
  EXPECT_EQ(client()->show(CertificateId(kId), {}).error().code, Code::kUnknown);
  answer(200, "<html>");
  EXPECT_EQ(client()->show(CertificateId(kId), {}).error().code, Code::kUnknown);
  answer(200, R"({"certificate_pem":"PEM"})");
  const auto shown = client()->show(CertificateId(kId), {});
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->id, CertificateId(kId));
}

TEST_F(PlatformClient, SendsNothingForAnIdThatWouldMeanAnotherPath) {
  for (const char* text : {"", ".", "..", "a/b", "a?b", "a%2Fb", "a b"}) {
    const CertificateId id{std::string(text)};
    EXPECT_EQ(client()->remove(id, nullptr, {}).error().code, Code::kNotSent) << text;
    EXPECT_EQ(client()->show(id, {}).error().code, Code::kNotSent) << text;
  }
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(PlatformClient, ListsAShortPageWithOneCall) {
  answer(201, page_json({"b", "a"}, 2));
  const auto all = client()->list({});
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().id, "b");
  EXPECT_EQ(all->front().common_name, "device.example.com");
  ASSERT_EQ(transport.requests().size(), 1U);
  EXPECT_EQ(transport.requests().front().target,
            "/v5/iot/0123456789abcdef0123456789abcdef/server-certificates?limit=50");
}

TEST_F(PlatformClient, FollowsTheMarkerThroughAllPages) {
  answer(200, page_json(ids_down_from(120, 50), 90));
  answer(200, page_json(ids_down_from(70, 30), 90));
  answer(200, page_json(ids_down_from(40, 10), 90));
  const auto all = client()->list({});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), 90U);
  EXPECT_EQ(all->back().id, "id-31");
  const auto sent = transport.requests();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_THAT(sent[1].target, HasSubstr("?limit=50&marker=id-71"));
  EXPECT_THAT(sent[2].target, HasSubstr("?limit=50&marker=id-41"));
}

TEST_F(PlatformClient, GoesOnWhileTheCountPromisesMoreThanAPageHeld) {
  answer(200, page_json({"c", "b"}, 3));  // a platform that gives less than the limit
  answer(200, page_json({"a"}, 3));
  const auto all = client()->list({});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), 3U);
}

TEST_F(PlatformClient, StopsAtAPageWithNothingNew) {
  answer(200, page_json({"b", "a"}, 5));
  answer(200, page_json({"b", "a"}, 5));  // the marker is ignored
  const auto all = client()->list({});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), 2U);
  answer(200, page_json({"b", "a"}, 5));
  answer(200, page_json({}, 5));
  EXPECT_EQ(client()->list({})->size(), 2U);
}

TEST_F(PlatformClient, GivesUpOnAListWithoutEnd) {
  for (int i = 0; i < 30; ++i) answer(200, page_json(ids_down_from(10'000 - i, 1), 10'000));
  const auto all = client()->list({});
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(all.error().code, Code::kUnknown);
  EXPECT_EQ(transport.requests().size(), 20U);
}

TEST_F(PlatformClient, TakesNoMoreEntriesThanAnyQuotaHolds) {
  answer(200, page_json(ids_down_from(1000, 101), 101));
  EXPECT_THAT(client()->list({}).error().message, HasSubstr("more entries than any quota allows"));
  answer(200, page_json(ids_down_from(1000, 100), 100));
  answer(200, page_json({}, 100));
  EXPECT_EQ(client()->list({})->size(), 100U);
  for (int i = 0; i < 3; ++i) answer(200, page_json(ids_down_from(10'000 - 50 * i, 50), 10'000));
  EXPECT_FALSE(client()->list({}).ok());
}

TEST_F(PlatformClient, DoesNotTakeAHalfAnswerForAnEmptyInventory) {
  for (const char* body : {"", "{}", "[]", R"({"server_certificates":null})", R"({"server_certificates":{}})",
                           R"({"server_certificates":[{"common_name":"no id"}]})", R"({"page":{"count":2}})",
                           R"({"server_certificates":[)"}) {
    answer(200, body);
    const auto all = client()->list({});
    ASSERT_FALSE(all.ok()) << body;
    EXPECT_EQ(all.error().code, Code::kUnknown) << body;
  }
  answer(200, page_json(ids_down_from(60, 50), 60));
  answer(500, "");
  EXPECT_FALSE(client()->list({}).ok());
}

TEST_F(PlatformClient, TakesAnEmptyInventoryInEveryForm) {
  for (const char* body : {R"({"server_certificates":[]})", R"({"server_certificates":[],"page":{"count":0}})",
                           R"({"server_certificates":null,"page":{"count":0}})", R"({"page":{"count":0}})"}) {
    answer(200, body);
    const auto all = client()->list({});
    ASSERT_TRUE(all.ok()) << body;
    EXPECT_TRUE(all->empty());
  }
}

TEST_F(PlatformClient, ListsDomainConfigurations) {
  answer(200, R"({"domain_configurations":[{"configuration_id":"c-1","domain_name":"iot.example.com",)"
              R"("access_protocol":"Device-MQTTS","server_certificate_id":"id-1"}],"page":{"count":1}})");
  const auto all = client()->list_domain_configurations({});
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().id, "c-1");
  EXPECT_EQ(all->front().domain_name, "iot.example.com");
  EXPECT_EQ(all->front().server_certificate_id, "id-1");
  EXPECT_EQ(transport.requests().front().target,
            "/v5/iot/0123456789abcdef0123456789abcdef/domain-configurations?limit=50");
}

TEST_F(PlatformClient, MakesADomainConfiguration) {
  answer(201, R"({"configuration_id":"c-1","domain_name":"iot.example.com"})");
  const DomainConfiguration wanted{"", "iot.example.com", "id-1", Ocsp{true, "ca-1", false}};
  const auto made = client()->create_domain_configuration(wanted, [] { return true; }, {});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*made, "c-1");
  const auto request = transport.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body,
            R"({"domain_name":"iot.example.com","access_protocol":"Device-MQTTS","server_certificate_id":"id-1",)"
            R"("server_certificate_config":{"ocsp_stapling_enable":true,"ocsp_server_ca_id":"ca-1",)"
            R"("ocsp_ssl_enable":false}})");
}

TEST_F(PlatformClient, AnUpdateOfADomainConfigurationNamesNeitherDomainNorProtocol) {
  answer(200, "{}");
  const DomainConfiguration wanted{"c-1", "iot.example.com", "id-2", std::nullopt};
  EXPECT_TRUE(client()->update_domain_configuration(wanted, [] { return true; }, {}).ok());
  const auto request = transport.requests().front();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/v5/iot/0123456789abcdef0123456789abcdef/domain-configurations/c-1");
  EXPECT_EQ(request.body, R"({"server_certificate_id":"id-2"})");
}

TEST_F(PlatformClient, RemovesADomainConfigurationUnlessTheGuardSaysNo) {
  answer(204, "");
  EXPECT_TRUE(client()->remove_domain_configuration("c-1", [] { return true; }, {}).ok());
  const auto held_back = client()->remove_domain_configuration("c-1", [] { return false; }, {});
  ASSERT_FALSE(held_back.ok());
  EXPECT_EQ(held_back.error().code, Code::kHeldBack);
  EXPECT_EQ(transport.requests().size(), 1U);
}

TEST_F(PlatformClient, ADomainThatThePlatformHasNoRoomForIsAQuota) {
  answer(
      400,
      R"({"error_code":"IOTDA.014310","error_msg":"The number of domain configurations has reached the upper limit."})");
  const auto made = client()->create_domain_configuration({"", "iot.example.com", "id-1", {}}, [] { return true; }, {});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::kQuota);
}

TEST_F(PlatformClient, TellsTheObserverOfEveryCall) {
  answer(201, certificate_json(kId));
  answer(200, page_json({}, 0));
  answer(404, "");
  answer(204, "");
  answer(403, "");
  fail(http::Error::Code::kTimeout);
  const auto platform = client();
  (void)platform->add({"CERT", "KEY", ""}, nullptr, 30s, {});
  (void)platform->list({});
  (void)platform->show(CertificateId(kId), {});
  (void)platform->remove(CertificateId(kId), nullptr, {});
  (void)platform->list_domain_configurations({});
  (void)platform->list({});
  EXPECT_THAT(calls, ElementsAre("add 201", "list 200", "show 404", "delete 204", "list_domains 403", "list 0"));
}

constexpr const char* kWrongKey =
    R"({"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information"})";

TEST_F(PlatformClient, ARevokedKeyIsReplacedAndTheRequestSentOnceMore) {
  provider.replace(std::make_unique<Keys>(true));
  answer(200, page_json({}, 0));
  answer(401, kWrongKey);
  answer(201, certificate_json(kId));
  const auto platform = client();
  EXPECT_TRUE(platform->list({}).ok());
  int asked = 0;
  EXPECT_TRUE(platform->add({"CERT", "KEY", ""}, [&] { return ++asked > 0; }, 30s, {}).ok());
  EXPECT_EQ(asked, 2) << "the guard is asked before each request";
  EXPECT_THAT(*transport.requests().back().headers.get("Authorization"), HasSubstr("AccessKey2/"));
}

TEST_F(PlatformClient, ARequestWithTheNewKeyIsNotSentAThirdTime) {
  provider.replace(std::make_unique<Keys>(true));
  answer(200, page_json({}, 0));
  answer(401, kWrongKey);
  answer(401, kWrongKey);
  const auto platform = client();
  EXPECT_TRUE(platform->list({}).ok());
  EXPECT_EQ(platform->list({}).error().code, Code::kUnauthorized);
  EXPECT_EQ(transport.requests().size(), 3U);
}

TEST_F(PlatformClient, AfterARejectionNothingIsSentUntilThePauseIsOver) {
  answer(401, kWrongKey);
  EXPECT_EQ(client()->list({}).error().code, Code::kUnauthorized);
  const auto again = client()->list({});
  EXPECT_EQ(again.error().code, Code::kUnauthorized);
  EXPECT_TRUE(again.error().retry_after);
  EXPECT_EQ(transport.requests().size(), 1U);
}

TEST_F(PlatformClient, AnInstanceThatWasNeverAcceptedSaysNothingAboutAKeyThatWorksForOthers) {
  answer(200, page_json({}, 0));
  EXPECT_TRUE(client()->list({}).ok());
  Target wrong = target();
  wrong.signing = Signing::kStandard;
  answer(401, kWrongKey);
  EXPECT_EQ(client(wrong)->list({}).error().code, Code::kUnauthorized);
  answer(200, page_json({}, 0));
  EXPECT_TRUE(client()->list({}).ok()) << "the others go on";
}

TEST_F(PlatformClient, AnEndpointThatDoesNotRespondIsLeftAlone) {
  for (int i = 0; i < 3; ++i) fail(http::Error::Code::kTimeout);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client()->list({}).error().code, Code::kUnknown);
  const auto refused = client()->list({});
  EXPECT_EQ(refused.error().code, Code::kNotSent);
  EXPECT_THAT(refused.error().message, HasSubstr("did not respond to the last 3 requests"));
  EXPECT_EQ(transport.requests().size(), 3U);
}

TEST_F(PlatformClient, WorksWithoutAnObserver) {
  answer(200, page_json({}, 0));
  EXPECT_TRUE(make_client(target(), {provider, pace, transport, clock}, nullptr)->list({}).ok());
}

TEST_F(PlatformClient, KeepsThePasswordOutOfTheError) {
  answer(400, R"({"error_code":"X.1","error_msg":"cannot decrypt the key with hunter"})");
  const auto added = add({"CERT", "KEY", "hunter"});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, Code::kRejected);
  EXPECT_EQ(added.error().message.find("hunter"), std::string::npos);
}

}  // namespace
}  // namespace iotda
