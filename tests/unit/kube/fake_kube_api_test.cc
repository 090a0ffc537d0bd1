// The fake is what other tests stand on, so its rules are tested like the product.
#include "support/fake_kube_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "os/fake_clock.h"

namespace testing_support {
namespace {

using Code = kube::Error::Code;
using kube::kSecrets;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr kube::Resource kWidgets{"iotda.huaweicloud.com", "v1alpha1", "widgets"};

std::string widget(const std::string& name, const std::string& rest = "") {
  return R"({"apiVersion":"iotda.huaweicloud.com/v1alpha1","kind":"Widget","metadata":{"namespace":"a","name":")" +
         name + "\"}" + rest + "}";
}

class FakeKubeApiTest : public testing::Test {
 protected:
  void SetUp() override {
    api_.serve({kWidgets, "Widget", true, true, R"({"spec":{"size":1},"status":{"observedGeneration":-1}})"});
  }
  json::Document now(const kube::Resource& resource, const kube::ObjectName& name) {
    return json::Document::parse(api_.object(resource, name).value_or("null")).value();
  }
  json::Document now(const std::string& name) { return now(kWidgets, {"a", name}); }
  std::string version_of(const std::string& name) {
    return now(name).root().path("metadata.resourceVersion").string_or("");
  }
  kube::Result<json::Document> patch(const std::string& name, const std::string& body,
                                     std::string_view subresource = "") {
    kube::PatchOptions options;
    options.subresource = subresource;
    return api_.patch(kWidgets, {"a", name}, body, options, {});
  }
  kube::Result<json::Document> apply_status(const std::string& name, const std::string& status,
                                            std::string_view manager = "m") {
    kube::PatchOptions options;
    options.type = kube::PatchOptions::Type::kApply;
    options.subresource = "status";
    options.field_manager = manager;
    return api_.patch(kWidgets, {"a", name}, widget(name, ",\"status\":" + status), options, {});
  }

