#include "validate/validate.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "json/value.h"
#include "support/base64.h"
#include "support/certificates/certificates.h"
#include "validate/output.h"

namespace validate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

Report judge(const std::string& yaml, Options options = {}) {
  options.files = {"-"};
  std::istringstream input(yaml);
  return validate(options, input, kNow);
}

/// "LINE OBJECT REASON" of each.
std::vector<std::string> brief(const std::vector<Issue>& issues) {
  std::vector<std::string> all;
  for (const Issue& i : issues) all.push_back(std::to_string(i.line) + " " + i.object() + " " + i.reason);
  return all;
}

const std::string kInstance =
    "---\napiVersion: iotda.huaweicloud.com/v1alpha1\nkind: IoTDAInstance\nmetadata: {name: default}\n"
    "spec: {endpoint: 'https://x.st1.iotda-app.cn-north-4.myhuaweicloud.com', projectId: p, credentials: {secretRef: "
    "{name: credentials}}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: credentials, namespace: "
    "iotda-system}\n";  // 9 lines

std::string certificate(const std::string& name, const std::string& spec) {
  return "---\napiVersion: iotda.huaweicloud.com/v1alpha1\nkind: ServerCertificate\nmetadata: {name: " + name +
         ", namespace: prod}\nspec: " + spec + "\n";  // 5 lines
}

std::string indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
  return out;
}

std::string string_data(const std::string& name, const std::vector<std::pair<std::string, std::string>>& data) {
  std::string yaml =
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: prod}\nstringData:\n";
  for (const auto& [key, value] : data) yaml += "  " + key + ": |\n" + indented(value);
  return yaml;
}

std::string base64_data(const std::string& name, const std::vector<std::pair<std::string, std::string>>& data) {
  std::string yaml = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: prod}\n";
  yaml += data.front().first == "tls.crt" ? "type: kubernetes.io/tls\ndata:\n" : "type: Opaque\ndata:\n";
  for (const auto& [key, value] : data) yaml += "  " + key + ": " + test::base64_encode(value) + "\n";
  return yaml;
}

struct Pair {
  test::Chain chain = test::make_chain({.dns_names = {"mqtt.example.com"}});
  std::string pem = chain.bundle();
  std::string key = chain.leaf.key_pem();
};

