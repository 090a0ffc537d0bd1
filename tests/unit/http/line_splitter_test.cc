#include "http/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = LineSplitter::Outcome;

class LineSplitterTest : public ::testing::Test {
 protected:
  Outcome feed(std::string_view piece) {
    return splitter_.feed(piece, [this](std::string_view line) {
      lines_.emplace_back(line);
      return lines_.size() < stop_after_;
    });
  }

  LineSplitter splitter_{10};
  std::vector<std::string> lines_;
  std::size_t stop_after_ = 100;
};

TEST_F(LineSplitterTest, CutsAPieceIntoItsLines) {
  EXPECT_EQ(feed("one\ntwo\n\nthree\n"), Outcome::kMore);
  EXPECT_THAT(lines_, ElementsAre("one", "two", "", "three"));
  EXPECT_EQ(splitter_.rest(), "");
}

TEST_F(LineSplitterTest, GivesTheSameLinesHoweverTheStreamIsCut) {
  const std::string stream = "one\n\ntwo\nlast line";
  for (std::size_t a = 0; a <= stream.size(); ++a) {
    for (std::size_t b = a; b <= stream.size(); ++b) {
      splitter_ = LineSplitter(10);
      lines_.clear();
      EXPECT_EQ(feed(stream.substr(0, a)), Outcome::kMore);
      EXPECT_EQ(feed(stream.substr(a, b - a)), Outcome::kMore);
      EXPECT_EQ(feed(stream.substr(b)), Outcome::kMore);
      EXPECT_THAT(lines_, ElementsAre("one", "", "two")) << a << " " << b;
      EXPECT_EQ(splitter_.rest(), "last line");
    }
  }
}

TEST_F(LineSplitterTest, TakesALineAsLongAsTheCapAndNoLonger) {
  EXPECT_EQ(feed("0123456789\n"), Outcome::kMore);
  EXPECT_THAT(lines_, ElementsAre("0123456789"));
  EXPECT_EQ(feed("01234567890\n"), Outcome::kTooLong);
}

TEST_F(LineSplitterTest, RefusesALongLineBeforeItHasEnded) {
  EXPECT_EQ(feed("012345"), Outcome::kMore);
  EXPECT_EQ(feed("67890"), Outcome::kTooLong);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(LineSplitterTest, StopsWhenItIsTold) {
  stop_after_ = 2;
  EXPECT_EQ(feed("one\ntwo\nthree\n"), Outcome::kStopped);
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
}

TEST(LineSplitter, NeedsTimeInProportionToALineThatComesInSmallPieces) {
  // 4 MB in pieces of 16 bytes: were the line copied or searched from its start for each, this would take minutes.
  LineSplitter splitter(8U << 20U);
  const std::string piece(16, 'x');
  for (std::size_t i = 0; i < (4U << 20U) / piece.size(); ++i) {
    ASSERT_EQ(splitter.feed(piece, [](std::string_view) { return true; }), Outcome::kMore);
  }
  std::size_t length = 0;
  splitter.feed("\n", [&](std::string_view line) {
    length = line.size();
    return true;
  });
  EXPECT_EQ(length, 4U << 20U);
}

}  // namespace
}  // namespace http
