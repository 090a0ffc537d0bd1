#include "credentials/access_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace credentials {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAccessKey = "HPUAABCDEFGH12345678";
constexpr const char* kSecretKey = "abcdefghijABCDEFGHIJ0123456789klmnopqrst";

Result<cloud::Credentials> read(std::string access_key, std::string secret_key, std::string token = "") {
  return read_access_key({"Secret ns/name",
                          {"accessKey", base::Secret(std::move(access_key))},
                          {"secretKey", base::Secret(std::move(secret_key))},
                          {"securityToken", base::Secret(std::move(token))}});
}

TEST(AccessKey, IsTakenUnchanged) {
  const auto read_one = read(kAccessKey, kSecretKey, "a token==");
  ASSERT_TRUE(read_one) << read_one.error().message;
  EXPECT_EQ(read_one->access_key, kAccessKey);
  EXPECT_EQ(read_one->secret_key.view(), kSecretKey);
  EXPECT_EQ(read_one->security_token.view(), "a token==");
  EXPECT_EQ(read_one->origin, "Secret ns/name");
  EXPECT_FALSE(read_one->expires);
}

struct Defect {
  std::string secret_key;
  const char* named;
};

TEST(AccessKey, ADefectIsNamedWithItsKeyAndWithoutTheValue) {
  const std::string good = kSecretKey;
  const std::vector<Defect> defects{
      {"", "missing or empty"},
      {good + "\n", "ends with a line break"},
      {good + "\r\n", "ends with a line break"},
      {good + " ", "space"},
      {"\t" + good, "space"},
      {"\"" + good + "\"", "quotes"},
      {"'" + good + "'", "quotes"},
      {"\xEF\xBB\xBF" + good, "byte order mark"},
      {"SK=" + good, "whole line"},
      {"export HUAWEICLOUD_SDK_SK=" + good, "whole line"},
      {"secretKey: " + good, "whole line"},
      {"YWJjZGVmZ2hpakFCQ0RFRkdISUowMTIzNDU2Nzg5a2xtbm9wcXJzdA==", "base64 twice"},
      {"YWJjZGVmZ2hpakFCQ0RFRkdISUowMTIzNDU2Nzg5a2xtbm9wcXJzdAo=", "base64 twice"},
      {good.substr(0, 20) + "\n" + good.substr(20), "line break"},
      {good.substr(0, 20) + "\xC3\xA4" + good.substr(20), "character that keys do not have"},
      {"short", "5 characters"},
      {std::string(129, 'x'), "129 characters"},
  };
  for (const Defect& defect : defects) {
    const auto result = read(kAccessKey, defect.secret_key);
    ASSERT_FALSE(result) << defect.named;
    EXPECT_EQ(result.error().code, Failure::Code::kInvalid);
    EXPECT_THAT(result.error().message, HasSubstr(defect.named));
    EXPECT_THAT(result.error().message, HasSubstr("key secretKey"));
    EXPECT_THAT(result.error().message, HasSubstr("Secret ns/name"));
    EXPECT_THAT(result.error().message, Not(HasSubstr(good.substr(0, 8))));
    EXPECT_THAT(result.error().message, Not(HasSubstr("short")));
  }
}

TEST(AccessKey, TheAccessKeyAndTheTokenAreCheckedToo) {
  EXPECT_THAT(read(std::string(kAccessKey) + "\n", kSecretKey).error().message, HasSubstr("key accessKey"));
  EXPECT_THAT(read("AK", kSecretKey).error().message, HasSubstr("2 characters"));
  EXPECT_THAT(read(kAccessKey, kSecretKey, "token\n").error().message, HasSubstr("key securityToken"));
}

TEST(AccessKey, WhatOnlyLooksLikeADefectIsAccepted) {
  // Base64 text without padding, and an "=" inside.
  EXPECT_TRUE(read(kAccessKey, "YWJjZGVmZ2hpakFCQ0RFRkdISUowMTIzNDU2Nzg5"));
  EXPECT_TRUE(read(kAccessKey, "abcdefghijABCDEFGHIJ=123456789klmnopqrs+"));
  EXPECT_TRUE(read("0123456789", "01234567890123456789"));
}

}  // namespace
}  // namespace credentials
