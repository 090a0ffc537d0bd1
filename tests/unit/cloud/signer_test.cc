#include "cloud/signer.h"

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "base/hex.h"
#include "base/sha256.h"
#include "base/time_format.h"

namespace cloud {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

base::SystemTime at(std::string_view compact) {
  return base::parse_compact(compact).value();
}

Credentials key(const std::string& access_key, std::string secret_key) {
  return {access_key, base::Secret(std::move(secret_key)), {}};
}

std::shared_ptr<const Credentials> shared(Credentials credentials) {
  return std::make_shared<const Credentials>(std::move(credentials));
}

http::Request request(std::string method, std::string target, const Headers& headers, std::string_view body = "") {
  http::Request r;
  r.method = std::move(method);
  r.target = std::move(target);
  for (const auto& [name, value] : headers) r.headers.set(name, value);
  r.body = base::Secret::copy_of(body);
  return r;
}

std::string authorization(const http::Request& r) {
  return std::string(r.headers.get("Authorization").value_or(""));
}

std::string hash_of_canonical_request(const http::Request& r, std::string_view signed_headers) {
  return base::sha256_hex(canonical_request(r, signed_headers).view());
}

// The vectors of the API signing guide and of the signer tests of the public SDKs; E was computed from the rules.
constexpr std::string_view kProject = "/v1/77b6a44cba5143ab91d13ab9a8ff44fd";
constexpr std::string_view kIotda = "/v5/iot/0123456789abcdef0123456789abcdef/server-certificates";

struct Vector {
  std::string name;
  Signing signing;
  std::string region;
  std::string service;
  std::string date;
  http::Request request;
  std::string expected_names;
  std::string expected_signature;
  std::string access_key = "AccessKey";
  std::string secret_key = "SecretKey";
};

std::vector<Vector> vectors() {
  const Headers b{{"Host", "service.endpoint.myhuaweicloud.com"}, {"TEST_UNDERSCORE", "TEST"}};
  const Headers d{{"Host", "service.region.example.com"}};
  const Headers example{{"Host", "example.com"}};
  const Headers e{{"Content-Type", "application/json"},
                  {"Host", "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"},
                  {"Instance-Id", "inst-1"},
                  {"User-Agent", "not signed"},
                  {"X-Project-Id", "0123456789abcdef0123456789abcdef"}};
  const std::string v = std::string(kProject) + "/vpcs";
  const std::string w = std::string(kProject) + "/vpc/123";
  const std::string page = "?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0";
  const std::string b_body = R"({"name":"test","id":1})";
  const std::string c_body = "{\"Name\":\"test\",\"Id\":1}\n";
  const std::string e_body = R"({"certificate_pem":"PEM","private_key":"KEY"})";
  const std::string e_query = "?limit=50&offset=0&marker=ffffffffffffffffffffffff";
  const std::string e_names = "content-type;host;instance-id;x-project-id;x-sdk-date";
  const std::string path(kIotda);
  constexpr auto sdk = Signing::kStandard;
  constexpr auto v11 = Signing::kDerived;

  std::vector<Vector> all;
  const auto add = [&](Vector vector) { all.push_back(std::move(vector)); };
  add({"A, signing guide", sdk, "", "", "20191115T033655Z",
       request("GET", v + page, {{"Content-Type", "application/json"}, {"Host", "service.region.example.com"}}),
       "content-type;host;x-sdk-date", "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
       "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"});

  const auto add_b = [&](std::string name, Signing signing, http::Request r, std::string signature) {
    add({"B, " + name, signing, "test-region-1", "demo", "20200608T023900Z", std::move(r), "host;x-sdk-date",
         std::move(signature)});
  };
  add_b("GET standard", sdk, request("GET", "/resources?size=1", b),
        "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842");
  add_b("GET derived", v11, request("GET", "/resources?size=1", b),
        "f7dfee056692e58dede80fc80cb89bbfabf45552dd7cd8d18a0a13484455b98e");
  add_b("POST standard", sdk, request("POST", "/resources?size=1", b, b_body),
        "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f");
  add_b("POST derived", v11, request("POST", "/resources?size=1", b, b_body),
        "8e2d91eaf9656ec5d6fab27812e2d898a35aaaa5e16ee0a0365c38527ccfb3cf");

  const auto add_c = [&](std::string name, Signing signing, http::Request r, std::string signature) {
    add({"C, " + name, signing, "test-region-1", "demo", "20060102T150405Z", std::move(r), "x-sdk-date",
         std::move(signature)});
  };
  add_c("GET standard", sdk, request("GET", "/path?limit=1", {}),
        "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624");
  add_c("GET derived", v11, request("GET", "/path?limit=1", {}),
        "8fd3610508884bb19718317797c7378716a94bc740d97502e569322e366341cc");
  add_c("POST standard", sdk, request("POST", "/path?key=value", {}, c_body),
        "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59");
  add_c("POST derived", v11, request("POST", "/path?key=value", {}, c_body),
        "4112f88b92d82dd1e1b7dd142f1e99e4f1762c42ca8fe0968b3045120870a903");

  const auto add_d = [&](std::string name, Signing signing, http::Request r, std::string signature) {
    add({"D, " + name, signing, "region-id-1", "service", "20191115T033655Z", std::move(r), "host;x-sdk-date",
         std::move(signature)});
  };
  add_d("GET standard", sdk, request("GET", v + page, d),
        "fd95e7da6f695cfb4cabbb9d6b0968aec155bc576b064835282473539ae9ea1d");
  add_d("POST standard", sdk, request("POST", w, d, R"({"key":"value"})"),
        "b5649aa774f6cac7437631662f08815fc65c70e40e486df6db2436ce68902771");
  add_d("GET of an empty path standard", sdk, request("GET", "", example),
        "919ad8b75d4ad49da0d377e63ee21c4a7a54b752f6bf2878b4adbe9c19927da6");
  add_d("GET derived", v11, request("GET", v, d), "c63981314b17efeca4c2577e3e22ecfd3831e0c87eb87277271e32587207dd2c");
  add_d("POST derived", v11, request("POST", w, d, R"({"key":"value"})"),
        "e69d85082ec803f89f2e93b500106ae69cd5667c866d6aa6f3e44fc66558d8fb");
  add_d("GET derived for another host", v11, request("GET", v, example),
        "5ba93d159e81cf6b1550585721ac2e2223793cee3a06f1c9fb245985608d5d0f");

  const auto add_e = [&](std::string name, Signing signing, http::Request r, std::string signature) {
    add({"E, " + name, signing, "cn-north-4", "iotdm", "20260608T023900Z", std::move(r), e_names,
         std::move(signature)});
  };
  add_e("POST standard", sdk, request("POST", path, e, e_body),
        "1d311e93e5885deb075202ecfdbec131da8957bc3f59dd7ec46b51d092170d90");
  add_e("POST derived", v11, request("POST", path, e, e_body),
        "1de096b414f31496ddbdd5a75d74b5ba92c710c546c01d3bf8f4e2c8502893e0");
  add_e("GET standard", sdk, request("GET", path + e_query, e),
        "baab1ed68cf320e478274ab94da0e3fd001f6e01e9dfa72a65214317e1680fb3");
  add_e("GET derived", v11, request("GET", path + e_query, e),
        "423465a2a6fd5a0eee8cf468079ce87ad92a13231a470e2b4fb9454973335801");
  return all;
}

TEST(Signer, MatchesEveryPublishedVector) {
  for (Vector& v : vectors()) {
    SCOPED_TRACE(v.name);
    Signer signer(v.signing, v.region, v.service);
    signer.authorise(v.request, shared(key(v.access_key, v.secret_key)), at(v.date));
    const std::string credential = v.signing == Signing::kDerived
                                       ? "V11-HMAC-SHA256 Credential=" + v.access_key + "/" + v.date.substr(0, 8) +
                                             "/" + v.region + "/" + v.service
                                       : "SDK-HMAC-SHA256 Access=" + v.access_key;
    EXPECT_EQ(authorization(v.request),
              credential + ", SignedHeaders=" + v.expected_names + ", Signature=" + v.expected_signature);
  }
}

TEST(CanonicalRequest, HashesToThePublishedIntermediates) {
  http::Request a = request("GET", std::string(kProject) + "/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
                            {{"Content-Type", "application/json"},
                             {"Host", "service.region.example.com"},
                             {"X-Sdk-Date", "20191115T033655Z"}});
  EXPECT_EQ(hash_of_canonical_request(a, "content-type;host;x-sdk-date"),
            "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a");

  const Headers b{{"Host", "service.endpoint.myhuaweicloud.com"}, {"X-Sdk-Date", "20200608T023900Z"}};
  EXPECT_EQ(hash_of_canonical_request(request("GET", "/resources?size=1", b), "host;x-sdk-date"),
            "de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f");
  EXPECT_EQ(hash_of_canonical_request(request("POST", "/resources?size=1", b, R"({"name":"test","id":1})"),
                                      "host;x-sdk-date"),
            "2b1b2515e48cb55e043ff2ec5b93d3f13ec287e1da1d7a2e4e14b0611a341969");

  const Headers e{{"Content-Type", "application/json"},
                  {"Host", "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"},
                  {"Instance-Id", "inst-1"},
                  {"X-Project-Id", "0123456789abcdef0123456789abcdef"},
                  {"X-Sdk-Date", "20260608T023900Z"}};
  EXPECT_EQ(hash_of_canonical_request(
                request("POST", std::string(kIotda), e, R"({"certificate_pem":"PEM","private_key":"KEY"})"),
                "content-type;host;instance-id;x-project-id;x-sdk-date"),
            "f5f5c9fbc45e05e323ab40f40ea38537b4be3c6e61d647db5b6c260ffc4ea8da");
}

TEST(CanonicalRequest, TrimsHeaderValues) {
  const http::Request spaced = request("GET", "/", {{"Host", "  example.com\t"}});
  EXPECT_EQ(hash_of_canonical_request(spaced, "host"),
            hash_of_canonical_request(request("GET", "/", {{"Host", "example.com"}}), "host"));
}

TEST(DerivedKey, MatchesThePublishedIntermediates) {
  const base::Secret extracted = base::hmac_sha256("AccessKey", "SecretKey");
  EXPECT_EQ(base::to_hex(extracted.view()), "17c5acdeaa5614fd3f3cd248b48147c1f78d4c90825525146d8378e56f8cad8b");
  EXPECT_EQ(derive_key(key("AccessKey", "SecretKey"), "20200608/test-region-1/demo").view(),
            "5f2c01cbdf35366c541e012b779258a826d7376e6ff5238d76d85000690e1b50");
  EXPECT_EQ(derive_key(key("AccessKey", "SecretKey"), "20260608/cn-north-4/iotdm").view(),
            "d1ea86ddf09f81a7aab4b84d8cd0d1b3701aa9c425f85625d53aeb08e3479175");
}

TEST(CanonicalQuery, DecodesSortsAndEncodesAgain) {
  constexpr std::string_view all =
      "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29";
  EXPECT_EQ(canonical_query("/?limit=1&enable=true&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29&path=%2Ftmp%2F123&"
                            "multi=3&multi=1&multi=2"),
            all);
  // The same query, encoded as another client might.
  EXPECT_EQ(canonical_query("/?multi=2&test=%e4%b8%80%20(%26%3D?!%23%25.*)&multi=3&path=/tmp/123&limit=1&multi=1&"
                            "enable=true"),
            all);
}

TEST(CanonicalQuery, TakesTheOddFormsOfAQuery) {
  EXPECT_EQ(canonical_query("/path"), "");
  EXPECT_EQ(canonical_query("/path?"), "");
  EXPECT_EQ(canonical_query("/path?flag"), "flag=");
  EXPECT_EQ(canonical_query("/path?b=&a"), "a=&b=");
  EXPECT_EQ(canonical_query("/path?a=b=c"), "a=b%3Dc");
  EXPECT_EQ(canonical_query("/path?&&a=1&"), "a=1");
  EXPECT_EQ(canonical_query("/path?a=100%&b=%zz&c=%4"), "a=100%25&b=%25zz&c=%254");
}

TEST(CanonicalUri, EndsWithASlashAndHasItsSegmentsEncoded) {
  EXPECT_EQ(canonical_uri(""), "/");
  EXPECT_EQ(canonical_uri("/"), "/");
  EXPECT_EQ(canonical_uri("/a/b"), "/a/b/");
  EXPECT_EQ(canonical_uri("/a/b/"), "/a/b/");
  EXPECT_EQ(canonical_uri("/a/b?c=/d"), "/a/b/");
  EXPECT_EQ(canonical_uri("/a b/%e4%b8%80/~x"), "/a%20b/%E4%B8%80/~x/");
}

TEST(Signer, SendsAndSignsTheSecurityTokenOfATemporaryKey) {
  const auto temporary = [](std::string_view token) {
    Credentials credentials = key("AccessKey", "SecretKey");
    credentials.security_token = base::Secret::copy_of(token);
    return shared(std::move(credentials));
  };
  Signer signer(Signing::kDerived, "cn-north-4");
  http::Request r = request("GET", "/", {{"Host", "example.com"}});
  signer.authorise(r, temporary("token"), at("20260608T023900Z"));
  EXPECT_EQ(r.headers.get("X-Security-Token"), "token");
  EXPECT_NE(authorization(r).find("SignedHeaders=host;x-sdk-date;x-security-token,"), std::string::npos);

  http::Request same = request("GET", "/", {{"Host", "example.com"}});
  signer.authorise(same, temporary("another"), at("20260608T023900Z"));
  EXPECT_NE(authorization(same), authorization(r));
}

TEST(Signer, SendsATokenAndSignsNothing) {
  Credentials credentials;
  credentials.token = base::Secret::copy_of("token-1");
  http::Request r = request("GET", "/", {{"Host", "example.com"}});
  Signer(Signing::kDerived, "cn-north-4").authorise(r, shared(std::move(credentials)), at("20260608T023900Z"));
  EXPECT_EQ(r.headers.get("X-Auth-Token"), "token-1");
  EXPECT_EQ(authorization(r), "");
  EXPECT_FALSE(r.headers.get("X-Sdk-Date"));
}

TEST(Signer, DerivesANewKeyForOtherCredentialsOfTheSameDay) {
  Signer signer(Signing::kDerived, "cn-north-4");
  std::vector<std::string> signatures;
  for (const char* secret : {"SecretKey", "another", "SecretKey"}) {
    http::Request r = request("GET", "/", {{"Host", "example.com"}});
    signer.authorise(r, shared(key("AccessKey", secret)), at("20260608T023900Z"));
    signatures.push_back(authorization(r));
  }
  EXPECT_NE(signatures[0], signatures[1]);
  EXPECT_EQ(signatures[0], signatures[2]);
}

TEST(Signer, SignsAnewWithAFreshDateAndTheKeyOfThatDay) {
  const auto credentials = shared(key("AccessKey", "SecretKey"));
  Signer signer(Signing::kDerived, "cn-north-4");
  http::Request r = request("GET", "/", {{"Host", "example.com"}});
  signer.authorise(r, credentials, at("20260608T235959Z"));
  const std::string first = authorization(r);
  signer.authorise(r, credentials, at("20260609T000000Z"));
  EXPECT_EQ(r.headers.get("X-Sdk-Date"), "20260609T000000Z");
  EXPECT_NE(authorization(r).find("Credential=AccessKey/20260609/cn-north-4/iotdm,"), std::string::npos);

  // A signer that never had another day's key agrees, also when the first day comes back.
  const auto alone = [&](std::string_view date) {
    Signer fresh(Signing::kDerived, "cn-north-4");
    http::Request again = request("GET", "/", {{"Host", "example.com"}});
    fresh.authorise(again, credentials, at(date));
    return authorization(again);
  };
  EXPECT_EQ(authorization(r), alone("20260609T000000Z"));
  signer.authorise(r, credentials, at("20260608T235959Z"));
  EXPECT_EQ(authorization(r), first);
  EXPECT_EQ(first, alone("20260608T235959Z"));
}

TEST(Signer, GivesTheSameSignatureToEveryThread) {
  const auto credentials = shared(key("AccessKey", "SecretKey"));
  Signer signer(Signing::kDerived, "cn-north-4");
  std::vector<std::string> signatures(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      threads.emplace_back([&, i] {
        http::Request r = request("GET", "/", {{"Host", "example.com"}});
        for (int n = 0; n < 50; ++n)
          signer.authorise(r, credentials, at(n % 2 == 0 ? "20260608T000000Z" : "20260609T000000Z"));
        signatures[i] = authorization(r);
      });
    }
  }
  for (const std::string& s : signatures) EXPECT_EQ(s, signatures.front());
}

}  // namespace
}  // namespace cloud
