#include "certificate/inspect.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "base/time_format.h"
#include "support/certificates/certificates.h"

namespace certificate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

std::vector<std::string> reasons(const Verdict& verdict, Severity severity = Severity::kError) {
  std::vector<std::string> all;
  for (const Finding& f : verdict.findings) {
    if (f.severity == severity) all.push_back(f.reason);
  }
  return all;
}

test::CertificateSpec valid_between(const std::string& from, const std::string& to) {
  test::CertificateSpec spec;
  spec.not_before = from;
  spec.not_after = to;
  return spec;
}

Verdict inspect_identity(const test::Identity& identity) {
  return inspect({identity.certificate, identity.key_pem(), std::nullopt}, kNow);
}

TEST(Inspection, FindsNothingWrongWithAGoodChain) {
  test::CertificateSpec spec = valid_between("20260101000000Z", "20270101000000Z");
  spec.subject = {{"C", "CN"}, {"O", "Größe, Inc."}};
  const test::Chain chain = test::make_chain(spec);
  const Verdict verdict = inspect({chain.bundle(), chain.leaf.key_pem(), std::nullopt}, kNow);
  EXPECT_TRUE(verdict.valid());
  ASSERT_TRUE(verdict.facts.has_value());
  EXPECT_EQ(verdict.facts->common_name, "device.example.com");
  EXPECT_EQ(verdict.facts->subject, "C=CN, O=Größe\\, Inc., CN=device.example.com");
  EXPECT_EQ(verdict.facts->issuer, "CN=Test Intermediate");
  EXPECT_EQ(verdict.facts->not_before, base::parse_rfc3339("2026-01-01T00:00:00Z"));
  EXPECT_EQ(verdict.facts->not_after, base::parse_rfc3339("2027-01-01T00:00:00Z"));
  EXPECT_EQ(verdict.facts->fingerprint.str(),
            "sha256:" +
                base::sha256_hex(test::der_of(chain.leaf.certificate) + test::der_of(chain.intermediate.certificate)));
}

TEST(Inspection, TakesEveryTypeAndFormOfKey) {
  for (const test::KeyType type :
       {test::KeyType::kP256, test::KeyType::kP384, test::KeyType::kRsa2048, test::KeyType::kEd25519}) {
    const test::Identity identity = test::self_signed({}, test::Key::make(type));
    EXPECT_THAT(reasons(inspect_identity(identity)), IsEmpty());
    EXPECT_THAT(reasons(inspect({identity.certificate, identity.key.encrypted_pkcs8("secret"), "secret"}, kNow)),
                IsEmpty());
  }
}

TEST(Inspection, FindsTheKeyOfAnotherCertificate) {
  const test::Identity one = test::self_signed({});
  for (const test::KeyType type : {test::KeyType::kP256, test::KeyType::kP384, test::KeyType::kRsa2048}) {
    const Verdict verdict = inspect({one.certificate, test::Key::make(type).pkcs8(), std::nullopt}, kNow);
    ASSERT_THAT(reasons(verdict), ElementsAre("KeyMismatch"));
    EXPECT_THAT(describe(verdict.findings[0]), HasSubstr("does not match the certificate"));
    EXPECT_TRUE(verdict.facts.has_value());
  }
}

TEST(Inspection, SaysThatTheLeafIsNotFirst) {
  const test::Chain chain = test::make_chain();
  const Verdict verdict =
      inspect({chain.intermediate.certificate + chain.leaf.certificate, chain.leaf.key_pem(), std::nullopt}, kNow);
  ASSERT_THAT(reasons(verdict), ElementsAre("ChainInvalid"));
  EXPECT_THAT(describe(verdict.findings[0]), HasSubstr("wrong order: expected order: the blocks at lines"));
}

TEST(Inspection, JudgesTheDatesToTheSecond) {
  const test::Identity identity = test::self_signed(valid_between("20260608023900Z", "20260608023900Z"));
  const auto at = [&](base::Duration offset) {
    return reasons(inspect({identity.certificate, identity.key_pem(), std::nullopt}, kNow + offset));
  };
  EXPECT_THAT(at(0s), IsEmpty());
  EXPECT_THAT(at(1ns), ElementsAre("CertificateExpired"));
  EXPECT_THAT(at(-1ns), ElementsAre("CertificateNotYetValid"));
}

