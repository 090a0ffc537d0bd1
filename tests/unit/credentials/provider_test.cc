#include "credentials/provider.h"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "base/time_format.h"
#include "os/fake_clock.h"

namespace credentials {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Code = Failure::Code;

/// Yields AK1, AK2, … or a failure.
class ScriptedSource final : public Source {
 public:
  struct Script {
    std::optional<base::Duration> lifetime;
    bool renews = true;
    std::optional<Failure> failure{};
    std::function<void()> before{};
    std::atomic<int> fetches = 0;
    std::string prefix = "AK";
  };
  ScriptedSource(Script& script, os::Clock& clock) : script_(script), clock_(clock) {}
  Result<cloud::Credentials> fetch(std::stop_token /*stop*/) override {
    const int n = ++script_.fetches;
    if (script_.before) script_.before();
    if (script_.failure) return base::Err(*script_.failure);
    cloud::Credentials credentials;
    credentials.access_key = script_.prefix + std::to_string(n);
    credentials.origin = "script";
    if (script_.lifetime) credentials.expires = clock_.system_now() + *script_.lifetime;
    return credentials;
  }
  bool renews() const override { return script_.renews; }

 private:
  Script& script_;
  os::Clock& clock_;
};

class ProviderTest : public ::testing::Test {
 protected:
  void SetUp() override { provider_.emplace(std::make_unique<ScriptedSource>(script_, clock_), clock_); }

  /// The access key that a request would be signed with; the platform says nothing about it.
  std::string peek() { return key_of(provider_->pass({})); }
  static std::string key_of(const Result<Provider::Pass>& pass) {
    return pass ? pass->credentials().access_key : "none: " + pass.error().message;
  }
  std::string accept() {
    auto pass = provider_->pass({});
    if (pass) pass->accepted();
    return key_of(pass);
  }
  bool reject() {
    auto pass = provider_->pass({});
    return pass.value().rejected("wrong key");
  }

