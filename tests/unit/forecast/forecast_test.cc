#include "forecast/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/time_format.h"

namespace forecast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// An instance and objects of it.
class ForecastTest : public testing::Test {
 protected:
  ForecastTest() {
    instance_.meta.name = {"", "default"};
    instance_.meta.uid = "u-default";
    instance_.meta.finalizers = {std::string(planner::kInstanceFinalizer)};
    instance_.endpoint = instance_.status.endpoint = "https://iotda.example.com";
    instance_.project_id = instance_.status.project_id = "p1";
    instance_.status.slots = planner::Ledger{};
    instance_.status.inventory = "Remote";
  }

  resources::ServerCertificate& object(const std::string& name, const std::string& chain) {
    auto made = std::make_shared<resources::ServerCertificate>();
    made->meta.name = {"prod", name};
    made->meta.uid = planner::Uid("u-" + name);
    made->meta.generation = 1;
    made->meta.created = now_ - std::chrono::hours(10) + std::chrono::minutes(objects_.size());
    made->instance = "default";
    made->secret = name + "-tls";
    planner::CertificateView view{made, {}};
    view.secret.current = true;
    view.secret.versions = {{made->secret, "u-secret", "1"}};
    view.secret.facts = certificate::Facts{
        planner::Fingerprint(chain),       name + ".example.com", "", "", now_ - std::chrono::hours(24),
        now_ + std::chrono::hours(24 * 60)};
    objects_.push_back(std::move(view));
    return *made;
  }

  /// On the platform, with this chain.
  void held(resources::ServerCertificate& object, const std::string& id, const std::string& chain) {
    object.meta.finalizers = {std::string(planner::kCertificateFinalizer)};
    object.status.server_certificate_id = planner::CertificateId(id);
    object.status.fingerprint = planner::Fingerprint(chain);
    object.status.expiry_date = base::to_rfc3339(now_ + std::chrono::hours(24 * 20));
    instance_.status.slots->push_back(planner::Slot::recover(planner::Attempt("a-" + id), resources::owner_of(object),
                                                             planner::Fingerprint(chain), planner::CertificateId(id),
                                                             true, base::to_rfc3339(now_)));
  }

  /// Its domain serves what it holds.
  void served(resources::ServerCertificate& object, const std::string& domain) {
    object.domain = resources::DomainSpec{domain, {}, false};
    object.status.domain_configuration_id = "c1";
    object.status.conditions = {{std::string(planner::kAvailable), true, "Added", "", 1, ""}};
    instance_.status.domains.push_back(
        planner::Domain::recover(domain, resources::owner_of(object), "c1", base::to_rfc3339(now_)));
  }

  Forecast run() const { return forecast(std::make_shared<resources::Instance>(instance_), objects_, now_); }

  base::SystemTime now_ = *base::parse_rfc3339("2026-12-01T10:00:00Z");
  resources::Instance instance_;
  std::vector<planner::CertificateView> objects_;
};

TEST_F(ForecastTest, NothingIsDoneWhereAllIsAsWanted) {
  held(object("com", "chain-1"), "5f2c01", "chain-1");
  const Forecast result = run();
  EXPECT_TRUE(result.rests);
  EXPECT_THAT(result.actions, IsEmpty());
  EXPECT_THAT(result.waits, IsEmpty());
}

TEST_F(ForecastTest, ARenewalIsUploadedBoundAndThenTheOldOneDeleted) {
  resources::ServerCertificate& com = object("com", "chain-2");
  held(com, "5f2c01", "chain-1");
  served(com, "mqtt.example.com");
  const Forecast result = run();
  EXPECT_TRUE(result.rests);
  ASSERT_EQ(result.actions.size(), 3U) << testing::PrintToString(result.actions);
  EXPECT_EQ(result.actions[0], "upload     prod/com, chain chain-2, because its Secret has another chain than 5f2c01");
  EXPECT_EQ(result.actions[1], "bind       mqtt.example.com to (1), instead of 5f2c01");
  EXPECT_THAT(result.actions[2], HasSubstr("delete     5f2c01 of prod/com: it is replaced"));
  EXPECT_THAT(result.waits, IsEmpty());
}

TEST_F(ForecastTest, WhoGetsNoSlotWaits) {
  held(object("com", "chain-1"), "5f2c01", "chain-1");
  object("org", "chain-2");
  object("net", "chain-3");
  const Forecast result = run();
  EXPECT_TRUE(result.rests);
  EXPECT_THAT(result.actions,
              ElementsAre("upload     prod/org, chain chain-2, because no certificate of it is on the platform"));
  EXPECT_THAT(result.waits, ElementsAre(HasSubstr("prod/net: QuotaExceeded: ")));
}

TEST_F(ForecastTest, ADeletedObjectLosesItsCertificateAndTheNextGetsTheSlot) {
  instance_.quota = 1;
  resources::ServerCertificate& com = object("com", "chain-1");
  held(com, "5f2c01", "chain-1");
  com.meta.deleting = true;
  object("org", "chain-2");
  const Forecast result = run();
  EXPECT_TRUE(result.rests);
  ASSERT_EQ(result.actions.size(), 2U) << testing::PrintToString(result.actions);
  EXPECT_THAT(result.actions[0], HasSubstr("delete     5f2c01 of prod/com: the object is deleted"));
  EXPECT_THAT(result.actions[1], HasSubstr("upload     prod/org, chain chain-2"));
}

TEST_F(ForecastTest, ItSaysWhatItAssumed) {
  instance_.status.conditions = {{"Ready", false, "CredentialsRejected", "", 1, ""}};
  object("com", "chain-1");
  objects_.back().secret.recorded = true;
  const Forecast result = run();
  EXPECT_THAT(result.actions, ElementsAre(HasSubstr("upload     prod/com")));
  EXPECT_THAT(result.assumptions, testing::IsSupersetOf({HasSubstr("now it is not: CredentialsRejected"),
                                                         HasSubstr("the Secret of prod/com is as its status says")}));
}

}  // namespace
}  // namespace forecast