TEST(Validate, FindsNothingWrongWithWhatIsRight) {
  const Pair p;
  for (const std::string& secret : {string_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", p.key}}),
                                    base64_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", p.key}})}) {
    const std::string object =
        certificate("a", "{secretRef: {name: a-tls}, domainConfiguration: {domainName: MQTT.example.com.}}");
    for (const std::string& yaml : {kInstance + object + secret, secret + object + kInstance}) {
      const Report report = judge(yaml);
      EXPECT_EQ(to_text(report), "Checked: 1 ServerCertificate, 1 IoTDAInstance, 2 Secrets (content validated: 1)\n");
      EXPECT_EQ(report.exit_code(), 0);
    }
  }
}

TEST(Validate, NamesTheLineOfTheFileForADefectInALiteralBlock) {
  Pair p;
  const std::size_t third = p.pem.find('\n', p.pem.find('\n') + 1) + 1;
  p.pem[third + 5] = '*';
  const std::string object = certificate("a", "{secretRef: {name: a-tls}}");  // 5 lines
  const Report literal = judge(object + string_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", p.key}}),
                               {.allow_missing_references = true});
  // The Secret begins on line 6, its certificate behind line 11.
  EXPECT_THAT(brief(literal.errors), ElementsAre("14 Secret prod/a-tls InvalidCertificate"));
  EXPECT_THAT(to_text(literal), HasSubstr("<stdin>:14: Secret prod/a-tls: InvalidCertificate: key tls.crt: line 3: "
                                          "there is a character that is not base64"));
  const Report encoded = judge(object + base64_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", p.key}}),
                               {.allow_missing_references = true});
  EXPECT_THAT(brief(encoded.errors), ElementsAre("12 Secret prod/a-tls InvalidCertificate")) << "the line of the key";
  EXPECT_EQ(literal.exit_code(), 1);
}

TEST(Validate, ChecksWithThePasswordAndTheDomainOfTheObject) {
  const Pair p;
  const std::string locked = p.chain.leaf.key.encrypted_pkcs8("CorrectHorse");
  const std::string secret = base64_data("a-tls", {{"chain", p.pem}, {"private", locked}});
  const std::string names = "secretRef: {name: a-tls, certificateKey: chain, privateKeyKey: private}";
  const std::string with_password = "{" + names + ", privateKeyPasswordSecretRef: {name: word}}";
  const auto word = [](const std::string& text) {
    return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: word, namespace: prod}\nstringData: {password: '" +
           text + "'}\n";
  };
  EXPECT_THAT(brief(judge(kInstance + certificate("a", with_password) + secret + word("CorrectHorse")).errors),
              IsEmpty());
  EXPECT_THAT(brief(judge(kInstance + word("CorrectHorse") + secret + certificate("a", with_password)).errors),
              IsEmpty());
  EXPECT_THAT(brief(judge(kInstance + secret + certificate("a", with_password) + word("WrongHorse")).errors),
              ElementsAre("27 Secret prod/word PasswordInvalid"));
  EXPECT_THAT(brief(judge(kInstance + certificate("a", "{" + names + "}") + secret).errors),
              ElementsAre("22 Secret prod/a-tls PasswordInvalid"));
  // What is not in the input cannot be judged.
  EXPECT_THAT(brief(judge(certificate("a", with_password) + secret, {.allow_missing_references = true}).errors),
              IsEmpty());
  EXPECT_THAT(brief(judge(kInstance + certificate("a", with_password) + secret).errors),
              ElementsAre("14 ServerCertificate prod/a SecretNotFound"));
  const std::string other = "{secretRef: {name: a-tls}, domainConfiguration: {domainName: other.example.com}}";
  EXPECT_THAT(
      brief(judge(kInstance + certificate("a", other) + base64_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", p.key}}))
                .errors),
      ElementsAre("21 Secret prod/a-tls DomainMismatch"));
}

TEST(Validate, NamesReferencesThatLeadNowhereUnlessTheyMay) {
  const std::string yaml = certificate("a",
                                       "\n  secretRef: {name: a-tls}\n  privateKeyPasswordSecretRef: {name: word}\n"
                                       "  instanceRef: {name: other}") +
                           kInstance.substr(0, kInstance.rfind("---"));
  EXPECT_THAT(
      brief(judge(yaml).errors),
      ElementsAre("6 ServerCertificate prod/a SecretNotFound", "7 ServerCertificate prod/a SecretNotFound",
                  "8 ServerCertificate prod/a InstanceNotFound", "13 IoTDAInstance default CredentialsNotFound"));
  EXPECT_THAT(judge(yaml, {.allow_missing_references = true}).errors, IsEmpty());
  const Pair p;
  const std::string keyless = base64_data("a-tls", {{"tls.crt", p.pem}});
  EXPECT_THAT(brief(judge(kInstance + certificate("a", "{secretRef: {name: a-tls}}") + keyless).errors),
              ElementsAre("16 Secret prod/a-tls InvalidObject"))
      << "its type demands the key";
  const std::string other = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: a-tls, namespace: prod}\ndata: {}\n";
  EXPECT_THAT(brief(judge(kInstance + certificate("a", "{secretRef: {name: a-tls}}") + other).errors),
              ElementsAre("16 Secret prod/a-tls SecretKeyMissing", "16 Secret prod/a-tls SecretKeyMissing"));
}

TEST(Validate, LooksAtObjectsTogether) {
  const auto instance = [](const std::string& name, const std::string& endpoint, int quota) {
    return "---\napiVersion: iotda.huaweicloud.com/v1alpha1\nkind: IoTDAInstance\nmetadata: {name: " + name +
           "}\nspec: {region: r, projectId: p, credentials: {secretRef: {name: c}}, endpoint: '" + endpoint +
           "', quota: {serverCertificates: " + std::to_string(quota) + "}}\n";
  };
  const Options allow{.allow_missing_references = true};
  EXPECT_THAT(brief(judge(instance("default", "https://iotda.example.com", 2) +
                              instance("again", "https://IOTDA.example.com:443/", 2) +
                              instance("other", "https://iotda.example.com:8443", 2),
                          allow)
                        .errors),
              ElementsAre("7 IoTDAInstance again DuplicateInstance"));
  const std::string three = certificate("a", "{secretRef: {name: a}}") + certificate("b", "{secretRef: {name: b}}") +
                            certificate("c", "{secretRef: {name: c}}");
  EXPECT_THAT(brief(judge(instance("default", "https://iotda.example.com", 2) + three, allow).errors),
              ElementsAre("2 IoTDAInstance default QuotaExceeded"));
  EXPECT_THAT(judge(instance("default", "https://iotda.example.com", 3) + three, allow).errors, IsEmpty());
  EXPECT_THAT(brief(judge(certificate("a", "{secretRef: {name: s}}") + certificate("b", "{secretRef: {name: s}}") +
                              certificate("c", "{secretRef: {name: s}, instanceRef: {name: other}}") +
                              certificate("d", "{secretRef: {name: s, certificateKey: more}}"),
                          allow)
                        .errors),
              ElementsAre("10 ServerCertificate prod/b DuplicateCertificate"));
  EXPECT_THAT(
      brief(judge(certificate("a", "{secretRef: {name: a}, domainConfiguration: {domainName: x.example.com}}") +
                      certificate("b", "{secretRef: {name: b}, domainConfiguration: {domainName: X.example.com.}}"),
                  allow)
                .errors),
      ElementsAre("7 ServerCertificate prod/b DomainConflict"));
  EXPECT_THAT(
      brief(judge(certificate("a", "{secretRef: {name: a}}") + certificate("a", "{secretRef: {name: b}}"), allow)
                .warnings),
      ElementsAre("7 ServerCertificate prod/a DefinedTwice"));
}

TEST(Validate, ReadsListsAndLeavesOtherKindsAlone) {
  const std::string list = R"(apiVersion: v1
kind: List
items:
- &template
  apiVersion: iotda.huaweicloud.com/v1alpha1
  kind: ServerCertificate
  metadata: {name: a, namespace: prod}
  spec: {secretRef: {name: a-tls}}
- <<: *template
  metadata: {name: b, namespace: prod}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: 5}
---
apiVersion: iotda.huaweicloud.com/v1alpha1
kind: ServerCertificateList
items: [{metadata: {name: c, namespace: prod}, spec: {}}]
---
{apiVersion: iotda.huaweicloud.com/v1, kind: ServerCertificate, metadata: {name: d}}
---
just text
)";
  EXPECT_THAT(brief(judge(list, {.allow_missing_references = true}).errors),
              ElementsAre("8 ServerCertificate prod/b DuplicateCertificate",
                          "15 ServerCertificate prod/c InvalidObject", "17 ServerCertificate default/d InvalidObject"));
}