TEST(Inspection, SaysSinceWhenAndUntilWhen) {
  const Facts facts{"", "", "", "", kNow, kNow + 24h};
  EXPECT_EQ(check_dates(facts, kNow), std::nullopt);
  EXPECT_THAT(check_dates(facts, kNow + 25h)->message, HasSubstr("expired on 2026-06-09T02:39:00Z"));
  const auto wait = [&](base::Duration d) { return check_dates(facts, kNow - d)->message; };
  EXPECT_THAT(wait(1s), HasSubstr("not valid until 2026-06-08T02:39:00Z, in 1m"));
  EXPECT_THAT(wait(59min), ::testing::EndsWith("in 59m"));
  EXPECT_THAT(wait(3h), ::testing::EndsWith("in 3h"));
  EXPECT_THAT(wait(47h), ::testing::EndsWith("in 47h"));
  EXPECT_THAT(wait(12 * 24h), ::testing::EndsWith("in 12 days"));
}

TEST(Inspection, TakesDatesThatAreFarAway) {
  const Verdict far = inspect_identity(test::self_signed(valid_between("19500101000000Z", "99991231235959Z")));
  EXPECT_THAT(reasons(far), IsEmpty());
  EXPECT_EQ(far.facts->not_before, base::parse_rfc3339("1950-01-01T00:00:00Z"));
  EXPECT_THAT(base::to_rfc3339(far.facts->not_after), StartsWith("2262-04-11T"));
}

TEST(Inspection, RefusesWhatIsOverTheLimitsBeforeItReadsIt) {
  const test::Identity identity = test::self_signed({});
  const std::string key = identity.key_pem();
  const auto padded = [](const std::string& text, std::size_t length) {
    return text + std::string(length - text.size(), '\n');
  };
  EXPECT_THAT(reasons(inspect({padded(identity.certificate, 65535), padded(key, 10240), std::nullopt}, kNow)),
              IsEmpty());
  const Verdict both = inspect({padded(identity.certificate, 65536), padded(key, 10241), std::nullopt}, kNow);
  ASSERT_THAT(reasons(both), ElementsAre("TooLarge", "TooLarge"));
  EXPECT_EQ(static_cast<int>(both.findings[0].part), static_cast<int>(Part::kCertificate));
  EXPECT_THAT(describe(both.findings[0]), HasSubstr("65536 characters; the platform accepts at most 65535"));
  EXPECT_EQ(static_cast<int>(both.findings[1].part), static_cast<int>(Part::kPrivateKey));
  EXPECT_THAT(describe(both.findings[1]), HasSubstr("10241 characters; the platform accepts at most 10240"));
  EXPECT_FALSE(both.facts.has_value());
}

