#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using ::testing::HasSubstr;

class DomainCalls : public PlatformFixture {
 protected:
  std::string path(const std::string& id) { return kDomains + ("/" + id); }
};

TEST_F(DomainCalls, CreateShowListUpdateAndDelete) {
  const std::string first = add_one();
  const std::string second = add_one();
  const Answer created = bind(first);
  EXPECT_EQ(created.status(), 201);
  const std::string id = created.text("configuration_id");
  EXPECT_EQ(created.text("domain_name"), "mqtt.example.com");
  EXPECT_EQ(created.text("access_protocol"), "Device-MQTTS");
  EXPECT_EQ(created.text("server_certificate_id"), first);
  EXPECT_EQ(created["server_certificate_config"]["ocsp_stapling_enable"].boolean(), false);
  EXPECT_EQ(created["server_certificate_config"]["ocsp_ssl_enable"].boolean(), true);

  const Answer updated = call("PUT", path(id), R"({"server_certificate_id":")" + second + R"("})");
  EXPECT_EQ(updated.status(), 200);
  EXPECT_EQ(updated.text("server_certificate_id"), second);
  EXPECT_EQ(call("PUT", path(id), R"({"server_certificate_config":{"ocsp_stapling_enable":true}})").status(), 200);

  const Answer shown = call("GET", path(id));
  EXPECT_EQ(shown.status(), 201);
  EXPECT_EQ(shown.text("server_certificate_id"), second);
  EXPECT_EQ(shown["server_certificate_config"]["ocsp_stapling_enable"].boolean(), true);

  const Answer all = call("GET", kDomains);
  EXPECT_EQ(all["domain_configurations"].items().size(), 1U);
  EXPECT_EQ(all["domain_configurations"].items()[0].dump(), shown.response.body);
  EXPECT_EQ(all["page"]["count"].integer(), 1);

  EXPECT_EQ(call("DELETE", path(id)).status(), 204);
  EXPECT_EQ(call("GET", path(id)).status(), 404);
  EXPECT_EQ(call("DELETE", path(id)).status(), 404);
}

TEST_F(DomainCalls, AllowOneConfiguration) {
  const std::string certificate = add_one();
  EXPECT_EQ(bind(certificate).status(), 201);
  EXPECT_EQ(bind(certificate, "other.example.com").code(), "IOTDA.014310");
}

TEST_F(DomainCalls, RefuseBadInput) {
  const std::string certificate = add_one();
  const auto create = [&](const std::string& members) {
    return call("POST", kDomains, "{" + members + R"(,"server_certificate_id":")" + certificate + "\"}").code();
  };
  const std::string good = R"("domain_name":"a.example.com","access_protocol":"Device-MQTTS")";
  EXPECT_EQ(create(R"("domain_name":"nodots","access_protocol":"Device-MQTTS")"), "IOTDA.000006");
  EXPECT_EQ(create(R"("domain_name":"-a.example.com","access_protocol":"Device-MQTTS")"), "IOTDA.000006");
  EXPECT_EQ(create(R"("domain_name":"a..com","access_protocol":"Device-MQTTS")"), "IOTDA.000006");
  EXPECT_EQ(create(R"("domain_name":"a.example.com","access_protocol":"MQTT")"), "IOTDA.000006");
  EXPECT_EQ(create(good + R"(,"server_certificate_config":{"ocsp_ssl_enable":1})"), "IOTDA.000006");
  EXPECT_EQ(create(good + R"(,"server_certificate_config":[])"), "IOTDA.000006");
  EXPECT_EQ(bind("000000000000000000000000").code(), "IOTDA.000006");
  EXPECT_EQ(create(good), "");
}

TEST_F(DomainCalls, UpdateNothingButTheCertificate) {
  const std::string certificate = add_one();
  const std::string id = bind(certificate).text("configuration_id");
  const auto update = [&](const std::string& body) { return call("PUT", path(id), body); };
  const Answer renamed = update(R"({"domain_name":"b.example.com"})");
  EXPECT_EQ(renamed.code(), "IOTDA.000006");
  EXPECT_THAT(renamed.text("error_msg"), HasSubstr("domain_name"));
  EXPECT_EQ(update(R"({"server_certificate_id":"000000000000000000000000"})").code(), "IOTDA.000006");
  EXPECT_EQ(call("PUT", path("000000000000000000000000"), "{}").status(), 404);
  EXPECT_EQ(call("GET", path(id)).text("server_certificate_id"), certificate);
}

TEST_F(DomainCalls, KeepTheirCertificateFromBeingDeletedUnlessThatIsAccepted) {
  const std::string certificate = add_one();
  bind(certificate);
  const Answer refused = remove(certificate);
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.code(), "IOTDA.014304");
  behave(R"({"delete_bound":"accepted"})");
  EXPECT_EQ(remove(certificate).status(), 204);
}

}  // namespace
}  // namespace simulator
