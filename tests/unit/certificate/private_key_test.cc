#include "certificate/private_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "certificate/inspect.h"
#include "support/certificates/certificates.h"

namespace certificate {
namespace {

using test::Key;
using test::KeyType;
using ::testing::HasSubstr;

void expect_same(const PrivateKey& read, const Key& key) {
  ASSERT_NE(read.key, nullptr);
  EXPECT_EQ(EVP_PKEY_eq(read.key.get(), key.get()), 1);
  EXPECT_FALSE(has_errors(read.findings)) << describe(read.findings.front());
}

void expect_finding(const PrivateKey& read, Part part, const std::string& reason, const std::string& message) {
  ASSERT_FALSE(read.findings.empty());
  const Finding& first = read.findings.front();
  EXPECT_EQ(static_cast<int>(first.part), static_cast<int>(part)) << describe(first);
  EXPECT_EQ(first.reason, reason);
  EXPECT_THAT(describe(first), HasSubstr(message));
}

TEST(PrivateKeyReading, TakesEveryForm) {
  for (const KeyType type : {KeyType::kP256, KeyType::kP384, KeyType::kRsa2048}) {
    const Key key = Key::make(type);
    expect_same(read_private_key(key.pkcs8(), std::nullopt), key);
    expect_same(read_private_key(key.traditional(), std::nullopt), key);
    expect_same(read_private_key(key.encrypted_pkcs8("secret"), "secret"), key);
    expect_same(read_private_key(key.encrypted_traditional("secret"), "secret"), key);
  }
  const Key ed25519 = Key::make(KeyType::kEd25519);
  expect_same(read_private_key(ed25519.pkcs8(), std::nullopt), ed25519);
  expect_same(read_private_key(ed25519.encrypted_pkcs8("secret"), "secret"), ed25519);
}

TEST(PrivateKeyReading, TakesTheCurveThatOpensslWritesBeforeTheKey) {
  const Key key = Key::make();
  expect_same(read_private_key(
                  "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + key.traditional(),
                  std::nullopt),
              key);
}

TEST(PrivateKeyReading, SaysThatThePasswordIsMissing) {
  const Key key = Key::make();
  for (const std::string& pem : {key.encrypted_pkcs8("secret"), key.encrypted_traditional("secret")}) {
    const PrivateKey read = read_private_key(pem, std::nullopt);
    EXPECT_EQ(read.key, nullptr);
    expect_finding(read, Part::kPassword, "PasswordInvalid", "is encrypted: set spec.privateKeyPasswordSecretRef");
  }
}

TEST(PrivateKeyReading, SaysThatThePasswordIsWrong) {
  const Key key = Key::make();
  // Often: without a checksum, one wrong password in 256 gets past the padding.
  for (int i = 0; i < 300; ++i) {
    const std::string wrong =
        "wrong" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1, static_cast<char>('a' + i / 26));
    expect_finding(read_private_key(key.encrypted_traditional("secret"), wrong), Part::kPassword, "PasswordInvalid",
                   "does not decrypt");
  }
  const std::string pkcs8 = key.encrypted_pkcs8("secret", 1);
  for (int i = 0; i < 300; ++i) {
    expect_finding(
        read_private_key(pkcs8, std::string(static_cast<std::size_t>(i % 60 + 1), static_cast<char>('a' + i % 26))),
        Part::kPassword, "PasswordInvalid", "does not decrypt");
  }
}

TEST(PrivateKeyReading, SaysThatThePasswordIsNotNeeded) {
  const Key key = Key::make();
  const PrivateKey read = read_private_key(key.pkcs8(), "secret");
  EXPECT_NE(read.key, nullptr) << "the key can be compared with the certificate all the same";
  expect_finding(read, Part::kPassword, "PasswordInvalid", "not encrypted: remove spec.privateKeyPasswordSecretRef");
}

TEST(PrivateKeyReading, RefusesPasswordsThatThePlatformRefuses) {
  const Key key = Key::make();
  struct Case {
    std::string password;
    std::string message;
  };
  for (const Case& c : {Case{"", "is empty"}, Case{"secret\n", "ends with a line break"},
                        Case{"secret\r\n", "ends with a line break"}, Case{"s3cret", "up to 64 letters"},
                        Case{"pässword", "up to 64 letters"}, Case{std::string(65, 'a'), "up to 64 letters"},
                        Case{std::string(5000, 'a'), "up to 64 letters"}, Case{"two words", "up to 64 letters"}}) {
    for (const bool right : {true, false}) {
      const std::string used = right && !c.password.empty() && c.password.size() < 1000 ? c.password : "another";
      for (const std::string& pem : {key.encrypted_pkcs8(used), key.encrypted_traditional(used)}) {
        const PrivateKey read = read_private_key(pem, c.password);
        EXPECT_EQ(read.key != nullptr, used == c.password);
        expect_finding(read, Part::kPassword, "PasswordInvalid", c.message);
      }
    }
  }
  expect_same(read_private_key(key.encrypted_pkcs8(std::string(64, 'Z')), std::string(64, 'Z')), key);
}

TEST(PrivateKeyReading, DoesNotSpendHoursOnAPassword) {
  const Key key = Key::make();
  const PrivateKey read = read_private_key(key.encrypted_pkcs8("secret", 1'000'001), "secret");
  EXPECT_EQ(read.key, nullptr);
  expect_finding(read, Part::kPrivateKey, "InvalidPrivateKey", "takes too long");
}

TEST(PrivateKeyReading, BoundsScryptToo) {
  const Key key = Key::make();
  const std::string usual = key.scrypt_pkcs8("secret", 16384, 8, 1);
  expect_same(read_private_key(usual, "secret"), key);
  const std::string endless = key.scrypt_pkcs8("secret", 65536, 2, 8);
  expect_finding(read_private_key(endless, "secret"), Part::kPrivateKey, "InvalidPrivateKey", "takes too long");
}

TEST(PrivateKeyReading, NamesWhatStandsThereInstead) {
  const Key key = Key::make();
  const std::string certificate = test::self_signed({}).certificate;
  struct Case {
    std::string pem;
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {"", "the content is empty"},
           {"hello", "-----BEGIN PRIVATE KEY----- is missing"},
           {"\x30\x82\x01\x02", "binary"},
           {certificate, "line 1: there is a certificate next to the private key"},
           {key.pkcs8() + certificate, ": there is a certificate next to the private key"},
           {key.public_pem(), "line 1: this is a public key, not a private key"},
           {key.pkcs8() + Key::make().pkcs8(), "there is a second private key"},
           {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            "line 1: the key is in OpenSSH format"},
           {"-----BEGIN PGP PRIVATE KEY BLOCK-----\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n",
            "line 1: this PEM block is not a private key"},
           {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", "only curve parameters"},
           {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "line 1: the private key is damaged"},
           {"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
            "line 1: the private key is damaged"},
           {"-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n",
            "line 1: the private key is damaged"},
           {"-----BEGIN PRIVATE KEY-----\nAAAA\n", "line 1: the PEM block that begins here has no END line"},
           {key.pkcs8().substr(0, 60) + "!" + key.pkcs8().substr(60),
            "line 2: there is a character that is not base64"},
       }) {
    const PrivateKey read = read_private_key(c.pem, std::nullopt);
    expect_finding(read, Part::kPrivateKey, "InvalidPrivateKey", c.message);
  }
}

TEST(PrivateKeyReading, LeavesItToATrialWhetherTheKeyWorks) {
  const test::Identity identity = test::self_signed({.dns_names = {"device.example.com"}});
  // In SEC1 the public key stands beside the secret number, whose first digits are in the second line.
  std::string key = identity.key.traditional();
  const std::size_t at = key.find('\n') + 20;
  key[at] = key[at] == 'A' ? 'B' : 'A';
  const Verdict verdict =
      inspect({identity.certificate, key, std::nullopt}, base::SystemTime(std::chrono::hours(490000)));
  ASSERT_FALSE(verdict.valid());
  EXPECT_EQ(verdict.findings[0].reason, "InvalidPrivateKey");
  EXPECT_THAT(describe(verdict.findings[0]), HasSubstr("line 1: the private key is damaged: its signatures"));
}

TEST(PrivateKeyReading, NamesWhatIsWrongWithAnEncryptedKey) {
  struct Case {
    std::string pem;
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "encrypted private key is damaged"},
           {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: NO-SUCH-CIPHER,00\n\nAAAA\n-----END "
            "RSA PRIVATE KEY-----\n",
            "damaged or names an unknown cipher"},
           {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
            "damaged or names an unknown cipher"},
           {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
            "DES-CBC,0011223344556677\n\nAAAAAAAAAAA=\n-----END RSA PRIVATE KEY-----\n",
            "outdated or unusual"},
       }) {
    const PrivateKey read = read_private_key(c.pem, "secret");
    EXPECT_EQ(read.key, nullptr);
    expect_finding(read, Part::kPrivateKey, "InvalidPrivateKey", c.message);
  }
}

}  // namespace
}  // namespace certificate
