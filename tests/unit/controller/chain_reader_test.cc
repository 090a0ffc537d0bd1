#include "controller/chain_reader.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <semaphore>

#include "fake_platform.h"

namespace controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers a question when it is let.
struct SlowPlatform {
  SlowPlatform() {
    platform->before_show = [this](const std::stop_token& stop) {
      const std::stop_callback cancel(stop, [&] { let.release(); });
      ++asked;
      most_at_once = std::max(most_at_once.load(), ++at_once);
      let.acquire();
      --at_once;
    };
  }
  std::shared_ptr<FakePlatform> platform = std::make_shared<FakePlatform>();
  std::counting_semaphore<> let{0};
  std::atomic<int> asked = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;
};

class ChainReaderTest : public ::testing::Test {
 protected:
  std::optional<ChainReader::Shown> show(const iotda::CertificateId& id, base::Duration patience) {
    return reader.show(slow.platform, id, clock.boot_now() + patience, {});
  }

  os::RealClock clock;
  SlowPlatform slow;
  ChainReader reader{clock};
};

TEST_F(ChainReaderTest, GivesAnAnswerThatComesInTime) {
  slow.let.release();
  const auto shown = show("a", seconds(30));
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->error().code, iotda::Error::Code::kNotFound) << "the answer of the platform, whatever it is";
}

TEST_F(ChainReaderTest, DoesNotWaitLongerThanItMayAndKeepsTheAnswerForTheNextQuestion) {
  EXPECT_FALSE(show("a", milliseconds(1)));
  EXPECT_FALSE(show("a", milliseconds(1)));
  slow.let.release();
  EXPECT_TRUE(show("a", seconds(30)));
  EXPECT_EQ(slow.asked, 1) << "one call for the same question";
}

TEST_F(ChainReaderTest, MakesOneCallAtATimeToOnePlatform) {
  for (const char* id : {"a", "b", "c"}) EXPECT_FALSE(show(iotda::CertificateId(std::string(id)), milliseconds(1)));
  slow.let.release(3);
  for (const char* id : {"a", "b", "c"}) EXPECT_TRUE(show(iotda::CertificateId(std::string(id)), seconds(30)));
  EXPECT_EQ(slow.most_at_once, 1);
}

TEST_F(ChainReaderTest, ASlowPlatformHoldsUpNoOther) {
  EXPECT_FALSE(show("a", milliseconds(1)));
  SlowPlatform other;
  other.let.release();
  EXPECT_TRUE(reader.show(other.platform, "a", clock.boot_now() + seconds(30), {}));
}

TEST_F(ChainReaderTest, EndsWithACallUnderWay) {
  EXPECT_FALSE(show("a", milliseconds(20)));
}

}  // namespace
}  // namespace controller