  os::FakeClock clock_{*base::parse_rfc3339("2026-06-08T02:39:00Z")};
  ScriptedSource::Script script_;
  std::optional<Provider> provider_;
};

TEST_F(ProviderTest, WhatLastsIsFetchedOnce) {
  EXPECT_EQ(accept(), "AK1");
  clock_.advance(hours(10'000));
  EXPECT_EQ(accept(), "AK1");
  EXPECT_EQ(script_.fetches, 1);
}

TEST_F(ProviderTest, WhatExpiresIsRenewedBefore) {
  script_.lifetime = hours(1);
  EXPECT_EQ(accept(), "AK1");
  clock_.advance(minutes(44));
  EXPECT_EQ(accept(), "AK1");
  EXPECT_EQ(provider_->state().fetched, clock_.system_now() - minutes(44));
  clock_.advance(minutes(1));
  EXPECT_EQ(accept(), "AK2");
  EXPECT_EQ(provider_->state().fetched, clock_.system_now());
  EXPECT_EQ(provider_->state().expires, clock_.system_now() + hours(1));
}

TEST_F(ProviderTest, ALongLifetimeIsRenewedFortyMinutesBefore) {
  script_.lifetime = hours(24);
  EXPECT_EQ(accept(), "AK1");
  clock_.advance(hours(23) + minutes(19));
  EXPECT_EQ(accept(), "AK1");
  clock_.advance(minutes(1));
  EXPECT_EQ(accept(), "AK2");
}

TEST_F(ProviderTest, WhatCannotBeRenewedStaysInUseUntilItExpires) {
  script_.lifetime = hours(1);
  EXPECT_EQ(accept(), "AK1");
  script_.failure = Failure{Code::kUnavailable, "IAM is down"};
  clock_.advance(minutes(50));
  EXPECT_EQ(accept(), "AK1");
  EXPECT_EQ(provider_->state().failure->message, "IAM is down");
  clock_.advance(minutes(9) + seconds(1));  // a minute before the end
  const auto pass = provider_->pass({});
  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error().message, "IAM is down");
  ASSERT_TRUE(pass.error().retry_after);
  script_.failure.reset();
  clock_.advance(minutes(2));
  EXPECT_EQ(accept().substr(0, 2), "AK");
  EXPECT_FALSE(provider_->state().failure);
}

TEST_F(ProviderTest, ASourceThatFailsIsAskedAgainWithPausesThatGrow) {
  script_.failure = Failure{Code::kUnavailable, "down"};
  for (int i = 0; i < 100; ++i) {
    (void)provider_->pass({});
    clock_.advance(seconds(6));
  }
  EXPECT_GE(script_.fetches, 5);
  EXPECT_LE(script_.fetches, 12);
}

TEST_F(ProviderTest, ARejectedPermanentKeyIsTriedOnceAMinuteThenLessOften) {
  script_.renews = false;
  std::vector<int> tried;
  for (int minute = 0; minute < 60; ++minute) {
    auto pass = provider_->pass({});
    if (pass) {
      EXPECT_FALSE(pass->rejected("wrong key"));
      tried.push_back(minute);
    } else {
      EXPECT_EQ(pass.error().code, Code::kRejected);
      EXPECT_EQ(pass.error().message, "wrong key");
    }
    clock_.advance(minutes(1));
  }
  EXPECT_EQ(tried, (std::vector<int>{0, 1, 3, 7, 15, 30, 45}));
  EXPECT_EQ(script_.fetches, 1);
}

TEST_F(ProviderTest, OneRequestProvesForAllWhoWait) {
  script_.renews = false;
  auto trial = provider_->pass({});
  ASSERT_TRUE(trial);
  EXPECT_TRUE(trial->on_trial());
  std::atomic<int> sent = 0;
  std::vector<std::jthread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      if (provider_->pass({})) ++sent;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(sent, 0) << "nothing else is sent with a key that may be wrong";
  trial->accepted();
  others.clear();
  EXPECT_EQ(sent, 4);
}

TEST_F(ProviderTest, WhoWaitsForATrialThatFailsSendsNothing) {
  script_.renews = false;
  std::optional<Provider::Pass> trial(provider_->pass({}).value());
  std::atomic<int> sent = 0;
  std::vector<std::jthread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      if (provider_->pass({})) ++sent;
    });
  }
  EXPECT_FALSE(trial->rejected("wrong key"));
  trial.reset();
  others.clear();
  EXPECT_EQ(sent, 0);
}

TEST_F(ProviderTest, ATrialWithoutAResponseLeavesTheTrialToTheNext) {
  script_.renews = false;
  EXPECT_EQ(peek(), "AK1");
  auto next = provider_->pass({});
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->on_trial());
}

TEST_F(ProviderTest, WhoWaitsStopsWhenToldTo) {
  auto trial = provider_->pass({});
  std::stop_source stop;
  std::jthread waiting([&] { EXPECT_FALSE(provider_->pass(stop.get_token())); });
  stop.request_stop();
}

TEST_F(ProviderTest, WhatWasRevokedIsFetchedAnewAtOnceButOnlyOnce) {
  script_.lifetime = hours(1);
  EXPECT_EQ(accept(), "AK1");
  EXPECT_TRUE(reject());
  EXPECT_EQ(peek(), "AK2");
  EXPECT_FALSE(reject()) << "a second one in a row is not tried at once";
  EXPECT_FALSE(provider_->pass({}));
  clock_.advance(minutes(2));
  EXPECT_EQ(accept(), "AK3");
}

TEST_F(ProviderTest, OfSeveralRequestsAtOnceTheFirstThatIsRejectedCounts) {
  script_.lifetime = hours(1);
  EXPECT_EQ(accept(), "AK1");
  auto a = provider_->pass({});
  auto b = provider_->pass({});
  EXPECT_TRUE(a->rejected("revoked"));
  EXPECT_TRUE(b->rejected("revoked"));
  EXPECT_EQ(accept(), "AK2");
}

