#include "cloud/quote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace cloud {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Quote, IsOneShortLineOfWords) {
  EXPECT_EQ(quotable("  Invalid   input\tdata. ", {}), "Invalid input data.");
  EXPECT_EQ(quotable("first\r\nsecond", {}), "first");
  EXPECT_EQ(quotable("The length of private_key exceeds 10240 (Instance-Id isn't set)", {}),
            "The length of private_key exceeds 10240 (Instance-Id isn't set)");
  EXPECT_EQ(quotable("<html><body>502</body></html>", {}), "");
  std::string words;
  for (int i = 0; i < 100; ++i) words += "word ";
  EXPECT_LE(quotable(words, {}).size(), 160U);
  EXPECT_EQ(quotable("", {}), "");
}

TEST(Quote, LeavesOutWhatIsNotWrittenAsWordsAre) {
  for (const char* word :
       {"MIIEvgIBADANBgkqhkiG9w0B", "kEy", "a1b2", "65a1b2c3d4e5f60718293a4b", "123456", "abcdefghijklmnopqrstuv",
        "wörd", "证书", "\xC2\x9B", "\xEF\xBF\xBF", "\x1b[31m", "a=b", "{\"k\":1}", "a_b_c_d_e", "https://host/path"}) {
    EXPECT_EQ(quotable("certificate " + std::string(word) + " refused", {}), "certificate … refused") << word;
  }
  EXPECT_EQ(quotable("a1 b2 c3 d4", {}), "");
  EXPECT_EQ(quotable("not a1 b2 c3 found", {}), "not … found");
}

TEST(Quote, EndsWhereTheRequestIsEchoed) {
  for (const char* echo : {"canonicalRequest:POST|/v5/iot/p", "SignedHeaders=host", "-----BEGIN PRIVATE KEY-----",
                           "GET /v5/iot/p host:secret-host", "x-security-token:abc", "Authorization: SDK"}) {
    const std::string quote = quotable("verify signature fail " + std::string(echo) + " secret host", {});
    EXPECT_THAT(quote, HasSubstr("verify signature fail")) << echo;
    EXPECT_THAT(quote, Not(HasSubstr("secret"))) << echo;
  }
}

TEST(Quote, HasNothingOfAKey) {
  const std::string key =
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfX3CAnT9JTFpnEvI\n"
      "abcdefgHIJKLMNOPqrstuvWXYZabcdefghijklMNOPQRSTuvwxyz0123456789ab\n"
      "-----END PRIVATE KEY-----\n";
  EXPECT_EQ(quotable("The private key is not valid.", {key}), "The private key is not valid.");
  for (const char* echo : {"abcdef ghijk", "AB CD EF GH", "a-b-c d-e-f", "hgf edc ba", "Mnop Qrst Uvwx"}) {
    EXPECT_EQ(quotable("bad key " + std::string(echo), {key}), "") << echo;
  }
}

TEST(Quote, HasNothingThatIsNearlyThePassword) {
  const std::string password = "Hunter-Gatherer";
  EXPECT_EQ(quotable("no luck", {"key", password}), "no luck");
  for (const char* echo : {"Hunter-Gatherer", "hunter", "HUNTED", "h un ter", "retnuh", "gatherers", "(Gath)"}) {
    EXPECT_EQ(quotable("cannot open with " + std::string(echo), {"", password}), "") << echo;
  }
  EXPECT_EQ(quotable("it is so", {"it"}), "");
}

TEST(Quote, HasACodeOnlyInTheFormOfCodes) {
  for (const char* code : {"IOTDA.000006", "APIGW.0301", "X.1", "104902"}) EXPECT_EQ(code_or_empty(code, {}), code);
  for (const char* code : {"", ".", "IOTDA.", "IOTDA.x", "iotda.1", "MIIEvgIBADANBgkqhkiG9w", "IOTDA.000006.1",
                           "123456789", "ABCDEFGHIJKLM.1", "A B.1"}) {
    EXPECT_EQ(code_or_empty(code, {}), "") << code;
  }
  EXPECT_EQ(code_or_empty("HUNTER.1", {"hunter"}), "");
}

TEST(Quote, HasARequestIdOnlyInTheFormOfIds) {
  for (const char* id : {"8c2f2b", "token_cn-north-4_null_1", "b96ea7d79de84f94b5914edb77d87c71"}) {
    EXPECT_EQ(request_id_or_empty(id, {}), id);
  }
  for (const std::string& id : {std::string(), std::string("MIIEvgIB"), std::string("a b"), std::string(65, 'a')}) {
    EXPECT_EQ(request_id_or_empty(id, {}), "") << id;
  }
  EXPECT_EQ(request_id_or_empty("hunter2", {"Hunter2"}), "");
}

}  // namespace
}  // namespace cloud
