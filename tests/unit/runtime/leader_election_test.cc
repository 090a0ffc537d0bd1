#include "runtime/leader_election.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>

#include "base/time_format.h"
#include "os/fake_clock.h"
#include "support/await.h"
#include "support/fake_kube_api.h"

namespace runtime {
namespace {

using kube::kLeases;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing_support::FakeKubeApi;
using testing_support::kube_error;
using Code = kube::Error::Code;

const kube::ObjectName kName{"iotda-system", "iotda-operator"};  // NOLINT

class LeaderElectionTest : public testing::Test {
 protected:
  /// One process that takes part.
  class Candidate {
   public:
    Candidate(LeaderElectionTest& test, std::string identity)
        : elector_(test.api_, test.clock_, LeaseConfig{kName.ns, kName.name, std::move(identity)}) {
      thread_ = std::jthread([this](const std::stop_token& stop) {
        elector_.run(stop, [this] { ++started; });
        ended = true;
      });
    }
    bool leading() const { return elector_.leading(); }
    std::string trouble() const { return elector_.trouble(); }
    std::optional<std::int64_t> transitions() const { return elector_.transitions(); }
    void stop() {
      thread_.request_stop();
      thread_.join();
    }
    std::atomic<int> started = 0;
    std::atomic<bool> ended = false;

   private:
    LeaderElector elector_;
    std::jthread thread_;
  };

  /// Lets time pass in steps small enough for everyone to do what is due.
  void pass(base::Duration time, int sleepers = 1) {
    for (base::Duration passed{}; passed < time; passed += milliseconds(500)) {
      test::await([&] { return clock_.sleepers() == sleepers; });
      clock_.advance(milliseconds(500));
    }
    test::await([&] { return clock_.sleepers() == sleepers; });
  }
  json::Document lease() const { return json::Document::parse(api_.object(kLeases, kName).value_or("null")).value(); }
  std::string spec(std::string_view field) const {
    const json::Document doc = lease();
    const json::Value value = doc["spec"][field];
    return value.string() ? std::string(*value.string()) : value.dump();
  }
  std::size_t calls(const std::string& verb) const {
    const auto all = api_.calls();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const FakeKubeApi::Call& c) { return c.verb == verb; }));
  }
  void put_lease(const std::string& spec, const std::string& more_metadata = "") {
    api_.put(R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"namespace":"iotda-system",)"
             R"("name":"iotda-operator")" +
             more_metadata + R"(},"spec":)" + spec + "}");
  }

  os::FakeClock clock_{base::parse_rfc3339("2026-01-02T03:04:05.000006Z").value()};
  FakeKubeApi api_{clock_};
};

TEST_F(LeaderElectionTest, AnAbsentLeaseIsCreated) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(spec("holderIdentity"), "a");
  EXPECT_EQ(spec("leaseDurationSeconds"), "15");
  EXPECT_EQ(spec("leaseTransitions"), "0");
  EXPECT_EQ(spec("acquireTime"), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(spec("renewTime"), "2026-01-02T03:04:05.000006Z");
}

TEST_F(LeaderElectionTest, TheLeaderRenewsWithOnePutPerPeriodAndNothingElse) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  api_.clear_calls();
  pass(seconds(60));
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(calls("replace"), 30U);
  EXPECT_EQ(api_.calls().size(), 30U);
  EXPECT_EQ(spec("acquireTime"), "2026-01-02T03:04:05.000006Z");
  EXPECT_EQ(spec("renewTime"), "2026-01-02T03:05:05.000006Z");
  EXPECT_EQ(spec("leaseTransitions"), "0");
}

TEST_F(LeaderElectionTest, AStoppedLeaderLetsGoAndTheNextTakesOverAtOnce) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  Candidate b(*this, "b");
  pass(seconds(20), 2);
  EXPECT_EQ(b.started, 0);
  EXPECT_FALSE(b.leading());
  a.stop();
  EXPECT_TRUE(a.ended);
  EXPECT_FALSE(a.leading());
  EXPECT_EQ(spec("holderIdentity"), "");
  EXPECT_EQ(spec("leaseDurationSeconds"), "1");
  EXPECT_EQ(b.transitions(), 0);
  pass(seconds(3));
  test::await([&] { return b.started == 1; });
  EXPECT_TRUE(b.leading());
  EXPECT_EQ(b.transitions(), 1);
  EXPECT_EQ(spec("holderIdentity"), "b");
  EXPECT_EQ(spec("leaseTransitions"), "1");
}

TEST_F(LeaderElectionTest, ALeaseOfADeadHolderIsTakenOnceItWasSeenUnchangedForItsDuration) {
  // The clock of the holder is years ahead, which must not matter.
  put_lease(R"({"holderIdentity":"dead","leaseDurationSeconds":30,"renewTime":"2036-01-01T00:00:00.000000Z",)"
            R"("acquireTime":"2036-01-01T00:00:00.000000Z","leaseTransitions":4})");
  Candidate a(*this, "a");
  pass(seconds(29));
  EXPECT_EQ(a.started, 0);
  pass(seconds(4));
  test::await([&] { return a.started == 1; });
  EXPECT_EQ(spec("leaseTransitions"), "5");
}

