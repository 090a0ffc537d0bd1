// Custom domains: what devices get on them is the certificate in the Secret.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Code = iotda::Error::Code;

constexpr const char* kWish = R"(,"domainConfiguration":{"domainName":"a.example.com"})";

struct DomainTest : ::testing::Test, Rig {
  /// Fingerprint of what the domain serves; empty if there is no such domain.
  Fingerprint served(const std::string& domain = "a.example.com") const {
    for (const auto& there : platform->domains) {
      if (there.domain_name != domain) continue;
      for (const auto& c : platform->certificates) {
        if (c.id == there.server_certificate_id) return c.fingerprint;
      }
      return "nothing";
    }
    return "";
  }
  void foreign_domain(const CertificateId& certificate_id = "elsewhere") {
    platform->domains.push_back({"foreign", "a.example.com", certificate_id, iotda::Ocsp{}});
  }
  bool available(const std::string& name) const {
    const auto object = get(name);
    return find(object->status.conditions, resources::kAvailable)->status;
  }
  void delete_object(const std::string& name) { api.remove(kServerCertificates, {"prod", name}); }
};

TEST_F(DomainTest, TheDomainIsMadeServesTheCertificateAndGoesWithTheObject) {
  instance();
  const Fingerprint fingerprint = object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_TRUE(available("a"));
  EXPECT_EQ(served(), fingerprint);
  EXPECT_EQ(get("a")->status.domain_configuration_id, platform->domains[0].id);
  EXPECT_THAT(events.published, Contains("a Bound"));
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_TRUE(platform->domains.empty());
  EXPECT_TRUE(platform->certificates.empty());
}

TEST_F(DomainTest, ARotationPointsTheDomainAtTheNewCertificateBeforeTheOldOneGoes) {
  instance();
  const Fingerprint old = object("a", kWish);
  settle();
  Fingerprint served_at_removal;
  platform->before_remove = [&] { served_at_removal = served(); };
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(served_at_removal, renewed);
  EXPECT_EQ(served(), renewed);
  EXPECT_EQ(platform->alive(old), 0U);
  EXPECT_EQ(platform->most_alive, 2U);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(DomainTest, OcspFollowsTheSpec) {
  instance();
  object("a", R"(,"domainConfiguration":{"domainName":"a.example.com","ocsp":{"staplingEnabled":true}})");
  settle();
  EXPECT_TRUE(platform->domains[0].ocsp->stapling);
  api.edit(kServerCertificates, {"prod", "a"},
           R"({"spec":{"domainConfiguration":{"ocsp":{"staplingEnabled":false}}}})");
  settle();
  EXPECT_FALSE(platform->domains[0].ocsp->stapling);
}

TEST_F(DomainTest, WithNothingChangingNothingIsWrittenOrCalled) {
  instance();
  object("a", kWish);
  settle();
  api.clear_calls();
  reconcile();
  reconcile();
  EXPECT_TRUE(api.calls().empty());
  EXPECT_EQ(platform->updates, 0);
}

TEST_F(DomainTest, AForeignConfigurationIsAConflictAndTakenOverOnlyIfAllowed) {
  instance();
  foreign_domain();
  const Fingerprint fingerprint = object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "DomainConflict");
  EXPECT_FALSE(available("a"));
  EXPECT_EQ(platform->domains[0].server_certificate_id, "elsewhere");
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":{"adoptionPolicy":"IfExists"}}})");
  settle();
  EXPECT_EQ(reason("a"), "DomainConflict") << "an administrator has not allowed it";
  api.edit(kInstances, {"", "default"}, R"({"spec":{"domains":[{"name":"*.example.com","adopt":true}]}})");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(served(), fingerprint);
  EXPECT_EQ(platform->domains.size(), 1U);
}

TEST_F(DomainTest, ASecondDomainThatThePlatformHasNoRoomForIsQuotaExceeded) {
  instance();
  object("a", kWish);
  object("b", R"(,"domainConfiguration":{"domainName":"b.example.com"})");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(reason("b"), "QuotaExceeded");
  EXPECT_EQ(platform->domains.size(), 1U);
}

TEST_F(DomainTest, ACertificateThatIsNotForTheDomainIsNotAdded) {
  instance();
  object("a", R"(,"domainConfiguration":{"domainName":"other.example.com"})");
  settle();
  EXPECT_EQ(reason("a"), "DomainMismatch");
  EXPECT_THAT(message("a"), HasSubstr("other.example.com"));
  EXPECT_EQ(platform->adds, 0);
}

TEST_F(DomainTest, ADomainPointedElsewhereIsPointedBackUntilItIsAFight) {
  instance();
  const Fingerprint fingerprint = object("a", kWish);
  settle();
  clock.advance(timing.doubt_window());
  const auto meddle = [&] {
    platform->domains[0].server_certificate_id = "elsewhere";
    clock.advance(timing.resync);
    settle();
  };
  meddle();
  EXPECT_EQ(served(), fingerprint);
  EXPECT_THAT(events.published, Contains("a DriftDetected"));
  meddle();
  EXPECT_EQ(reason("a"), "ManagementConflict");
  api.edit(kInstances, {"", "default"},
           R"({"metadata":{"annotations":{"iotda.huaweicloud.com/reconcile-requested-at":"now"}}})");
  settle();
  EXPECT_EQ(served(), fingerprint);
}

