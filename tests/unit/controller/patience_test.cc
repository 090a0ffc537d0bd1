// Time that calls take, pauses that grow, and what cannot be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

using ::testing::HasSubstr;
using Code = iotda::Error::Code;
using std::chrono::minutes;
using std::chrono::seconds;

struct PatienceTest : ::testing::Test, Rig {
  FakePlatform::Fault fault(Code code, int status, bool after_effect = false) {
    return FakePlatform::Fault{{code, status, "X", "said no", "req", {}}, after_effect};
  }
  void no_permission_to_list() {
    platform->list_error = iotda::Error{Code::kForbidden, 403, "IOTDA.000022", "no permission", "", {}};
  }
  std::string instance_reason() const { return find(get_instance().status.conditions, kReady)->reason; }
};

TEST_F(PatienceTest, AListThatTakesLongIsEnoughForADecision) {
  instance();
  const Fingerprint fingerprint = object("a");
  platform->before_list = [&] { clock.advance(seconds(25)); };
  for (int turn = 0; turn < 2; ++turn) EXPECT_FALSE(reconcile().failed);
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_LT(platform->lists, 5);
}

TEST_F(PatienceTest, AsManyUploadsAreReservedAsCanBeSent) {
  instance();
  api.edit(kInstances, {"", "default"}, R"({"spec":{"quota":{"serverCertificates":50}}})");
  platform->quota = 50;
  for (int i = 0; i < 50; ++i) object("c" + std::to_string(i));
  platform->after_add = [&] { clock.advance(seconds(3)); };
  settle();
  EXPECT_EQ(platform->certificates.size(), 50U);
  EXPECT_EQ(platform->adds, 50);
  std::set<std::string> attempts;
  for (const auto& call : api.calls()) {
    for (auto at = call.body.find(R"("attempt":")"); at != std::string::npos;
         at = call.body.find(R"("attempt":")", at + 1)) {
      attempts.insert(call.body.substr(at + 11, 16));
    }
  }
  EXPECT_EQ(attempts.size(), 50U) << "no reservation was in vain";
}

TEST_F(PatienceTest, ALongRunLetsOthersHaveTheirTurnAndWritesWhatIsDone) {
  instance();
  api.edit(kInstances, {"", "default"}, R"({"spec":{"quota":{"serverCertificates":50}}})");
  platform->quota = 50;
  for (int i = 0; i < 50; ++i) object("c" + std::to_string(i));
  platform->after_add = [&] { clock.advance(seconds(6)); };
  const base::BootTime began = clock.boot_now();
  const ReconcileResult result = reconcile();
  EXPECT_LT(clock.boot_now() - began, minutes(2));
  EXPECT_EQ(result.again_after, base::Duration::zero());
  EXPECT_EQ(reason("c0"), "Succeeded");
  EXPECT_NE(reason("c49"), "") << "each object has conditions";
}

TEST_F(PatienceTest, ALostAnswerWithoutPermissionToListIsAtRestUntilAPersonSettlesIt) {
  instance();
  no_permission_to_list();
  platform->add_faults = {fault(Code::kUnknown, 500, true)};
  object("a");
  run_for(minutes(10));
  EXPECT_EQ(reason("a"), "UploadInDoubt");
  for (const bool anew : {false, true}) {
    if (anew) restart();
    run_for(minutes(5));
    const ReconcileResult result = reconcile();
    ASSERT_TRUE(result.again_after);
    EXPECT_GT(*result.again_after, seconds(60));
  }
  const Attempt attempt = ledger().at(0).attempt;
  api.edit(kInstances, {"", "default"},
           R"({"metadata":{"annotations":{"iotda.huaweicloud.com/resolve-upload":")" + attempt.str() + R"(=id1"}}})");
  run_for(minutes(5));
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(instance_reason(), "Succeeded") << "one answer that was lost says nothing of the platform of today";
}

