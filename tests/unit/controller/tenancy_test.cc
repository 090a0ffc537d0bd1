// Several namespaces on one instance: whose a domain is, who may use the instance, and that a status proves nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kWish = R"(,"domainConfiguration":{"domainName":"a.example.com"})";
constexpr const char* kTakesOver =
    R"(,"domainConfiguration":{"domainName":"a.example.com","adoptionPolicy":"IfExists"})";

struct TenancyTest : ::testing::Test, Rig {
  void in(const std::string& name) { home = name; }
  void spec(const std::string& patch) { api.edit(kInstances, {"", "default"}, R"({"spec":)" + patch + "}"); }
  void annotate(const std::string& name, const std::string& value) {
    api.edit(kInstances, {"", "default"},
             R"({"metadata":{"annotations":{"iotda.huaweicloud.com/)" + name + R"(":")" + value + R"("}}})");
  }
  void delete_object(const std::string& name) { api.remove(kServerCertificates, {home, name}); }
  DomainLedger domains() const { return get_instance().status.domains; }
  /// A certificate for a.example.com, whatever the object is called.
  Fingerprint object_for_a(const std::string& name, const std::string& more_spec) {
    const test::Identity identity = test::self_signed({.common_name = name, .dns_names = {"a.example.com"}});
    secret(name, identity.certificate, identity.key_pem());
    certificate(name, more_spec);
    return *certificate::fingerprint_of_pem(identity.certificate);
  }
  CertificateId foreign_certificate() {
    return platform->put(test::self_signed({.common_name = "console", .dns_names = {"a.example.com"}}).certificate);
  }
  CertificateId served() const {
    return platform->domains.empty() ? "" : platform->domains.front().server_certificate_id;
  }
  /// The object a has taken a domain over that served this certificate.
  CertificateId taken_over() {
    instance();
    CertificateId console = foreign_certificate();
    platform->domains.push_back({"foreign", "a.example.com", console, iotda::Ocsp{}});
    spec(R"({"domains":[{"name":"a.example.com","adopt":true}]})");
    object("a", kTakesOver);
    settle();
    return console;
  }
};