TEST_F(DomainTest, ARefusedBindingIsReportedRetriedHourlyAndWhenTheSpecChanges) {
  instance();
  platform->domain_faults = {FakePlatform::Fault{{Code::kRejected, 400, "IOTDA.000006", "refused", "req", {}}, false}};
  const Fingerprint fingerprint = object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "BindingRejected");
  EXPECT_EQ(served(), "");
  clock.advance(std::chrono::hours(1));
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(served(), fingerprint);
}

TEST_F(DomainTest, AnAnswerThatIsLostAfterTheDomainWasMadeMakesNoSecondOne) {
  instance();
  platform->domain_quota = 5;
  platform->domain_faults = {FakePlatform::Fault{{Code::kUnknown, 0, "", "lost", "", {}}, true}};
  const Fingerprint fingerprint = object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->domains.size(), 1U);
  delete_object("a");
  settle();
  EXPECT_TRUE(platform->domains.empty());
}

TEST_F(DomainTest, ARestartBindsNothingAnew) {
  instance();
  object("a", kWish);
  settle();
  restart();
  api.clear_calls();
  settle();
  EXPECT_EQ(platform->updates, 0);
  for (const auto& call : api.calls()) EXPECT_FALSE(call.writes()) << call.body;
}

TEST_F(DomainTest, ARestartWhileThePlatformIsDownChangesNothingForWhatIsServed) {
  instance();
  object("a", kWish);
  settle();
  platform->list_error = platform->domains_error = iotda::Error{Code::kUnknown, 500, "", "down", "", {}};
  restart();
  reconcile();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_TRUE(available("a"));
}

TEST_F(DomainTest, WithoutPermissionToListWhatIsServedStaysReadyAndTheRestSaysWhatToGrant) {
  instance();
  object("a", kWish);
  settle();
  platform->domains_error = iotda::Error{Code::kForbidden, 403, "IOTDA.000022", "grant it", "", {}};
  restart();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "PermissionDenied");
  EXPECT_THAT(message("a"), HasSubstr("grant it"));
}

TEST_F(DomainTest, NamesAreComparedWithoutCase) {
  instance();
  foreign_domain();
  platform->domains[0].domain_name = "A.Example.Com.";
  object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "DomainConflict");
}

TEST_F(DomainTest, RetainLeavesDomainAndCertificateAndTheSameObjectTakesThemBack) {
  instance();
  object("a", std::string(kWish) + R"(,"deletionPolicy":"Retain")");
  settle();
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(platform->certificates.size(), 1U);
  certificate("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->adds, 1);
}

TEST_F(DomainTest, WithoutAnyStatusWhatServesTheCertificateOfALostLedgerIsOurs) {
  instance();
  object("a", std::string(kWish) + R"(,"adoptionPolicy":"Never")");
  settle();
  const ConfigurationId configuration = platform->domains.at(0).id;
  api.edit(kInstances, {"", "default"}, R"({"status":null})", "status");
  api.edit(kServerCertificates, {"prod", "a"}, R"({"status":null})", "status");
  restart();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->adds, 1);
  ASSERT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(platform->domains[0].id, configuration);
  EXPECT_EQ(get("a")->status.domain_configuration_id, configuration);
  EXPECT_FALSE(get_instance().status.domains.at(0).adopted);
  EXPECT_FALSE(ledger().at(0).adopted);
}

TEST_F(DomainTest, ALostLedgerMakesNoConfigurationOursThatServesSomethingElse) {
  instance();
  object("a", kWish);
  settle();
  platform->domains.clear();
  foreign_domain();
  api.edit(kInstances, {"", "default"}, R"({"status":null})", "status");
  restart();
  settle();
  EXPECT_EQ(reason("a"), "DomainConflict");
  EXPECT_EQ(served(), "nothing");
}

TEST_F(DomainTest, ADomainThatIsNoLongerWishedIsRemoved) {
  instance();
  object("a", kWish);
  settle();
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":null}})");
  settle();
  EXPECT_TRUE(platform->domains.empty());
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->certificates.size(), 1U);
}

TEST_F(DomainTest, ADomainIsNotHandedOverWhileItsOwnerWishesItAgainAndTheWatchLags) {
  instance();
  object("a", kWish);
  object("b");
  settle();
  ASSERT_EQ(get_instance().status.domains.at(0).owner.name, "a");
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":null}})");
  api.edit(kServerCertificates, {"prod", "b"}, R"({"spec":{"domainConfiguration":{"domainName":"a.example.com"}}})");
  pump();
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":{"domainName":"a.example.com"}}})");
  (void)reconciler->reconcile("default", {}, {});  // what a wishes again is not known yet
  EXPECT_EQ(get_instance().status.domains.at(0).owner.name, "a");
}

}  // namespace
}  // namespace controller