TEST_F(LeaderElectionTest, ALeaseThatIsRenewedIsNotTaken) {
  put_lease(R"({"holderIdentity":"other","leaseDurationSeconds":15,"leaseTransitions":0})");
  Candidate a(*this, "a");
  for (int i = 0; i < 10; ++i) {
    pass(seconds(10));
    api_.edit(kLeases, kName, R"({"spec":{"renewTime":"t)" + std::to_string(i) + R"("}})");
  }
  EXPECT_EQ(a.started, 0);
}

TEST_F(LeaderElectionTest, AnEmptyLeaseIsFree) {
  put_lease("null", R"(,"labels":{"made-by":"helm"})");
  api_.edit(kLeases, kName, R"({"spec":{"strategy":"OldestEmulationVersion"}})");
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  EXPECT_EQ(lease().root().path("metadata.labels.made-by").string(), "helm") << "what others wrote stays";
  EXPECT_EQ(spec("strategy"), "OldestEmulationVersion");
}

TEST_F(LeaderElectionTest, LeadingEndsAtTheDeadlineWhenNothingGetsThrough) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  api_.intercept([](const FakeKubeApi::Call&) { return FakeKubeApi::Fault{kube_error(Code::kTransport, 0), false}; });
  pass(seconds(9) + milliseconds(500));
  EXPECT_TRUE(a.leading());
  EXPECT_FALSE(a.ended);
  clock_.advance(milliseconds(500));
  EXPECT_FALSE(a.leading()) << "at once, whatever the thread does";
  test::await([&] { return a.ended.load(); });
}

TEST_F(LeaderElectionTest, AFewFailuresBeforeTheDeadlineDoNoHarm) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  for (int i = 0; i < 3; ++i) {
    api_.fail(1, "replace", "leases", {kube_error(Code::kServer, 500), false});
    api_.fail(1, "get", "leases", {kube_error(Code::kServer, 500), false});
    pass(seconds(2));
    EXPECT_TRUE(a.leading());
  }
  pass(seconds(8));
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(a.started, 1);
}

TEST_F(LeaderElectionTest, TheDeadlineCountsFromTheStartOfARenewal) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  test::await([&] { return clock_.sleepers() == 1; });
  // The renewal takes 9 s: it is sent at 2 s and answered at 11 s, after the deadline of the first one (10 s).
  api_.intercept([&](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    if (call.verb == "replace") clock_.advance(seconds(9));
    return std::nullopt;
  });
  clock_.advance(seconds(2));
  test::await([&] { return a.ended.load(); });
  EXPECT_FALSE(a.leading());
}

TEST_F(LeaderElectionTest, ARenewalThatTakesLongCountsFromWhenItWasSent) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  test::await([&] { return clock_.sleepers() == 1; });
  // Sent at 2 s and answered at 7 s; after it nothing gets through.
  std::atomic<bool> answered = false;
  api_.intercept([&](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    if (answered) return FakeKubeApi::Fault{kube_error(Code::kTransport, 0), false};
    if (call.verb == "replace") {
      clock_.advance(seconds(5));
      answered = true;
    }
    return std::nullopt;
  });
  clock_.advance(seconds(2));
  test::await([&] { return answered.load(); });
  pass(seconds(4) + milliseconds(500));
  EXPECT_TRUE(a.leading());
  clock_.advance(milliseconds(500));
  EXPECT_FALSE(a.leading()) << "12 s after the start: another one may take the Lease 15 s after 2 s";
  clock_.advance(seconds(2));
  test::await([&] { return a.ended.load(); });
}

TEST_F(LeaderElectionTest, TheDurationOfALeaseCountsFromItsLastChange) {
  put_lease(R"({"holderIdentity":"other","leaseDurationSeconds":15,"renewTime":"t"})");
  Candidate a(*this, "a");
  pass(seconds(14));
  api_.edit(kLeases, kName, R"({"spec":{"renewTime":"u"}})");
  pass(seconds(14));
  EXPECT_EQ(a.started, 0);
  pass(seconds(5));
  test::await([&] { return a.started == 1; });
}

TEST_F(LeaderElectionTest, WhoCannotTakeTheLeaseSaysSoAfterAWhile) {
  api_.intercept([](const FakeKubeApi::Call&) {
    return FakeKubeApi::Fault{kube_error(Code::kForbidden, 403, "leases is forbidden"), false};
  });
  Candidate a(*this, "a");
  pass(seconds(14));
  EXPECT_EQ(a.trouble(), "");
  pass(seconds(4));
  EXPECT_THAT(a.trouble(), testing::HasSubstr("iotda-system/iotda-operator"));
  EXPECT_THAT(a.trouble(), testing::HasSubstr("leases is forbidden"));
  api_.intercept({});
  pass(seconds(3));
  test::await([&] { return a.started == 1; });
  EXPECT_EQ(a.trouble(), "");
}

