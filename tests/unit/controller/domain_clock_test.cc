// Domain configurations have a clock, as certificates have; and what devices get is what the status says.
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Code = iotda::Error::Code;

constexpr const char* kWish = R"(,"domainConfiguration":{"domainName":"a.example.com"})";

struct DomainClockTest : ::testing::Test, Rig {
  FakePlatform::Fault fault(Code code, int status, bool after_effect = false) {
    return FakePlatform::Fault{{code, status, "X", "said no", "req", {}}, after_effect};
  }
  bool available(const std::string& name) const {
    return find(get(name)->status.conditions, resources::kAvailable)->status;
  }
  void delete_object(const std::string& name) { api.remove(kServerCertificates, {"prod", name}); }
  void no_wish() { api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":null}})"); }
  void served() {
    instance();
    object("a", kWish);
    settle();
    ASSERT_EQ(reason("a"), "Succeeded");
    clock.advance(timing.doubt_window());
  }
  void drift() {
    platform->domains.at(0).server_certificate_id = "elsewhere";
    clock.advance(timing.resync);
  }
};

TEST_F(DomainClockTest, AConfigurationThatTheListDoesNotShowYetIsRemovedAllTheSame) {
  instance();
  object("a", kWish);
  settle();
  ASSERT_EQ(platform->domains.size(), 1U);
  clock.advance(std::chrono::seconds(15));
  platform->domains_hidden = true;  // made a moment ago, and the list lags
  bool bound_when_removed = false;
  platform->before_remove = [&] { bound_when_removed = !platform->domains.empty(); };
  delete_object("a");
  reconcile();
  platform->domains_hidden = false;
  settle();
  EXPECT_FALSE(bound_when_removed) << "the certificate that the domain serves was removed";
  EXPECT_TRUE(platform->domains.empty());
  EXPECT_FALSE(get("a"));
}

TEST_F(DomainClockTest, AConfigurationWhoseCreateLandsLateIsWaitedForAndRemoved) {
  instance();
  platform->domain_faults = {fault(Code::kUnknown, 0)};
  object("a", kWish);
  reconcile();
  const CertificateId id = platform->certificates.at(0).id;
  delete_object("a");
  base::BootTime end = clock.boot_now() + std::chrono::seconds(40);
  while (clock.boot_now() < end) {
    reconcile();
    clock.advance(std::chrono::seconds(10));
  }
  EXPECT_EQ(platform->certificates.size(), 1U) << "a late configuration may name it";
  platform->domains.push_back({"late", "a.example.com", id, iotda::Ocsp{}});
  settle();
  EXPECT_TRUE(platform->domains.empty());
  EXPECT_FALSE(get("a"));
}

TEST_F(DomainClockTest, ALateConfigurationOfOursIsNoConflictAfterTheWishIsGone) {
  instance();
  platform->domain_faults = {fault(Code::kUnknown, 0)};
  object("a", kWish);
  reconcile();
  const CertificateId id = platform->certificates.at(0).id;
  no_wish();
  clock.advance(std::chrono::seconds(3));
  reconcile();
  platform->domains.push_back({"late", "a.example.com", id, iotda::Ocsp{}});
  settle();
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a")) << reason("a") << ": " << message("a");
  EXPECT_TRUE(platform->domains.empty());
}

TEST_F(DomainClockTest, AConfigurationMadeByOthersAfterARefusedCreateIsAConflict) {
  instance();
  platform->domain_faults = {fault(Code::kRejected, 400)};
  object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "BindingRejected");
  platform->domains.push_back({"foreign", "a.example.com", "elsewhere", iotda::Ocsp{}});
  clock.advance(std::chrono::hours(2));
  settle();
  EXPECT_EQ(reason("a"), "DomainConflict");
  EXPECT_EQ(platform->domains.at(0).server_certificate_id, "elsewhere");
  delete_object("a");
  settle();
  EXPECT_EQ(platform->domains.size(), 1U) << "a configuration of others stays";
}

TEST_F(DomainClockTest, AConfigurationThatShowsUpInDoubtAndServesAnothersCertificateIsNotOurs) {
  instance();
  platform->domain_faults = {fault(Code::kUnknown, 0)};
  object("a", kWish);
  reconcile();
  platform->domains.push_back({"foreign", "a.example.com", "elsewhere", iotda::Ocsp{}});
  settle();
  EXPECT_EQ(reason("a"), "DomainConflict");
}

