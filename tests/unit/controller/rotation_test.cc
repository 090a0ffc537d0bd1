// Renewals where slots are scarce, and what others change on the platform.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string strategy(const std::string& name) {
  return R"(,"rotation":{"strategy":")" + name + R"("})";
}

struct RotationTest : ::testing::Test, Rig {
  void bind(const Fingerprint& fingerprint) {
    for (const auto& c : platform->certificates) {
      if (c.fingerprint == fingerprint) platform->domains = {{"console", "a.example.com", c.id, iotda::Ocsp{}}};
    }
  }
};

TEST_F(RotationTest, WithoutAFreeSlotAutoRemovesTheOldOneFirstIfNothingServesIt) {
  instance();
  const Fingerprint old = object("a");
  const Fingerprint other = object("b");
  settle();
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->alive(old), 0U);
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->alive(other), 1U);
  EXPECT_EQ(platform->most_alive, 2U);
}

TEST_F(RotationTest, ARenewalThatExpiresBeforeWhatItReplacesIsAddedWithAWarning) {
  instance();
  object("a");
  settle();
  const auto warns =
      ::testing::Contains(HasSubstr("before the expiry of the certificate that it replaces, 2027-01-01T00:00:00Z"));
  EXPECT_THAT(events.warnings, ::testing::Not(warns));
  const Fingerprint renewed = fresh_secret("a", "20261201000000Z");
  settle();
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_THAT(events.warnings, warns);
}

TEST_F(RotationTest, NothingIsTakenDownForWhatThePlatformHasAlreadyAndIsNotAdopted) {
  instance();
  const Fingerprint old = object("a", R"(,"adoptionPolicy":"Never")");
  object("b");
  settle();
  const test::Identity renewed = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  clock.advance(planner::kInventoryMaxAge + std::chrono::seconds(1));
  platform->put(renewed.certificate);
  secret("a", renewed.certificate, renewed.key_pem());
  settle();
  EXPECT_EQ(reason("a"), "DuplicateCertificate");
  EXPECT_EQ(platform->alive(old), 1U);
}

TEST_F(RotationTest, NoSlotIsKeptForWhatSomebodyElseAddsMeanwhile) {
  instance();
  object("a", R"(,"adoptionPolicy":"Never")");
  object("b");
  settle();
  const test::Identity renewed = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", renewed.certificate, renewed.key_pem());
  platform->before_remove = [&] {
    platform->put(renewed.certificate);
    clock.advance(planner::kInventoryMaxAge + std::chrono::seconds(1));
  };
  settle();
  EXPECT_EQ(reason("a"), "DuplicateCertificate");
  ASSERT_EQ(ledger().size(), 1U);
  EXPECT_EQ(ledger()[0].owner.name, "b");
}

TEST_F(RotationTest, BothAtOnceComeThrough) {
  instance();
  object("a");
  object("b");
  settle();
  const Fingerprint a = fresh_secret("a");
  const Fingerprint b = fresh_secret("b");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(reason("b"), "Succeeded");
  EXPECT_EQ(platform->alive(a) + platform->alive(b), 2U);
  EXPECT_EQ(ledger().size(), 2U);
}

TEST_F(RotationTest, TheSlotThatWasMadeFreeIsKeptForTheRotation) {
  instance();
  object("a");
  object("b");
  object("older-than-the-renewal");
  settle();
  EXPECT_EQ(reason("older-than-the-renewal"), "QuotaExceeded");
  const Fingerprint renewed = fresh_secret("b");
  settle();
  EXPECT_EQ(reason("b"), "Succeeded");
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(reason("older-than-the-renewal"), "QuotaExceeded");
}

