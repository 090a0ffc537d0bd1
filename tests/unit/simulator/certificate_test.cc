#include "simulator/certificate.h"

#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "base/sha256.h"
#include "base/time_format.h"
#include "os/clock.h"
#include "support/certificates/certificates.h"

namespace simulator {
namespace {

const base::SystemTime kNow = os::RealClock().system_now();

Refusal why_not(const std::string& pem) {
  const auto parsed = parse_certificate(pem, kNow);
  EXPECT_FALSE(parsed.ok());
  return parsed.error().why;
}

TEST(Certificate, ShowsWhatThePlatformTellsAboutTheLeaf) {
  const test::Identity ca = test::self_signed({.common_name = "Example CA", .ca = true});
  const test::Identity leaf = test::issue({.common_name = "gerät.example.com",
                                           .subject = {{"C", "CN"}, {"O", "Example"}},
                                           .not_before = "20260101000000Z",
                                           .not_after = "99991231235959Z"},
                                          ca);
  const auto parsed = parse_certificate(leaf.certificate + ca.certificate, kNow);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->common_name, "gerät.example.com");
  EXPECT_EQ(parsed->owner, "CN=gerät.example.com, O=Example, C=CN");
  EXPECT_EQ(parsed->issuer, "CN=Example CA");
  EXPECT_EQ(parsed->effective_date, "20260101T000000Z");
  EXPECT_EQ(parsed->expiry_date, "99991231T235959Z");
  EXPECT_EQ(parsed->fingerprint,
            "sha256:" + base::sha256_hex(test::der_of(leaf.certificate) + test::der_of(ca.certificate)));
  EXPECT_EQ(parsed->pem, leaf.certificate + ca.certificate);
}

TEST(Certificate, KnowsWhetherItHasExpired) {
  const std::string pem = test::self_signed({.not_after = "20260608023900Z"}).certificate;
  const base::SystemTime end = *base::parse_rfc3339("2026-06-08T02:39:00Z");
  EXPECT_FALSE(parse_certificate(pem, end - std::chrono::seconds(1))->expired);
  EXPECT_TRUE(parse_certificate(pem, end + std::chrono::seconds(1))->expired);
}

TEST(Certificate, ToleratesTextAroundTheBlocks) {
  EXPECT_TRUE(parse_certificate("subject=…\n" + test::self_signed({}).certificate + "\nthe end\n", kNow).ok());
}

TEST(Certificate, IsRefusedIfAnyBlockIsNoCertificate) {
  const test::Identity c = test::self_signed({});
  std::string broken = c.certificate;
  broken.erase(100, 1);
  std::string endless = c.certificate;
  endless.erase(endless.find("-----END"));
  for (const std::string& pem :
       {std::string(), std::string("text"), c.key_pem(), c.certificate + c.key_pem(), broken, endless,
        c.certificate + broken, std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    EXPECT_EQ(why_not(pem), Refusal::kInvalidCertificate) << pem;
  }
}

Refusal why_not(const test::Identity& c, const std::string& key, const std::string& password) {
  const auto checked = check_private_key(*parse_certificate(c.certificate, kNow), key, password);
  EXPECT_FALSE(checked.ok());
  return checked.error().why;
}

TEST(PrivateKey, MatchesTheLeafNotTheRestOfTheChain) {
  const test::Identity ca = test::self_signed({});
  const test::Identity leaf = test::issue({}, ca);
  const auto chain = parse_certificate(leaf.certificate + ca.certificate, kNow);
  EXPECT_TRUE(check_private_key(*chain, leaf.key_pem(), "").ok());
  EXPECT_EQ(check_private_key(*chain, ca.key_pem(), "").error().why, Refusal::kKeyMismatch);
}

TEST(PrivateKey, NeedsItsPassword) {
  const test::Identity c = test::self_signed({});
  const std::string encrypted = c.key.encrypted_pkcs8("secret");
  EXPECT_TRUE(check_private_key(*parse_certificate(c.certificate, kNow), encrypted, "secret").ok());
  EXPECT_TRUE(check_private_key(*parse_certificate(c.certificate, kNow), c.key_pem(), "needless").ok());
  EXPECT_EQ(why_not(c, encrypted, "wrong"), Refusal::kWrongPassword);
  EXPECT_EQ(why_not(c, encrypted, ""), Refusal::kWrongPassword);
}

TEST(PrivateKey, IsRefusedIfItIsNone) {
  const test::Identity c = test::self_signed({});
  for (const std::string& key : {std::string("text"), c.certificate, c.key_pem().substr(0, 100)}) {
    EXPECT_EQ(why_not(c, key, ""), Refusal::kInvalidPrivateKey);
  }
}

}  // namespace
}  // namespace simulator