TEST(Inspection, CountsCharactersNotBytes) {
  const test::Identity identity = test::self_signed({});
  std::string commented = "# ";
  for (int i = 0; i < 30'000; ++i) commented += "ü";
  commented += "\n" + identity.certificate;
  EXPECT_THAT(reasons(inspect({commented, identity.key_pem(), std::nullopt}, kNow)), IsEmpty());
  std::string emoji = "# ";
  for (int i = 0; i < 32'768; ++i) emoji += "🔑";
  EXPECT_THAT(reasons(inspect({emoji, identity.key_pem(), std::nullopt}, kNow)), ElementsAre("TooLarge"));
}

TEST(Inspection, NamesWhatIsWrongWithTheCertificates) {
  const test::Identity one = test::self_signed({});
  const std::string pem = one.certificate;
  std::string damaged = pem;
  damaged.replace(damaged.find('\n') + 1, 4, "AAAA");
  const std::string trailing = [&] {
    // A certificate with a byte behind it.
    const std::string der = test::der_of(pem) + "x";
    std::string encoded(4 * (der.size() / 3 + 1), '\0');
    const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                  reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
    encoded.resize(static_cast<std::size_t>(n));
    return "-----BEGIN CERTIFICATE-----\n" + encoded + "\n-----END CERTIFICATE-----\n";
  }();
  struct Case {
    std::string pem;
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {"", "the content is empty"},
           {"this is no certificate", "-----BEGIN CERTIFICATE----- is missing"},
           {test::der_of(pem), "the content is a certificate in DER, not PEM"},
           {damaged, "line 1: the PEM block that begins here is not an X.509 certificate"},
           {trailing, "line 1: the PEM block that begins here is not an X.509 certificate"},
           {pem.substr(0, pem.size() - 30), "line 1: the PEM block that begins here has no END line"},
           {pem + damaged, ": the PEM block that begins here is not an X.509 certificate"},
           {one.key_pem(), "line 1: the certificate chain contains a private key"},
           {one.key.traditional(), "line 1: the certificate chain contains a private key"},
           {one.key.encrypted_pkcs8("secret"), "line 1: the certificate chain contains a private key"},
           {one.key.public_pem(), "line 1: this is a public key, not a certificate"},
           {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
            "line 1: this is a certificate request"},
           {"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", "line 1: this is PKCS#7"},
           {"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
            "line 1: this is a trusted certificate"},
           {"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "line 1: this PEM block is not a certificate"},
       }) {
    const Verdict verdict = inspect({c.pem, one.key_pem(), std::nullopt}, kNow);
    ASSERT_THAT(reasons(verdict), ElementsAre("InvalidCertificate")) << c.message;
    EXPECT_EQ(static_cast<int>(verdict.findings[0].part), static_cast<int>(Part::kCertificate));
    EXPECT_THAT(describe(verdict.findings[0]), HasSubstr(c.message));
    EXPECT_FALSE(verdict.facts.has_value());
    EXPECT_EQ(fingerprint_of_pem(c.pem), std::nullopt);
  }
}

TEST(Inspection, HasTheFactsWhereACertificateIsReadableAndSomethingElseIsWrong) {
  const test::Identity one = test::self_signed({});
  const Verdict verdict = inspect({one.certificate + one.key_pem(), one.key_pem(), std::nullopt}, kNow);
  EXPECT_THAT(reasons(verdict), ElementsAre("InvalidCertificate"));
  ASSERT_TRUE(verdict.facts.has_value());
  EXPECT_EQ(verdict.facts->fingerprint, fingerprint_of_pem(one.certificate));
}

TEST(Inspection, ReportsEverythingAtOnceWithTheWorstFirst) {
  const test::Identity expired = test::self_signed(valid_between("20200101000000Z", "20210101000000Z"));
  EXPECT_THAT(reasons(inspect({"", "", std::nullopt}, kNow)), ElementsAre("InvalidCertificate", "InvalidPrivateKey"));
  EXPECT_THAT(reasons(inspect({expired.certificate, test::Key::make().pkcs8(), "secret"}, kNow)),
              ElementsAre("PasswordInvalid", "KeyMismatch", "CertificateExpired"));
  EXPECT_THAT(reasons(inspect({expired.certificate, "", std::nullopt}, kNow)),
              ElementsAre("InvalidPrivateKey", "CertificateExpired"));
}

TEST(Inspection, NamesASubjectWithoutCommonNameAndOneWithSeveral) {
  test::CertificateSpec spec;
  spec.common_name.clear();
  spec.subject = {{"O", "Acme"}};
  const Verdict none = inspect_identity(test::self_signed(spec));
  EXPECT_EQ(none.facts->common_name, "");
  EXPECT_EQ(none.facts->subject, "O=Acme");

  spec.subject = {{"CN", "general"}};
  spec.common_name = "specific";
  const Verdict several = inspect_identity(test::self_signed(spec));
  EXPECT_EQ(several.facts->common_name, "specific");
  EXPECT_EQ(several.facts->subject, "CN=general, CN=specific");
}

TEST(Inspection, CutsLongNamesAndEscapesControlCharacters) {
  test::CertificateSpec spec;
  spec.common_name = "x\x1b[31mred";
  for (int i = 0; i < 10; ++i) spec.subject.emplace_back("OU", std::string(60, 'o'));
  const Verdict verdict = inspect_identity(test::self_signed(spec));
  EXPECT_EQ(verdict.facts->common_name, "x\\x1b[31mred");
  EXPECT_LE(verdict.facts->subject.size(), 256U);
  EXPECT_THAT(verdict.facts->subject, HasSubstr("…"));
}

TEST(Inspection, LeavesNoErrorBehindForOthers) {
  (void)inspect({"", test::Key::make().encrypted_pkcs8("secret"), "wrong"}, kNow);
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST(Fingerprint, DependsOnTheCertificatesAndTheirOrderAlone) {
  const test::Chain chain = test::make_chain();
  const auto fingerprint = fingerprint_of_pem(chain.bundle());
  ASSERT_TRUE(fingerprint.has_value());
  std::string windows = "comment\r\n";
  for (const char c : chain.bundle()) windows += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(fingerprint_of_pem(windows), fingerprint);
  EXPECT_NE(fingerprint_of_pem(chain.intermediate.certificate + chain.leaf.certificate), fingerprint);
  EXPECT_NE(fingerprint_of_pem(chain.leaf.certificate), fingerprint);
}

/// Output of a program, or nothing if it cannot be run.
std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string out;
  std::array<char, 256> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) out += piece.data();
  pclose(pipe);
  return out;
}

TEST(Fingerprint, IsWhatTheOpensslProgramComputes) {
  if (output_of("openssl version 2>/dev/null").empty()) GTEST_SKIP() << "no openssl program on this machine";
  const test::Identity one = test::self_signed({});
  std::string path = std::filesystem::temp_directory_path() / "certificate-XXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  close(file);
  std::ofstream(path) << one.certificate;
  std::string printed = output_of("openssl x509 -in " + path + " -noout -fingerprint -sha256");
  std::filesystem::remove(path);
  printed.erase(0, printed.find('=') + 1);
  std::string hex;
  for (const char c : printed) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) hex += static_cast<char>(std::tolower(c));
  }
  EXPECT_EQ(fingerprint_of_pem(one.certificate), Fingerprint("sha256:" + hex));
}