TEST_F(DomainClockTest, ACreateInDoubtIsAwaitedWhileAnotherPartyHasTheDomain) {
  instance();
  platform->domain_faults = {fault(Code::kUnknown, 0)};
  object("a", kWish);
  reconcile();
  const CertificateId id = platform->certificates.at(0).id;
  platform->domains.push_back({"foreign", "a.example.com", "elsewhere", iotda::Ocsp{}});
  for (int i = 0; i < 4; ++i) {
    clock.advance(std::chrono::seconds(10));
    reconcile();
  }
  ASSERT_EQ(get_instance().status.domains.size(), 1U) << "the create in doubt can still arrive";
  no_wish();
  platform->domains = {{"late", "a.example.com", id, iotda::Ocsp{}}};
  settle();
  EXPECT_TRUE(platform->domains.empty()) << "it was created by the operator, and nobody wants it";
}

TEST_F(DomainClockTest, ACreateInDoubtIsAwaitedAfterAnotherPartyMadeAndRemovedTheDomain) {
  instance();
  platform->domain_faults = {fault(Code::kUnknown, 0)};
  object("a", kWish);
  reconcile();
  const CertificateId id = platform->certificates.at(0).id;
  platform->domains.push_back({"foreign", "a.example.com", id, iotda::Ocsp{}});
  clock.advance(std::chrono::seconds(10));
  reconcile();
  ASSERT_EQ(get_instance().status.domains.at(0).id, "foreign");
  // The list still shows the removed one, so an update is tried, and says that it is gone.
  platform->domains.at(0).server_certificate_id = "elsewhere";
  platform->domains_still_listed = std::exchange(platform->domains, {});
  clock.advance(timing.settling / 2);
  reconcile();
  ASSERT_EQ(get_instance().status.domains.at(0).state, resources::DomainState::kReserved);
  platform->domains_still_listed.clear();
  no_wish();
  reconcile();
  platform->domains = {{"late", "a.example.com", id, iotda::Ocsp{}}};
  settle();
  EXPECT_TRUE(platform->domains.empty()) << "it was created by the operator, and nobody wants it";
}

TEST_F(DomainClockTest, AConfigurationThatWasJustRemovedAndIsStillListedIsNoConflict) {
  served();
  platform->domains_still_listed = platform->domains;
  no_wish();
  settle();
  ASSERT_TRUE(platform->domains.empty());
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":{"domainName":"a.example.com"}}})");
  reconcile();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->domains.size(), 1U);
}

TEST_F(DomainClockTest, AConfigurationThatOthersRemovedIsMadeAnewOnceAndIsDrift) {
  served();
  platform->domains.clear();
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_THAT(events.published, Contains("a DriftDetected"));
}

TEST_F(DomainClockTest, AListThatStillShowsWhatOthersRemovedTakesNothingFromItsSuccessor) {
  served();
  platform->domains_still_listed = platform->domains;
  platform->domains.clear();
  fresh_secret("a");
  for (int i = 0; i < 5; ++i) {
    reconcile();
    clock.advance(std::chrono::seconds(10));
  }
  EXPECT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(get_instance().status.domains.at(0).id, platform->domains.at(0).id);
  platform->domains_still_listed.clear();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
}

TEST_F(DomainClockTest, AListThatStillShowsTheConfigurationOfBeforeTakesNothingAfterARestart) {
  served();
  platform->domains_still_listed = platform->domains;
  platform->domains.clear();
  fresh_secret("a");
  for (int i = 0; i < 5; ++i) {
    reconcile();
    clock.advance(std::chrono::seconds(5));
  }
  ASSERT_EQ(platform->domains.size(), 1U);
  platform->domains_hidden = true;
  restart();
  for (int i = 0; i < 5; ++i) {
    reconcile();
    clock.advance(std::chrono::seconds(10));
  }
  ASSERT_EQ(get_instance().status.domains.size(), 1U);
  EXPECT_EQ(get_instance().status.domains.at(0).id, platform->domains.at(0).id);
}

