#include "kube/ca_file_transport.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "os/fake_clock.h"
#include "temporary_directory.h"

namespace kube {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

/// A server that those can reach who trust the CA that it has now.
class CaFileTransportTest : public testing::Test {
 protected:
  class Client final : public http::Transport {
   public:
    Client(CaFileTransportTest& test, std::string ca) : test_(test), ca_(std::move(ca)) {}
    base::Result<http::Response, http::Error> send(const http::Request& /*request*/,
                                                   std::stop_token /*stop*/) override {
      test_.tried.push_back(ca_);
      if (ca_ != test_.server_ca) return base::Err(http::Error{http::Error::Code::kTls, "not trusted"});
      return http::Response{200, {}, ""};
    }
    base::Result<http::Response, http::Error> stream(const http::Request& request, base::Duration /*limit*/,
                                                     const http::BodySink& /*sink*/, std::stop_token stop) override {
      return send(request, std::move(stop));
    }

   private:
    CaFileTransportTest& test_;
    const std::string ca_;
  };

  void SetUp() override {
    transport = make_ca_file_transport(dir.write("ca.crt", "old"), "old", clock, [this](const std::string& ca_pem) {
                  using Made = base::Result<std::unique_ptr<http::Transport>, http::Error>;
                  if (ca_pem == "garbage") return Made(base::Err(http::Error{http::Error::Code::kInvalid, "no PEM"}));
                  return Made(std::make_unique<Client>(*this, ca_pem));
                }).value();
  }
  bool call() { return transport->send({}, {}).ok(); }

  TemporaryDirectory dir;
  os::FakeClock clock{base::SystemTime{}};
  std::string server_ca = "old";
  std::vector<std::string> tried;
  std::unique_ptr<http::Transport> transport;
};

TEST_F(CaFileTransportTest, AServerThatIsNotTrustedAnyMoreIsWithTheNextCaOfTheFile) {
  EXPECT_TRUE(call());
  server_ca = "new";
  EXPECT_FALSE(call()) << "the file says nothing new";
  dir.write("ca.crt", "new");
  EXPECT_TRUE(call());
  EXPECT_TRUE(transport->stream({}, seconds(1), [](std::string_view) { return true; }, {}).ok());
  EXPECT_THAT(tried, ElementsAre("old", "old", "old", "new", "new")) << "nothing is tried twice in vain";
}

TEST_F(CaFileTransportTest, TheFileIsReadAgainOnceAMinute) {
  dir.write("ca.crt", "new");
  EXPECT_TRUE(call());
  clock.advance(seconds(61));
  server_ca = "new";
  EXPECT_TRUE(call());
  EXPECT_THAT(tried, ElementsAre("old", "new"));
}

TEST_F(CaFileTransportTest, AFileThatCannotBeUsedLeavesTheLastOneInUse) {
  for (const char* content : {"garbage", ""}) {
    dir.write("ca.crt", content);
    clock.advance(seconds(61));
    EXPECT_TRUE(call()) << content;
  }
}

}  // namespace
}  // namespace kube
