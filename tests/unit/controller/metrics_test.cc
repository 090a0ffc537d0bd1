#include "controller/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_format.h"
#include "os/fake_clock.h"
#include "support/fake_kube_api.h"

namespace controller {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsTest : public testing::Test {
 protected:
  struct Leader final : runtime::Leadership {
    bool leading() const override { return true; }
    std::optional<std::int64_t> transitions() const override { return count; }
    std::optional<std::int64_t> count;
  };

  static Conditions ready(bool status, const std::string& reason) {
    return {{std::string(kReady), status, reason, "message", 1, "2026-06-08T02:39:00Z"}};
  }
  static ServerCertificate certificate(Conditions conditions) {
    ServerCertificate object;
    object.meta.name = {"prod", "a"};
    object.meta.uid = "uid-a";
    object.meta.resource_version = "1";
    object.instance = "default";
    object.status.conditions = std::move(conditions);
    return object;
  }
  static Instance instance() {
    Instance instance;
    instance.meta.name = {"", "default"};
    instance.meta.uid = "uid-default";
    instance.meta.resource_version = "1";
    return instance;
  }
  std::string scrape() { return metrics.scrape({store, queue, leader, events, credentials, 4}); }

  os::FakeClock clock{*base::parse_rfc3339("2026-06-08T02:39:00Z")};
  testing_support::FakeKubeApi api{clock};
  Metrics metrics;
  Store store{"iotda-system", [](const std::string&) {}};
  runtime::WorkQueue queue{clock, &metrics};
  kube::EventRecorder events{api, clock, "pod"};
  Leader leader;
  std::map<std::string, CredentialsLifetime> credentials;
};

TEST_F(MetricsTest, AnObjectWithoutAStatusHasNoSeries) {
  store.watched(certificate({}));
  store.watched(instance());
  const std::string text = scrape();
  EXPECT_THAT(text, Not(HasSubstr("iotda_certificate_")));
  EXPECT_THAT(text, Not(HasSubstr("iotda_instance_")));
}

TEST_F(MetricsTest, AnObjectIsReadyOrNotForOneReason) {
  store.watched(certificate(ready(false, "QuotaExceeded")));
  Instance there = instance();
  there.status.conditions = ready(true, "Succeeded");
  store.watched(std::move(there));
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("iotda_certificate_ready{instance=\"default\",name=\"a\",namespace=\"prod\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("iotda_certificate_reason{instance=\"default\",name=\"a\",namespace=\"prod\","
                              "reason=\"QuotaExceeded\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("iotda_instance_ready{instance=\"default\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("iotda_instance_reason{instance=\"default\",reason=\"Succeeded\"} 1\n"));
}

TEST_F(MetricsTest, AReasonThatThisVersionDoesNotKnowIsNoLabel) {
  store.watched(certificate(ready(false, "SomebodysText")));
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("iotda_certificate_ready{"));
  EXPECT_THAT(text, Not(HasSubstr("SomebodysText")));
}

TEST_F(MetricsTest, SlotsOfAnInstanceThatWasNeverReachedAreNotShown) {
  Instance there = instance();
  there.status.conditions = ready(false, "PlatformUnavailable");
  store.watched(there);
  EXPECT_THAT(scrape(), Not(HasSubstr("iotda_instance_slots")));
  there.meta.resource_version = "2";
  there.status.used = 0;
  store.watched(there);
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("iotda_instance_slots{instance=\"default\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("iotda_instance_slots_used{instance=\"default\"} 0\n"));
}

TEST_F(MetricsTest, TheSeriesOfDeletedObjectsVanish) {
  store.watched(certificate(ready(true, "Succeeded")));
  Instance there = instance();
  there.status.conditions = ready(true, "Succeeded");
  there.status.used = 1;
  store.watched(std::move(there));
  credentials["default"] = {clock.system_now(), clock.system_now() + std::chrono::hours(1)};
  EXPECT_THAT(scrape(), HasSubstr("prod"));
  store.deleted_certificate({"prod", "a"}, "uid-a");
  store.deleted_instance("default", "uid-default");
  const std::string text = scrape();
  EXPECT_THAT(text, Not(HasSubstr("prod")));
  EXPECT_THAT(text, Not(HasSubstr("instance=\"default\"")));
}

TEST_F(MetricsTest, CredentialsHaveALifetimeOnlyWhereItsEndIsKnown) {
  store.watched(instance());
  EXPECT_THAT(scrape(), Not(HasSubstr("iotda_instance_credentials")));
  credentials["default"] = {base::SystemTime(std::chrono::seconds(1000)), base::SystemTime(std::chrono::seconds(4600))};
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("iotda_instance_credentials_fetched_timestamp_seconds{instance=\"default\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("iotda_instance_credentials_expiration_timestamp_seconds{instance=\"default\"} 4600\n"));
}

TEST_F(MetricsTest, TheTransitionsOfALeaseThatWasNotSeenAreNotKnown) {
  EXPECT_THAT(scrape(), Not(HasSubstr("iotda_leader_transitions_total")));
  leader.count = 0;
  EXPECT_THAT(scrape(), HasSubstr("iotda_leader_transitions_total 0\n"));
}

TEST_F(MetricsTest, RequestsAreCountedByServiceAndByStatus) {
  metrics.credentials_request("iam", 201);
  metrics.credentials_request("iam", 201);
  metrics.credentials_request("sts", 0);
  metrics.platform_request("list", 200);
  const std::string text = scrape();
  EXPECT_THAT(text, HasSubstr("iotda_credentials_requests_total{code=\"201\",service=\"iam\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("iotda_credentials_requests_total{code=\"<error>\",service=\"sts\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("iotda_platform_requests_total{call=\"list\",code=\"200\"} 1\n"));
}

TEST_F(MetricsTest, StatusesThatAServerInventsShareOneSeries) {
  metrics.platform_request("list", 777);
  metrics.platform_request("list", 999);
  EXPECT_THAT(scrape(), HasSubstr("iotda_platform_requests_total{call=\"list\",code=\"other\"} 2\n"));
}

}  // namespace
}  // namespace controller