  os::FakeClock clock_{base::SystemTime{std::chrono::hours(500'000)}};
  FakeKubeApi api_{clock_};
};

TEST_F(FakeKubeApiTest, ACreateFillsInWhatTheServerOwnsAndDropsStatus) {
  const auto made = api_.create(kWidgets, "a", widget("w", R"(,"spec":{"x":1},"status":{"y":2})"), {});
  ASSERT_TRUE(made);
  const json::Value m = (*made)["metadata"];
  EXPECT_EQ(m["namespace"].string(), "a");
  EXPECT_EQ(m["generation"].integer(), 1);
  EXPECT_EQ(m["resourceVersion"].string(), "1");
  EXPECT_EQ(m["uid"].string()->size(), 36U);
  EXPECT_EQ(m["creationTimestamp"].string(), "2027-01-15T08:00:00Z");
  EXPECT_EQ((*made)["spec"].dump(), R"({"size":1,"x":1})");
  EXPECT_EQ((*made)["status"].dump(), R"({"observedGeneration":-1})");
  EXPECT_EQ(api_.create(kWidgets, "a", widget("w"), {}).error().code, Code::kAlreadyExists);
  EXPECT_EQ(api_.create(kWidgets, "b", widget("w"), {}).error().code, Code::kInvalid);
  EXPECT_EQ(api_.create(kWidgets, "a", "{", {}).error().code, Code::kInvalid);
}

TEST_F(FakeKubeApiTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(api_.get(kWidgets, {"a", "w"}, {}).error().message, "widgets.iotda.huaweicloud.com \"w\" not found");
  api_.stop_serving(kWidgets);
  EXPECT_EQ(api_.get(kWidgets, {"a", "w"}, {}).error().message, "404 page not found");
  EXPECT_EQ(api_.list(kWidgets, {}, {}).error().code, Code::kNotServed);
}

TEST_F(FakeKubeApiTest, AReplaceIsACompareAndSwap) {
  api_.put(widget("w"));
  const std::string old = api_.object(kWidgets, {"a", "w"}).value();
  EXPECT_EQ(api_.replace(kWidgets, {"a", "w"}, widget("w"), {}).error().code, Code::kInvalid) << "no resourceVersion";
  api_.edit(kWidgets, {"a", "w"}, R"({"spec":{"size":5}})");
  const auto stale = api_.replace(kWidgets, {"a", "w"}, old, {});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_THAT(stale.error().message, HasSubstr("the object has been modified"));
  EXPECT_TRUE(api_.replace(kWidgets, {"a", "w"}, api_.object(kWidgets, {"a", "w"}).value(), {}));
}

TEST_F(FakeKubeApiTest, AMergePatchWithAResourceVersionIsACompareAndSwap) {
  api_.put(widget("w"));
  const std::string patch_body = R"({"metadata":{"resourceVersion":")" + version_of("w") + R"("},"spec":{"size":2}})";
  EXPECT_TRUE(patch("w", patch_body));
  EXPECT_EQ(patch("w", patch_body).error().code, Code::kConflict);
  EXPECT_EQ(now("w").root().path("spec.size").integer(), 2);
  EXPECT_TRUE(patch("w", R"({"spec":{"size":null,"color":"red"}})"));
  EXPECT_EQ(now("w")["spec"].dump(), R"({"color":"red","size":1})") << "a removed member gets its default";
}

TEST_F(FakeKubeApiTest, StatusAndTheRestAreWrittenApart) {
  api_.put(widget("w"));
  EXPECT_TRUE(patch("w", R"({"spec":{"size":9},"status":{"a":1},"metadata":{"labels":{"l":"1"}}})", "status"));
  EXPECT_EQ(now("w").root().path("spec.size").integer(), 1);
  EXPECT_EQ(now("w").root().path("status.a").integer(), 1);
  EXPECT_TRUE(now("w").root().path("metadata.labels").is_null());
  EXPECT_EQ(now("w").root().path("metadata.generation").integer(), 1);
  EXPECT_TRUE(patch("w", R"({"spec":{"size":9},"status":{"a":2}})"));
  EXPECT_EQ(now("w").root().path("spec.size").integer(), 9);
  EXPECT_EQ(now("w").root().path("status.a").integer(), 1);
  EXPECT_EQ(now("w").root().path("metadata.generation").integer(), 2);
  EXPECT_TRUE(patch("w", R"({"metadata":{"annotations":{"a":"b"}}})"));
  EXPECT_EQ(now("w").root().path("metadata.generation").integer(), 2);
}

TEST_F(FakeKubeApiTest, AChangeThatChangesNothingMakesNoVersion) {
  api_.put(widget("w"));
  const auto before = api_.version();
  EXPECT_TRUE(patch("w", R"({"spec":{"size":1}})"));
  EXPECT_TRUE(apply_status("w", R"({"observedGeneration":-1})"));
  EXPECT_EQ(api_.version(), before);
}

TEST_F(FakeKubeApiTest, WhatAManagerNoLongerAppliesIsRemoved) {
  api_.put(widget("w"));
  EXPECT_TRUE(apply_status("w", R"({"a":1,"b":{"c":2,"d":3},"list":[1,2]})"));
  EXPECT_TRUE(apply_status("w", R"({"other":1})", "another"));
  EXPECT_TRUE(apply_status("w", R"({"b":{"d":4},"list":[3]})"));
  EXPECT_EQ(now("w")["status"].dump(), R"({"b":{"d":4},"list":[3],"observedGeneration":-1,"other":1})");
  EXPECT_EQ(apply_status("gone", "{}").error().code, Code::kNotFound);
}

TEST_F(FakeKubeApiTest, FinalizersHoldAnObjectUntilTheLastIsGone) {
  api_.put(widget("w"));
  EXPECT_TRUE(patch("w", R"({"metadata":{"finalizers":["x/a"]}})"));
  api_.remove(kWidgets, {"a", "w"});
  EXPECT_TRUE(now("w").root().path("metadata.deletionTimestamp"));
  EXPECT_EQ(patch("w", R"({"metadata":{"finalizers":["x/a","x/b"]}})").error().code, Code::kInvalid);
  const std::string last = version_of("w");
  const auto gone = patch("w", R"({"metadata":{"finalizers":null}})");
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->root().path("metadata.resourceVersion").string(), last);
  EXPECT_EQ(api_.object(kWidgets, {"a", "w"}), std::nullopt);
  EXPECT_THAT(api_.changes_after(kWidgets, 2), ElementsAre(HasSubstr("MODIFIED"), HasSubstr("DELETED")));
  api_.put(widget("w"));
  EXPECT_EQ(now("w").root().path("metadata.uid").string(), "00000000-0000-4000-8000-000000000002");
}

TEST_F(FakeKubeApiTest, AnObjectWithAnotherUidIsAConflict) {
  api_.put(widget("w"));
  EXPECT_EQ(patch("w", R"({"metadata":{"uid":"00000000-0000-4000-8000-0000000000ff"},"spec":{"size":2}})").error().code,
            Code::kConflict);
}

TEST_F(FakeKubeApiTest, PagesShowOneMomentAndExpire) {
  for (const char* name : {"p1", "p2", "p3", "p4", "p5"}) api_.put(widget(name));
  kube::ListOptions options;
  options.limit = 2;
  options.metadata_only = true;
  const auto first = api_.list(kWidgets, options, {});
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)["kind"].string(), "PartialObjectMetadataList");
  EXPECT_EQ(first->root().path("metadata.resourceVersion").string(), "5");
  EXPECT_THAT((*first)["items"].items(), SizeIs(2));
  EXPECT_TRUE((*first)["items"].items()[0]["spec"].is_null());
  api_.remove(kWidgets, {"a", "p3"});
  options.continue_token = first->root().path("metadata.continue").string_or("");
  const auto second = api_.list(kWidgets, options, {});
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)["items"].items()[0].path("metadata.name").string(), "p3");
  EXPECT_EQ(second->root().path("metadata.resourceVersion").string(), "5");
  options.continue_token = second->root().path("metadata.continue").string_or("");
  api_.compact();
  EXPECT_EQ(api_.list(kWidgets, options, {}).error().code, Code::kGone);
}

