#include "pages/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pages {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string header(const server::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "absent";
}

const Site& site() {
  static const Site kSite({{"/", "text/html; charset=utf-8", "<!doctype html>"}});
  return kSite;
}

TEST(Site, ServesItsFilesAndTheSharedOnesWithTheirTypes) {
  EXPECT_EQ(site().answer({"GET", "/", {}, {}})->body, "<!doctype html>");
  EXPECT_EQ(header(*site().answer({"GET", "/", {}, {}}), "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(*site().answer({"GET", "/look.css", {}, {}}), "Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(header(*site().answer({"GET", "/page.js", {}, {}}), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header(*site().answer({"GET", "/icon.svg", {}, {}}), "Content-Type"), "image/svg+xml");
}

TEST(Site, IgnoresAQueryAndServesHead) {
  EXPECT_EQ(site().answer({"GET", "/?x=1", {}, {}})->body, "<!doctype html>");
  EXPECT_TRUE(site().answer({"HEAD", "/", {}, {}}));
}

TEST(Site, LeavesOtherPathsAndMethodsToOthers) {
  EXPECT_FALSE(site().answer({"GET", "/index.html", {}, {}}));
  EXPECT_FALSE(site().answer({"GET", "/../look.css", {}, {}}));
  EXPECT_FALSE(site().answer({"POST", "/", {}, {}}));
}

TEST(Site, LetsABrowserUseNothingButTheseFiles) {
  const server::Response response = *site().answer({"GET", "/", {}, {}});
  EXPECT_THAT(header(response, "Content-Security-Policy"),
              AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"), HasSubstr("style-src 'self';"),
                    HasSubstr("base-uri 'none'"), HasSubstr("form-action 'none'"), HasSubstr("frame-ancestors 'none'"),
                    Not(HasSubstr("unsafe")), Not(HasSubstr("*")), Not(HasSubstr("http"))));
  EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(response, "Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_EQ(header(response, "Cross-Origin-Resource-Policy"), "same-origin");
}

TEST(Site, SendsATextOnceAndThenOnlyThatItHasNotChanged) {
  const server::Response first = respond({"GET", "/", {}, {}}, "application/json", "{}");
  EXPECT_EQ(header(first, "Cache-Control"), "no-cache");
  const server::Request again{"GET", "/", {{"if-none-match", header(first, "ETag")}}, {}};
  EXPECT_EQ(respond(again, "application/json", "{}").status, 304);
  EXPECT_THAT(respond(again, "application/json", "{}").body, IsEmpty());
  const server::Response changed = respond(again, "application/json", "[]");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.body, "[]");
  EXPECT_NE(header(changed, "ETag"), header(first, "ETag"));
}

}  // namespace
}  // namespace pages