TEST_F(TenancyTest, ANameStaysWithItsNamespaceWhileItsObjectIsMadeAnew) {
  instance();
  object("a", kWish);
  settle();
  in("dev");
  object_for_a("thief", kWish);
  in("prod");
  delete_object("a");
  settle();
  EXPECT_THAT(platform->domains, IsEmpty());
  in("dev");
  EXPECT_EQ(reason("thief"), "DomainConflict");
  EXPECT_THAT(message("thief"), HasSubstr("belongs to namespace prod"));
  EXPECT_THAT(message("thief"), HasSubstr("release-domain"));
  in("prod");
  object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(TenancyTest, ANameIsFreeWhenAnAdministratorReleasesIt) {
  instance();
  object("a", kWish);
  settle();
  delete_object("a");
  in("dev");
  object_for_a("b", kWish);
  settle();
  ASSERT_EQ(reason("b"), "DomainConflict");
  annotate("release-domain", "A.example.com.");
  settle();
  EXPECT_EQ(reason("b"), "Succeeded");
}

TEST_F(TenancyTest, ReleasingANameTakesItFromNobodyWhoUsesIt) {
  instance();
  object("a", kWish);
  settle();
  annotate("release-domain", "a.example.com");
  in("dev");
  object_for_a("b", kWish);
  settle();
  EXPECT_EQ(reason("b"), "DomainConflict");
  in("prod");
  EXPECT_EQ(reason("a"), "Succeeded");
  ASSERT_EQ(domains().size(), 1U);
  EXPECT_EQ(domains().front().owner.ns, "prod");
}

TEST_F(TenancyTest, TheObjectOfTheSameNameMadeAnewComesBeforeOthersWhoWishTheName) {
  instance();
  object("a", kWish);
  settle();
  object_for_a("b", "");
  settle();
  api.edit(kServerCertificates, {home, "b"}, R"({"spec":{"domainConfiguration":{"domainName":"a.example.com"}}})");
  settle();
  ASSERT_EQ(reason("b"), "DomainConflict");
  api.edit(kServerCertificates, {home, "a"}, R"({"metadata":{"finalizers":null}})");
  delete_object("a");
  certificate("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(reason("b"), "DomainConflict");
  EXPECT_EQ(served(), get("a")->status.server_certificate_id);
}

TEST_F(TenancyTest, TheInstanceSaysWhoMayClaimAName) {
  instance();
  spec(R"({"domains":[{"name":"*.example.com","namespaces":["prod"]}]})");
  in("dev");
  object_for_a("b", kWish);
  settle();
  EXPECT_EQ(reason("b"), "NamespaceNotAllowed");
  EXPECT_EQ(platform->adds, 0);
  in("prod");
  object("a", kWish);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(TenancyTest, BetweenTheNamespacesOfARuleADomainGoesOver) {
  instance();
  spec(R"({"domains":[{"name":"a.example.com","namespaces":["prod","dev"]}]})");
  object("a", kWish);
  settle();
  in("dev");
  object_for_a("b", "");
  settle();
  api.edit(kServerCertificates, {"dev", "b"}, R"({"spec":{"domainConfiguration":{"domainName":"a.example.com"}}})");
  in("prod");
  delete_object("a");
  settle();
  in("dev");
  EXPECT_EQ(reason("b"), "Succeeded") << message("b");
  EXPECT_EQ(served(), get("b")->status.server_certificate_id);
}

TEST_F(TenancyTest, WhatWasRetainedGoesToTheSameObjectOnly) {
  instance();
  const std::string retain = std::string(kWish) + R"(,"deletionPolicy":"Retain")";
  object("a", retain);
  settle();
  const CertificateId before = served();
  delete_object("a");
  settle();
  // The same namespace, another object, adopting nothing: it must not take, repoint and delete it.
  object_for_a("thief", std::string(kWish) + R"(,"adoptionPolicy":"Never")");
  settle();
  EXPECT_EQ(reason("thief"), "DomainConflict");
  EXPECT_EQ(served(), before);
  delete_object("thief");
  settle();
  EXPECT_EQ(served(), before);
  certificate("a", retain);
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
}

TEST_F(TenancyTest, WhatWasTakenOverIsGivenBack) {
  const CertificateId console = taken_over();
  ASSERT_EQ(served(), get("a")->status.server_certificate_id);
  clock.advance(timing.doubt_window());
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(served(), console);
  EXPECT_EQ(platform->certificates.size(), 1U);
}

TEST_F(TenancyTest, WhatWasTakenOverIsGivenBackByAProcessThatHasNotListedItYet) {
  const CertificateId console = taken_over();
  delete_object("a");
  restart();
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(served(), console);
}

TEST_F(TenancyTest, WhatCannotBeGivenBackIsNotDeletedEither) {
  instance();
  platform->domains.push_back({"foreign", "a.example.com", "gone", iotda::Ocsp{}});
  spec(R"({"domains":[{"name":"a.example.com","adopt":true}]})");
  object("a", kTakesOver);
  settle();
  ASSERT_EQ(reason("a"), "Succeeded");
  clock.advance(timing.doubt_window());
  delete_object("a");
  reconcile();
  EXPECT_EQ(platform->domains.size(), 1U);
}

TEST_F(TenancyTest, ATenantThatClaimsNameAfterNameLosesItsOwn) {
  DomainLedger domains;
  const auto claim = [&](const std::string& name, const std::string& whose, int age) {
    Domain entry;
    entry.name = name;
    entry.owner = {whose, "x"};
    entry.served_once = true;
    entry.since = "2026-01-01T00:00:" + std::string(age < 10 ? "0" : "") + std::to_string(age) + "Z";
    domains.push_back(entry);
    vacate(domains, name, {});
  };
  claim("victim.example.com", "prod", 0);
  for (int i = 0; i < 50; ++i) claim("n" + std::to_string(i) + ".example.com", "dev", i);
  EXPECT_EQ(domains.size(), resources::kMaxKept);
  EXPECT_NE(find_domain(domains, "victim.example.com"), nullptr);
  EXPECT_EQ(find_domain(domains, "n0.example.com"), nullptr);
  EXPECT_NE(find_domain(domains, "n49.example.com"), nullptr);
}

TEST_F(TenancyTest, ANamespaceThatIsNotAllowedGetsNoSlot) {
  instance();
  spec(R"({"allowedNamespaces":{"from":"Names","names":["dev"]}})");
  object("a");
  settle();
  EXPECT_EQ(reason("a"), "NamespaceNotAllowed");
  EXPECT_EQ(platform->adds, 0);
}

TEST_F(TenancyTest, ANamespaceIsAllowedByItsLabels) {
  instance();
  spec(R"({"allowedNamespaces":{"from":"Selector","selector":{"matchLabels":{"iot":"yes"}}}})");
  object("a");
  settle();
  EXPECT_EQ(reason("a"), "NamespaceNotAllowed") << "its labels are not known";
  store->watched_namespace("prod", {{"iot", "no"}});
  settle();
  EXPECT_EQ(reason("a"), "NamespaceNotAllowed");
  store->watched_namespace("prod", {{"iot", "yes"}});
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
}

TEST_F(TenancyTest, WhatANamespaceHoldsThatIsNotAllowedAnyMoreIsServedAndDeletedButNotRenewed) {
  instance();
  const Fingerprint held = object("a", kWish);
  settle();
  spec(R"({"allowedNamespaces":{"from":"Names","names":["dev"]}})");
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  const Fingerprint renewed = fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "NamespaceNotAllowed");
  EXPECT_EQ(platform->alive(held), 1U);
  EXPECT_EQ(platform->alive(renewed), 0U);
  EXPECT_EQ(served(), get("a")->status.server_certificate_id);
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  EXPECT_THAT(platform->certificates, IsEmpty());
}

TEST_F(TenancyTest, ASlotThatMustNotBeLentIsNot) {
  instance();
  object("lender", R"(,"rotation":{"lend":"Never"})");
  object("a", kWish);
  settle();
  clock.advance(timing.doubt_window());
  fresh_secret("a");
  settle();
  EXPECT_EQ(reason("a"), "RotationBlocked");
  EXPECT_THAT(events.published, Not(Contains("lender SlotLent")));
}

TEST_F(TenancyTest, WhatWasBorrowedReturnsBeforeAnythingElseIsGiven) {
  instance();
  in("prod");
  const Fingerprint lent = object("lender");
  in("dev");
  const test::Identity first = test::self_signed({.common_name = "a1", .dns_names = {"a.example.com"}});
  const Fingerprint old = *certificate::fingerprint_of_pem(first.certificate);
  secret("a1", first.certificate, first.key_pem());
  certificate("a1", kWish);
  settle();
  clock.advance(timing.doubt_window());
  // a1 renews and borrows; meanwhile a second object of the namespace names the old chain.
  platform->before_add = [&] {
    if (get("a2")) return;
    secret("a2", first.certificate, first.key_pem());
    certificate("a2");
    pump();
  };
  const test::Identity renewed = test::self_signed({.common_name = "a1", .dns_names = {"a.example.com"}});
  secret("a1", renewed.certificate, renewed.key_pem());
  settle();
  EXPECT_EQ(reason("a1"), "Succeeded");
  EXPECT_EQ(reason("a2"), "QuotaExceeded") << message("a2");
  EXPECT_EQ(platform->alive(old), 0U);
  EXPECT_EQ(platform->alive(lent), 1U);
  in("prod");
  EXPECT_EQ(reason("lender"), "Succeeded") << message("lender");
}

TEST_F(TenancyTest, AStatusThatNamesTheChainOfOthersAdoptsNothing) {
  instance();
  object("holder");
  const CertificateId foreign = foreign_certificate();
  const Fingerprint chain = platform->certificates.front().fingerprint;
  object("b");
  settle();
  const ServerCertificate victim = *get("b");
  // Whoever may write the status says that the Secret holds the chain of somebody else.
  restart();
  api.edit(kServerCertificates, {"prod", "b"},
           R"({"status":{"pending":{"fingerprint":")" + chain.str() +
               R"(","expiryDate":"2027-01-01T00:00:00Z"},"observedGeneration":)" +
               std::to_string(victim.meta.generation) + "}}",
           "status");
  settle();
  const Ledger slots = ledger();
  EXPECT_EQ(find_id(slots, foreign), nullptr);
}

