#include "simulator/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "json/value.h"
#include "simulator/behaviour.h"
#include "simulator/call.h"
#include "simulator/iam_call.h"
#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string file(const char* path) {
  const auto response = Console().handle({"GET", path, {}, {}});
  return response ? response->body : "";
}

TEST(Console, IsAPageWithoutInlineScriptsAndStyles) {
  EXPECT_THAT(file("/"), HasSubstr("<h1>iotda-simulator</h1>"));
  EXPECT_THAT(file("/"), HasSubstr(R"(src="/console.js")"));
  EXPECT_THAT(file("/"), Not(HasSubstr("style=")));
  EXPECT_THAT(file("/"), Not(HasSubstr("onclick=")));
  EXPECT_THAT(file("/"), Not(HasSubstr("http")));
}

TEST(Console, LeavesTheAdminApiToOthers) {
  EXPECT_FALSE(Console().handle({"GET", "/admin/state", {}, {}}));
}

TEST(Console, OffersEachCallAndEachMemberOfTheBehaviour) {
  const std::string script = file("/console.js");
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_THAT(script, HasSubstr('"' + std::string(name_of(static_cast<Call>(i))) + '"'));
  }
  for (int i = 0; i < kIamCalls; ++i) {
    EXPECT_THAT(script, HasSubstr('"' + std::string(name_of(static_cast<IamCall>(i))) + '"'));
  }
  const auto behaviour = json::Document::parse(to_json(Behaviour{}));
  for (const auto& [member, value] : behaviour->root().members()) {
    if (member == "errors") continue;
    EXPECT_THAT(script, HasSubstr(std::string(member) + ": "));
  }
}

}  // namespace
}  // namespace simulator
