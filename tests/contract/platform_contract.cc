#include "contract/platform_contract.h"

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>

#include "certificate/inspect.h"
#include "support/certificates/certificates.h"

namespace contract {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Code = iotda::Error::Code;

namespace {

const iotda::CertificateId kNeverGiven(std::string(24, '0'));
const iotda::ConfigurationId kNeverMade(std::string(24, '0'));

template <class T>
Code code_of(const iotda::Result<T>& result) {
  EXPECT_FALSE(result.ok());
  return result.ok() ? Code::kUnknown : result.error().code;
}

}  // namespace

Material Subject::material(int number) {
  const test::Identity made = test::self_signed({.common_name = "device-" + std::to_string(number) + ".example.com"});
  return {made.certificate, made.key_pem()};
}

iotda::Result<iotda::ServerCertificate> PlatformContract::add(int number, bool send) {
  const Material material = subject_->material(number);
  return platform_.add({material.certificate_pem, material.private_key, ""}, [&] { return send; },
                       std::chrono::seconds(30), {});
}

iotda::CertificateId PlatformContract::added(int number) {
  const auto made = add(number);
  EXPECT_TRUE(made.ok()) << made.error().message;
  return made.ok() ? made->id : "";
}

iotda::Result<void> PlatformContract::remove(const iotda::CertificateId& id, bool send) {
  return platform_.remove(id, [&] { return send; }, {});
}

std::vector<iotda::CertificateId> PlatformContract::listed() {
  const auto all = platform_.list({});
  EXPECT_TRUE(all.ok());
  std::vector<iotda::CertificateId> ids;
  for (const auto& each : *all) ids.push_back(each.id);
  return ids;
}

iotda::Result<iotda::ConfigurationId> PlatformContract::create(const std::string& domain,
                                                               const iotda::CertificateId& certificate, bool send) {
  return platform_.create_domain_configuration({"", domain, certificate, {}}, [&] { return send; }, {});
}

iotda::ConfigurationId PlatformContract::created(const std::string& domain, const iotda::CertificateId& certificate) {
  const auto made = create(domain, certificate);
  EXPECT_TRUE(made.ok()) << made.error().message;
  return made.ok() ? *made : "";
}

iotda::Result<void> PlatformContract::update(const iotda::DomainConfiguration& wanted, bool send) {
  return platform_.update_domain_configuration(wanted, [&] { return send; }, {});
}

iotda::Result<void> PlatformContract::remove_domain(const iotda::ConfigurationId& id, bool send) {
  return platform_.remove_domain_configuration(id, [&] { return send; }, {});
}

std::vector<iotda::DomainConfiguration> PlatformContract::domains() {
  const auto all = platform_.list_domain_configurations({});
  EXPECT_TRUE(all.ok());
  return *all;
}

// Certificates

TEST_P(PlatformContract, ShowsACertificateAlikeWhereverItIsAskedFor) {
  const auto made = add(1);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(iotda::is_usable_id(made->id.view()));
  const auto shown = platform_.show(made->id, {});
  ASSERT_TRUE(shown.ok());
  const auto all = platform_.list({});
  ASSERT_EQ(all->size(), 1U);
  for (const auto* there : {&*shown, &all->front()}) {
    EXPECT_EQ(there->id, made->id);
    EXPECT_EQ(there->common_name, made->common_name);
    EXPECT_EQ(there->effective, made->effective);
    EXPECT_EQ(there->expiry, made->expiry);
    EXPECT_EQ(there->owner, made->owner);
    EXPECT_EQ(there->issuer, made->issuer);
  }
  EXPECT_TRUE(made->effective && made->expiry);
}

TEST_P(PlatformContract, GivesTheChainBackInShowAloneAndNeverThePrivateKey) {
  const Material material = subject_->material(1);
  const auto made = platform_.add({material.certificate_pem, material.private_key, ""}, [] { return true; },
                                  std::chrono::seconds(30), {});
  ASSERT_TRUE(made.ok());
  const auto shown = platform_.show(made->id, {});
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(certificate::fingerprint_of_pem(shown->certificate_pem),
            certificate::fingerprint_of_pem(material.certificate_pem));
  EXPECT_THAT(shown->certificate_pem, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_EQ(made->certificate_pem, "");
  EXPECT_EQ(platform_.list({})->front().certificate_pem, "");
}

TEST_P(PlatformContract, AddsTheSameChainTwice) {
  const iotda::CertificateId first = added(1);
  const iotda::CertificateId second = added(1);
  EXPECT_NE(first, second);
  EXPECT_THAT(listed(), ElementsAre(second, first));
}

TEST_P(PlatformContract, ListsTheNewestFirst) {
  const iotda::CertificateId first = added(1);
  const iotda::CertificateId second = added(2);
  ASSERT_THAT(listed(), ElementsAre(second, first));
  ASSERT_TRUE(remove(first).ok());
  const iotda::CertificateId third = added(3);
  EXPECT_THAT(listed(), ElementsAre(third, second));
}

TEST_P(PlatformContract, RefusesACertificateOverTheQuota) {
  const iotda::CertificateId first = added(1);
  const iotda::CertificateId second = added(2);
  EXPECT_EQ(code_of(add(3)), Code::kQuota);
  EXPECT_THAT(listed(), ElementsAre(second, first));
  ASSERT_TRUE(remove(first).ok());
  EXPECT_TRUE(add(3).ok());
}

TEST_P(PlatformContract, NeverChangesWhatItHolds) {
  const iotda::CertificateId kept = added(1);
  const auto before = platform_.show(kept, {});
  ASSERT_TRUE(remove(added(2)).ok());
  added(3);
  const auto after = platform_.show(kept, {});
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(after->certificate_pem, before->certificate_pem);
  EXPECT_EQ(after->expiry, before->expiry);
}

TEST_P(PlatformContract, KnowsNothingOfWhatWasRemoved) {
  const iotda::CertificateId id = added(1);
  ASSERT_TRUE(remove(id).ok());
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(code_of(platform_.show(id, {})), Code::kNotFound);
  EXPECT_EQ(code_of(remove(id)), Code::kNotFound);
  EXPECT_NE(added(1), id) << "an id is given once";
}

TEST_P(PlatformContract, SaysThatItDoesNotKnowAnId) {
  const iotda::CertificateId certificate = added(1);
  EXPECT_EQ(code_of(platform_.show(kNeverGiven, {})), Code::kNotFound);
  EXPECT_EQ(code_of(remove(kNeverGiven)), Code::kNotFound);
  EXPECT_EQ(code_of(update({kNeverMade, "", certificate, {}})), Code::kNotFound);
  EXPECT_EQ(code_of(remove_domain(kNeverMade)), Code::kNotFound);
  EXPECT_EQ(remove(kNeverGiven).error().http_status, 404);
}

TEST_P(PlatformContract, ShowsAtOnceWhatAListThatLagsDoesNot) {
  const iotda::CertificateId old = added(1);
  const iotda::CertificateId kept = added(2);
  subject_->let_lists_lag();
  ASSERT_TRUE(remove(old).ok());
  const iotda::CertificateId fresh = added(3);
  EXPECT_THAT(listed(), ElementsAre(kept, old));
  EXPECT_TRUE(platform_.show(fresh, {}).ok());
  EXPECT_EQ(code_of(platform_.show(old, {})), Code::kNotFound);
  subject_->let_lists_catch_up();
  EXPECT_THAT(listed(), ElementsAre(fresh, kept));
}

TEST_P(PlatformContract, GetsNothingThatTheGuardHoldsBack) {
  const iotda::CertificateId certificate = added(1);
  const iotda::CertificateId other = added(2);
  const iotda::ConfigurationId domain = created("a.example.com", certificate);
  EXPECT_EQ(code_of(add(3, false)), Code::kHeldBack);
  EXPECT_EQ(code_of(remove(other, false)), Code::kHeldBack);
  EXPECT_EQ(code_of(create("b.example.com", certificate, false)), Code::kHeldBack);
  EXPECT_EQ(code_of(update({domain, "", other, {}}, false)), Code::kHeldBack);
  EXPECT_EQ(code_of(remove_domain(domain, false)), Code::kHeldBack);
  EXPECT_THAT(listed(), ElementsAre(other, certificate));
  ASSERT_EQ(domains().size(), 1U);
  EXPECT_EQ(domains().front().server_certificate_id, certificate);
}

// Domain configurations

TEST_P(PlatformContract, ListsADomainConfigurationWithTheCertificateThatItNames) {
  const iotda::CertificateId certificate = added(1);
  const iotda::ConfigurationId id = created("a.example.com", certificate);
  EXPECT_TRUE(iotda::is_usable_id(id.view()));
  ASSERT_EQ(domains().size(), 1U);
  const iotda::DomainConfiguration there = domains().front();
  EXPECT_EQ(there.id, id);
  EXPECT_EQ(there.domain_name, "a.example.com");
  EXPECT_EQ(there.server_certificate_id, certificate);
  EXPECT_EQ(there.ocsp, iotda::Ocsp{}) << "the defaults of the reference";
}

TEST_P(PlatformContract, RefusesADomainConfigurationOfACertificateThatIsNotThere) {
  const iotda::CertificateId certificate = added(1);
  const iotda::CertificateId gone = added(2);
  ASSERT_TRUE(remove(gone).ok());
  EXPECT_EQ(code_of(create("a.example.com", gone)), Code::kRejected);
  const iotda::ConfigurationId id = created("a.example.com", certificate);
  EXPECT_EQ(code_of(update({id, "", gone, {}})), Code::kRejected);
  EXPECT_EQ(domains().front().server_certificate_id, certificate);
}

TEST_P(PlatformContract, UpdatesTheCertificateOfADomainConfigurationAndNothingElse) {
  const iotda::CertificateId first = added(1);
  const iotda::CertificateId second = added(2);
  const iotda::ConfigurationId id = created("a.example.com", first);
  ASSERT_TRUE(update({id, "", first, iotda::Ocsp{true, "ca-1", false}}).ok());
  ASSERT_TRUE(update({id, "b.example.com", second, {}}).ok());
  ASSERT_EQ(domains().size(), 1U);
  const iotda::DomainConfiguration there = domains().front();
  EXPECT_EQ(there.id, id);
  EXPECT_EQ(there.domain_name, "a.example.com");
  EXPECT_EQ(there.server_certificate_id, second);
  EXPECT_EQ(there.ocsp, (iotda::Ocsp{true, "ca-1", false}));
}

TEST_P(PlatformContract, UpdatesOcspAsAWhole) {
  const iotda::CertificateId certificate = added(1);
  const iotda::ConfigurationId id = created("a.example.com", certificate);
  ASSERT_TRUE(update({id, "", certificate, iotda::Ocsp{true, "ca-1", false}}).ok());
  ASSERT_TRUE(update({id, "", certificate, iotda::Ocsp{false, "", true}}).ok());
  EXPECT_EQ(domains().front().ocsp, (iotda::Ocsp{false, "", true}));
}

TEST_P(PlatformContract, RefusesADomainConfigurationOverTheQuota) {
  const iotda::CertificateId certificate = added(1);
  for (std::size_t i = 0; i < subject_->domain_quota(); ++i) created(std::to_string(i) + ".example.com", certificate);
  EXPECT_EQ(code_of(create("other.example.com", certificate)), Code::kQuota);
  EXPECT_EQ(domains().size(), subject_->domain_quota());
}

TEST_P(PlatformContract, HasOneDomainConfigurationOfAName) {
  const iotda::ConfigurationId id = created("a.example.com", added(1));
  const Code refused = code_of(create("a.example.com", added(2)));
  EXPECT_TRUE(refused == Code::kRejected || (refused == Code::kQuota && subject_->domain_quota() == 1));
  ASSERT_EQ(domains().size(), 1U);
  EXPECT_EQ(domains().front().id, id);
}

TEST_P(PlatformContract, KeepsACertificateWhileADomainConfigurationNamesIt) {
  const iotda::CertificateId first = added(1);
  const iotda::CertificateId second = added(2);
  const iotda::ConfigurationId id = created("a.example.com", first);
  EXPECT_EQ(code_of(remove(first)), Code::kRejected);
  EXPECT_THAT(listed(), Contains(first));
  ASSERT_TRUE(update({id, "", second, {}}).ok());
  EXPECT_TRUE(remove(first).ok());
  EXPECT_EQ(code_of(remove(second)), Code::kRejected);
  ASSERT_TRUE(remove_domain(id).ok());
  EXPECT_TRUE(remove(second).ok());
}

TEST_P(PlatformContract, OrKeepsTheDomainConfigurationOfACertificateThatIsGone) {
  subject_->let_bound_be_deleted();
  const iotda::CertificateId certificate = added(1);
  const iotda::ConfigurationId id = created("a.example.com", certificate);
  ASSERT_TRUE(remove(certificate).ok());
  EXPECT_THAT(listed(), IsEmpty());
  ASSERT_EQ(domains().size(), 1U);
  EXPECT_EQ(domains().front().id, id);
  EXPECT_EQ(domains().front().server_certificate_id, certificate);
}

TEST_P(PlatformContract, KnowsNothingOfADomainConfigurationThatWasRemoved) {
  const iotda::CertificateId certificate = added(1);
  const iotda::ConfigurationId id = created("a.example.com", certificate);
  ASSERT_TRUE(remove_domain(id).ok());
  EXPECT_THAT(domains(), IsEmpty());
  EXPECT_EQ(code_of(remove_domain(id)), Code::kNotFound);
  EXPECT_EQ(code_of(update({id, "", certificate, {}})), Code::kNotFound);
  EXPECT_NE(created("a.example.com", certificate), id) << "the name is free again, and an id is given once";
}

}  // namespace contract