TEST_F(TenancyTest, AStatusAloneIsHandedNothing) {
  instance();
  const Fingerprint chain = object("a");
  object("b");
  platform->certificates.clear();
  settle();
  certificate("thief");
  fresh_secret("thief");
  settle();
  restart();
  api.edit(kServerCertificates, {"prod", "thief"},
           R"({"status":{"pending":{"fingerprint":")" + chain.str() + R"(","expiryDate":"2027-01-01T00:00:00Z"}}})",
           "status");
  pump();
  delete_object("a");
  settle();
  EXPECT_EQ(platform->alive(chain), 0U) << "it went to an object without its key";
}

TEST_F(TenancyTest, WhatOnlyAStatusRecordsIsNeverDeleted) {
  instance();
  const Fingerprint old = object("a");
  settle();
  const CertificateId id = get("a")->status.server_certificate_id;
  // The ledger is lost, and the Secret is another one by then.
  const Fingerprint renewed = fresh_secret("a");
  api.edit(kInstances, {"", "default"}, R"({"status":null})", "status");
  restart();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->alive(old), 1U);
  delete_object("a");
  settle();
  EXPECT_FALSE(get("a"));
  ASSERT_EQ(platform->certificates.size(), 1U);
  EXPECT_EQ(platform->certificates.front().id, id);
}

TEST_F(TenancyTest, WhatOnlyAStatusRecordsHoldsUpNoRotationByBreakBeforeMakeWithAFreeSlot) {
  instance();
  object("a", R"(,"rotation":{"strategy":"BreakBeforeMake"})");
  settle();
  const Fingerprint renewed = fresh_secret("a");
  api.edit(kInstances, {"", "default"}, R"({"status":null})", "status");
  restart();
  settle();
  EXPECT_EQ(reason("a"), "Succeeded") << message("a");
  EXPECT_EQ(platform->alive(renewed), 1U);
}

TEST_F(TenancyTest, AnAdministratorSaysThatWhatAStatusRecordsMayGo) {
  instance();
  spec(R"({"quota":{"serverCertificates":1}})");
  const Fingerprint old = object("a");
  settle();
  const Fingerprint renewed = fresh_secret("a");
  api.edit(kInstances, {"", "default"}, R"({"status":null})", "status");
  restart();
  settle();
  ASSERT_EQ(reason("a"), "RotationBlocked");
  const Slot held = ledger().at(0);
  EXPECT_THAT(message("a"), HasSubstr("resolve-upload=" + held.attempt.str() + "=" + held.id.str()));
  annotate("resolve-upload", held.attempt.str() + "=" + held.id.str());
  settle();
  EXPECT_EQ(reason("a"), "Succeeded");
  EXPECT_EQ(platform->alive(renewed), 1U);
  EXPECT_EQ(platform->alive(old), 0U);
}

}  // namespace
}  // namespace controller
