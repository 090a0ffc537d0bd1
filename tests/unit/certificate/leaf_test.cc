#include "certificate/leaf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "findings.h"
#include "support/certificates/certificates.h"

namespace certificate {
namespace {

using test::Key;
using test::KeyType;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

test::CertificateSpec server() {
  test::CertificateSpec spec;
  spec.dns_names = {"device.example.com"};
  return spec;
}

/// What is found about a certificate issued by a CA whose certificate follows it.
Findings about(const test::CertificateSpec& spec, const Key& key = Key::make()) {
  test::CertificateSpec authority;
  authority.ca = true;
  authority.common_name = "Test Intermediate";
  test::CertificateSpec top = authority;
  top.common_name = "Test Root";
  const test::Identity intermediate = test::issue(authority, test::self_signed(top));
  const test::Identity leaf = test::issue(spec, intermediate, key);
  const std::string bundle = leaf.certificate + intermediate.certificate;
  return inspect({bundle, leaf.key_pem(), std::nullopt}, kNow).findings;
}

TEST(Leaf, OfAServerIsFine) {
  EXPECT_THAT(about(server()), IsEmpty());
}

TEST(Leaf, IsJudgedByItsUses) {
  struct Case {
    void (*change)(test::CertificateSpec&);
    std::string found;
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {[](auto& s) { s.extended_key_usage = "clientAuth"; }, "InvalidCertificate 1",
            "does not include serverAuth"},
           {[](auto& s) { s.extended_key_usage = ""; }, "warning MissingServerAuth 1", "some devices require"},
           {[](auto& s) { s.key_usage = "critical,cRLSign"; }, "InvalidCertificate 1", "does not allow TLS"},
           {[](auto& s) { s.key_usage = "keyEncipherment"; }, "warning KeyUsage 1", "TLS 1.3"},
           {[](auto& s) { s.dns_names.clear(); }, "warning NoSubjectAlternativeName 1", "ignore the common name"},
           {[](auto& s) { s.digest = "SHA1"; }, "InvalidCertificate 1", "signed with SHA-1"},
           {[](auto& s) { s.serial = 0; }, "warning UnusualSerial 1", "zero, negative"},
           {[](auto& s) { s.serial = -5; }, "warning UnusualSerial 1", "zero, negative"},
       }) {
    test::CertificateSpec spec = server();
    c.change(spec);
    const Findings findings = about(spec);
    ASSERT_THAT(summary(findings), ElementsAre(c.found)) << c.message;
    EXPECT_THAT(findings[0].message, HasSubstr(c.message));
    EXPECT_FALSE(findings[0].hint.empty());
  }
}

TEST(Leaf, SignedWithMd5IsRefused) {
  test::CertificateSpec spec = server();
  spec.digest = "MD5";
  const test::Identity self = test::self_signed(spec, Key::make(KeyType::kRsa2048));
  EXPECT_THAT(summary(inspect({self.certificate, self.key_pem(), std::nullopt}, kNow).findings),
              ElementsAre("InvalidCertificate 1", "warning SelfSigned 1"));
}

TEST(Leaf, MayHaveAnyExtendedKeyUsageOrNoKeyUsage) {
  test::CertificateSpec spec = server();
  spec.extended_key_usage = "clientAuth,serverAuth";
  EXPECT_THAT(about(spec), IsEmpty());
  spec.key_usage = "";
  EXPECT_THAT(about(spec), IsEmpty());
  spec.key_usage = "digitalSignature,keyEncipherment";
  EXPECT_THAT(about(spec), IsEmpty());
}

TEST(Leaf, OfAnOldVersionIsOdd) {
  test::CertificateSpec spec = server();
  spec.version = 0;
  EXPECT_THAT(summary(about(spec)),
              ElementsAre("warning OldVersion 1", "warning MissingServerAuth 1", "warning NoSubjectAlternativeName 1"));
}

TEST(Leaf, OfACaIsRefusedUnlessItIsSelfSigned) {
  test::CertificateSpec spec = server();
  spec.ca = true;
  spec.key_usage = "digitalSignature,keyCertSign";
  EXPECT_THAT(summary(about(spec)), Contains("InvalidCertificate 1"));
  const test::Identity self = test::self_signed(spec);
  EXPECT_THAT(summary(inspect({self.certificate, self.key_pem(), std::nullopt}, kNow).findings),
              ElementsAre("warning CaAsLeaf 1", "warning MissingServerAuth 1", "warning SelfSigned 1"));
}

TEST(Leaf, HasAKeyThatDevicesCanUse) {
  struct Case {
    KeyType type;
    std::string found;
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {KeyType::kRsa1024, "InvalidPrivateKey 1", "RSA key of 1024 bits"},
           {KeyType::kSecp256k1, "warning UnusualKey 1", "a curve other than"},
           {KeyType::kRsaPss, "warning UnusualKey 1", "RSA-PSS"},
           {KeyType::kDsa, "warning UnusualKey 1", "DSA"},
           {KeyType::kEd25519, "warning UnusualKey 1", "Ed25519"},
       }) {
    const Findings findings = about(server(), Key::make(c.type));
    ASSERT_THAT(summary(findings), ElementsAre(c.found)) << c.message;
    EXPECT_EQ(static_cast<int>(findings[0].part), static_cast<int>(Part::kPrivateKey));
    EXPECT_THAT(findings[0].message, HasSubstr(c.message));
  }
  for (const KeyType type : {KeyType::kP256, KeyType::kP384, KeyType::kP521, KeyType::kRsa2048}) {
    EXPECT_THAT(about(server(), Key::make(type)), IsEmpty());
  }
}

TEST(Leaf, IsJudgedByItsPublicKeyWhereThePrivateKeyCannotBeRead) {
  const test::Identity weak = test::self_signed(server(), Key::make(KeyType::kRsa1024));
  EXPECT_THAT(summary(inspect({weak.certificate, "", std::nullopt}, kNow).findings),
              ElementsAre("InvalidPrivateKey", "InvalidCertificate 1", "warning SelfSigned 1"));
}

}  // namespace
}  // namespace certificate
