#include "kube/client.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "os/fake_clock.h"
#include "scripted_transport.h"
#include "temporary_directory.h"

namespace kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Code = Error::Code;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Resource kCertificates{"iotda.huaweicloud.com", "v1alpha1", "servercertificates"};

std::string object(const std::string& name) {
  return R"({"kind":"X","metadata":{"name":")" + name + R"("}})";
}
/// As an API server words it.
std::string status(int code, const std::string& reason, const std::string& message, const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" + message +
         R"(","reason":")" + reason + R"(","details":)" + details + R"(,"code":)" + std::to_string(code) + "}\n";
}

class ClientTest : public testing::Test {
 protected:
  Api& api() {
    if (!api_) {
      api_ = make_client(config_, calls_, watches_, clock_,
                         [this](std::string_view method, int status, base::Duration retry_after) {
                           pause_ = retry_after;
                           observed_.push_back(std::string(method) + " " + std::to_string(status));
                         });
    }
    return *api_;
  }
  Error get_error() {
    const auto answer = api().get(kSecrets, {"ns", "s"}, {});
    return answer ? Error{} : answer.error();
  }
  /// The lines that a watch hands out.
  std::vector<std::string> watch_lines(std::vector<std::string> pieces) {
    watches_.answer_pieces(std::move(pieces));
    std::vector<std::string> lines;
    const auto result = api().watch(kSecrets, {},
                                    [&](std::string_view line) {
                                      lines.emplace_back(line);
                                      return true;
                                    },
                                    {});
    EXPECT_TRUE(result);
    return lines;
  }

