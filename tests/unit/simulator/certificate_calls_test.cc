#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CertificateCalls : public PlatformFixture {
 protected:
  /// "400 IOTDA.000006"
  static std::string verdict(const Answer& a) { return std::to_string(a.status()) + " " + a.code(); }
  std::string add_verdict(const std::string& body) { return verdict(call("POST", kCertificates, body)); }
};

TEST_F(CertificateCalls, AddAnswersWithWhatItHolds) {
  const Answer answer =
      add(test::self_signed({.common_name = "a.example.com", .subject = {{"C", "CN"}, {"O", "Example"}}}));
  EXPECT_EQ(answer.status(), 201);
  EXPECT_EQ(answer.text("server_certificate_id").size(), 24U);
  EXPECT_EQ(answer.text("common_name"), "a.example.com");
  EXPECT_EQ(answer.text("certificate_owner"), "CN=a.example.com, O=Example, C=CN");
  EXPECT_EQ(answer.text("certificate_issuer"), "CN=a.example.com, O=Example, C=CN");
  EXPECT_EQ(answer.text("effective_date"), "20200101T000000Z");
  EXPECT_EQ(answer.text("expiry_date"), "21200101T000000Z");
  EXPECT_FALSE(answer["certificate_pem"]);
  EXPECT_EQ(answer.header("X-Request-Id").size(), 32U);
}

TEST_F(CertificateCalls, ShowAddsThePemAndNoKey) {
  const test::Identity c = test::self_signed({});
  const Answer added = add(c);
  const Answer shown = show(added.text("server_certificate_id"));
  EXPECT_EQ(shown.status(), 201);
  EXPECT_EQ(shown.text("certificate_pem"), c.certificate);
  EXPECT_EQ(shown.text("expiry_date"), added.text("expiry_date"));
  EXPECT_EQ(shown.response.body.find("PRIVATE KEY"), std::string::npos);
}