TEST_F(LeaderElectionTest, AHolderThatDoesNotRenewIsNoLeader) {
  put_lease(R"({"holderIdentity":"dead","leaseDurationSeconds":86400})");
  Candidate a(*this, "a");
  pass(seconds(14));
  EXPECT_EQ(a.trouble(), "");
  pass(seconds(20));
  EXPECT_THAT(a.trouble(), testing::HasSubstr("held by dead"));
}

TEST_F(LeaderElectionTest, WhoWaitsForALeaderThatRenewsIsWell) {
  put_lease(R"({"holderIdentity":"other","leaseDurationSeconds":15})");
  Candidate a(*this, "a");
  for (int i = 0; i < 6; ++i) {
    pass(seconds(10));
    EXPECT_EQ(a.trouble(), "");
    api_.edit(kLeases, kName, R"({"spec":{"renewTime":"t)" + std::to_string(i) + R"("}})");
  }
}

TEST_F(LeaderElectionTest, AnotherHolderEndsItAtOnce) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  test::await([&] { return clock_.sleepers() == 1; });
  api_.edit(kLeases, kName, R"({"spec":{"holderIdentity":"thief"}})");
  clock_.advance(seconds(2));
  test::await([&] { return a.ended.load(); });
  EXPECT_FALSE(a.leading());
  EXPECT_EQ(spec("holderIdentity"), "thief") << "nothing is taken back";
}

TEST_F(LeaderElectionTest, AProcessThatWasPausedDoesNotTakeUpAgainWhatItHeld) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  test::await([&] { return clock_.sleepers() == 1; });
  api_.clear_calls();
  clock_.advance(minutes(1));
  test::await([&] { return a.ended.load(); });
  EXPECT_FALSE(a.leading());
  EXPECT_TRUE(api_.calls().empty());
}

TEST_F(LeaderElectionTest, AnnotatingOrDeletingTheLeaseDoesNotEndIt) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  test::await([&] { return clock_.sleepers() == 1; });
  api_.edit(kLeases, kName, R"({"metadata":{"annotations":{"note":"hi"}}})");
  pass(seconds(2));
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(lease().root().path("metadata.annotations.note").string(), "hi");
  api_.remove(kLeases, kName);
  pass(seconds(2));
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(spec("holderIdentity"), "a");
  EXPECT_EQ(a.started, 1);
}

TEST_F(LeaderElectionTest, ALostAnswerToTheFirstWriteIsFoundOut) {
  api_.fail(1, "create", "leases", {kube_error(Code::kTransport, 0), true});
  Candidate a(*this, "a");
  pass(seconds(3));
  test::await([&] { return a.started == 1; });
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(spec("leaseTransitions"), "0");
}

TEST_F(LeaderElectionTest, ALostAnswerToTheLastRenewalDoesNotKeepTheLeaseFromBeingReleased) {
  Candidate a(*this, "a");
  test::await([&] { return a.started == 1; });
  test::await([&] { return clock_.sleepers() == 1; });
  api_.edit(kLeases, kName, R"({"spec":{"renewTime":"t"}})");  // as the cut-off renewal would
  a.stop();
  EXPECT_EQ(spec("holderIdentity"), "");
}

TEST_F(LeaderElectionTest, OfTwoThatWriteAtOnceOneWins) {
  put_lease("null");
  std::atomic<bool> first = true;
  std::unique_ptr<Candidate> b;
  // While a is about to write, b does.
  api_.intercept([&](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    if (call.verb == "replace" && first.exchange(false)) {
      b = std::make_unique<Candidate>(*this, "b");
      test::await([&] { return b->started == 1; });
    }
    return std::nullopt;
  });
  Candidate a(*this, "a");
  test::await([&] { return clock_.sleepers() == 2; });
  EXPECT_EQ(spec("holderIdentity"), "b");
  EXPECT_FALSE(a.leading());
  EXPECT_EQ(a.started, 0);
  b->stop();
  a.stop();
}

TEST_F(LeaderElectionTest, StoppingWhileWaitingEndsWithoutTouchingTheLease) {
  put_lease(R"({"holderIdentity":"other","leaseDurationSeconds":15})");
  Candidate a(*this, "a");
  test::await([&] { return clock_.sleepers() == 1; });
  a.stop();
  EXPECT_EQ(a.started, 0);
  EXPECT_EQ(calls("replace"), 0U);
  EXPECT_EQ(spec("holderIdentity"), "other");
}

}  // namespace
}  // namespace runtime