TEST_F(FakeKubeApiTest, AWatchSendsWhatHappensAfterItsVersionAndBookmarksOnDemand) {
  api_.put(widget("before"));
  kube::WatchOptions options;
  options.ns = "a";
  options.resource_version = "1";
  std::vector<std::string> lines;
  std::jthread actor([&] {
    while (api_.watches() == 0) std::this_thread::yield();
    api_.put(widget("after"));
    api_.put(R"({"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"a","name":"s"}})");
    api_.remove(kWidgets, {"a", "before"});
    api_.send_bookmarks();
    api_.end_watches();
  });
  EXPECT_TRUE(api_.watch(kWidgets, options,
                         [&](std::string_view line) {
                           lines.emplace_back(line);
                           return true;
                         },
                         {}));
  EXPECT_THAT(lines, ElementsAre(HasSubstr(R"("type":"ADDED")"), HasSubstr(R"("type":"DELETED")"),
                                 HasSubstr(R"("type":"BOOKMARK")")));
  EXPECT_EQ(json::Document::parse(lines[2])->root().path("object.metadata.resourceVersion").string(), "4");
  EXPECT_EQ(api_.watches(), 0);
}

TEST_F(FakeKubeApiTest, AStreamingListEndsItsFirstPartWithABookmark) {
  api_.put(widget("w"));
  kube::WatchOptions options;
  options.send_initial_events = true;
  options.metadata_only = true;
  std::vector<std::string> lines;
  EXPECT_TRUE(api_.watch(kWidgets, options,
                         [&](std::string_view line) {
                           lines.emplace_back(line);
                           return lines.size() < 2;
                         },
                         {}));
  EXPECT_THAT(lines[0], HasSubstr("PartialObjectMetadata"));
  EXPECT_THAT(lines[1], HasSubstr(R"("k8s.io/initial-events-end":"true")"));
  api_.set_streaming_lists(FakeKubeApi::StreamingLists::kUnknown);
  EXPECT_EQ(api_.watch(kWidgets, options, [](std::string_view) { return true; }, {}).error().status, 422);
}

TEST_F(FakeKubeApiTest, AWatchFromAForgottenVersionGetsAnErrorEvent) {
  api_.put(widget("w"));
  api_.edit(kWidgets, {"a", "w"}, R"({"spec":{"size":2}})");
  api_.compact();
  kube::WatchOptions options;
  options.resource_version = "1";
  std::vector<std::string> lines;
  EXPECT_TRUE(api_.watch(kWidgets, options,
                         [&](std::string_view line) {
                           lines.emplace_back(line);
                           return true;
                         },
                         {}));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("too old resource version")));
}

TEST_F(FakeKubeApiTest, AWatchEndsByItsTimeoutOrWhenStopped) {
  kube::WatchOptions options;
  options.resource_version = "0";
  std::jthread actor([&] {
    while (clock_.sleepers() == 0) std::this_thread::yield();
    clock_.advance(std::chrono::minutes(5));
  });
  EXPECT_TRUE(api_.watch(kWidgets, options, [](std::string_view) { return true; }, {}));
  std::stop_source stop;
  std::jthread stopper([&] {
    while (api_.watches() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(api_.watch(
                    kWidgets, options, [](std::string_view) { return true; }, stop.get_token())
                .error()
                .code,
            Code::kCancelled);
}

TEST_F(FakeKubeApiTest, TheNthCallFailsBeforeOrAfterItsEffect) {
  api_.fail(2, "create", "widgets", {kube_error(Code::kTransport, 0), false});
  api_.fail(3, "create", "widgets", {kube_error(Code::kTransport, 0), true});
  EXPECT_TRUE(api_.create(kWidgets, "a", widget("one"), {}));
  EXPECT_FALSE(api_.create(kWidgets, "a", widget("two"), {}));
  EXPECT_FALSE(api_.create(kWidgets, "a", widget("three"), {}));
  EXPECT_TRUE(api_.create(kWidgets, "a", widget("four"), {}));
  EXPECT_THAT(api_.names(kWidgets),
              ElementsAre(kube::ObjectName{"a", "four"}, kube::ObjectName{"a", "one"}, kube::ObjectName{"a", "three"}));
  EXPECT_THAT(api_.calls(), SizeIs(4));
}

TEST_F(FakeKubeApiTest, AnInterceptorCanBeQuickerThanTheCaller) {
  api_.put(widget("w"));
  const std::string body = R"({"metadata":{"resourceVersion":")" + version_of("w") + R"("},"spec":{"size":2}})";
  api_.intercept([&](const FakeKubeApi::Call& call) -> std::optional<FakeKubeApi::Fault> {
    if (call.verb == "patch") api_.edit(kWidgets, {"a", "w"}, R"({"spec":{"size":7}})");
    return std::nullopt;
  });
  EXPECT_EQ(patch("w", body).error().code, Code::kConflict);
}

}  // namespace
}  // namespace testing_support