TEST_F(CertificateCalls, DeleteFreesASlotOnce) {
  const std::string id = add_one();
  const Answer deleted = remove(id);
  EXPECT_EQ(deleted.status(), 204);
  EXPECT_THAT(deleted.response.body, IsEmpty());
  EXPECT_EQ(show(id).status(), 404);
  EXPECT_EQ(remove(id).status(), 404);
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(CertificateCalls, TakeTheQuotaOfTheirProjectAndInstance) {
  add_one();
  add_one();
  EXPECT_EQ(verdict(add(test::self_signed({}))), "400 IOTDA.014300");
  EXPECT_EQ(add(test::self_signed({}), "/v5/iot/project-2/server-certificates").status(), 201);
  const test::Identity c = test::self_signed({});
  const std::string body = add_body(c.certificate, c.key_pem());
  EXPECT_EQ(call("POST", kCertificates, body, {{"Instance-Id", "other"}}).status(), 201);
  EXPECT_EQ(listed().size(), 2U);
}

TEST_F(CertificateCalls, AcceptAPasswordForAnEncryptedKey) {
  const test::Identity c = test::self_signed({});
  EXPECT_EQ(call("POST", kCertificates, add_body(c.certificate, c.key.encrypted_pkcs8("secret"), "secret")).status(),
            201);
}

TEST_F(CertificateCalls, RefuseEveryBadInputWithItsCode) {
  const test::Identity c = test::self_signed({});
  const test::Identity expired = test::self_signed({.not_after = "20210101000000Z"});
  const struct {
    const char* name;
    std::string body;
    const char* verdict;
  } cases[] = {
      {"no JSON", "{", "400 IOTDA.000008"},
      {"no object", "[]", "400 IOTDA.000008"},
      {"nothing", "{}", "400 IOTDA.000006"},
      {"no key", R"({"certificate_pem":"x"})", "400 IOTDA.000006"},
      {"numbers", R"({"certificate_pem":1,"private_key":2})", "400 IOTDA.000006"},
      {"long certificate", add_body(std::string(65'536, 'x'), "x"), "400 IOTDA.000006"},
      {"long key", add_body("x", std::string(10'241, 'x')), "400 IOTDA.000006"},
      {"digit in password", add_body(c.certificate, c.key_pem(), "secret1"), "400 IOTDA.000006"},
      {"long password", add_body(c.certificate, c.key_pem(), std::string(65, 'x')), "400 IOTDA.000006"},
      {"text", add_body("text", c.key_pem()), "400 IOTDA.014301"},
      {"expired", add_body(expired.certificate, expired.key_pem()), "400 IOTDA.014301"},
      {"other key", add_body(c.certificate, expired.key_pem()), "400 IOTDA.014301"},
      {"wrong password", add_body(c.certificate, c.key.encrypted_pkcs8("secret"), "wrong"), "400 IOTDA.014301"},
  };
  for (const auto& one : cases) EXPECT_EQ(add_verdict(one.body), one.verdict) << one.name;
  EXPECT_EQ(add_verdict(add_body(std::string(65'535, 'x'), std::string(10'240, 'x'))), "400 IOTDA.014301");
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(CertificateCalls, CountCharactersNotBytes) {
  std::string umlauts;
  for (int i = 0; i < 65'535; ++i) umlauts += "ä";
  EXPECT_EQ(add_verdict(add_body(umlauts, "x")), "400 IOTDA.014301");
}

TEST_F(CertificateCalls, WantTheContentTypeOfJson) {
  const test::Identity c = test::self_signed({});
  const server::Request request{.method = "POST",
                                .target = kCertificates,
                                .headers = {{"X-Auth-Token", "token"}, {"Content-Type", "text/plain"}},
                                .body = add_body(c.certificate, c.key_pem())};
  EXPECT_EQ(verdict(Answer(platform_.handle(request))), "400 IOTDA.000008");
}

TEST_F(CertificateCalls, ListTheNewestFirstInPages) {
  behave(R"({"get_status":200})");
  Platform::Settings many = settings();
  many.quota = 50;
  Platform platform(std::move(many), clock_);
  const auto send = [&](const char* method, const std::string& target, const std::string& body = {}) {
    return Answer(
        platform.handle({method, target, {{"X-Auth-Token", "token"}, {"Content-Type", "application/json"}}, body}));
  };
  const test::Identity c = test::self_signed({});
  std::vector<std::string> newest_first;
  for (int i = 0; i < 12; ++i) {
    const Answer added = send("POST", kCertificates, add_body(c.certificate, c.key_pem()));
    newest_first.insert(newest_first.begin(), added.text("server_certificate_id"));
  }
  const auto page = [&](const std::string& query) {
    std::vector<std::string> ids;
    const Answer answer = send("GET", kCertificates + query);
    EXPECT_EQ(answer.status(), 201);
    EXPECT_EQ(answer["page"]["count"].integer(), 12);
    for (const json::Value item : answer["server_certificates"].items()) {
      ids.push_back(item["server_certificate_id"].string_or(""));
    }
    EXPECT_EQ(answer["page"]["marker"].string_or("none"), ids.empty() ? "none" : ids.back());
    return ids;
  };
  const auto slice = [&](std::size_t from, std::size_t to) {
    return std::vector<std::string>(newest_first.begin() + static_cast<std::ptrdiff_t>(from),
                                    newest_first.begin() + static_cast<std::ptrdiff_t>(to));
  };
  EXPECT_EQ(page(""), slice(0, 10));
  EXPECT_EQ(page("?limit=50"), slice(0, 12));
  EXPECT_EQ(page("?limit=5&offset=3"), slice(3, 8));
  EXPECT_EQ(page("?limit=5&marker=ffffffffffffffffffffffff"), slice(0, 5));
  EXPECT_EQ(page("?limit=5&marker=" + newest_first[4]), slice(5, 10));
  EXPECT_EQ(page("?limit=5&offset=1&marker=" + newest_first[9]), slice(11, 12));
  EXPECT_THAT(page("?marker=" + newest_first[11]), IsEmpty());
  EXPECT_THAT(page("?offset=12"), IsEmpty());
}

TEST_F(CertificateCalls, ListRefusesWhatIsOutOfRange) {
  for (const char* query : {"?limit=0", "?limit=51", "?limit=x", "?limit=", "?limit=-1", "?offset=-1", "?offset=501",
                            "?marker=1", "?marker=zzzzzzzzzzzzzzzzzzzzzzzz"}) {
    EXPECT_EQ(verdict(list(query)), "400 IOTDA.000017") << query;
  }
  EXPECT_EQ(list("?limit=1&offset=500&marker=FFFFFFFFFFFFFFFFFFFFFFFF").status(), 201);
}

TEST_F(CertificateCalls, AreKnownByTheirExactPathAndMethod) {
  for (const auto& [method, target] : std::initializer_list<std::pair<const char*, const char*>>{
           {"GET", "/"},
           {"PUT", "/v5/iot/project-1/server-certificates/000000000000000000000000"},
           {"POST", "/v5/iot/project-1/server-certificates/000000000000000000000000"},
           {"DELETE", "/v5/iot/project-1/server-certificates"},
           {"GET", "/v5/iot/project-1/server-certificates/"},
           {"GET", "/v5/iot//server-certificates"},
           {"GET", "/v5/iot/project-1/devices"},
           {"GET", "//v5/iot/project-1/server-certificates"}}) {
    EXPECT_EQ(verdict(call(method, target)), "404 APIGW.0101") << method << " " << target;
  }
}

TEST_F(CertificateCalls, AreServedForOneProjectAndInstanceOnlyIfSoConfigured) {
  Platform::Settings one = settings();
  one.project_id = "project-1";
  one.instance_id = "instance-1";
  Platform platform(std::move(one), clock_);
  const auto status = [&](const char* target, std::vector<server::Header> headers) {
    headers.emplace_back("X-Auth-Token", "token");
    const Answer answer(platform.handle({"GET", target, std::move(headers), ""}));
    return verdict(answer);
  };
  EXPECT_EQ(status(kCertificates, {}), "201 ");
  EXPECT_EQ(status(kCertificates, {{"Instance-Id", "instance-1"}}), "201 ");
  EXPECT_EQ(status(kCertificates, {{"Instance-Id", "instance-2"}}), "403 IOTDA.000021");
  EXPECT_EQ(status("/v5/iot/project-2/server-certificates", {}), "403 IOTDA.000021");
  EXPECT_EQ(platform.snapshot().size(), 1U);
}

TEST_F(CertificateCalls, AreRefusedToStrangers) {
  const auto send = [&](std::vector<server::Header> headers) {
    return Answer(platform_.handle({"GET", kCertificates, std::move(headers), ""}));
  };
  const Answer nobody = send({});
  EXPECT_EQ(nobody.status(), 400);
  EXPECT_THAT(nobody.text("error_msg"), HasSubstr("Missing request header 'X-Auth-Token'"));
  EXPECT_FALSE(nobody["error_code"]);
  EXPECT_EQ(verdict(send({{"X-Auth-Token", "other"}})), "403 IOTDA.000004");
  const Answer malformed = send({{"Authorization", "SDK-HMAC-SHA256 nonsense"}});
  EXPECT_EQ(verdict(malformed), "401 APIGW.0301");
  EXPECT_EQ(malformed.text("request_id"), malformed.header("X-Request-Id"));
  behave(R"({"signing":"derived"})");
  EXPECT_EQ(verdict(send({{"Authorization", "SDK-HMAC-SHA256 Access=a, SignedHeaders=a, Signature=a"}})),
            "401 IOTDA.000002");
}

TEST_F(CertificateCalls, CountTheMostThatWereEverHeld) {
  const std::string first = add_one();
  add_one();
  remove(first);
  add_one();
  const auto snapshot = platform_.snapshot();
  const Instance::Counters& counters = snapshot.at({"project-1", ""}).counters();
  EXPECT_EQ(counters.adds, 3);
  EXPECT_EQ(counters.deletes, 1);
  EXPECT_EQ(counters.max_certificates, 2);
}

}  // namespace
}  // namespace simulator
