#include "iotda/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "cloud/answer.h"

namespace iotda {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Code = Error::Code;

http::Response answer(int status, std::string body,
                      const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  http::Response r;
  r.status = status;
  r.body = std::move(body);
  for (const auto& [name, value] : headers) r.headers.set(name, value);
  return r;
}

std::string coded(const std::string& code, const std::string& text = "text") {
  return R"({"error_code":")" + code + R"(","error_msg":")" + text + R"("})";
}

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

Asked asked(Call call, Signing signing = Signing::kDerived) {
  return {call, signing, kNow, {}};
}

struct Row {
  Call call;
  int status;
  std::string body;
  Code expected;
};

TEST(PlatformError, IsClassifiedByErrorCodeFirstAndStatusSecond) {
  const std::vector<Row> rows{
      // The documented table.
      {Call::kAdd, 400, coded("IOTDA.000006"), Code::kRejected},
      {Call::kAdd, 400, coded("IOTDA.000008"), Code::kRejected},
      {Call::kList, 400, coded("IOTDA.000017"), Code::kRejected},
      {Call::kAdd, 400, R"({"error_msg":"Missing request header 'X-Auth-Token' for method"})", Code::kUnauthorized},
      {Call::kAdd, 400, "Missing request header 'X-Auth-Token'", Code::kUnauthorized},
      {Call::kAdd, 400, coded("IOTDA.014301"), Code::kRejected},
      {Call::kDelete, 400, coded("IOTDA.014304"), Code::kRejected},
      {Call::kAdd, 401, coded("IOTDA.000002"), Code::kUnauthorized},
      {Call::kAdd, 401, coded("APIGW.0301"), Code::kUnauthorized},
      {Call::kAdd, 401, coded("APIG.0303"), Code::kUnauthorized},
      {Call::kList, 403, coded("IOTDA.000004"), Code::kUnauthorized},
      {Call::kList, 403, coded("IOTDA.000021"), Code::kForbidden},
      {Call::kList, 403, coded("IOTDA.000022"), Code::kForbidden},
      {Call::kAdd, 403, coded("IOTDA.001000"), Code::kForbidden},
      {Call::kAdd, 403, coded("IOTDA.001006"), Code::kForbidden},
      {Call::kAdd, 403, coded("IOTDA.021101"), Code::kThrottled},
      {Call::kAdd, 403, coded("IOTDA.021102"), Code::kThrottled},
      {Call::kAdd, 429, coded("APIGW.0308"), Code::kThrottled},
      {Call::kAdd, 500, coded("IOTDA.000001"), Code::kUnknown},
      // The code decides, not the status.
      {Call::kAdd, 400, coded("IOTDA.000001"), Code::kUnknown},
      {Call::kAdd, 500, coded("IOTDA.000006"), Code::kRejected},
      {Call::kAdd, 400, coded("IOTDA.000002"), Code::kUnauthorized},
      {Call::kAdd, 400, coded("IOTDA.021101"), Code::kThrottled},
      {Call::kShow, 404, coded("APIGW.0101"), Code::kForbidden},
      // Statuses alone.
      {Call::kAdd, 401, "", Code::kUnauthorized},
      {Call::kAdd, 403, "", Code::kForbidden},
      {Call::kAdd, 403, "request rate limit reached", Code::kThrottled},
      {Call::kAdd, 429, "", Code::kThrottled},
      {Call::kAdd, 404, "", Code::kRejected},
      {Call::kAdd, 403, "<html>access denied</html>", Code::kUnknown},
      {Call::kList, 403, "<!DOCTYPE html><p>access denied</p>", Code::kUnknown},
      {Call::kList, 401, "<html>log in</html>", Code::kUnknown},
      {Call::kShow, 404, "<html>not found</html>", Code::kUnknown},
      {Call::kDelete, 404, "<html>not found</html>", Code::kUnknown},
      {Call::kAdd, 429, "<html>too many requests</html>", Code::kThrottled},
      {Call::kAdd, 413, "<html>too large</html>", Code::kRejected},
      {Call::kShow, 404, "", Code::kNotFound},
      {Call::kDelete, 404, coded("IOTDA.099999"), Code::kNotFound},
      {Call::kList, 404, "", Code::kRejected},
      {Call::kAdd, 409, coded("IOTDA.099999", "certificate already exists"), Code::kRejected},
      {Call::kAdd, 302, "", Code::kNotSent},
      {Call::kAdd, 307, "<html>moved</html>", Code::kNotSent},
      // It may have been carried out.
      {Call::kAdd, 303, "", Code::kUnknown},
      {Call::kAdd, 400, "", Code::kUnknown},
      {Call::kAdd, 400, "<html>bad request</html>", Code::kUnknown},
      {Call::kAdd, 400, R"({"status":400,"code":400,"error":"Bad Request"})", Code::kUnknown},
      {Call::kAdd, 408, coded("X.1"), Code::kUnknown},
      {Call::kAdd, 502, "<html>bad gateway</html>", Code::kUnknown},
      {Call::kAdd, 503, coded("APIGW.0201"), Code::kUnknown},
      {Call::kAdd, 504, "", Code::kUnknown},
      {Call::kDelete, 500, "", Code::kUnknown},
      // The quota: its code is not documented, and only adding can meet it.
      {Call::kAdd, 400, coded("IOTDA.099999", "The server certificate quota is used up"), Code::kQuota},
      {Call::kAdd, 403, coded("IOTDA.099999", "The number of certificates exceeds the limit 2"), Code::kQuota},
      {Call::kAdd, 409, coded("IOTDA.099999", "Maximum number of server certificates reached"), Code::kQuota},
      {Call::kAdd, 400, coded("IOTDA.099999", "证书数量已达到上限"), Code::kQuota},
      {Call::kAdd, 400, coded("IOTDA.000006", "The length of private_key exceeds the limit, number 10240"),
       Code::kRejected},
      {Call::kAdd, 400, coded("IOTDA.000006", "private_key exceeds the limit"), Code::kRejected},
      {Call::kAdd, 429, coded("APIGW.0308", "The request quota is used up"), Code::kThrottled},
      {Call::kDelete, 400, coded("IOTDA.099999", "quota"), Code::kRejected},
  };
  for (const Row& row : rows) {
    const Error error = error_of(asked(row.call), answer(row.status, row.body));
    EXPECT_EQ(static_cast<int>(error.code), static_cast<int>(row.expected))
        << name_of(row.call) << ' ' << row.status << ' ' << row.body << "\n"
        << error.message;
    EXPECT_EQ(error.http_status, row.status);
    EXPECT_LE(error.message.size(), 512U);
    EXPECT_FALSE(error.message.empty());
  }
}

TEST(PlatformError, IsReadInEverySpelling) {
  for (const char* body : {
           R"({"error_code":"IOTDA.000006","error_msg":"bad","request_id":"r-1"})",
           R"({"errorCode":"IOTDA.000006","errorMsg":"bad","requestId":"r-1"})",
           R"({"code":"IOTDA.000006","message":"bad","request_id":"r-1"})",
           R"({"error":{"code":"IOTDA.000006","message":"bad"},"request_id":"r-1"})",
           R"({"request_id":"r-1","data":{"errors":[{"error_code":"IOTDA.000006","error_msg":"bad"}]}})",
           R"([{"error_code":"IOTDA.000006","error_msg":"bad","request_id":"r-1"}])",
       }) {
    const cloud::Answer a = cloud::read_answer(answer(400, body));
    EXPECT_EQ(a.error_code, "IOTDA.000006") << body;
    EXPECT_EQ(a.text, "bad") << body;
    EXPECT_EQ(a.request_id, "r-1") << body;
  }
}

TEST(PlatformError, TakesNumbersAsCodesButNotTheStatusRepeated) {
  EXPECT_EQ(cloud::read_answer(answer(400, R"({"error_code":104902,"error_desc":"x"})")).error_code, "104902");
  EXPECT_EQ(cloud::read_answer(answer(400, R"({"code":400,"message":"x"})")).error_code, "");
  EXPECT_EQ(
      cloud::read_answer(answer(401, R"({"error":{"code":401,"message":"x","title":"Unauthorized"}})")).error_code, "");
}

TEST(PlatformError, HasNoCodeThatIsNotOne) {
  for (const char* body : {R"({"error_code":"two words"})", R"({"error_code":""})", R"({"error_code":null})", "[]", "",
                           R"({"error_code":{"a":[1,2]}})", "\"text\"", "{", "1"}) {
    EXPECT_EQ(cloud::read_answer(answer(400, body)).error_code, "") << body;
  }
  EXPECT_EQ(cloud::read_answer(answer(400, R"({"code":")" + std::string(65, 'x') + R"("})")).error_code, "");
  EXPECT_EQ(cloud::read_answer(answer(400, coded("IOTDA.000006") + std::string(70'000, ' '))).error_code, "");
}

TEST(PlatformError, PrefersTheRequestIdOfTheHeaders) {
  const auto id = [](const std::vector<std::pair<std::string, std::string>>& headers) {
    return error_of(asked(Call::kAdd), answer(400, R"({"request_id":"body"})", headers)).request_id;
  };
  EXPECT_EQ(id({}), "body");
  EXPECT_EQ(id({{"x-request-id", " 8c2f2b "}}), "8c2f2b");
  EXPECT_EQ(id({{"X-IAM-Trace-Id", "token_cn-north-4_null_1"}}), "token_cn-north-4_null_1");
  EXPECT_EQ(id({{"X-Request-Id", "a"}, {"X-IAM-Trace-Id", "b"}}), "a");
  EXPECT_EQ(id({{"X-Request-Id", "with a line\nbreak"}}), "body");
}

TEST(PlatformError, ReadsRetryAfter) {
  const auto after = [](const std::string& value) {
    return error_of(asked(Call::kAdd), answer(429, "", {{"Retry-After", value}})).retry_after;
  };
  using namespace std::chrono_literals;
  EXPECT_EQ(after("7"), 7s);
  EXPECT_EQ(after(" 0 "), 0s);
  EXPECT_EQ(after("86400"), 1h);
  EXPECT_EQ(after("99999999999999999999"), 1h);
  EXPECT_EQ(after("Mon, 08 Jun 2026 02:39:30 GMT"), 30s);
  EXPECT_EQ(after("Mon, 08 Jun 2026 02:38:30 GMT"), 0s);
  EXPECT_EQ(after("Mon, 08 Jun 2026 09:38:30 GMT"), 1h);
  for (const char* no_value :
       {"", "-1", "soon", "1.5", "Mon, 99 Jun 2026 02:39:30 GMT", "Mon, 08 Xyz 2026 02:39:30 GMT",
        "Mon, 08 Jun 2026 02:39:30 UTC", "Mon, 08 Jun -026 02:39:30 GMT"}) {
    EXPECT_EQ(after(no_value), std::nullopt) << no_value;
  }
  EXPECT_EQ(error_of(asked(Call::kAdd), answer(429, "")).retry_after, std::nullopt);
}

TEST(PlatformError, NamesTheWrongSigningAndTheOneThatWasUsed) {
  for (const auto& [status, body] : {std::pair{401, coded("IOTDA.000002", "Authentication failed.")},
                                     std::pair{400, std::string("Missing request header 'X-Auth-Token'")}}) {
    const Error derived = error_of(asked(Call::kAdd, Signing::kDerived), answer(status, body));
    EXPECT_THAT(derived.message, HasSubstr("`signing: Standard`"));
    EXPECT_THAT(derived.message, HasSubstr("was signed as Derived"));
    const Error standard = error_of(asked(Call::kAdd, Signing::kStandard), answer(status, body));
    EXPECT_THAT(standard.message, HasSubstr("was signed as Standard"));
  }
}

TEST(PlatformError, SeesAWrongClockInTheDateOfTheAnswer) {
  const auto message = [](const std::string& date, const std::string& text) {
    return error_of(asked(Call::kAdd), answer(401, coded("APIGW.0301", text), {{"Date", date}})).message;
  };
  EXPECT_THAT(message("Mon, 08 Jun 2026 02:19:01 GMT", "x"), HasSubstr("clock of the node is 20m ahead of"));
  EXPECT_THAT(message("Mon, 08 Jun 2026 04:09:00 GMT", "x"), HasSubstr("clock of the node is 1h30m behind"));
  EXPECT_THAT(message("Mon, 08 Jun 2026 02:38:00 GMT", "x"), Not(HasSubstr("clock")));
  EXPECT_THAT(message("", "request timestamp expired"), HasSubstr("clock of the node is more than 15 minutes off"));
}

TEST(PlatformError, TellsAnExpiredTokenFromAWrongClock) {
  const auto message = [](const std::string& text) {
    return error_of(asked(Call::kAdd), answer(401, coded("APIGW.0301", text))).message;
  };
  for (const char* text : {"Incorrect IAM authentication information: the security token has expired",
                           "Incorrect IAM authentication information: token expires",
                           "Incorrect IAM authentication information: decrypt token fail", "Token is invalid",
                           "The security token has expired, canonicalRequest:GET|/v5/"}) {
    EXPECT_THAT(message(text), HasSubstr("security token is not valid or has expired")) << text;
    EXPECT_THAT(message(text), Not(HasSubstr("clock"))) << text;
  }
  for (const char* text : {"signature expired", "request timestamp expired, canonicalRequest:GET|x-security-token:a|",
                           "request expired, SignedHeaders=host;x-sdk-date;x-security-token"}) {
    EXPECT_THAT(message(text), HasSubstr("clock of the node")) << text;
    EXPECT_THAT(message(text), Not(HasSubstr("token is not valid"))) << text;
  }
  EXPECT_THAT(message("verify aksk signature fail, canonicalRequest:GET|x-security-token:invalid|"),
              HasSubstr("do not match"));
}

TEST(PlatformError, NamesNoKindOfCredentials) {
  for (const char* text :
       {"ak not exist", "AK access failed to reach the limit,forbidden", "verify aksk signature fail"}) {
    EXPECT_THAT(error_of(asked(Call::kAdd), answer(401, coded("APIGW.0301", text))).message, Not(HasSubstr("Secret")));
  }
}

TEST(PlatformError, NamesCauseAndCureOfTheKnownMistakes) {
  struct Known {
    Call call;
    int status;
    std::string body;
    std::string expected;
  };
  for (const Known& k : std::vector<Known>{
           {Call::kAdd, 401,
            coded("APIGW.0301", "Incorrect IAM authentication information: Get secretKey failed,ak not exist"),
            "access key does not exist"},
           {Call::kAdd, 401, coded("APIGW.0301", "AK access failed to reach the limit,forbidden"),
            "is locked for 5 minutes"},
           {Call::kAdd, 401, coded("APIGW.0301", "verify aksk signature fail"), "do not match"},
           {Call::kAdd, 403, coded("IOTDA.000004"), "security token is not valid or has expired"},
           {Call::kAdd, 403, coded("IOTDA.000021"), "copy the HTTPS address"},
           {Call::kAdd, 403, coded("IOTDA.000022"), "iotda:servercertificate:create"},
           {Call::kList, 403, coded("IOTDA.000022"), "iotda:servercertificate:queryList"},
           {Call::kShow, 403, coded("IOTDA.000022"), "to show server certificates"},
           {Call::kDelete, 403, "", "iotda:servercertificate:delete"},
           {Call::kListDomains, 403, "", "to list domain configurations"},
           {Call::kAdd, 403, coded("IOTDA.001000"), "`projectId`"},
           {Call::kAdd, 403, coded("X.1", "The instance does not exist."), "check `instanceId`"},
           {Call::kAdd, 400, coded("X.1", "Invalid Instance-Id"), "check `instanceId`"},
           {Call::kAdd, 404, "", "`projectId`"},
           {Call::kAdd, 429, "", "rate limited; will retry"},
           {Call::kAdd, 400, coded("X.1", "quota"), "request a higher quota"},
           {Call::kAdd, 400, coded("IOTDA.014301"), "check the certificate chain, the private key and the password"},
           {Call::kAdd, 500, "", "it may have been uploaded"},
           {Call::kDelete, 500, "", "it may have been deleted"},
       }) {
    EXPECT_THAT(error_of(asked(k.call), answer(k.status, k.body)).message, HasSubstr(k.expected));
  }
}

TEST(PlatformError, SaysWhatWasTriedAndWhatThePlatformSaid) {
  const Error error = error_of(asked(Call::kAdd), answer(400, coded("IOTDA.000006", "Invalid input data.")));
  EXPECT_EQ(
      error.message,
      "uploading the server certificate failed (HTTP 400, IOTDA.000006): the platform rejected the request: check "
      "the certificate chain, the private key and the password. The platform says: Invalid input data.");
}

TEST(PlatformError, HasNothingOfWhatWasSentInConfidence) {
  Asked with_password = asked(Call::kAdd);
  with_password.withheld = {"KEY", "hunter"};
  const Error error = error_of(
      with_password, answer(400, coded("HUNTER.1", "cannot decrypt with Hunter"), {{"X-Request-Id", "hunter"}}));
  EXPECT_EQ(error.message,
            "uploading the server certificate failed (HTTP 400): the platform rejected the request: check the "
            "certificate chain, the private key and the password");
  EXPECT_EQ(error.error_code, "");
  EXPECT_EQ(error.request_id, "");
}

TEST(PlatformError, SaysThatTheEndpointRedirects) {
  for (const Call call : {Call::kList, Call::kAdd, Call::kShow, Call::kDelete}) {
    for (const int status : {300, 301, 302, 303, 304, 307, 308, 399}) {
      const Error error = error_of(asked(call), answer(status, coded("IOTDA.000022")));
      const bool elsewhere = status == 301 || status == 302 || status == 307 || status == 308;
      EXPECT_EQ(error.code, elsewhere ? Code::kNotSent : Code::kUnknown) << status;
      EXPECT_THAT(error.message, HasSubstr("redirect")) << status;
      EXPECT_THAT(error.message, HasSubstr("`endpoint`")) << status;
    }
  }
}

TEST(TransportError, TellsWhetherThePlatformCanHaveSeenTheCall) {
  struct Case {
    http::Error::Code from;
    Code expected;
  };
  for (const Case& c :
       {Case{http::Error::Code::kRefused, Code::kNotSent}, Case{http::Error::Code::kTls, Code::kNotSent},
        Case{http::Error::Code::kInvalid, Code::kNotSent}, Case{http::Error::Code::kTimeout, Code::kUnknown},
        Case{http::Error::Code::kBroken, Code::kUnknown}, Case{http::Error::Code::kTooLarge, Code::kUnknown},
        Case{http::Error::Code::kCancelled, Code::kCancelled}}) {
    const Error error = error_of(Call::kAdd, http::Error{c.from, "the reason"});
    EXPECT_EQ(static_cast<int>(error.code), static_cast<int>(c.expected)) << error.message;
    EXPECT_EQ(error.http_status, 0);
    EXPECT_THAT(error.message, HasSubstr("the reason"));
    const bool in_doubt = c.expected != Code::kNotSent;
    EXPECT_EQ(error.message.find("may have been uploaded") != std::string::npos, in_doubt) << error.message;
  }
}

TEST(TransportError, SaysWhatToDoWhenTheEndpointIsNotTrusted) {
  EXPECT_THAT(error_of(Call::kList, http::Error{http::Error::Code::kTls, "self-signed certificate"}).message,
              HasSubstr("`caBundle`"));
}

}  // namespace
}  // namespace iotda