TEST_F(RotationTest, AServedCertificateStaysAndBorrowsTheSlotOfOneThatIsNot) {
  instance();
  const Fingerprint old = object("a", R"(,"domainConfiguration":{"domainName":"a.example.com"})");
  const Fingerprint lender = object("b");
  settle();
  clock.advance(timing.doubt_window());
  std::vector<std::string> removed;
  bool old_was_served_last = true;
  platform->before_remove = [&] {
    old_was_served_last = old_was_served_last && (platform->alive(old) == 0 || platform->domains.size() == 1);
  };
  const Fingerprint renewed = fresh_secret("a");
  const base::BootTime began = clock.boot_now();
  settle();
  EXPECT_LT(clock.boot_now() - began, std::chrono::seconds(1)) << "no pause, although the old one was served at first";
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(reason("b"), "Succeeded");
  EXPECT_THAT(events.published, Contains("b SlotLent"));
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->alive(lender), 1U);
  EXPECT_EQ(platform->alive(old), 0U);
  EXPECT_EQ(platform->most_alive, 2U);
  EXPECT_TRUE(old_was_served_last);
}

TEST_F(RotationTest, ASecretThatChangesBackDoesNotBorrowTheSlotOfAnotherObjectAgainAndAgain) {
  instance();
  const test::Identity one = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  const test::Identity two = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", one.certificate, one.key_pem());
  certificate("a", R"(,"domainConfiguration":{"domainName":"a.example.com"})");
  object("b");
  settle();
  clock.advance(timing.doubt_window());
  const int adds = platform->adds;
  platform->before_remove = [&] { secret("a", one.certificate, one.key_pem()); };
  for (int i = 0; i < 30; ++i) {
    secret("a", two.certificate, two.key_pem());
    settle(std::chrono::seconds(20));
    clock.advance(std::chrono::seconds(20));
  }
  EXPECT_GT(platform->adds, adds);
  EXPECT_LE(platform->adds, adds + 12) << "each time, the certificate of b is deleted and uploaded again";
}

TEST_F(RotationTest, ALenderThatTakesOverTheOldCertificateHasItsSlotBack) {
  instance();
  const test::Identity old = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", old.certificate, old.key_pem());
  certificate("a", R"(,"domainConfiguration":{"domainName":"a.example.com"})");
  object("b");
  settle();
  clock.advance(timing.doubt_window());
  fresh_secret("a");
  platform->before_add = [&] {
    secret("b", old.certificate, old.key_pem());
    pump();
  };
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(reason("b"), "Succeeded");
  EXPECT_EQ(platform->adds, 3);
  for (const Slot& slot : ledger()) EXPECT_EQ(slot.reserved_for_uid, "") << "nothing is owed any more";
}

TEST_F(RotationTest, NobodyElseTakesTheSlotOfALender) {
  instance();
  object("a", R"(,"domainConfiguration":{"domainName":"a.example.com"})");
  object("b");
  object("c");
  settle();
  clock.advance(timing.doubt_window());
  fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(reason("b"), "Succeeded");
  EXPECT_EQ(reason("c"), "QuotaExceeded");
}

TEST_F(RotationTest, MakeBeforeBreakWaitsForASlotAndLendsNone) {
  instance();
  const Fingerprint old = object("a", strategy("MakeBeforeBreak"));
  object("b");
  settle();
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "RotationBlocked");
  EXPECT_EQ(platform->alive(old), 1U);
  api.remove(kServerCertificates, {"prod", "b"});
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->alive(renewed), 1U);
}

TEST_F(RotationTest, AServedCertificateWithNobodyToBorrowFromIsBlockedAndNamesWhatServesIt) {
  instance();
  const Fingerprint old = object("a");
  object("b", strategy("MakeBeforeBreak"));
  settle();
  bind(old);
  fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "RotationBlocked");
  EXPECT_THAT(message("a"), HasSubstr("domain configuration console"));
  EXPECT_EQ(platform->alive(old), 1U);
}

