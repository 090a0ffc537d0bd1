#include "certificate/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace certificate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string block(const std::string& label, const std::string& body) {
  return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
}

TEST(Pem, ReadsBlocksInTheirOrderWithTheirLines) {
  const PemText text =
      read_pem("a comment\n" + block("CERTIFICATE", "aGVs\nbG8=") + "\n" + block("PRIVATE KEY", "AAAA"));
  EXPECT_THAT(text.defects, IsEmpty());
  ASSERT_EQ(text.blocks.size(), 2U);
  EXPECT_EQ(text.blocks[0].kind, PemKind::kCertificate);
  EXPECT_EQ(text.blocks[0].line, 2U);
  EXPECT_EQ(text.blocks[0].der.view(), "hello");
  EXPECT_EQ(text.blocks[1].kind, PemKind::kPrivateKey);
  EXPECT_EQ(text.blocks[1].line, 7U);
  EXPECT_EQ(text.blocks[1].der.view(), std::string_view("\0\0\0", 3));
}

TEST(Pem, KnowsTheKindsOfBlocks) {
  const std::vector<std::pair<std::string, PemKind>> kinds{
      {"CERTIFICATE", PemKind::kCertificate},
      {"X509 CERTIFICATE", PemKind::kCertificate},
      {"TRUSTED CERTIFICATE", PemKind::kTrustedCertificate},
      {"PRIVATE KEY", PemKind::kPrivateKey},
      {"ENCRYPTED PRIVATE KEY", PemKind::kEncryptedKey},
      {"RSA PRIVATE KEY", PemKind::kTraditionalKey},
      {"EC PRIVATE KEY", PemKind::kTraditionalKey},
      {"EC PARAMETERS", PemKind::kParameters},
      {"OPENSSH PRIVATE KEY", PemKind::kOpensshKey},
      {"PUBLIC KEY", PemKind::kPublicKey},
      {"CERTIFICATE REQUEST", PemKind::kRequest},
      {"PKCS7", PemKind::kPkcs7},
      {"something else", PemKind::kOther},
  };
  for (const auto& [label, kind] : kinds) {
    const PemText text = read_pem(block(label, "AAAA"));
    ASSERT_EQ(text.blocks.size(), 1U) << label;
    EXPECT_EQ(text.blocks[0].kind, kind) << label;
  }
}

TEST(Pem, TakesWindowsLineEndsLongLinesAndSpaceAtTheEnds) {
  for (const char* text : {"-----BEGIN PRIVATE KEY-----\r\naGVsbG8=\r\n-----END PRIVATE KEY-----\r\n",
                           "-----BEGIN PRIVATE KEY-----  \n  aGVs  \n\tbG8=\n\n-----END PRIVATE KEY-----"}) {
    const PemText read = read_pem(text);
    EXPECT_THAT(read.defects, IsEmpty()) << text;
    ASSERT_EQ(read.blocks.size(), 1U) << text;
    EXPECT_EQ(read.blocks[0].der.view(), "hello");
  }
  const std::string one_line(4000, 'A');
  EXPECT_EQ(read_pem(block("PRIVATE KEY", one_line)).blocks.at(0).der.size(), 3000U);
}

TEST(Pem, KeepsTheHeadersOfAnEncryptedKeyApart) {
  const PemText text =
      read_pem(block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00FF\r\n\r\naGVsbG8="));
  ASSERT_EQ(text.blocks.size(), 1U);
  EXPECT_EQ(text.blocks[0].headers, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n");
  EXPECT_EQ(text.blocks[0].der.view(), "hello");
}

TEST(Pem, NamesTheLineAndTheKindOfEachDefect) {
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "-----END CERTIFICATE-----\n";
  const std::vector<std::pair<std::string, std::string>> defects{
      {begin + "AAAA\n", "line 1: the block that begins here has no END line"},
      {"x\n" + begin + "AAAA", "line 2: the block that begins here has no END line"},
      {begin + "AAAA\n" + begin + "AAAA\n" + end, "line 1: the block that begins here has no END line before the next"},
      {begin + "AAAA\n-----END PRIVATE KEY-----\n",
       "line 3: the END line is not that of the block that begins on line 1"},
      {begin + "AAAA\n----- END CERTIFICATE-----\nx\n" + end, "line 3: a character that is not base64"},
      {begin + "AAAA\n-----ENDCERTIFICATE-----\n", "line 3: the END line is malformed"},
      {begin + "AAAA\nAA*A\nAA?A\n" + end,
       "line 3: a character that is not base64, in the block that begins on line 1"},
      {begin + "AAAA\nAAA\n" + end, "line 4: the base64 of the block that begins on line 1 is incomplete"},
      {begin + "AA==AAAA\n" + end, "line 3: the base64"},
      {begin + end, "line 1: the block that begins here is empty"},
      {begin + "\n  \n" + end, "line 1: the block that begins here is empty"},
      {end, "line 1: an END line without its BEGIN line"},
      {"\n-----BEGINCERTIFICATE-----\nAAAA\n", "line 2: the BEGIN line is malformed"},
      {"  " + begin + "AAAA\n", "line 1: the BEGIN line is malformed"},
      {"\xEF\xBB\xBF" + begin + "AAAA\n", "line 1: the BEGIN line is malformed"},
      {"-----BEGIN CERTIFICATE----\nAAAA\n", "line 1: the BEGIN line is malformed"},
      {"-----BEGIN -----\nAAAA\n", "line 1: the BEGIN line is malformed"},
      {R"(-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n)", "line 1: line breaks are written as"},
  };
  for (const auto& [text, expected] : defects) {
    const PemText read = read_pem(text);
    ASSERT_FALSE(read.defects.empty()) << text;
    EXPECT_THAT(read.defects.front(), HasSubstr(expected)) << text;
  }
}

TEST(Pem, ReadsTheOtherBlocksOfADamagedText) {
  const PemText text = read_pem(block("CERTIFICATE", "A") + block("CERTIFICATE", "AAAA") + block("CERTIFICATE", "A*"));
  ASSERT_EQ(text.blocks.size(), 1U);
  EXPECT_EQ(text.blocks[0].line, 4U);
  EXPECT_THAT(text.defects, ElementsAre(HasSubstr("line 3"), HasSubstr("line 8")));
}

TEST(Pem, HasNeitherBlocksNorDefectsForOtherTexts) {
  for (const char* text : {"", "\n\n", "hello", "-----"}) {
    EXPECT_THAT(read_pem(text).blocks, IsEmpty());
    EXPECT_THAT(read_pem(text).defects, IsEmpty());
  }
}

TEST(Pem, ExplainsWhyATextIsNotPem) {
  EXPECT_THAT(explain_no_pem(""), HasSubstr("empty"));
  EXPECT_THAT(explain_no_pem(" \n"), HasSubstr("empty"));
  EXPECT_THAT(explain_no_pem("\x30\x82\x01\x0A"), HasSubstr("binary"));
  EXPECT_THAT(explain_no_pem(std::string("PK\0\x03", 4)), HasSubstr("binary"));
  EXPECT_THAT(explain_no_pem("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="), HasSubstr("encoded twice"));
  EXPECT_THAT(explain_no_pem(std::string("\xFF\xFE-\0-\0", 6)), HasSubstr("UTF-16"));
  EXPECT_THAT(explain_no_pem("0 is no DER"), IsEmpty());
  EXPECT_THAT(explain_no_pem("hello"), IsEmpty());
}

}  // namespace
}  // namespace certificate
