// Random changes: of what certificates say, of the order and number of them, of the armour, judged by openssl and Go;
// and of manifests. The same ones in each run; CORPUS_SEED=N makes others.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "certificate/inspect.h"
#include "judges.h"
#include "support/base64.h"
#include "support/certificates/certificates.h"
#include "validate/output.h"
#include "validate/validate.h"

namespace {

namespace fs = std::filesystem;
using certificate::Finding;
using certificate::Findings;
using certificate::Severity;

const base::SystemTime kNow{std::chrono::seconds(corpus::moment())};

class Random {
 public:
  Random() : engine_(static_cast<unsigned>(std::atoi(seed()))) {}
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  static const char* seed() {
    const char* given = std::getenv("CORPUS_SEED");
    return given != nullptr ? given : "1";
  }
  std::mt19937 engine_;
};

/// What a certificate may say that is not quite right.
void change(Random& random, test::CertificateSpec& spec) {
  const std::vector<std::string> uses{
      "serverAuth", "clientAuth", "codeSigning", "anyExtendedKeyUsage", "serverAuth,clientAuth", "msSGC", ""};
  switch (random.below(10)) {
    case 0:
      spec.not_after = random.of<std::string>({"20210101000000Z", "20260607000000Z", "20260701000000Z"});
      break;
    case 1:
      spec.not_before = random.of<std::string>({"20260609000000Z", "20300101000000Z", "19500101000000Z"});
      break;
    case 2:
      spec.basic_constraints = random.of<std::string>(
          {"CA:TRUE", "CA:FALSE", "", "critical,CA:TRUE,pathlen:0", "critical,CA:FALSE", "critical,CA:TRUE"});
      break;
    case 3:
      spec.key_usage = random.of<std::string>({"", "critical,keyCertSign", "digitalSignature", "critical,cRLSign",
                                               "keyEncipherment", "critical,digitalSignature,keyCertSign"});
      break;
    case 4:
    case 5:
      spec.extended_key_usage = random.of(uses);
      break;
    case 6:
      spec.digest = random.of<std::string>({"SHA1", "SHA384", "SHA512"});
      break;
    case 7:
      if (spec.ca)
        spec.name_constraints = random.of<std::string>(
            {"permitted;DNS:example.com", "permitted;DNS:example.org", "excluded;DNS:device.example.com"});
      break;
    case 8:
      spec.serial = random.of<std::int64_t>({0, 1, -5});
      break;
    default:
      spec.common_name = random.of<std::string>({"", "CA 1", "device.example.com"});
  }
}

struct Sample {
  std::vector<std::string> certificates;  ///< the leaf first
  std::string key;
  std::string root;
};

/// The roots have names of their own: of many with one name Go tries only some.
Sample chain(Random& random, const std::string& number) {
  Sample sample;
  test::CertificateSpec authority;
  authority.ca = true;
  authority.common_name = "Root " + number;
  test::Identity issuer = test::self_signed(authority);
  sample.root = issuer.certificate;
  const std::size_t depth = random.below(3);
  for (std::size_t i = 1; i <= depth; ++i) {
    test::CertificateSpec between = authority;
    between.common_name = "CA " + std::to_string(i);
    if (random.one_in(3)) change(random, between);
    issuer = test::issue(between, issuer);
    sample.certificates.insert(sample.certificates.begin(), issuer.certificate);
  }
  test::CertificateSpec server;
  server.dns_names = {"device.example.com"};
  if (random.one_in(2)) change(random, server);
  const test::Identity leaf = test::issue(server, issuer);
  sample.certificates.insert(sample.certificates.begin(), leaf.certificate);
  sample.key = leaf.key_pem();
  if (random.one_in(4)) sample.certificates.push_back(sample.root);
  return sample;
}

void shuffle(Random& random, std::vector<std::string>& certificates) {
  const std::size_t at = random.below(certificates.size());
  switch (random.below(8)) {
    case 0:
      std::swap(certificates[0], certificates[at]);
      break;
    case 1:
      certificates.push_back(certificates[at]);
      break;
    case 2:
      if (certificates.size() > 1 && at > 0) certificates.erase(certificates.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 3:
      certificates.push_back(test::self_signed({.common_name = "not part of the chain"}).certificate);
      break;
    default:
      break;
  }
}

/// One change of a text, as people and tools make them.
void damage(Random& random, std::string& text, bool may_be_cut) {
  const std::size_t at = random.below(text.size());
  const std::size_t length = std::min<std::size_t>(1 + random.below(60), text.size() - at);
  switch (random.below(may_be_cut ? 6 : 5)) {
    case 0:
      text[at] = static_cast<char>(random.below(256));
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(at, text.substr(at, length));
      break;
    case 3:
      text.insert(at, 1, random.of<char>({' ', '\n', '\r', '\t', '-', '=', '"', 'A', '#', ':'}));
      break;
    case 5:
      text.resize(at);
      break;
    default:
      std::swap(text[at], text[random.below(text.size())]);
  }
}

bool refuses_chain(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) {
    return f.severity == Severity::kError && f.part == certificate::Part::kCertificate;
  });
}

bool has(const Findings& findings, const std::vector<std::string>& words) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    const std::string text = f.reason + ": " + describe(f);
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return text.find(word) != std::string::npos; });
  });
}

std::string told(const Findings& findings) {
  std::string text;
  for (const Finding& f : findings) text += "  " + f.reason + ": " + describe(f) + "\n";
  return text;
}

