// A ledger that was lost, or that went back in time with its store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

struct RebuildTest : ::testing::Test, Rig {
  void lose_ledger() { api.edit(kInstances, {"", "default"}, R"({"status":null})", "status"); }
};

TEST_F(RebuildTest, NothingIsLeftBehindOfAnObjectThatIsDeletedWhileTheLedgerIsLost) {
  instance();
  object("a");
  const Fingerprint b = object("b");
  settle();
  lose_ledger();
  api.remove(kServerCertificates, {"prod", "a"});
  restart();
  reconcile();
  EXPECT_TRUE(get("a")) << "it is not known yet what belongs to it";
  settle();
  EXPECT_FALSE(get("a"));
  ASSERT_EQ(platform->certificates.size(), 1U);
  EXPECT_EQ(platform->certificates[0].fingerprint, b);
}

TEST_F(RebuildTest, RetainLetsAnObjectGoWhileTheLedgerIsLost) {
  instance();
  object("a", R"(,"deletionPolicy":"Retain")");
  settle();
  lose_ledger();
  api.remove(kServerCertificates, {"prod", "a"});
  restart();
  reconcile();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(platform->certificates.size(), 1U);
}

TEST_F(RebuildTest, WhatTheStatusRecordsAndThePlatformConfirmsIsOursWhileTheSecretIsNotFitForUse) {
  instance();
  object("a");
  object("b", R"(,"adoptionPolicy":"Never")");
  settle();
  lose_ledger();
  secret("b", "text", "text");
  restart();
  settle();
  EXPECT_EQ(ledger().size(), 2U);
  const Fingerprint renewed = fresh_secret("b");
  settle();
  EXPECT_EQ(reason("b"), "Succeeded") << message("b");
  EXPECT_EQ(platform->alive(renewed), 1U);
}

TEST_F(RebuildTest, OfTwoCertificatesOfOneChainOnlyOneIsTakenForOurs) {
  instance();
  const test::Identity identity = test::self_signed({.common_name = "a.example.com", .dns_names = {"a.example.com"}});
  secret("a", identity.certificate, identity.key_pem());
  certificate("a");
  settle();
  const CertificateId ours = get("a")->status.server_certificate_id;
  platform->put(identity.certificate);
  lose_ledger();
  restart();
  settle();
  ASSERT_EQ(ledger().size(), 1U);
  EXPECT_EQ(ledger()[0].id, ours);
}

TEST_F(RebuildTest, AStoreThatWentBackLeavesNoCertificateBehind) {
  instance();
  object("a", R"(,"adoptionPolicy":"Never")");
  settle();
  const std::function<void()> restore = api.back_up();
  const Fingerprint renewed = fresh_secret("a");
  settle();
  ASSERT_EQ(platform->alive(renewed), 1U);
  restore();
  relist();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->certificates.size(), 1U) << "the later one went with its entry, which was recalled";
  EXPECT_EQ(platform->most_alive, 2U);
}

TEST_F(RebuildTest, AHolderWhoseLaterCertificateIsPutBackKeepsNoPlaceForTheEarlierOne) {
  instance();
  object("first");
  object("second");
  settle();
  const std::function<void()> restore = api.back_up();
  api.remove(kServerCertificates, {"prod", "second"});
  settle();
  fresh_secret("first");
  settle();
  restore();
  relist();
  reconcile();
  const Fingerprint newest = fresh_secret("first");
  settle();
  EXPECT_EQ(reason("first"), "Succeeded") << message("first");
  EXPECT_EQ(reason("second"), "Succeeded") << message("second");
  EXPECT_EQ(platform->alive(newest), 1U);
  EXPECT_EQ(platform->certificates.size(), 2U);
}

TEST_F(RebuildTest, VersionsThatWentBackAreNoHotLoop) {
  instance();
  object("a");
  const std::function<void()> restore = api.back_up();
  settle();
  restore();
  relist();
  api.clear_calls();
  run_for(std::chrono::minutes(5));
  EXPECT_LT(api.calls().size(), 60U);
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->adds, 1);
}

}  // namespace
}  // namespace controller
