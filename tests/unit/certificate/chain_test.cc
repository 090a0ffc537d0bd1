#include "certificate/chain.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "findings.h"
#include "support/certificates/certificates.h"

namespace certificate {
namespace {

using test::CertificateSpec;
using test::Identity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

CertificateSpec authority(const std::string& name) {
  CertificateSpec spec;
  spec.ca = true;
  spec.common_name = name;
  return spec;
}

CertificateSpec server() {
  CertificateSpec spec;
  spec.dns_names = {"device.example.com"};
  return spec;
}

/// A root, two intermediates under it and a server.
struct Tree {
  Identity root = test::self_signed(authority("Root"));
  Identity upper = test::issue(authority("Upper"), root);
  Identity lower = test::issue(authority("Lower"), upper);
  Identity leaf = test::issue(server(), lower);

  Findings judge(const std::string& bundle) const {
    return inspect({bundle, leaf.key_pem(), std::nullopt}, kNow).findings;
  }
};

/// On which line of `bundle` a certificate begins.
std::string line_of(const std::string& bundle, const Identity& identity) {
  const auto at = static_cast<std::ptrdiff_t>(bundle.find(identity.certificate));
  return std::to_string(1 + std::count(bundle.begin(), bundle.begin() + at, '\n'));
}

TEST(Chain, FromTheLeafUpIsFineWithOrWithoutItsRoot) {
  const Tree t;
  EXPECT_THAT(t.judge(t.leaf.certificate + t.lower.certificate + t.upper.certificate), IsEmpty());
  EXPECT_THAT(t.judge(t.leaf.certificate + t.lower.certificate), IsEmpty());
  const std::string all = t.leaf.certificate + t.lower.certificate + t.upper.certificate + t.root.certificate;
  EXPECT_THAT(summary(t.judge(all)), ElementsAre("warning RootIncluded " + line_of(all, t.root)));
}

TEST(Chain, InAnyOtherOrderSaysTheRightOne) {
  const Tree t;
  std::vector<const Identity*> order{&t.leaf, &t.lower, &t.upper};
  std::sort(order.begin(), order.end());
  int wrong = 0;
  do {
    std::string bundle;
    for (const Identity* i : order) bundle += i->certificate;
    if (order == std::vector<const Identity*>{&t.leaf, &t.lower, &t.upper}) continue;
    ++wrong;
    const Findings findings = t.judge(bundle);
    ASSERT_THAT(summary(findings), ElementsAre("ChainInvalid " + line_of(bundle, t.leaf)));
    EXPECT_THAT(findings[0].message, HasSubstr("wrong order"));
    EXPECT_THAT(findings[0].hint, HasSubstr("lines " + line_of(bundle, t.leaf) + ", " + line_of(bundle, t.lower) +
                                            ", " + line_of(bundle, t.upper)));
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(wrong, 5);
}

TEST(Chain, WithoutTheIssuerOfTheLeafIsOddAndWithAGapIsWrong) {
  const Tree t;
  EXPECT_THAT(summary(t.judge(t.leaf.certificate)), ElementsAre("warning IssuerMissing 1"));
  for (const std::string& above : {t.upper.certificate, t.root.certificate, t.upper.certificate + t.root.certificate}) {
    const Findings findings = t.judge(t.leaf.certificate + above);
    ASSERT_THAT(summary(findings), ElementsAre("ChainInvalid 1"));
    EXPECT_THAT(findings[0].message, HasSubstr("the intermediate certificate that issued this one is missing"));
  }
}

TEST(Chain, NamesForeignCertificates) {
  const Tree t;
  const Tree other;
  for (const Identity& foreign :
       {test::self_signed(server()), other.leaf, test::self_signed(authority("Other Root"))}) {
    const std::string bundle = t.leaf.certificate + t.lower.certificate + foreign.certificate;
    const Findings findings = t.judge(bundle);
    ASSERT_THAT(summary(findings), ElementsAre("ChainInvalid " + line_of(bundle, foreign)));
    const bool same_name = foreign.common_name == t.leaf.common_name;
    EXPECT_THAT(findings[0].message,
                HasSubstr(same_name ? "another certificate for the same server" : "not part of the chain"));
  }
}

TEST(Chain, NamesAnIssuerThatHasTheNameButNotTheKey) {
  const Tree t;
  const Identity renewed = test::issue(authority("Lower"), t.upper);
  const std::string bundle = t.leaf.certificate + renewed.certificate;
  const Findings findings = t.judge(bundle);
  ASSERT_THAT(summary(findings), ElementsAre("ChainInvalid " + line_of(bundle, renewed)));
  EXPECT_THAT(findings[0].message, HasSubstr("did not sign it"));
}

TEST(Chain, NamesACertificateWithTwoAlgorithmsForItsSignature) {
  const Tree t;
  // What is signed says ecdsa-with-SHA384 now, and what is outside still ecdsa-with-SHA256.
  std::string der = test::der_of(t.lower.certificate);
  const std::string algorithm = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
  const std::size_t at = der.find(algorithm);
  ASSERT_NE(at, std::string::npos);
  der[at + algorithm.size() - 1] = '\x03';
  std::string text(4 * ((der.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(der.data()),
                  static_cast<int>(der.size()));
  text.pop_back();
  const std::string bundle =
      t.leaf.certificate + "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
  const Findings findings = t.judge(bundle);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].reason, "ChainInvalid");
  EXPECT_THAT(findings[0].message, HasSubstr("two different algorithms"));
  EXPECT_GT(findings[0].line, 1U);
}

TEST(Chain, WarnsOfRepeatedAndCrossSignedCertificates) {
  const Tree t;
  const std::string twice = t.leaf.certificate + t.lower.certificate + t.lower.certificate;
  EXPECT_THAT(t.judge(twice).size(), 1U);
  EXPECT_EQ(t.judge(twice)[0].reason, "RepeatedCertificate");
  EXPECT_THAT(summary(t.judge(t.leaf.certificate + t.leaf.certificate + t.lower.certificate))[0],
              HasSubstr("warning RepeatedCertificate"));
  const Identity crossed = test::issue(authority("Lower"), t.root, t.lower.key);
  const std::string bundle = t.leaf.certificate + t.lower.certificate + t.upper.certificate + crossed.certificate;
  EXPECT_THAT(summary(t.judge(bundle)), ElementsAre("warning CrossSigned " + line_of(bundle, crossed)));
}

TEST(Chain, IssuersAreFitToIssue) {
  const Tree t;
  struct Case {
    CertificateSpec issuer;
    test::KeyType key;
    std::string found;
    std::string message;
  };
  const auto with = [](auto change) {
    CertificateSpec spec = authority("Issuer");
    change(spec);
    return spec;
  };
  constexpr auto kEc = test::KeyType::kP256;
  for (const Case& c : std::vector<Case>{
           {with([](auto& s) { s.not_after = "20260601000000Z"; }), kEc, "ChainInvalid", "expired on 2026-06-01"},
           {with([](auto& s) { s.not_before = "20270101000000Z"; }), kEc, "CertificateNotYetValid",
            "not valid until 2027"},
           {with([](auto& s) { s.not_after = "20270101000000Z"; }), kEc, "warning IntermediateExpiresFirst",
            "expires on 2027-01-01T00:00:00Z, before"},
           {with([](auto& s) { s.basic_constraints = "CA:FALSE"; }), kEc, "ChainInvalid", "is not a CA"},
           {with([](auto& s) { s.digest = "SHA1"; }), kEc, "ChainInvalid", "SHA-1"},
           {with([](auto&) {}), test::KeyType::kRsa1024, "ChainInvalid", "1024 bits"},
           {with([](auto& s) { s.key_usage = "digitalSignature"; }), kEc, "ChainInvalid", "is not a CA"},
           {with([](auto& s) { s.name_constraints = "permitted;DNS:example.org"; }), kEc, "ChainInvalid",
            "openssl verify rejects the chain at this certificate: permitted subtree violation"},
       }) {
    const Identity issuer = test::issue(c.issuer, t.root, test::Key::make(c.key));
    const Identity leaf = test::issue(server(), issuer);
    const std::string bundle = leaf.certificate + issuer.certificate;
    const Findings findings = inspect({bundle, leaf.key_pem(), std::nullopt}, kNow).findings;
    ASSERT_EQ(findings.size(), 1U) << c.message << ::testing::PrintToString(findings);
    EXPECT_THAT(summary(findings)[0], HasSubstr(c.found)) << c.message;
    EXPECT_THAT(findings[0].message, HasSubstr(c.message));
  }
}

TEST(Chain, HonoursThePathLengthThatACaMayHave) {
  const Tree t;
  CertificateSpec last = authority("Last");
  last.basic_constraints = "critical,CA:TRUE,pathlen:0";
  const Identity end = test::issue(last, t.root);
  const Identity beyond = test::issue(authority("Beyond"), end);
  const Identity leaf = test::issue(server(), beyond);
  const std::string bundle = leaf.certificate + beyond.certificate + end.certificate;
  const Findings findings = inspect({bundle, leaf.key_pem(), std::nullopt}, kNow).findings;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].message, HasSubstr("path length constraint exceeded"));
}

TEST(Chain, IsNotLongerThanChainsAre) {
  Identity last = test::self_signed(authority("CA"));
  std::string above;
  for (std::size_t i = 1; i < kMaxChainLength; ++i) {
    last = test::issue(authority("CA " + std::to_string(i)), last);
    above.insert(0, last.certificate);
  }
  const Identity leaf = test::issue(server(), last);
  const auto judge = [&](const std::string& bundle) {
    return inspect({bundle, leaf.key_pem(), std::nullopt}, kNow).findings;
  };
  EXPECT_THAT(judge(leaf.certificate + above), IsEmpty());
  const Findings findings = judge(leaf.certificate + above + above);
  ASSERT_THAT(summary(findings), ElementsAre("ChainInvalid"));
  EXPECT_THAT(findings[0].message, HasSubstr("19 certificates; a chain can have at most 10"));
}

TEST(Expiry, IsWarnedOfWhenARenewalIsLate) {
  using namespace std::chrono_literals;
  const auto soon = [](base::Duration lifetime, base::Duration before_end) {
    const Facts facts{"", "", "", "", kNow, kNow + lifetime};
    return expires_soon(facts, facts.not_after - before_end, 720h);
  };
  // What renews certificates does so when a third of the lifetime is left.
  for (const base::Duration lifetime : {144h, 45 * 24h, 90 * 24h}) {
    EXPECT_FALSE(soon(lifetime, lifetime / 3).has_value());
    EXPECT_FALSE(soon(lifetime, lifetime / 6).has_value());
    EXPECT_TRUE(soon(lifetime, lifetime / 6 - 1s).has_value());
  }
  EXPECT_FALSE(soon(8760h, 720h).has_value()) << "but never before the time that was asked for";
  ASSERT_TRUE(soon(8760h, 720h - 1s).has_value());
  EXPECT_EQ(soon(8760h, 48h)->reason, "ExpiresSoon");
  EXPECT_EQ(soon(8760h, 48h)->message, "the certificate expires on 2027-06-08T02:39:00Z, in 2 days");
  EXPECT_TRUE(soon(8760h, 0s).has_value());
  EXPECT_FALSE(soon(8760h, -1s).has_value()) << "it has expired: an error says so";
  EXPECT_FALSE(soon(8760h, 8761h).has_value()) << "not valid yet";
}

}  // namespace
}  // namespace certificate