TEST(Mutations, OfChainsAreJudgedAsOpensslAndGoJudgeThem) {
  Random random;
  const fs::path folder = fs::path(::testing::TempDir()) / "corpus-mutations";
  fs::remove_all(folder);
  fs::create_directories(folder);
  std::ofstream roots(folder / "roots.pem");
  std::vector<std::pair<std::string, Findings>> samples;
  for (int i = 0; i < 150; ++i) {
    const std::string name = std::to_string(i);
    Sample sample = chain(random, name);
    shuffle(random, sample.certificates);
    std::string text;
    for (const std::string& each : sample.certificates) text += each;
    if (random.one_in(5)) damage(random, text, true);
    fs::create_directories(folder / name);
    std::ofstream(folder / name / "tls.crt") << text;
    std::ofstream(folder / name / "tls.key") << sample.key;
    roots << sample.root;
    samples.emplace_back(name, certificate::inspect({text, sample.key, std::nullopt}, kNow).findings);
  }
  roots.close();

  const auto go = corpus::ask_go(folder);
  int taken = 0;
  // What the product refuses and others take, and what it takes with a warning that says who refuses it: the kinds of
  // differences.txt.
  const std::vector<std::string> stricter{"wrong order",
                                          "not part of the chain",
                                          "SHA-1",
                                          "same server",
                                          "is truncated",
                                          "is damaged",
                                          "PEM",
                                          "BEGIN line",
                                          "END line",
                                          "base64",
                                          "are on the same line",
                                          "line breaks",
                                          "intermediate certificate that issued",
                                          "this is a CA certificate",
                                          "the key usage does not allow TLS",
                                          "expired",
                                          "not valid until",
                                          "have the same name",
                                          "no basicConstraints",
                                          "not a CA",
                                          "is not a certificate",
                                          "private key",
                                          "Netscape",
                                          "dates",
                                          "permitted subtree",
                                          "excluded subtree",
                                          "subject and issuer"};
  const std::vector<std::string> openssl_warned{"DateForm", "AnyExtendedKeyUsage"};
  const std::vector<std::string> go_warned{"DateForm", "AnyExtendedKeyUsage", "UnusualSerial", "UnusualLabel"};
  for (const auto& [name, findings] : samples) {
    SCOPED_TRACE(name + " in " + folder.string() + "\n" + told(findings));
    const std::string file = (folder / name / "tls.crt").string();
    const corpus::Verdict openssl = corpus::ask_openssl(file, file, (folder / "roots.pem").string(), "");
    const bool ours = !refuses_chain(findings);
    taken += ours ? 1 : 0;
    if (ours) {
      EXPECT_TRUE(openssl.taken || openssl.unknown || has(findings, openssl_warned)) << openssl.text;
    } else if (openssl.taken) {
      EXPECT_TRUE(has(findings, stricter)) << "only refused here";
    }
    const auto judged = go.find(name + " chain");
    if (judged == go.end()) continue;
    if (ours) {
      EXPECT_TRUE(judged->second.taken || judged->second.unknown || has(findings, go_warned)) << judged->second.text;
    } else if (judged->second.taken) {
      EXPECT_TRUE(has(findings, stricter)) << "Go takes it";
    }
  }
  EXPECT_GT(taken, 30);
  EXPECT_LT(taken, 140);
  if (!::testing::Test::HasFailure()) fs::remove_all(folder);
}

TEST(Mutations, OfManifestsAreReportedOrHaveTheSameObjectsInThem) {
  Random random;
  const test::Chain chain = test::make_chain({.dns_names = {"mqtt.example.com"}});
  const std::string manifest =
      "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a-tls\n  namespace: prod\n  labels: {app: mqtt}\n"
      "type: kubernetes.io/tls\ndata:\n  tls.crt: " +
      test::base64_encode(chain.bundle()) + "\n  tls.key: " + test::base64_encode(chain.leaf.key_pem()) +
      "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: c, namespace: iotda-system}\nstringData:\n  accessKey: a\n"
      "---\napiVersion: iotda.huaweicloud.com/v1alpha1\nkind: IoTDAInstance\nmetadata:\n  name: default\nspec:\n"
      "  endpoint: https://x.st1.iotda-app.cn-north-4.myhuaweicloud.com\n  projectId: p\n  credentials: {secretRef: "
      "{name: c}}\n---\napiVersion: iotda.huaweicloud.com/v1alpha1\nkind: ServerCertificate\nmetadata:\n  name: a\n"
      "  namespace: prod\nspec:\n  secretRef: {name: a-tls}\n";
  int passed = 0;
  for (int i = 0; i < 600; ++i) {
    std::string text = manifest;
    // What is cut off at a whole line is a shorter manifest, and nothing tells.
    damage(random, text, false);
    validate::Options options;
    options.files = {"-"};
    std::istringstream input(text);
    const validate::Report report = validate::validate(options, input, kNow);
    const std::string output = validate::to_text(report);
    ASSERT_TRUE(std::none_of(output.begin(), output.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\n';
    })) << output;
    if (report.exit_code() != 0) continue;
    ++passed;
    const validate::Checked& checked = report.checked;
    ASSERT_TRUE(checked.certificates == 1 && checked.instances == 1 && checked.secrets == 2 && checked.contents == 1)
        << output << text;
  }
  EXPECT_GT(passed, 5);
  EXPECT_LT(passed, 400);
}

}  // namespace