  Config config_;
  os::FakeClock clock_{base::SystemTime{std::chrono::hours(500'000)}};
  ScriptedTransport calls_;
  ScriptedTransport watches_;
  std::vector<std::string> observed_;
  base::Duration pause_{};
  std::unique_ptr<Api> api_;
};

TEST_F(ClientTest, CoreResourcesAreUnderApiAndGroupsUnderApis) {
  calls_.answer(200, object("s"));
  calls_.answer(200, object("c"));
  calls_.answer(200, object("n"));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_TRUE(api().get(kCertificates, {"ns", "c"}, {}));
  EXPECT_TRUE(api().get(kNamespaces, {"", "n"}, {}));
  EXPECT_EQ(calls_.asked(0).target, "/api/v1/namespaces/ns/secrets/s");
  EXPECT_EQ(calls_.asked(1).target, "/apis/iotda.huaweicloud.com/v1alpha1/namespaces/ns/servercertificates/c");
  EXPECT_EQ(calls_.asked(2).target, "/api/v1/namespaces/n");
  EXPECT_EQ(calls_.last().method, "GET");
  EXPECT_EQ(calls_.last().header("Accept"), "application/json");
  EXPECT_THAT(calls_.last().header("User-Agent"), StartsWith("iotda-operator/"));
  EXPECT_EQ(calls_.last().header("Authorization"), "");
}

TEST_F(ClientTest, APathInFrontOfTheApiIsKept) {
  config_.base_path = "/k8s/clusters/c-1";
  calls_.answer(200, object("s"));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().target, "/k8s/clusters/c-1/api/v1/namespaces/ns/secrets/s");
}

TEST_F(ClientTest, AListAsksForOnePage) {
  calls_.answer(200, R"({"kind":"SecretList","metadata":{"resourceVersion":"7"},"items":[]})");
  ListOptions options;
  options.continue_token = "a+b/c=";
  options.resource_version = "5";
  EXPECT_TRUE(api().list(kSecrets, options, {}));
  EXPECT_EQ(calls_.last().target, "/api/v1/secrets?limit=500&continue=a%2Bb%2Fc%3D&resourceVersion=5");
  EXPECT_EQ(calls_.last().header("Accept"), "application/json");
}

TEST_F(ClientTest, AMetadataListAcceptsNothingElse) {
  calls_.answer(200, R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":[]})");
  ListOptions options;
  options.ns = "apps";
  options.metadata_only = true;
  EXPECT_TRUE(api().list(kSecrets, options, {}));
  EXPECT_EQ(calls_.last().target, "/api/v1/namespaces/apps/secrets?limit=500");
  EXPECT_EQ(calls_.last().header("Accept"), "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
}

TEST_F(ClientTest, AWatchSaysFromWhereAndForHowLong) {
  watches_.answer(200, "");
  WatchOptions options;
  options.resource_version = "42";
  options.timeout = seconds(333);
  EXPECT_TRUE(api().watch(kLeases, options, [](std::string_view) { return true; }, {}));
  EXPECT_EQ(watches_.last().target,
            "/apis/coordination.k8s.io/v1/leases?watch=true&allowWatchBookmarks=true&timeoutSeconds=333"
            "&resourceVersion=42");
  EXPECT_EQ(watches_.last().header("Accept"), "application/json");
  EXPECT_EQ(watches_.last().limit, seconds(338)) << "the server ends it before, or the connection is dead";
  EXPECT_EQ(calls_.count(), 0U);
}

TEST_F(ClientTest, AStreamingListOfMetadataIsAWatch) {
  watches_.answer(200, "");
  WatchOptions options;
  options.send_initial_events = true;
  options.metadata_only = true;
  EXPECT_TRUE(api().watch(kSecrets, options, [](std::string_view) { return true; }, {}));
  EXPECT_EQ(watches_.last().target,
            "/api/v1/secrets?watch=true&allowWatchBookmarks=true&timeoutSeconds=300"
            "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
  EXPECT_EQ(watches_.last().header("Accept"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

TEST_F(ClientTest, ACreateIsAPostOfJson) {
  calls_.answer(201, object("e"));
  EXPECT_TRUE(api().create(kEvents, "ns", "{\"a\":1}", {}));
  EXPECT_EQ(calls_.last().method, "POST");
  EXPECT_EQ(calls_.last().target, "/apis/events.k8s.io/v1/namespaces/ns/events");
  EXPECT_EQ(calls_.last().header("Content-Type"), "application/json");
  EXPECT_EQ(calls_.last().body, "{\"a\":1}");
}

TEST_F(ClientTest, AReplaceIsAPutAndALeaseGetsNoMoreThanFiveSeconds) {
  calls_.answer(200, object("l"));
  calls_.answer(200, object("c"));
  EXPECT_TRUE(api().replace(kLeases, {"ns", "l"}, "{}", {}));
  EXPECT_EQ(calls_.last().method, "PUT");
  EXPECT_EQ(calls_.last().target, "/apis/coordination.k8s.io/v1/namespaces/ns/leases/l");
  EXPECT_LE(calls_.last().deadline, seconds(5));
  EXPECT_TRUE(api().replace(kCertificates, {"ns", "c"}, "{}", {}));
  EXPECT_GE(calls_.last().deadline, seconds(30));
}

TEST_F(ClientTest, PatchesSayTheirKindAndTheirManager) {
  calls_.answer(200, object("c"));
  calls_.answer(200, object("c"));
  PatchOptions merge;
  merge.subresource = "status";
  merge.field_manager = "iotda-operator-ledger";
  EXPECT_TRUE(api().patch(kCertificates, {"ns", "c"}, "{}", merge, {}));
  EXPECT_EQ(calls_.last().method, "PATCH");
  EXPECT_EQ(calls_.last().header("Content-Type"), "application/merge-patch+json");
  EXPECT_EQ(calls_.last().target,
            "/apis/iotda.huaweicloud.com/v1alpha1/namespaces/ns/servercertificates/c/status"
            "?fieldManager=iotda-operator-ledger");
  PatchOptions apply;
  apply.type = PatchOptions::Type::kApply;
  apply.force = true;
  EXPECT_TRUE(api().patch(kCertificates, {"ns", "c"}, "{}", apply, {}));
  EXPECT_EQ(calls_.last().header("Content-Type"), "application/apply-patch+yaml");
  EXPECT_THAT(calls_.last().target, HasSubstr("?fieldManager=iotda-operator&force=true"));
}

TEST_F(ClientTest, ABearerTokenIsSent) {
  config_.token = base::Secret::copy_of("t0k");
  calls_.answer(200, object("s"));
  watches_.answer(200, "");
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().header("Authorization"), "Bearer t0k");
  EXPECT_TRUE(api().watch(kSecrets, {}, [](std::string_view) { return true; }, {}));
  EXPECT_EQ(watches_.last().header("Authorization"), "Bearer t0k");
}

TEST_F(ClientTest, ATokenFileIsReadAgainAfterAMinute) {
  const TemporaryDirectory dir;
  config_.token_file = dir.write("token", "one\n");
  for (int i = 0; i < 3; ++i) calls_.answer(200, object("s"));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().header("Authorization"), "Bearer one");
  dir.write("token", "two");
  clock_.advance(seconds(59));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().header("Authorization"), "Bearer one");
  clock_.advance(seconds(1));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().header("Authorization"), "Bearer two");
}

TEST_F(ClientTest, ATokenFileIsReadAgainOnceItsTokenWasRefused) {
  const TemporaryDirectory dir;
  config_.token_file = dir.write("token", "one");
  calls_.answer(401, status(401, "Unauthorized", "Unauthorized"));
  calls_.answer(200, object("s"));
  EXPECT_EQ(get_error().code, Code::kUnauthorized);
  EXPECT_EQ(calls_.count(), 1U) << "nothing is retried inside";
  dir.write("token", "two");
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().header("Authorization"), "Bearer two");
}

TEST_F(ClientTest, ATokenFileThatVanishesLeavesTheLastTokenInUse) {
  TemporaryDirectory dir;
  config_.token_file = dir.write("token", "one");
  calls_.answer(200, object("s"));
  calls_.answer(200, object("s"));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  std::filesystem::remove(dir.path("token"));
  clock_.advance(minutes(2));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  EXPECT_EQ(calls_.last().header("Authorization"), "Bearer one");
}

TEST_F(ClientTest, WithoutAnyTokenToReadNothingIsSent) {
  config_.token_file = "/nowhere/token";
  const Error error = get_error();
  EXPECT_EQ(error.code, Code::kUnauthorized);
  EXPECT_TRUE(error.nothing_sent);
  EXPECT_THAT(error.message, HasSubstr("/nowhere/token: No such file"));
  EXPECT_EQ(calls_.count(), 0U);
}

struct Answer {
  int status;
  std::string reason;
  Code code;
};
class RefusedCall : public ClientTest, public testing::WithParamInterface<Answer> {};

TEST_P(RefusedCall, BecomesAnErrorWithTheServersWords) {
  calls_.answer(GetParam().status, status(GetParam().status, GetParam().reason, "the server's words"));
  const Error error = get_error();
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_EQ(error.status, GetParam().status);
  EXPECT_EQ(error.message, "the server's words");
  EXPECT_FALSE(error.nothing_sent);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedCall,
    testing::Values(Answer{404, "NotFound", Code::kNotServed}, Answer{409, "Conflict", Code::kConflict},
                    Answer{409, "AlreadyExists", Code::kAlreadyExists}, Answer{410, "Expired", Code::kGone},
                    Answer{410, "Gone", Code::kGone}, Answer{401, "Unauthorized", Code::kUnauthorized},
                    Answer{403, "Forbidden", Code::kForbidden}, Answer{400, "BadRequest", Code::kInvalid},
                    Answer{405, "MethodNotAllowed", Code::kInvalid},
                    Answer{415, "UnsupportedMediaType", Code::kInvalid}, Answer{422, "Invalid", Code::kInvalid},
                    Answer{429, "TooManyRequests", Code::kThrottled}, Answer{500, "InternalError", Code::kServer},
                    Answer{503, "ServiceUnavailable", Code::kServer}, Answer{504, "Timeout", Code::kServer}),
    [](const auto& test) { return test.param.reason + std::to_string(test.param.status); });

TEST_F(ClientTest, OnlyWhatIsSaidOfTheObjectItselfMeansThatItIsNotThere) {
  // As while an API server starts, before it knows its CustomResourceDefinitions: nobody was deleted.
  calls_.answer(404, "404 page not found\n");
  calls_.answer(404, status(404, "NotFound", "the server could not find the requested resource"));
  calls_.answer(404, status(404, "NotFound", "secrets \\\"s\\\" not found", R"({"name":"s","kind":"secrets"})"));
  calls_.answer(404, "<html><body>404 Not Found</body></html>");
  EXPECT_EQ(get_error().code, Code::kNotServed);
  EXPECT_EQ(get_error().code, Code::kNotServed);
  EXPECT_EQ(get_error().code, Code::kNotFound);
  EXPECT_EQ(get_error().code, Code::kBadAnswer);
}

TEST_F(ClientTest, APageOfAGatewayIsNamedAsOneAndSaysNothingOfPermissions) {
  for (const int code : {200, 302, 401, 403, 404, 410}) {
    calls_.answer(code, "\n<!DOCTYPE html><html>Access denied</html>");
    const Error error = get_error();
    EXPECT_EQ(error.code, Code::kBadAnswer) << code;
    EXPECT_THAT(error.message, HasSubstr("HTML page")) << code;
    EXPECT_THAT(error.message, testing::Not(HasSubstr("denied"))) << code;
  }
  calls_.answer(503, "try later", {{"Content-Type", "text/html; charset=utf-8"}, {"Retry-After", "7"}});
  const Error busy = get_error();
  EXPECT_EQ(busy.code, Code::kServer);
  EXPECT_EQ(busy.retry_after, base::Duration(seconds(7)));
  EXPECT_THAT(busy.message, HasSubstr("HTML page"));
}

TEST_F(ClientTest, ThePauseThatTheServerAsksForIsObserved) {
  calls_.answer(429, status(429, "TooManyRequests", "slow down"), {{"Retry-After", "7"}});
  calls_.answer(503, "", {{"Retry-After", "9"}});
  calls_.answer(200, object("s"), {{"Retry-After", "11"}});
  (void)get_error();
  EXPECT_EQ(pause_, seconds(7));
  (void)get_error();
  EXPECT_EQ(pause_, seconds(9));
  (void)get_error();
  EXPECT_EQ(pause_, base::Duration::zero());
}

TEST_F(ClientTest, AnswersOfWhatStandsBetweenKeepTheirText) {
  calls_.answer(404, "404 page not found\n");
  calls_.answer(502, "");
  calls_.answer(302, "<a href=login>");
  EXPECT_EQ(get_error().message, "404 page not found");
  const Error gateway = get_error();
  EXPECT_EQ(gateway.code, Code::kServer);
  EXPECT_EQ(gateway.message, "HTTP 502");
  EXPECT_EQ(get_error().code, Code::kBadAnswer);
}

TEST_F(ClientTest, RetryAfterComesFromTheHeaderOrTheStatus) {
  calls_.answer(429, status(429, "TooManyRequests", "slow down"), {{"Retry-After", "7"}});
  calls_.answer(500, status(500, "Timeout", "later", R"({"retryAfterSeconds":3})"));
  calls_.answer(503, "busy", {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}});
  EXPECT_EQ(get_error().retry_after, base::Duration(seconds(7)));
  EXPECT_EQ(get_error().retry_after, base::Duration(seconds(3)));
  EXPECT_EQ(get_error().retry_after, std::nullopt);
}

TEST_F(ClientTest, TransportErrorsSayWhetherAnythingWasSent) {
  calls_.fail(http::Error::Code::kRefused);
  calls_.fail(http::Error::Code::kTimeout);
  calls_.fail(http::Error::Code::kCancelled);
  const Error refused = get_error();
  EXPECT_EQ(refused.code, Code::kTransport);
  EXPECT_TRUE(refused.nothing_sent);
  EXPECT_EQ(refused.message, "no luck");
  const Error timeout = get_error();
  EXPECT_EQ(timeout.code, Code::kTransport);
  EXPECT_FALSE(timeout.nothing_sent);
  EXPECT_EQ(get_error().code, Code::kCancelled);
}

TEST_F(ClientTest, AnAnswerThatIsSomethingElseIsNotTaken) {
  calls_.answer(200, "<html>login</html>");
  calls_.answer(200, object("another"));
  calls_.answer(200, "[]");
  calls_.answer(200, object("a"));
  EXPECT_EQ(get_error().code, Code::kBadAnswer);
  EXPECT_EQ(get_error().code, Code::kBadAnswer);
  EXPECT_EQ(get_error().code, Code::kBadAnswer);
  EXPECT_EQ(api().list(kSecrets, {}, {}).error().code, Code::kBadAnswer);
}

TEST_F(ClientTest, EachRequestIsObserved) {
  calls_.answer(200, object("s"));
  calls_.fail(http::Error::Code::kBroken);
  watches_.answer(410, status(410, "Expired", "too old"));
  EXPECT_TRUE(api().get(kSecrets, {"ns", "s"}, {}));
  (void)get_error();
  EXPECT_EQ(api().watch(kSecrets, {}, [](std::string_view) { return true; }, {}).error().code, Code::kGone);
  EXPECT_THAT(observed_, ElementsAre("GET 200", "GET 0", "GET 410"));
}

TEST_F(ClientTest, AWatchIsCutIntoLinesHoweverItArrives) {
  EXPECT_THAT(watch_lines({"{\"a\":1}\n{\"b\"", ":2}", "\n", "{\"c\":3}\n"}),
              ElementsAre("{\"a\":1}", "{\"b\":2}", "{\"c\":3}"));
}

TEST_F(ClientTest, TheRestOfAWatchThatBreaksOffIsNotHandedOut) {
  EXPECT_THAT(watch_lines({"{\"a\":1}\n{\"b\":"}), ElementsAre("{\"a\":1}"));
}

TEST_F(ClientTest, TheSinkCanEndAWatch) {
  watches_.answer_pieces({"1\n2\n", "3\n"});
  int lines = 0;
  EXPECT_TRUE(api().watch(kSecrets, {}, [&](std::string_view) { return ++lines < 2; }, {}));
  EXPECT_EQ(lines, 2);
  EXPECT_EQ(watches_.pieces_taken(), 1U);
}

TEST_F(ClientTest, AWatchLineWithoutEndIsRefused) {
  watches_.answer_pieces(std::vector<std::string>(18, std::string(1U << 20U, 'x')));
  const auto result = api().watch(kSecrets, {}, [](std::string_view) { return true; }, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kBadAnswer);
  EXPECT_LT(watches_.pieces_taken(), 18U);
}

TEST_F(ClientTest, ARefusedWatchIsAnErrorWithTheServersWords) {
  watches_.answer(403, status(403, "Forbidden", "secrets is forbidden"));
  const auto result = api().watch(kSecrets, {}, [](std::string_view) { return true; }, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kForbidden);
  EXPECT_EQ(result.error().message, "secrets is forbidden");
}

}  // namespace
}  // namespace kube
