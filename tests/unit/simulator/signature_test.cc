#include "simulator/signature.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/sha256.h"

namespace simulator {
namespace {

/// A published request with the signatures that it has; an empty one was not published.
struct Vector {
  const char* name;
  std::string access_key = "AccessKey";
  std::string secret_key = "SecretKey";
  server::Request request;
  std::vector<std::string> signed_headers;
  std::string scope;
  std::string canonical_hash;
  std::string standard;
  std::string derived;
};

void PrintTo(const Vector& v, std::ostream* out) {
  *out << v.name;
}

const char* const kVpcs =
    "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0";
const char* const kAllVpcs = "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs";
const char* const kCertificates = "/v5/iot/0123456789abcdef0123456789abcdef/server-certificates";

server::Request this_api(const char* method, const std::string& query, const char* body) {
  return {.method = method,
          .target = kCertificates + query,
          .headers = {{"Host", "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"},
                      {"Content-Type", "application/json"},
                      {"Instance-Id", "inst-1"},
                      {"X-Project-Id", "0123456789abcdef0123456789abcdef"},
                      {"X-Sdk-Date", "20260608T023900Z"},
                      {"User-Agent", "not signed"}},
          .body = body};
}
const std::vector<std::string> kThisApiSigned = {"content-type", "host", "instance-id", "x-project-id", "x-sdk-date"};

const Vector kVectors[] = {
    {.name = "Guide",
     .access_key = "QTWAOYTTINDUT2QVKYUC",
     .secret_key = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
     .request = {.method = "GET",
                 .target = kVpcs,
                 .headers = {{"Content-Type", "application/json"},
                             {"Host", "service.region.example.com"},
                             {"X-Sdk-Date", "20191115T033655Z"}}},
     .signed_headers = {"content-type", "host", "x-sdk-date"},
     .canonical_hash = "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
     .standard = "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"},
    {.name = "PythonGet",
     .request = {.method = "GET",
                 .target = "/resources?size=1",
                 .headers = {{"host", "service.endpoint.myhuaweicloud.com"},
                             {"TEST_UNDERSCORE", "ignored"},
                             {"X-Sdk-Date", "20200608T023900Z"}}},
     .signed_headers = {"host", "x-sdk-date"},
     .scope = "20200608/test-region-1/demo",
     .canonical_hash = "de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f",
     .standard = "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842",
     .derived = "f7dfee056692e58dede80fc80cb89bbfabf45552dd7cd8d18a0a13484455b98e"},
    {.name = "PythonPost",
     .request = {.method = "POST",
                 .target = "/resources?size=1",
                 .headers = {{"host", "service.endpoint.myhuaweicloud.com"}, {"X-Sdk-Date", "20200608T023900Z"}},
                 .body = R"({"name":"test","id":1})"},
     .signed_headers = {"host", "x-sdk-date"},
     .scope = "20200608/test-region-1/demo",
     .canonical_hash = "2b1b2515e48cb55e043ff2ec5b93d3f13ec287e1da1d7a2e4e14b0611a341969",
     .standard = "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f",
     .derived = "8e2d91eaf9656ec5d6fab27812e2d898a35aaaa5e16ee0a0365c38527ccfb3cf"},
    {.name = "GoGet",
     .request = {.method = "GET", .target = "/path?limit=1", .headers = {{"X-Sdk-Date", "20060102T150405Z"}}},
     .signed_headers = {"x-sdk-date"},
     .scope = "20060102/test-region-1/demo",
     .standard = "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624",
     .derived = "8fd3610508884bb19718317797c7378716a94bc740d97502e569322e366341cc"},
    {.name = "GoPost",
     .request = {.method = "POST",
                 .target = "/path?key=value",
                 .headers = {{"X-Sdk-Date", "20060102T150405Z"}},
                 .body = "{\"Name\":\"test\",\"Id\":1}\n"},
     .signed_headers = {"x-sdk-date"},
     .scope = "20060102/test-region-1/demo",
     .standard = "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59",
     .derived = "4112f88b92d82dd1e1b7dd142f1e99e4f1762c42ca8fe0968b3045120870a903"},
    {.name = "JavaGet",
     .request = {.method = "GET",
                 .target = kVpcs,
                 .headers = {{"host", "service.region.example.com"}, {"x-sdk-date", "20191115T033655Z"}}},
     .signed_headers = {"host", "x-sdk-date"},
     .standard = "fd95e7da6f695cfb4cabbb9d6b0968aec155bc576b064835282473539ae9ea1d"},
    {.name = "JavaPost",
     .request = {.method = "POST",
                 .target = "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpc/123",
                 .headers = {{"host", "service.region.example.com"}, {"x-sdk-date", "20191115T033655Z"}},
                 .body = R"({"key":"value"})"},
     .signed_headers = {"host", "x-sdk-date"},
     .scope = "20191115/region-id-1/service",
     .standard = "b5649aa774f6cac7437631662f08815fc65c70e40e486df6db2436ce68902771",
     .derived = "e69d85082ec803f89f2e93b500106ae69cd5667c866d6aa6f3e44fc66558d8fb"},
    {.name = "JavaGetOfAnEmptyPath",
     .request = {.method = "GET",
                 .target = "",
                 .headers = {{"host", "example.com"}, {"x-sdk-date", "20191115T033655Z"}}},
     .signed_headers = {"host", "x-sdk-date"},
     .standard = "919ad8b75d4ad49da0d377e63ee21c4a7a54b752f6bf2878b4adbe9c19927da6"},
    {.name = "JavaDerivedGet",
     .request = {.method = "GET",
                 .target = kAllVpcs,
                 .headers = {{"host", "service.region.example.com"}, {"x-sdk-date", "20191115T033655Z"}}},
     .signed_headers = {"host", "x-sdk-date"},
     .scope = "20191115/region-id-1/service",
     .derived = "c63981314b17efeca4c2577e3e22ecfd3831e0c87eb87277271e32587207dd2c"},
    {.name = "JavaDerivedGetOfAnotherHost",
     .request = {.method = "GET",
                 .target = kAllVpcs,
                 .headers = {{"host", "example.com"}, {"x-sdk-date", "20191115T033655Z"}}},
     .signed_headers = {"host", "x-sdk-date"},
     .scope = "20191115/region-id-1/service",
     .derived = "5ba93d159e81cf6b1550585721ac2e2223793cee3a06f1c9fb245985608d5d0f"},
    {.name = "ThisApiPost",
     .request = this_api("POST", "", R"({"certificate_pem":"PEM","private_key":"KEY"})"),
     .signed_headers = kThisApiSigned,
     .scope = "20260608/cn-north-4/iotdm",
     .canonical_hash = "f5f5c9fbc45e05e323ab40f40ea38537b4be3c6e61d647db5b6c260ffc4ea8da",
     .standard = "1d311e93e5885deb075202ecfdbec131da8957bc3f59dd7ec46b51d092170d90",
     .derived = "1de096b414f31496ddbdd5a75d74b5ba92c710c546c01d3bf8f4e2c8502893e0"},
    {.name = "ThisApiGet",
     .request = this_api("GET", "?limit=50&offset=0&marker=ffffffffffffffffffffffff", ""),
     .signed_headers = kThisApiSigned,
     .scope = "20260608/cn-north-4/iotdm",
     .standard = "baab1ed68cf320e478274ab94da0e3fd001f6e01e9dfa72a65214317e1680fb3",
     .derived = "423465a2a6fd5a0eee8cf468079ce87ad92a13231a470e2b4fb9454973335801"},
};

class PublishedVector : public ::testing::TestWithParam<Vector> {};

TEST_P(PublishedVector, HasThePublishedSignatures) {
  const Vector& v = GetParam();
  const auto canonical = canonical_request(v.request, v.signed_headers);
  ASSERT_TRUE(canonical);
  if (!v.canonical_hash.empty()) {
    EXPECT_EQ(base::sha256_hex(*canonical), v.canonical_hash);
  }
  const std::string date(*v.request.header("X-Sdk-Date"));
  const base::Secret secret_key = base::Secret::copy_of(v.secret_key);
  if (!v.standard.empty()) {
    const Authorization authorization{.algorithm = Algorithm::kStandard, .access_key = v.access_key};
    EXPECT_EQ(signature(authorization, date, *canonical, secret_key), v.standard);
  }
  if (!v.derived.empty()) {
    const Authorization authorization{.algorithm = Algorithm::kDerived, .access_key = v.access_key, .scope = v.scope};
    EXPECT_EQ(signature(authorization, date, *canonical, secret_key), v.derived);
  }
}

INSTANTIATE_TEST_SUITE_P(Signature, PublishedVector, ::testing::ValuesIn(kVectors),
                         [](const auto& v) { return v.param.name; });

TEST(Signature, DerivesThePublishedKeys) {
  const base::Secret secret_key = base::Secret::copy_of("SecretKey");
  EXPECT_EQ(derived_key("AccessKey", secret_key, "20200608/test-region-1/demo").view(),
            "5f2c01cbdf35366c541e012b779258a826d7376e6ff5238d76d85000690e1b50");
  EXPECT_EQ(derived_key("AccessKey", secret_key, "20260608/cn-north-4/iotdm").view(),
            "d1ea86ddf09f81a7aab4b84d8cd0d1b3701aa9c425f85625d53aeb08e3479175");
}

TEST(CanonicalQuery, IsSortedAndEncodedAnew) {
  EXPECT_EQ(canonical_query("limit=1&enable=true&test=%E4%B8%80%20(%26%3D?!%23%25.*)&path=/tmp/123"
                            "&multi=3&multi=1&multi=2"),
            "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123"
            "&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29");
  EXPECT_EQ(canonical_query("b&a=&c=x+y"), "a=&b=&c=x%20y");
  EXPECT_EQ(canonical_query(""), "");
}

TEST(CanonicalRequest, EncodesThePathAnewAndEndsItInASlash) {
  const auto path = [](const char* target) {
    const std::string text = canonical_request({.method = "GET", .target = target}, {}).value();
    return text.substr(4, text.find('\n', 4) - 4);
  };
  EXPECT_EQ(path("/"), "/");
  EXPECT_EQ(path("/a"), "/a/");
  EXPECT_EQ(path("/a/"), "/a/");
  EXPECT_EQ(path("/%7Ea/b%20c/(d)"), "/~a/b%20c/%28d%29/");
  EXPECT_EQ(path("/100%/x"), "/100%25/x/");
}

TEST(CanonicalRequest, TakesExactlyTheHeadersThatTheClientNames) {
  const server::Request request{.method = "GET", .target = "/", .headers = {{"B", " two "}, {"a", "1"}, {"C", "3"}}};
  EXPECT_EQ(canonical_request(request, {"b", "a"}),
            "GET\n/\n\na:1\nb:two\n\na;b\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_FALSE(canonical_request(request, {"a", "d"}));
}

TEST(CanonicalRequest, ChecksADeclaredBodyHash) {
  server::Request request{.method = "PUT", .target = "/", .body = "x"};
  request.headers = {{"X-Sdk-Content-Sha256", base::sha256_hex("x")}};
  EXPECT_TRUE(canonical_request(request, {}));
  request.headers = {{"X-Sdk-Content-Sha256", base::sha256_hex("y")}};
  EXPECT_FALSE(canonical_request(request, {}));
}

TEST(ParseAuthorization, ReadsBothForms) {
  const auto standard = parse_authorization("SDK-HMAC-SHA256 Access=AK, SignedHeaders=a;b, Signature=00ff");
  ASSERT_TRUE(standard);
  EXPECT_EQ(standard->algorithm, Algorithm::kStandard);
  EXPECT_EQ(standard->access_key, "AK");
  EXPECT_EQ(standard->signed_headers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(standard->signature, "00ff");

  const auto derived =
      parse_authorization("V11-HMAC-SHA256 Credential=AK/20260608/r/iotdm, SignedHeaders=a, Signature=1");
  ASSERT_TRUE(derived);
  EXPECT_EQ(derived->algorithm, Algorithm::kDerived);
  EXPECT_EQ(derived->access_key, "AK");
  EXPECT_EQ(derived->scope, "20260608/r/iotdm");
}

TEST(ParseAuthorization, RefusesEverythingElse) {
  for (const char* header : {"", "Bearer x", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=a",
                             "SDK-HMAC-SHA256 Credential=AK/s, SignedHeaders=a, Signature=1",
                             "V11-HMAC-SHA256 Credential=AK, SignedHeaders=a, Signature=1",
                             "SDK-HMAC-SHA256 Access=AK; SignedHeaders=a; Signature=1",
                             "SDK-HMAC-SHA256 Access=AK, Access, SignedHeaders=a, Signature=1"}) {
    EXPECT_FALSE(parse_authorization(header)) << header;
  }
}

}  // namespace
}  // namespace simulator