TEST(Validate, WithoutServerCertificatesLooksAtEveryTlsSecret) {
  const std::string secret = base64_data("a-tls", {{"tls.crt", ""}, {"tls.key", ""}});
  EXPECT_THAT(brief(judge(secret).errors),
              ElementsAre("7 Secret prod/a-tls InvalidCertificate", "8 Secret prod/a-tls InvalidPrivateKey"));
  const std::string elsewhere = certificate("b", "{secretRef: {name: b-tls}}");
  EXPECT_THAT(judge(secret + elsewhere, {.allow_missing_references = true}).errors, IsEmpty());
}

TEST(Validate, GoesOnBehindWhatItCannotRead) {
  const Report report = judge("a: b\n c: d\n---\na: {{ .Values.x }}\n" + certificate("a", "{}"));
  ASSERT_EQ(report.unusable.size(), 2U);
  EXPECT_EQ(report.unusable[0].line, 2U);
  EXPECT_EQ(report.unusable[1].line, 4U);
  EXPECT_THAT(brief(report.errors), Contains("9 ServerCertificate prod/a InvalidObject"));
  EXPECT_EQ(report.exit_code(), 2);
  std::istringstream nothing;
  EXPECT_EQ(validate({.files = {"/no/such/file"}}, nothing, kNow).exit_code(), 2);
  EXPECT_EQ(validate({.files = {"/"}}, nothing, kNow).exit_code(), 2);
}

