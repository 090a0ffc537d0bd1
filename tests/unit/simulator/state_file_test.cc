#include "simulator/state_file.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <stdlib.h>
#include <string>

#include "os/fake_clock.h"
#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StateFileTest : public PlatformFixture {
 protected:
  StateFileTest() {
    std::string name = ::testing::TempDir() + "/simulator-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/state.json";
  }
  ~StateFileTest() override { std::filesystem::remove_all(folder_); }

  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path_).rdbuf();
    return all.str();
  }

  std::string folder_;
  std::string path_;
};

TEST_F(StateFileTest, BringsEverythingButKeysIntoTheNextRun) {
  const std::string gone = add_one();
  const std::string id = add_one();
  remove(gone);
  bind(id);
  const std::string shown = show(id).response.body;
  {
    StateFile file(path_, platform_, clock_);
    ASSERT_TRUE(file.load(2).ok());
    file.start();
    add_one();
  }
  EXPECT_EQ(text().find("PRIVATE"), std::string::npos);

  Platform next(settings(), clock_);
  StateFile file(path_, next, clock_);
  ASSERT_TRUE(file.load(2).ok());
  const Snapshot snapshot = next.snapshot();
  const Instance& instance = snapshot.at({"project-1", ""});
  ASSERT_EQ(instance.certificates().size(), 2U);
  EXPECT_EQ(instance.counters().adds, 3);
  EXPECT_EQ(instance.counters().deletes, 1);
  EXPECT_EQ(instance.counters().max_certificates, 2);
  ASSERT_EQ(instance.configurations().size(), 1U);
  EXPECT_EQ(instance.configurations()[0].server_certificate_id, id);
  const Answer again(next.handle({"GET", kCertificates + ("/" + id), {{"X-Auth-Token", "token"}}, ""}));
  EXPECT_EQ(again.response.body, shown);
}

TEST_F(StateFileTest, GivesLaterIdsInTheNextRunAlsoIfTheClockWentBack) {
  const std::string id = add_one();
  os::FakeClock earlier(clock_.system_now() - std::chrono::hours(1));
  Platform next(settings(), earlier);
  next.restore(platform_.snapshot());
  const test::Identity c = test::self_signed({});
  const Answer added(next.handle({"POST",
                                  kCertificates,
                                  {{"X-Auth-Token", "token"}, {"Content-Type", "application/json"}},
                                  add_body(c.certificate, c.key_pem())}));
  EXPECT_GT(added.text("server_certificate_id"), id);
}

TEST_F(StateFileTest, StartsEmptyWithoutAFileAndWritesNoneWithoutAChange) {
  {
    StateFile file(path_, platform_, clock_);
    ASSERT_TRUE(file.load(2).ok());
    file.start();
    list();
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(StateFileTest, SaysWhatIsWrongWithAFile) {
  const auto error_with = [&](const char* content) {
    std::ofstream(path_) << content;
    StateFile file(path_, platform_, clock_);
    const auto loaded = file.load(2);
    return loaded ? "" : loaded.error();
  };
  EXPECT_THAT(error_with("{"), HasSubstr(path_));
  EXPECT_THAT(error_with("{}"), HasSubstr("there is no list of instances"));
  EXPECT_THAT(error_with(R"({"instances":[{"certificates":[{"id":"0123456789abcdef01234567"}]}]})"),
              HasSubstr("certificate \"0123456789abcdef01234567\" cannot be read"));
}

}  // namespace
}  // namespace simulator