TEST_F(DomainClockTest, AnUnknownStateOfAnEntryIsLeftAlone) {
  served();
  api.edit(kInstances, {"", "default"},
           R"({"status":{"domains":[{"domainName":"a.example.com","state":"Moved","owner":{"uid":"x"}}]}})", "status");
  restart();
  settle();
  EXPECT_EQ(get_instance().status.domains.at(0).state_text, "Moved");
  EXPECT_EQ(reason("a"), "DomainConflict");
}

// What the status says.

TEST_F(DomainClockTest, ADriftThatCannotBeMendedIsNotCalledReady) {
  for (const auto& [code, expected] :
       {std::pair(Code::kRejected, "BindingRejected"), std::pair(Code::kForbidden, "PermissionDenied")}) {
    struct Inner : DomainClockTest {
      void TestBody() override {}
    } inner;
    inner.served();
    for (int i = 0; i < 100; ++i) inner.platform->domain_faults.push_back(fault(code, 400));
    inner.drift();
    inner.reconcile();
    EXPECT_FALSE(inner.available("a"));
    EXPECT_EQ(inner.reason("a"), expected);
  }
}

TEST_F(DomainClockTest, ADomainThatServesAForeignCertificateIsNotAvailable) {
  served();
  for (int i = 0; i < 2; ++i) {
    drift();
    settle();
  }
  ASSERT_EQ(reason("a"), "ManagementConflict");
  EXPECT_FALSE(available("a"));
}

TEST_F(DomainClockTest, ADriftIsMendedAlsoWhileTheSecretIsNotFitForUse) {
  served();
  const CertificateId held = platform->domains.at(0).server_certificate_id;
  secret("a", "text", "text");
  settle();
  ASSERT_EQ(reason("a"), "InvalidCertificate");
  drift();
  settle();
  EXPECT_EQ(platform->domains.at(0).server_certificate_id, held);
  EXPECT_TRUE(available("a"));
  EXPECT_EQ(reason("a"), "InvalidCertificate");
}

// Names that change, and the quota.

TEST_F(DomainClockTest, ADomainThatIsRenamedIsServedWithinAMinuteWithAQuotaOfOne) {
  instance();
  const test::Identity both =
      test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com", "b.example.com"}});
  secret("a", both.certificate, both.key_pem());
  certificate("a", kWish);
  settle();
  clock.advance(timing.doubt_window());
  api.edit(kServerCertificates, {"prod", "a"}, R"({"spec":{"domainConfiguration":{"domainName":"b.example.com"}}})");
  run_for(std::chrono::minutes(1));
  ASSERT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(platform->domains[0].domain_name, "b.example.com");
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(DomainClockTest, ADomainThatMovesToAnotherObjectInOneApplyIsServedThroughout) {
  instance();
  const test::Identity old = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", old.certificate, old.key_pem());
  certificate("a", kWish);
  const test::Identity heir = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("b", heir.certificate, heir.key_pem());
  certificate("b");
  settle();
  clock.advance(timing.doubt_window());
  no_wish();
  reconcile();  // before the other object's change is seen
  clock.advance(std::chrono::seconds(1));
  api.edit(kServerCertificates, {"prod", "b"}, R"({"spec":{"domainConfiguration":{"domainName":"a.example.com"}}})");
  const ConfigurationId id = platform->domains.at(0).id;
  settle();
  ASSERT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(platform->domains[0].id, id) << "never removed";
  EXPECT_EQ(platform->domains[0].server_certificate_id, get("b")->status.server_certificate_id);
}

TEST_F(DomainClockTest, TheQuotaOfDomainsIsKnownBeforeAnythingIsUploaded) {
  instance();
  object("a", kWish);
  object("b", R"(,"domainConfiguration":{"domainName":"b.example.com"})");
  settle();
  EXPECT_EQ(reason("b"), "QuotaExceeded");
  EXPECT_THAT(message("b"), HasSubstr("quota of domain configurations reached (1 of 1)"));
  EXPECT_THAT(message("b"), HasSubstr("a.example.com (prod/a)"));
  EXPECT_EQ(platform->adds, 1);
}

TEST_F(DomainClockTest, ADomainOfAVanishedOwnerWhoseNamesakeDoesNotWishItGoesOnce) {
  served();
  api.edit(kServerCertificates, {"prod", "a"}, R"({"metadata":{"finalizers":null}})");
  delete_object("a");
  certificate("a");
  const Fingerprint other = object("b");
  settle();
  clock.advance(planner::kGoneGrace + timing.doubt_window());
  api.clear_calls();
  EXPECT_FALSE(reconcile().failed);
  EXPECT_LT(api.calls().size(), 50U);
  EXPECT_TRUE(platform->domains.empty());
  EXPECT_EQ(platform->alive(other), 1U);
}

TEST_F(DomainClockTest, WhatThePlatformDoesNotDeleteWhileItIsServedIsUnboundFirstWhereTheStrategySaysSo) {
  instance();
  object("a", std::string(kWish) + R"(,"rotation":{"strategy":"BreakBeforeMake"})");
  settle();
  clock.advance(timing.doubt_window());
  platform->remove_faults = {fault(Code::kRejected, 400)};  // in use
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->domains.size(), 1U);
}

