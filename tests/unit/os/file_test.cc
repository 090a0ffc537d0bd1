#include "os/file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace os {
namespace {

using ::testing::HasSubstr;

class ReadFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = (std::filesystem::temp_directory_path() / "file-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    path = folder + "/file";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void write(const std::string& content) const { std::ofstream(path, std::ios::binary) << content; }

  std::string folder;
  std::string path;
};

TEST_F(ReadFile, ReadsEveryByte) {
  std::string content(100'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31);
  for (const std::string& c : {std::string(), std::string("a\n"), content}) {
    write(c);
    const auto read = read_file(path);
    ASSERT_TRUE(read.ok()) << read.error();
    EXPECT_TRUE(read->view() == c);
  }
}

TEST_F(ReadFile, NamesTheFileAndTheCauseWhereItCannot) {
  const auto missing = read_file(folder + "/missing");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error(), folder + "/missing: No such file or directory");
  const auto directory = read_file(folder);
  ASSERT_FALSE(directory.ok());
  EXPECT_THAT(directory.error(), HasSubstr("Is a directory"));
}

TEST_F(ReadFile, RefusesAFileOverTheLimit) {
  write(std::string(1000, 'x'));
  EXPECT_TRUE(read_file(path, 1000).ok());
  const auto over = read_file(path, 999);
  ASSERT_FALSE(over.ok());
  EXPECT_THAT(over.error(), HasSubstr("longer than 999 bytes"));
}

}  // namespace
}  // namespace os