TEST_F(ProviderTest, FormerCredentialsStayInUseWhileNewOnesAreRefused) {
  script_.renews = false;
  EXPECT_EQ(accept(), "AK1");
  ScriptedSource::Script renewed{std::nullopt, false};
  renewed.prefix = "new";
  provider_->replace(std::make_unique<ScriptedSource>(renewed, clock_));
  EXPECT_TRUE(reject()) << "the former ones can be used at once";
  EXPECT_EQ(peek(), "AK1");
  EXPECT_TRUE(provider_->state().former_in_use);
  EXPECT_EQ(provider_->state().failure->message, "wrong key");
  EXPECT_TRUE(provider_->prepare({}));
  clock_.advance(minutes(1));
  EXPECT_EQ(accept(), "new1");
  EXPECT_FALSE(provider_->state().former_in_use);
  EXPECT_FALSE(provider_->state().failure);
}

TEST_F(ProviderTest, FormerCredentialsStayInUseWhileNewOnesCannotBeFetched) {
  EXPECT_EQ(accept(), "AK1");
  ScriptedSource::Script broken{std::nullopt, false, Failure{Code::kInvalid, "ends with a line break"}};
  provider_->replace(std::make_unique<ScriptedSource>(broken, clock_));
  EXPECT_EQ(accept(), "AK1");
  EXPECT_TRUE(provider_->state().former_in_use);
  EXPECT_EQ(provider_->state().failure->message, "ends with a line break");
}

TEST_F(ProviderTest, CredentialsThatWereNeverProvenAreNotFormerOnes) {
  EXPECT_EQ(peek(), "AK1");
  ScriptedSource::Script broken{std::nullopt, false, Failure{Code::kInvalid, "bad"}};
  provider_->replace(std::make_unique<ScriptedSource>(broken, clock_));
  EXPECT_EQ(peek(), "none: bad");
}

TEST_F(ProviderTest, AChangeEndsThePauseAtOnce) {
  script_.renews = false;
  EXPECT_FALSE(reject());
  EXPECT_FALSE(provider_->pass({}));
  ScriptedSource::Script fixed{std::nullopt, false};
  provider_->replace(std::make_unique<ScriptedSource>(fixed, clock_));
  EXPECT_EQ(accept(), "AK1");
}

TEST_F(ProviderTest, ARetryEndsThePauseButTheNextOneIsLonger) {
  script_.renews = false;
  EXPECT_FALSE(reject());
  EXPECT_FALSE(provider_->pass({}));
  provider_->retry();
  EXPECT_FALSE(reject());
  clock_.advance(minutes(1));
  EXPECT_FALSE(provider_->pass({}));
  clock_.advance(minutes(1));
  EXPECT_TRUE(provider_->pass({}));
}

TEST_F(ProviderTest, AFetchServesAllWhoWait) {
  std::atomic<bool> go = false;
  script_.before = [&] {
    while (!go) std::this_thread::yield();
  };
  std::atomic<int> got = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        auto pass = provider_->pass({});
        if (pass) pass->accepted();
        got += pass ? 1 : 0;
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    go = true;
  }
  EXPECT_EQ(got, 4);
  EXPECT_EQ(script_.fetches, 1);
}

TEST_F(ProviderTest, PrepareFetchesAndSaysWhatIsWrong) {
  script_.failure = Failure{Code::kAbsent, "nothing here"};
  EXPECT_EQ(provider_->prepare({}).error().message, "nothing here");
  EXPECT_EQ(script_.fetches, 1);
  EXPECT_EQ(provider_->prepare({}).error().code, Code::kAbsent);
  EXPECT_EQ(script_.fetches, 1) << "not before the pause is over";
  script_.failure.reset();
  clock_.advance(minutes(1));
  EXPECT_TRUE(provider_->prepare({}));
  EXPECT_EQ(provider_->state().origin, "script");
}

}  // namespace
}  // namespace credentials