TEST(Validate, RefusesValuesThatAreNoStringsOrNoBase64) {
  const std::string object = certificate("a", "{secretRef: {name: a-tls}}");
  const auto secret = [](const std::string& data) {
    return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: a-tls, namespace: prod}\n" + data + "\n";
  };
  const Options allow{.allow_missing_references = true};
  EXPECT_THAT(brief(judge(object + secret("data: {tls.crt: 'no base64!', tls.key: [x]}"), allow).errors),
              ElementsAre("10 Secret prod/a-tls InvalidObject", "10 Secret prod/a-tls InvalidObject"));
  EXPECT_THAT(brief(judge(object + secret("stringData: {tls.crt: 5, tls.key: yes}"), allow).errors),
              ElementsAre("10 Secret prod/a-tls InvalidObject", "10 Secret prod/a-tls InvalidObject"));
  // Line breaks in base64 are fine, and stringData goes before data.
  const Pair p;
  std::string wrapped = test::base64_encode(p.key);
  for (std::size_t at = 60; at < wrapped.size(); at += 61) wrapped.insert(at, "\n");
  EXPECT_THAT(judge(object + secret("data:\n  tls.crt: AAAA\n  tls.key: |\n" + indented(wrapped) +
                                    "stringData:\n  tls.crt: |\n" + indented(p.pem)),
                    allow)
                  .errors,
              IsEmpty());
}

TEST(Validate, ShowsNothingOfSecretsWhateverIsWrong) {
  const Pair p;
  const std::string password = "Correct1Horse";
  const std::string locked = p.chain.leaf.key.encrypted_pkcs8(password);
  const std::string object = certificate("a", "{secretRef: {name: a-tls}, privateKeyPasswordSecretRef: {name: w}}");
  std::vector<std::string> lines;
  std::istringstream all(p.key + locked + p.pem);
  for (std::string line; std::getline(all, line);) {
    if (line.size() > 40) lines.push_back(line.substr(0, 20));
  }
  lines.push_back(password);
  for (const std::string& pem : {p.pem, p.key, p.pem.substr(0, 300), "x" + p.pem}) {
    for (const std::string& key : {p.key, locked, p.pem, locked.substr(0, 200), "x" + p.key}) {
      for (const std::string& secret : {string_data("a-tls", {{"tls.crt", pem}, {"tls.key", key}}),
                                        base64_data("a-tls", {{"tls.crt", pem}, {"tls.key", key}})}) {
        const Report report = judge(object + secret + string_data("w", {{"password", password}}));
        for (const std::string& text : {to_text(report), to_json(report), to_sarif(report, "1")}) {
          for (const std::string& line : lines) ASSERT_THAT(text, Not(HasSubstr(line)));
        }
      }
    }
  }
}

TEST(Validate, ReadsPemFilesToo) {
  const Pair p;
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "validate-pem";
  std::filesystem::create_directories(folder);
  const auto file = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  };
  Options options;
  options.certificate_file = file("chain.pem", p.pem);
  options.private_key_file = file("key.pem", p.chain.leaf.key.encrypted_pkcs8("CorrectHorse"));
  options.password_file = file("password", "CorrectHorse\n");
  options.domain = "mqtt.example.com";
  std::istringstream nothing;
  EXPECT_EQ(to_text(validate(options, nothing, kNow)), "Checked: 1 pair of certificate and key\n");
  options.password_file = file("password", "WrongHorse\n");
  EXPECT_THAT(to_text(validate(options, nothing, kNow)), StartsWith(options.password_file + ": PasswordInvalid: "));
  options.certificate_file = file("chain.pem", "\n" + p.chain.leaf.certificate);
  options.password_file = file("password", "CorrectHorse");
  EXPECT_THAT(to_text(validate(options, nothing, kNow)),
              StartsWith("Warnings:\n" + options.certificate_file + ":2: IssuerMissing: "));
  options.expiry_warning = std::chrono::hours(24 * 365 * 200);
  const auto late = base::parse_rfc3339("2110-06-08T02:39:00Z").value();
  EXPECT_THAT(to_text(validate(options, nothing, late)), HasSubstr("ExpiresSoon"));
  std::filesystem::remove_all(folder);
}