/// Something happens while an object of this kind is read for the last time before its domain is made to serve.
struct BeforeABinding : DomainClockTest {
  void at_a_read_of(const std::string& resource, std::function<void()> happening) {
    api.intercept([this, resource, happening = std::move(happening)](const testing_support::FakeKubeApi::Call& call) {
      if (!happened && call.verb == "get" && call.resource == resource && !get_instance().status.domains.empty()) {
        happened = true;
        happening();
      } else if (happened && !made && call.writes()) {
        made = !platform->domains.empty();
      }
      return std::optional<testing_support::FakeKubeApi::Fault>();
    });
    object("a", kWish);
    reconcile();
    ASSERT_TRUE(happened);
  }
  void change_ledger(const std::string& member) {
    api.edit(kInstances, {"", "default"}, R"({"status":{)" + member + "}}", "status");
  }
  bool happened = false;
  std::optional<bool> made;  ///< before anything else was done
};

TEST_F(BeforeABinding, TheLeaseEnds) {
  instance();
  at_a_read_of("iotdainstances", [this] { leadership.yes = false; });
  EXPECT_TRUE(platform->domains.empty());
}

TEST_F(BeforeABinding, AnotherLeaderHasRemovedTheCertificate) {
  instance();
  at_a_read_of("iotdainstances", [this] { change_ledger(R"("slots":[])"); });
  EXPECT_EQ(made, false);
}

TEST_F(BeforeABinding, AnotherLeaderHasGivenTheDomainToAnotherObject) {
  instance();
  at_a_read_of("iotdainstances", [this] {
    const std::string text = *api.object(kInstances, {"", "default"});
    const auto begin = text.find("\"domains\":");
    std::string domains = text.substr(begin, text.find(']', begin) + 1 - begin);
    const std::string uid = get("a")->meta.uid.str();
    change_ledger(domains.replace(domains.find(uid), uid.size(), "another"));
  });
  EXPECT_EQ(made, false);
}

TEST_F(BeforeABinding, TheRightToMakeItEnds) {
  instance();
  at_a_read_of("servercertificates", [this] { clock.advance(timing.send_window); });
  EXPECT_EQ(made, false);
}

TEST_F(DomainClockTest, ALiveReadThatTakesLongKeepsNoDomainFromBeingServed) {
  served();
  api.intercept([this](const testing_support::FakeKubeApi::Call& call) {
    if (call.verb == "get" && call.resource == "servercertificates") clock.advance(std::chrono::seconds(40));
    return std::optional<testing_support::FakeKubeApi::Fault>();
  });
  fresh_secret("a");
  run_for(std::chrono::minutes(15));
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  ASSERT_EQ(platform->domains.size(), 1U);
  EXPECT_EQ(platform->domains.at(0).server_certificate_id, get("a")->status.server_certificate_id);
}

TEST_F(DomainClockTest, WhatHasExpiredIsUnboundAlsoIfThatFailsAtFirst) {
  platform->quota = 1;
  platform->refuses_to_delete_bound = true;
  instance();
  api.edit(kInstances, {"", "default"}, R"({"spec":{"quota":{"serverCertificates":1}}})");
  object("a", kWish);
  settle();
  clock.advance(std::chrono::hours(24 * 300));
  const Fingerprint renewed = fresh_secret("a", "20300101000000Z");
  platform->domain_faults = {fault(Code::kNotSent, 0)};
  settle();
  run_for(std::chrono::hours(1));
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->domains.size(), 1U);
}

}  // namespace
}  // namespace controller
