#include "simulator/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "unit/simulator/platform_fixture.h"

namespace simulator {
namespace {

using ::testing::IsEmpty;

class AdminTest : public PlatformFixture {
 protected:
  Answer ask(const char* method, const char* target, const std::string& body = {}) {
    return Answer(admin_.handle({method, target, {}, body}));
  }
  Iam iam_{{}, platform_, clock_};
  Admin admin_{platform_, iam_, clock_};
};

TEST_F(AdminTest, ShowsTheState) {
  const test::Identity c = test::self_signed({.common_name = "a.example.com"});
  const std::string id = add(c).text("server_certificate_id");
  bind(id);
  const Answer state = ask("GET", "/admin/state");
  EXPECT_EQ(state.status(), 200);
  ASSERT_EQ(state["instances"].items().size(), 1U);
  const json::Value instance = state["instances"].items()[0];
  EXPECT_EQ(instance["project_id"].string(), "project-1");
  EXPECT_EQ(instance["instance_id"].string(), "");
  EXPECT_EQ(instance["quota"].integer(), 2);
  EXPECT_EQ(instance["max_certificates"].integer(), 1);
  EXPECT_EQ(instance["adds"].integer(), 1);
  EXPECT_EQ(instance["deletes"].integer(), 0);
  ASSERT_EQ(instance["certificates"].items().size(), 1U);
  const json::Value held = instance["certificates"].items()[0];
  EXPECT_EQ(held["id"].string(), id);
  EXPECT_EQ(held["common_name"].string(), "a.example.com");
  EXPECT_EQ(held["fingerprint"].string(), parse_certificate(c.certificate, clock_.system_now())->fingerprint);
  EXPECT_EQ(instance["domain_configurations"].items()[0]["server_certificate_id"].string(), id);
}

TEST_F(AdminTest, ShowsTheRequestsSinceOne) {
  list();
  add_one();
  const Answer answer = ask("GET", "/admin/requests?since=1");
  ASSERT_EQ(answer["requests"].items().size(), 1U);
  const json::Value request = answer["requests"].items()[0];
  EXPECT_EQ(request["sequence"].integer(), 2);
  EXPECT_EQ(request["method"].string(), "POST");
  EXPECT_EQ(request["call"].string(), "add");
  EXPECT_EQ(request["status"].integer(), 201);
  EXPECT_EQ(request["arrived"].string_or("").size(), std::string("2026-01-02T03:04:05.000006Z").size());
  EXPECT_EQ(ask("GET", "/admin/requests")["requests"].items().size(), 2U);
  EXPECT_EQ(ask("GET", "/admin/requests?since=x").status(), 400);
}

TEST_F(AdminTest, ChangesTheBehaviour) {
  const Answer changed = ask("PUT", "/admin/behaviour", R"({"get_status":200})");
  EXPECT_EQ(changed.status(), 200);
  EXPECT_EQ(changed["get_status"].integer(), 200);
  EXPECT_EQ(list().status(), 200);
  EXPECT_EQ(ask("GET", "/admin/behaviour").response.body, changed.response.body);
  const Answer refused = ask("PUT", "/admin/behaviour", R"({"get_status":"x"})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.text("error"), "get_status must be 200 to 299");
  EXPECT_EQ(ask("PUT", "/admin/behaviour", "{").status(), 400);
}

TEST_F(AdminTest, PlansShowsAndClearsFaults) {
  EXPECT_EQ(ask("POST", "/admin/faults", R"([{"call":"list","nth":2,"action":"status"}])").status(), 201);
  EXPECT_EQ(ask("GET", "/admin/faults").response.body, R"([{"call":"list","nth":2,"action":"status"}])");
  EXPECT_EQ(ask("DELETE", "/admin/faults").status(), 204);
  EXPECT_EQ(ask("GET", "/admin/faults").response.body, "[]");
  EXPECT_EQ(ask("POST", "/admin/faults", R"([{"call":"list"}])").status(), 400);
}

TEST_F(AdminTest, AddsAndRemovesBehindTheBackOfTheApi) {
  const test::Identity c = test::self_signed({});
  json::Writer w;
  const std::string body =
      w.begin_object().member("project_id", "project-1").member("certificate_pem", c.certificate).end_object().take();
  const Answer added = ask("POST", "/admin/certificates", body);
  EXPECT_EQ(added.status(), 201);
  const std::string id = added.text("id");
  EXPECT_EQ(show(id).text("certificate_pem"), c.certificate);
  bind(id);
  EXPECT_EQ(ask("DELETE", ("/admin/certificates/" + id).c_str()).status(), 204);
  EXPECT_EQ(ask("DELETE", ("/admin/certificates/" + id).c_str()).status(), 404);
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(platform_.snapshot().at({"project-1", ""}).counters().adds, 0);

  add_one();
  add_one();
  EXPECT_EQ(ask("POST", "/admin/certificates", body).status(), 409);
  EXPECT_EQ(ask("POST", "/admin/certificates", R"({"project_id":"p","certificate_pem":"x"})").status(), 400);
}

TEST_F(AdminTest, KnowsNothingElse) {
  EXPECT_EQ(ask("GET", "/").status(), 404);
  EXPECT_EQ(ask("DELETE", "/admin/state").status(), 404);
}

}  // namespace
}  // namespace simulator