TEST(Validate, SaysWhatWasCheckedAndThatNothingWas) {
  const Pair p;
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "validate-counts";
  std::filesystem::create_directories(folder);
  const auto file = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  };
  const std::string secret = file("a.yaml", base64_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", p.key}}));
  const std::string empty = file("b.yaml", "# nothing\n");
  const std::string other = file("c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  std::istringstream nothing;
  const Report mixed = validate({.files = {secret, empty, other}}, nothing, kNow);
  EXPECT_EQ(mixed.exit_code(), 0);
  EXPECT_EQ(to_text(mixed),
            "Warnings:\n" + empty +
                ": NothingToCheck: the file contains no Kubernetes object: check that it is the right file\n"
                "Checked: 1 Secret (content validated: 1); skipped 1 of other kinds\n");
  const Report none = validate({.files = {empty, other}}, nothing, kNow);
  EXPECT_EQ(none.exit_code(), 2);
  EXPECT_THAT(to_text(none), StartsWith("nothing was validated"));
  EXPECT_EQ(validate({.files = {empty, other}, .allow_empty = true}, nothing, kNow).exit_code(), 0);
  std::filesystem::remove_all(folder);
}

TEST(Validate, SpeaksOfTheOptionsOrFieldsThatItsReaderHas) {
  const Pair p;
  const std::string locked = p.chain.leaf.key.encrypted_pkcs8("CorrectHorse");
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "validate-options";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "chain.pem") << p.pem;
  std::ofstream(folder / "key.pem") << locked;
  std::istringstream nothing;
  const std::string files = to_text(validate({.certificate_file = (folder / "chain.pem").string(),
                                              .private_key_file = (folder / "key.pem").string(),
                                              .domain = "other.example.com"},
                                             nothing, kNow));
  EXPECT_THAT(files, HasSubstr("--password-file"));
  EXPECT_THAT(files, HasSubstr("correct --domain"));
  EXPECT_THAT(files, Not(HasSubstr("spec.")));
  const std::string objects = to_text(judge(base64_data("a-tls", {{"tls.crt", p.pem}, {"tls.key", locked}})));
  EXPECT_THAT(objects, HasSubstr("spec.privateKeyPasswordSecretRef"));
  std::filesystem::remove_all(folder);
}

TEST(Output, HasPlacesThatAreUris) {
  Report report;
  for (const char* file : {"my certs #1.yaml", "für.yaml", "a:b.yaml", "//host/x.yaml", "<stdin>"}) {
    report.add({certificate::Severity::kError, file, 1, "", "", "", "KeyMismatch", "m", ""});
  }
  const auto sarif = json::Document::parse(to_sarif(report, "1"));
  ASSERT_TRUE(sarif.ok());
  std::vector<std::string> uris;
  for (const json::Value& result : (*sarif)["runs"].items().at(0)["results"].items()) {
    const auto places = result["locations"].items();
    if (places.empty()) continue;
    uris.emplace_back(places[0].path("physicalLocation.artifactLocation.uri").string_or(""));
  }
  EXPECT_THAT(uris, ElementsAre("my%20certs%20%231.yaml", "f%C3%BCr.yaml", "a%3Ab.yaml", "/host/x.yaml"));
}

TEST(Output, IsJsonAndSarif) {
  Report report;
  report.add(
      {certificate::Severity::kError, "a.yaml", 3, "Secret", "prod", "a", "KeyMismatch", "not \"that\"", "do it"});
  report.add({certificate::Severity::kWarning, "b.pem", 0, "", "", "", "SelfSigned", "it is", ""});
  report.unusable.push_back({"c.yaml", 7, "not YAML"});
  EXPECT_EQ(to_text(report),
            "c.yaml:7: not YAML\na.yaml:3: Secret prod/a: KeyMismatch: not \"that\": do it\n"
            "Warnings:\nb.pem: SelfSigned: it is\nChecked: nothing\n");
  const auto json = json::Document::parse(to_json(report));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["errors"].items().at(0)["message"].string(), "not \"that\"");
  EXPECT_EQ((*json)["warnings"].items().at(0)["reason"].string(), "SelfSigned");
  EXPECT_EQ((*json)["unusable"].items().at(0)["line"].integer(), 7);
  const auto sarif = json::Document::parse(to_sarif(report, "1.2.3"));
  ASSERT_TRUE(sarif.ok());
  const json::Value run = (*sarif)["runs"].items().at(0);
  EXPECT_EQ(run.path("tool.driver.version").string(), "1.2.3");
  EXPECT_EQ(run.path("tool.driver.rules").items().size(), 3U);
  ASSERT_EQ(run["results"].items().size(), 3U);
  const json::Value result = run["results"].items()[1];
  EXPECT_EQ(result["ruleId"].string(), "KeyMismatch");
  EXPECT_EQ(result["level"].string(), "error");
  EXPECT_EQ(result["locations"].items().at(0).path("physicalLocation.region.startLine").integer(), 3);
}

}  // namespace
}  // namespace validate