TEST_F(PatienceTest, UploadsThatAreForbiddenAreTriedMoreAndMoreSlowlyAndReadyDoesNotFlap) {
  instance();
  for (int i = 0; i < 1000; ++i) platform->add_faults.push_back(fault(Code::kForbidden, 403));
  object("a");
  run_for(std::chrono::hours(1));
  EXPECT_EQ(instance_reason(), "PermissionDenied");
  EXPECT_LT(platform->adds, 10) << "POSTs with the private key in an hour";
  int ready = 0;
  for (const auto& call : api.calls()) {
    ready += call.body.find(R"("type":"Ready","status":"True")") != std::string::npos ? 1 : 0;
  }
  EXPECT_LE(ready, 2) << "those of before the first refusal";
  platform->add_faults.clear();
  run_for(minutes(16));
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(PatienceTest, AnUploadThatCannotBeSentIsNoHotLoop) {
  instance();
  object("b");
  settle();
  platform->unsendable = iotda::Error{Code::kNotSent, 0, "", "no credentials", "", {}};
  platform->list_error = platform->domains_error = platform->unsendable;
  const Fingerprint chain = object("a");
  api.clear_calls();
  run_for(std::chrono::minutes(10));
  EXPECT_LT(api.calls().size(), 30U);
  EXPECT_EQ(reason("a"), "PlatformUnavailable");
  platform->unsendable.reset();
  platform->list_error.reset();
  platform->domains_error.reset();
  settle();
  EXPECT_EQ(platform->alive(chain), 1U);
}

TEST_F(PatienceTest, AForbiddenUploadKeepsNothingElseFromBeingDone) {
  instance();
  object("a");
  settle();
  for (int i = 0; i < 100; ++i) platform->add_faults.push_back(fault(Code::kForbidden, 403));
  object("b");
  run_for(minutes(2));
  api.remove(kServerCertificates, {"prod", "a"});
  run_for(minutes(1));
  EXPECT_FALSE(get("a"));
  EXPECT_TRUE(platform->certificates.empty());
}

TEST_F(PatienceTest, WhatTheListShowsAndShowDoesNotKnowYetIsAskedForAgain) {
  instance();
  platform->add_faults = {fault(Code::kUnknown, 500, true)};
  const Fingerprint fingerprint = object("a");
  platform->shows_unknown = 1;
  settle();
  EXPECT_EQ(platform->alive(fingerprint), 1U);
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(PatienceTest, AChainThatIsShownInAnotherSpellingIsRecognised) {
  const auto escaped = [](std::string pem) {
    for (auto at = pem.find('\n'); at != std::string::npos; at = pem.find('\n', at + 2)) pem.replace(at, 1, "\\n");
    return pem;
  };
  const auto spread = [](std::string pem) {
    for (auto at = pem.find('\n'); at != std::string::npos; at = pem.find('\n', at + 4)) pem.replace(at, 1, "\r\n\r\n");
    return pem;
  };
  for (const std::function<std::string(std::string)>& spell :
       {std::function<std::string(std::string)>(escaped), std::function<std::string(std::string)>(spread)}) {
    struct Inner : PatienceTest {
      void TestBody() override {}
    } inner;
    inner.instance();
    inner.platform->respell = spell;
    inner.platform->add_faults = {fault(Code::kUnknown, 500, true)};
    inner.object("a");
    inner.settle();
    EXPECT_EQ(inner.platform->adds, 1);
    EXPECT_EQ(inner.reason("a"), "Succeeded");
  }
}

TEST_F(PatienceTest, AChainThatCannotBeReadKeepsTheDoubtOpenAndIsNotUploadedASecondTime) {
  instance();
  platform->respell = [](std::string) { return std::string(); };
  platform->odd_dates = true;
  platform->add_faults = {fault(Code::kUnknown, 500, true)};
  object("a");
  run_for(minutes(30));
  EXPECT_EQ(platform->adds, 1);
  EXPECT_EQ(reason("a"), "Progressing");
  EXPECT_LT(run_for(std::chrono::hours(1)), 80) << "it is looked at more and more slowly";
  platform->respell = {};
  run_for(minutes(20));
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->adds, 1);
}

TEST_F(PatienceTest, OneListWithoutWhatCannotBeReadDoesNotFreeTheSlot) {
  instance();
  platform->respell = [](const std::string&) { return std::string(); };
  platform->odd_dates = true;
  platform->add_faults = {fault(Code::kUnknown, 500, true)};
  object("a");
  run_for(minutes(30));
  ASSERT_EQ(platform->adds, 1);
  int lists = 0;
  platform->before_list = [&] { platform->certificates[0].listed = ++lists > 1; };
  run_for(std::chrono::hours(1));
  EXPECT_GT(lists, 1);
  EXPECT_EQ(platform->adds, 1);
}

TEST_F(PatienceTest, AfterARestartTheSecretIsReadBeforeItsChainIsUploaded) {
  instance();
  object("a");
  object("b");
  object("c");
  settle();
  ASSERT_EQ(reason("c"), "QuotaExceeded");
  restart();
  api.remove(kServerCertificates, {"prod", "a"});
  api.clear_calls();
  bool read = false;
  platform->before_add = [&] {
    for (const auto& call : api.calls()) read = read || call.name.name == "c-tls";
  };
  settle();
  EXPECT_EQ(reason("c"), "Succeeded");
  EXPECT_TRUE(read);
  int reservations = 0;
  int reads = 0;
  for (const auto& call : api.calls()) {
    reads += call.name.name == "c-tls" ? 1 : 0;
    const bool reserves = call.body.find(R"("Reserved")") != std::string::npos;
    if (reserves && reservations++ == 0) {
      EXPECT_EQ(reads, 1) << "before the reservation";
    }
  }
  EXPECT_EQ(reads, 1) << "and not again for the upload";
}

TEST_F(PatienceTest, WhatCannotBeReadAndIsLikeItByAllElseIsNotUploadedASecondTime) {
  instance();
  const test::Identity twin = test::self_signed({.common_name = "device.example.com",
                                                 .dns_names = {"device.example.com"},
                                                 .not_before = "20260101000000Z",
                                                 .not_after = "20270101000000Z"});
  platform->put(twin.certificate);
  platform->respell = [](const std::string&) { return std::string(); };
  secret("a", twin.certificate, twin.key_pem());
  certificate("a");
  settle();
  EXPECT_EQ(reason("a"), "DuplicateCertificate");
  EXPECT_THAT(message("a"),
              HasSubstr("certificate id1 with the same common name and dates, but does not show its content"));
  EXPECT_EQ(platform->adds, 0);
}

TEST_F(PatienceTest, DatesOfThePlatformThatCannotBeReadAreThoseOfTheCertificate) {
  instance();
  platform->odd_dates = true;
  fresh_secret("a", "20270101000000Z");
  certificate("a");
  settle();
  EXPECT_EQ(get("a")->status.expiry_date, "2027-01-01T00:00:00Z");
  EXPECT_THAT(message("a"), HasSubstr("until 2027-01-01"));
}

TEST_F(PatienceTest, ACertificateThatExpiresIsNoticedAtOnce) {
  instance();
  fresh_secret("a", "20270101000000Z");
  certificate("a");
  settle();
  clock.advance(base::SystemTime(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)) - clock.system_now() -
                minutes(5));
  const ReconcileResult result = reconcile();
  ASSERT_TRUE(result.again_after);
  clock.advance(minutes(5) + seconds(2));
  reconcile();
  EXPECT_LE(*result.again_after, minutes(5) + seconds(2));
  EXPECT_EQ(reason("a"), "CertificateExpired");
}

}  // namespace
}  // namespace controller
