#include "certificate/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace certificate {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string block(const std::string& label, const std::string& body) {
  return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
}

PemText read(std::string_view text) {
  return read_pem(text, Part::kCertificate);
}

std::vector<std::string> defects(const PemText& text) {
  std::vector<std::string> all;
  for (const Finding& f : text.findings) {
    if (f.severity == Severity::kError) all.push_back(describe(f));
  }
  return all;
}

/// "LINE REASON" of each warning.
std::vector<std::string> oddities(const PemText& text) {
  std::vector<std::string> all;
  for (const Finding& f : text.findings) {
    if (f.severity == Severity::kWarning) all.push_back(std::to_string(f.line) + " " + f.reason);
  }
  return all;
}

TEST(Pem, ReadsBlocksInTheirOrderWithTheirLines) {
  const PemText text = read("a comment\n" + block("CERTIFICATE", "aGVs\nbG8=") + "\n" + block("PRIVATE KEY", "AAAA"));
  EXPECT_THAT(defects(text), IsEmpty());
  EXPECT_THAT(oddities(text), ElementsAre("1 TextOutsideBlocks"));
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
    const PemText text = read(block(label, "AAAA"));
    ASSERT_EQ(text.blocks.size(), 1U) << label;
    EXPECT_EQ(text.blocks[0].kind, kind) << label;
  }
}

TEST(Pem, TakesWindowsLineEndsLongLinesAndSpaceAtTheEnds) {
  for (const char* text : {"-----BEGIN PRIVATE KEY-----\r\naGVsbG8=\r\n-----END PRIVATE KEY-----\r\n",
                           "-----BEGIN PRIVATE KEY-----  \n  aGVs  \n\tbG8=\n\n-----END PRIVATE KEY-----"}) {
    const PemText got = read(text);
    EXPECT_THAT(defects(got), IsEmpty()) << text;
    ASSERT_EQ(got.blocks.size(), 1U) << text;
    EXPECT_EQ(got.blocks[0].der.view(), "hello");
  }
  const std::string one_line(4000, 'A');
  EXPECT_EQ(read(block("PRIVATE KEY", one_line)).blocks.at(0).der.size(), 3000U);
}