TEST_F(RotationTest, BreakBeforeMakeRemovesEvenWhatIsServed) {
  instance();
  const Fingerprint old = object("a", strategy("BreakBeforeMake"));
  settle();
  bind(old);
  std::size_t alive_at_add = 9;
  platform->before_add = [&] { alive_at_add = platform->certificates.size(); };
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(alive_at_add, 0U);
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(RotationTest, ADeletionThatStoodStillBeforeItWasSentLooksAgain) {
  instance();
  const Fingerprint old = object("a");
  settle();
  const Fingerprint renewed = fresh_secret("a");
  platform->before_remove = [&, once = true]() mutable {
    if (!std::exchange(once, false)) return;
    clock.advance(std::chrono::minutes(20));
    bind(old);
  };
  settle();
  EXPECT_EQ(platform->alive(old), 1U);
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(reason("a"), "OldCertificateBound");
  EXPECT_THAT(events.published, ::testing::Not(::testing::Contains(HasSubstr("PlatformUnavailable")))) << "it responds";
}

TEST_F(RotationTest, WhoseRenewalIsRefusedKeepsWhatANewcomerWantsToo) {
  instance();
  const test::Identity identity = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", identity.certificate, identity.key_pem());
  certificate("a");
  settle();
  const iotda::Error refusal{iotda::Error::Code::kRejected, 400, "IOTDA.014301", "invalid", "req", {}};
  platform->add_faults = {FakePlatform::Fault{refusal}};
  fresh_secret("a");
  secret("b", identity.certificate, identity.key_pem());
  certificate("b");
  settle();
  EXPECT_EQ(reason("a"), "UploadRejected");
  EXPECT_EQ(get("a")->status.server_certificate_id, platform->certificates.at(0).id) << message("a");
  EXPECT_EQ(reason("b"), "DuplicateCertificate");
}

TEST_F(RotationTest, WhoHasAPlaceComesBeforeAnOlderObjectThatHasNone) {
  instance();
  secret("a", "text", "text");
  certificate("a");
  object("b", strategy("MakeBeforeBreak"));
  settle();
  const Fingerprint renewed = fresh_secret("b");
  const Fingerprint newcomer = fresh_secret("a");
  settle();
  EXPECT_EQ(platform->alive(renewed), 1U) << message("b");
  EXPECT_EQ(platform->alive(newcomer), 1U) << message("a");
}

TEST_F(RotationTest, TheOldCertificateStaysIfTheSecretAsksForItAgain) {
  instance();
  const test::Identity identity = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", identity.certificate, identity.key_pem());
  certificate("a");
  settle();
  const CertificateId first = platform->certificates.at(0).id;
  fresh_secret("a");
  platform->after_add = [&] { secret("a", identity.certificate, identity.key_pem()); };  // no watch has told yet
  settle();
  ASSERT_EQ(platform->certificates.size(), 1U);
  EXPECT_EQ(platform->certificates.at(0).id, first);
}

TEST_F(RotationTest, ABadRenewalTakesNothingDown) {
  instance();
  const Fingerprint old = object("a", strategy("BreakBeforeMake"));
  object("b");
  settle();
  secret("a", "text", "text");
  settle();
  EXPECT_EQ(reason("a"), "InvalidCertificate");
  EXPECT_EQ(platform->alive(old), 1U);
}

TEST_F(RotationTest, AnOldCertificateThatTheConsoleStillServesIsNamed) {
  instance();
  const Fingerprint old = object("a");
  settle();
  bind(old);
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "OldCertificateBound");
  EXPECT_EQ(platform->alive(old), 1U);
  EXPECT_EQ(platform->alive(renewed), 1U);
}

TEST_F(RotationTest, WhatWasRemovedOnThePlatformIsAddedAgain) {
  instance();
  const Fingerprint fingerprint = object("a");
  settle();
  platform->certificates.clear();
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_THAT(events.published, Contains("a DriftDetected"));
  platform->certificates.clear();
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(reason("a"), "ManagementConflict");
}

TEST_F(RotationTest, AListThatLagsIsNoDrift) {
  instance();
  platform->new_ones_are_listed = false;
  object("a");
  settle();
  clock.advance(timing.resync);
  settle();
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(reason("a"), "Succeeded");
}

}  // namespace
}  // namespace controller
