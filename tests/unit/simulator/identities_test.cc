#include "simulator/identities.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "os/fake_clock.h"

namespace simulator {
namespace {

using std::chrono::seconds;
using ::testing::StartsWith;
using Kind = Identities::Kind;
using State = Identities::State;

class IdentitiesTest : public ::testing::Test {
 protected:
  os::FakeClock clock_{os::RealClock().system_now()};
  Identities identities_{clock_};
};

TEST_F(IdentitiesTest, KnowsATokenUntilItsEnd) {
  const base::Secret token = identities_.issue(Kind::kToken, seconds(1));
  EXPECT_EQ(identities_.state_of(Kind::kToken, token.view()), State::kValid);
  EXPECT_EQ(identities_.state_of(Kind::kToken, token.view().substr(1)), State::kUnknown);
  clock_.advance(seconds(1));
  EXPECT_EQ(identities_.state_of(Kind::kToken, token.view()), State::kEnded);
}

TEST_F(IdentitiesTest, KeepsTokensAndSessionsApart) {
  const base::Secret token = identities_.issue(Kind::kToken, seconds(1));
  const base::Secret session = identities_.issue(Kind::kSession, seconds(1));
  EXPECT_EQ(identities_.state_of(Kind::kSession, token.view()), State::kUnknown);
  identities_.revoke(Kind::kToken);
  EXPECT_EQ(identities_.state_of(Kind::kToken, token.view()), State::kEnded);
  EXPECT_EQ(identities_.state_of(Kind::kSession, session.view()), State::kValid);
}

TEST_F(IdentitiesTest, RemembersALimitedNumber) {
  const base::Secret token = identities_.issue(Kind::kSession, seconds(1));
  const TemporaryKey key = identities_.issue_key(seconds(1));
  for (int i = 0; i < 10'000; ++i) {
    identities_.issue(Kind::kSession, seconds(1));
    identities_.issue_key(seconds(1));
  }
  EXPECT_EQ(identities_.state_of(Kind::kSession, token.view()), State::kUnknown);
  EXPECT_FALSE(identities_.find_key(key.access_key));
}

TEST_F(IdentitiesTest, IssuesDifferentKeysInTheFormOfThePlatform) {
  const TemporaryKey a = identities_.issue_key(seconds(1));
  const TemporaryKey b = identities_.issue_key(seconds(1));
  EXPECT_NE(a.access_key, b.access_key);
  EXPECT_NE(a.secret_key.view(), b.secret_key.view());
  EXPECT_NE(a.security_token.view(), b.security_token.view());
  EXPECT_THAT(a.access_key, StartsWith("HST"));
  EXPECT_EQ(a.access_key.find_first_not_of("0123456789ABCDEFHST"), std::string::npos);
  EXPECT_EQ(a.secret_key.size(), 40U);
}

TEST_F(IdentitiesTest, FindsAKeyUntilItIsRevokedAndAfterwards) {
  const TemporaryKey key = identities_.issue_key(seconds(1));
  const auto found = identities_.find_key(key.access_key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, State::kValid);
  EXPECT_EQ(found->secret_key.view(), key.secret_key.view());
  EXPECT_EQ(found->security_token.view(), key.security_token.view());
  identities_.revoke_keys();
  EXPECT_EQ(identities_.find_key(key.access_key)->state, State::kEnded);
  EXPECT_FALSE(identities_.find_key("HST"));
}

}  // namespace
}  // namespace simulator