TEST(Pem, KeepsTheHeadersOfAnEncryptedKeyApart) {
  const PemText text =
      read(block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00FF\r\n\r\naGVsbG8="));
  ASSERT_EQ(text.blocks.size(), 1U);
  EXPECT_EQ(text.blocks[0].headers, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n");
  EXPECT_EQ(text.blocks[0].der.view(), "hello");
}

TEST(Pem, NamesTheLineAndTheKindOfEachDefect) {
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "-----END CERTIFICATE-----\n";
  const std::string rest = "AAAA\n" + end;
  const std::vector<std::pair<std::string, std::string>> table{
      {begin + "AAAA\n", "line 1: the PEM block that begins here has no END line: it is truncated"},
      {"x\n" + begin + "AAAA", "line 2: the PEM block that begins here has no END line"},
      {begin + "AAAA\n" + begin + "AAAA\n" + end,
       "line 1: the PEM block that begins here has no END line before the next"},
      {begin + "AAAA\n-----END PRIVATE KEY-----\n",
       "line 3: the END line does not match the PEM block that begins on line 1"},
      {begin + "AAAA\n----- END CERTIFICATE-----\n",
       "line 3: the END line contains an extra space: expected -----END CERT"},
      {begin + "AAAA\n-----ENDCERTIFICATE-----\n", "line 3: the END line has a missing or an extra space"},
      {begin + "AAAA\n-----END CERTIFICATE-----" + begin + rest, "line 3: the END line and the next BEGIN line are on"},
      {begin + "AAAA\nAA*A\nAA?A\n" + end,
       "line 3: there is a character that is not base64 in the PEM block that begins on line 1"},
      {begin + "AAAA\nAAA\n" + end,
       "line 4: the base64 of the PEM block that begins on line 1 is broken before this line"},
      {begin + "AA==AAAA\n" + end, "line 3: the base64"},
      {begin + end, "line 1: the PEM block that begins here is empty"},
      {begin + "\n  \n" + end, "line 1: the PEM block that begins here is empty"},
      {end, "line 1: this END line has no BEGIN line"},
      {"\n-----BEGINCERTIFICATE-----\n" + rest,
       "line 2: the BEGIN line has a missing or an extra space: expected -----BEGIN CERTIFICATE----- on a line of its "
       "own"},
      {"-----BEGIN  CERTIFICATE-----\n" + rest, "line 1: the BEGIN line has a missing or an extra space"},
      {"-----BEGIN RSAPRIVATE KEY-----\n" + rest, "expected -----BEGIN RSA PRIVATE KEY-----"},
      {"  " + begin + rest, "line 1: the BEGIN line is indented"},
      {"\xEF\xBB\xBF" + begin + rest, "line 1: there is a byte order mark before the BEGIN line"},
      {"-----BEGIN CERTIFICATE----\n" + rest, "line 1: the BEGIN line ends with 4 dashes instead of five"},
      {"-----BEGIN CERTIFICATE\n" + rest, "line 1: the BEGIN line does not end with five dashes"},
      {"----BEGIN CERTIFICATE-----\n" + rest, "line 1: the BEGIN line begins with 4 dashes instead of five"},
      {"------BEGIN CERTIFICATE------\n" + rest, "line 1: the BEGIN line begins with 6 dashes instead of five"},
      {"\xE2\x80\x94\xE2\x80\x94-BEGIN CERTIFICATE-----\n" + rest,
       "line 1: the BEGIN line contains typographic dashes"},
      {"-----BEGIN\xC2\xA0"
       "CERTIFICATE-----\n" +
           rest,
       "line 1: the BEGIN line contains typographic dashes, quotes or spaces"},
      {"\"-----BEGIN CERTIFICATE-----\"\n" + rest, "line 1: there are quotation marks around the BEGIN line"},
      {"-----begin certificate-----\n" + rest, "line 1: the BEGIN line is not in upper case"},
      {"-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----",
       "line 1: line breaks are missing: there is other text on the same line"},
      {"-----BEGIN -----\n" + rest,
       "line 1: the BEGIN line is malformed: expected -----BEGIN …----- on a line of its own"},
      {R"(-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n)",
       "line 1: line breaks are written as the two"},
  };
  for (const auto& [text, expected] : table) {
    const std::vector<std::string> found = defects(read(text));
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_THAT(found.front(), HasSubstr(expected)) << text;
  }
}

TEST(Pem, WarnsOnceOfEachThingThatStrictReadersRefuse) {
  const std::string begin = "-----BEGIN CERTIFICATE-----";
  const std::string end = "-----END CERTIFICATE-----";
  const std::vector<std::pair<std::string, std::string>> table{
      {begin + "\r\nAAAA\r\n" + end + "\r\n", "1 WindowsLineEnds"},
      {begin + "\nAAAA\n  AAAA\n\tAAAA\n" + end, "3 PemWhitespace"},
      {begin + "\nAAAA\n\nAAAA\n" + end, "3 PemWhitespace"},
      {begin + "\nAAAA\n" + end + "\n\nissued in spring\nthe end\n", "5 TextOutsideBlocks"},
      {"Bag Attributes\n" + begin + "\nAAAA\n" + end, "1 TextOutsideBlocks"},
  };
  for (const auto& [text, expected] : table) {
    const PemText got = read(text);
    EXPECT_TRUE(got.intact()) << text;
    EXPECT_THAT(oddities(got), ElementsAre(expected)) << text;
  }
  EXPECT_THAT(read("\n" + begin + "  \nAAAA \n" + end + "\n\n").findings, IsEmpty());
}

TEST(Pem, LeavesProseAlone) {
  for (const char* line : {"this begins -- and ends -- somewhere", "begin certificate",
                           "--- the certificate of 2024 ---", "a -- b", "subject=CN = END"}) {
    const PemText got = read(std::string(line) + "\n" + block("CERTIFICATE", "AAAA"));
    EXPECT_THAT(defects(got), IsEmpty()) << line;
  }
}

TEST(Pem, ReadsTheOtherBlocksOfADamagedText) {
  const PemText text = read(block("CERTIFICATE", "A") + block("CERTIFICATE", "AAAA") + block("CERTIFICATE", "A*"));
  ASSERT_EQ(text.blocks.size(), 1U);
  EXPECT_EQ(text.blocks[0].line, 4U);
  EXPECT_THAT(defects(text), ElementsAre(HasSubstr("line 3"), HasSubstr("line 8")));
}

TEST(Pem, CountsDefectsWithoutEnd) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += block("CERTIFICATE", "*");
  const std::vector<std::string> found = defects(read(text));
  ASSERT_EQ(found.size(), kMaxPemDefects);
  EXPECT_THAT(found.back(), HasSubstr("this and 484 more places are damaged"));
}

TEST(Pem, ExplainsWhatATextIsInstead) {
  const auto what = [](std::string_view text, Part part = Part::kCertificate) {
    const PemText got = read_pem(text, part);
    EXPECT_THAT(got.blocks, IsEmpty());
    EXPECT_EQ(got.findings.size(), 1U);
    return describe(got.findings.front());
  };
  EXPECT_THAT(what(""), HasSubstr("empty"));
  EXPECT_THAT(what(" \n"), HasSubstr("empty"));
  EXPECT_THAT(what("\x30\x82\x01\x0A"), HasSubstr("binary"));
  EXPECT_THAT(what(std::string("PK\0\x03", 4)), HasSubstr("binary"));
  EXPECT_THAT(what("\xFE\xED\xFE\xED\x02"), HasSubstr("Java keystore"));
  EXPECT_THAT(what("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="), HasSubstr("encoded twice"));
  EXPECT_THAT(what("MIIBhTCCASugAwIBAgIQ\nAAAA=="), HasSubstr("without BEGIN and END lines"));
  EXPECT_THAT(what(std::string("\xFF\xFE-\0-\0", 6)), HasSubstr("UTF-16"));
  EXPECT_THAT(what("0 is no DER"), EndsWith("-----BEGIN CERTIFICATE----- is missing"));
  EXPECT_THAT(what("hello", Part::kPrivateKey), EndsWith("-----BEGIN PRIVATE KEY----- is missing"));
}

}  // namespace
}  // namespace certificate
