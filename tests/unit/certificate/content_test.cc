#include "certificate/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/base64.h"
#include "certificate/formats.h"
#include "support/base64.h"
#include "support/certificates/certificates.h"

namespace certificate {
namespace {

using ::testing::HasSubstr;

std::string der_of_key(const std::string& pem) {
  std::string body;
  for (std::size_t at = pem.find('\n') + 1; pem[at] != '-'; ++at) {
    if (pem[at] != '\n') body += pem[at];
  }
  return base::base64_decode(body).value();
}

TEST(Content, IsRecognisedByItsOutermostTags) {
  const test::Identity one = test::self_signed({});
  const test::Key rsa = test::Key::make(test::KeyType::kRsa2048);
  EXPECT_EQ(form_of_der(test::der_of(one.certificate)), Form::kCertificate);
  EXPECT_EQ(form_of_der(der_of_key(one.key.pkcs8())), Form::kPkcs8Key);
  EXPECT_EQ(form_of_der(der_of_key(one.key.traditional())), Form::kEcKey);
  EXPECT_EQ(form_of_der(der_of_key(rsa.traditional())), Form::kRsaKey);
  EXPECT_EQ(form_of_der(der_of_key(one.key.encrypted_pkcs8("x"))), Form::kEncryptedKey);
  EXPECT_EQ(form_of_der(der_of_key(one.key.public_pem())), Form::kPublicKey);
  EXPECT_EQ(form_of_der(""), Form::kBinary);
  EXPECT_EQ(form_of_der("\x30"), Form::kBinary);
  EXPECT_EQ(form_of_der("\x30\x84\xff\xff\xff\xff"), Form::kBinary);
}

TEST(Content, IsWholeOrCutOff) {
  const std::string der = test::der_of(test::self_signed({}).certificate);
  EXPECT_TRUE(is_whole_der(der));
  EXPECT_FALSE(is_whole_der(der.substr(0, der.size() - 1)));
  EXPECT_FALSE(is_whole_der(der + "x"));
  EXPECT_EQ(form_of_der(der.substr(0, der.size() - 1)), Form::kCertificate);
}

TEST(Content, IsLookedForInsideOfBase64) {
  std::string text = test::self_signed({}).certificate;
  for (std::size_t times = 0; times <= 3; ++times) {
    const Recognised found = recognise(text);
    EXPECT_EQ(found.form, Form::kPem);
    EXPECT_EQ(found.encodings, times);
    text = test::base64_encode(text);
  }
  // What is base64 by chance is text.
  EXPECT_EQ(recognise("thisIsAPasswordOfManyLettersAndNothingElse12").form, Form::kText);
  EXPECT_EQ(recognise("thisIsAPasswordOfManyLettersAndNothingElse12").encodings, 0U);
}

TEST(Content, OfAnEcKeyMayLackItsCurve) {
  EXPECT_TRUE(names_its_curve(der_of_key(test::Key::make().traditional())));
  EXPECT_FALSE(names_its_curve(std::string("\x30\x06\x02\x01\x01\x04\x01\x00", 8)));
}

TEST(Placeholder, IsNoValue) {
  for (const char* text : {"ENC[AES256_GCM,data:x]", "$ANSIBLE_VAULT;1.1;AES256\n31", "<path:a/b#c>", "${CRT}",
                           "$(CRT)", "{{ .Values.crt }}", "op://a/b", "vault:a/b#c", "ref+vault://x", "REPLACE-ME",
                           "<todo>", "@@CRT@@", "  changeme\n"}) {
    EXPECT_TRUE(explain_placeholder(text).has_value()) << text;
  }
  for (const char* text : {"", "certificate", "a ENC[", "$5", "<a>\nb", "MIIB", "{", "vault"}) {
    EXPECT_FALSE(explain_placeholder(text).has_value()) << text;
  }
  EXPECT_THAT(explain_no_pem("${CRT}", Part::kCertificate, Source::kObject).message, HasSubstr("a variable"));
}

}  // namespace
}  // namespace certificate