/// Every line of a text that is long enough to be told from prose.
std::vector<std::string> pieces_of(const std::string& pem) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at + 8 <= pem.size(); at += 8) {
    const std::string piece = pem.substr(at, 8);
    if (piece.find_first_of("\n -") == std::string::npos) pieces.push_back(piece);
  }
  return pieces;
}

TEST(Inspection, TheNameThatItIsToServeIsInItsSubjectAlternativeNames) {
  const auto verdict_for = [](std::vector<std::string> names, std::string_view host) {
    const test::Identity identity = test::self_signed({.common_name = "cn.example.com", .dns_names = std::move(names)});
    return reasons(inspect({identity.certificate, identity.key_pem(), std::nullopt, host}, kNow));
  };
  EXPECT_THAT(verdict_for({"a.example.com"}, ""), IsEmpty());
  EXPECT_THAT(verdict_for({"a.example.com"}, "a.example.com"), IsEmpty());
  EXPECT_THAT(verdict_for({"A.Example.COM"}, "a.example.com"), IsEmpty());
  EXPECT_THAT(verdict_for({"*.example.com"}, "a.example.com"), IsEmpty());
  EXPECT_THAT(verdict_for({"*.example.com"}, "a.b.example.com"), ElementsAre("DomainMismatch"));
  EXPECT_THAT(verdict_for({"a*.example.com"}, "ab.example.com"), ElementsAre("DomainMismatch"));
  EXPECT_THAT(verdict_for({"other.example.com"}, "a.example.com"), ElementsAre("DomainMismatch"));
  EXPECT_THAT(verdict_for({}, "cn.example.com"), ElementsAre("DomainMismatch"));
}

TEST(Findings, QuoteNothingOfTheMaterial) {
  const test::Identity one = test::self_signed(valid_between("20200101000000Z", "20210101000000Z"));
  const std::string key = one.key_pem();
  const std::string password = "correcthorsebatterystaple";
  const std::string encrypted = one.key.encrypted_pkcs8(password);
  const std::string legacy = one.key.encrypted_traditional(password);
  std::string broken_key = key;
  broken_key[key.size() / 2] = '*';
  std::string broken_certificate = one.certificate;
  broken_certificate[broken_certificate.size() / 2] = '*';
  const std::string odd_label = "-----BEGIN SECRETWORD-----\nAAAA\n-----END SECRETWORD-----\n";

  const std::vector<std::string> certificates{
      one.certificate,      broken_certificate, key, encrypted, "", odd_label, one.certificate.substr(0, 200),
      one.certificate + key};
  const std::vector<std::string> keys{key,       broken_key,      encrypted, legacy, key.substr(0, 100),
                                      key + key, one.certificate, odd_label};
  const std::vector<std::optional<std::string_view>> passwords{std::nullopt, password, "wrongpassword", "pass\nword9"};
  std::vector<std::string> forbidden{"SECRETWORD",  password, "wrongpassword",
                                     "pass\nword9", "word9",  "device.example.com"};
  for (const std::string& text : {one.certificate, key, encrypted, legacy}) {
    for (std::string& piece : pieces_of(text)) forbidden.push_back(std::move(piece));
  }
  ASSERT_GT(forbidden.size(), 100U);

  int findings = 0;
  for (const std::string& certificate : certificates) {
    for (const std::string& private_key : keys) {
      for (const auto& given : passwords) {
        for (const Finding& f : inspect({certificate, private_key, given}, kNow).findings) {
          ++findings;
          for (const std::string& piece : forbidden) ASSERT_THAT(describe(f), Not(HasSubstr(piece)));
        }
      }
    }
  }
  EXPECT_GT(findings, 300);
}

}  // namespace
}  // namespace certificate
