#include "validate/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace validate {
namespace {

using ::testing::ElementsAre;

/// "LINE@OFFSET TEXT" of each document.
std::vector<std::string> documents_of(const std::string& text) {
  std::istringstream stream(text);
  Documents documents(stream);
  std::vector<std::string> all;
  DocumentText document;
  while (documents.next(document)) {
    EXPECT_EQ(text.substr(static_cast<std::size_t>(document.offset), document.text.size()), document.text);
    all.push_back(std::to_string(document.line) + "@" + std::to_string(document.offset) + " " + document.text);
  }
  return all;
}

TEST(Documents, AreSeparatedByLinesOfThreeDashes) {
  EXPECT_THAT(documents_of(""), ElementsAre());
  EXPECT_THAT(documents_of("a: 1\n"), ElementsAre("1@0 a: 1\n"));
  EXPECT_THAT(documents_of("a: 1\n---\nb: 2"), ElementsAre("1@0 a: 1\n", "2@5 ---\nb: 2"));
  EXPECT_THAT(documents_of("---\na: 1\n--- # next\nb: 2\n"), ElementsAre("1@0 ---\na: 1\n", "3@9 --- # next\nb: 2\n"));
  EXPECT_THAT(documents_of("a: 1\r\n---\r\nb: 2\r\n"), ElementsAre("1@0 a: 1\r\n", "2@6 ---\r\nb: 2\r\n"));
}

TEST(Documents, AreNotSeparatedByOtherDashes) {
  EXPECT_EQ(documents_of("a: |\n  -----BEGIN X-----\n  ---\n----\n-----BEGIN X-----\n").size(), 1U);
}

TEST(Documents, AreCutOffWhereTheyAreTooLong) {
  std::istringstream stream("a: " + std::string(kMaxDocument, 'x') + "\n---\nb: 1\n");
  Documents documents(stream);
  DocumentText document;
  ASSERT_TRUE(documents.next(document));
  EXPECT_TRUE(document.too_long);
  ASSERT_TRUE(documents.next(document));
  EXPECT_FALSE(document.too_long);
  EXPECT_EQ(document.text, "---\nb: 1\n");
  EXPECT_FALSE(documents.next(document));
}

}  // namespace
}  // namespace validate
