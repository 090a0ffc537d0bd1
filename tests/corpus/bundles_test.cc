// The verdict on each case of tests/data/bundles, and what openssl and Go say of the same.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "certificate/inspect.h"
#include "differences.h"
#include "judges.h"

namespace certificate {
namespace {

using corpus::Output;
using corpus::run;
namespace fs = std::filesystem;

const base::SystemTime kNow{std::chrono::seconds(corpus::moment())};

std::optional<std::string> content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Case {
  fs::path folder;
  std::string certificate;
  std::string key;
  std::optional<std::string> password;
  std::string host;
  std::string authorities;
  std::vector<std::string> expected;

  Findings findings() const {
    Material material{certificate, key, std::nullopt, host};
    if (password) material.password = *password;
    material.authorities = authorities;
    return inspect(material, kNow).findings;
  }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& entry : fs::directory_iterator(BUNDLES)) {
    if (!entry.is_directory()) continue;
    const fs::path& folder = entry.path();
    Case c{folder,
           content(folder / "tls.crt").value(),
           content(folder / "tls.key").value(),
           content(folder / "password"),
           content(folder / "host").value_or(""),
           content(folder / "ca.crt").value_or(""),
           {}};
    std::istringstream lines(content(folder / "expected").value());
    for (std::string line; std::getline(lines, line);) c.expected.push_back(line);
    all.push_back(std::move(c));
  }
  std::sort(all.begin(), all.end(), [](const Case& a, const Case& b) { return a.folder < b.folder; });
  return all;
}

/// "#2" for the second line that is meant to be a BEGIN line, "L5" for any other.
std::string place(const std::string& text, std::size_t line) {
  std::istringstream lines(text);
  std::size_t begins = 0;
  std::size_t number = 0;
  for (std::string each; std::getline(lines, each);) {
    std::transform(each.begin(), each.end(), each.begin(), [](unsigned char c) { return std::toupper(c); });
    const bool is_begin = each.find("BEGIN") != std::string::npos;
    begins += is_begin ? 1 : 0;
    if (++number == line) return is_begin ? "#" + std::to_string(begins) : "L" + std::to_string(line);
  }
  return "nowhere";
}

std::string written(const Case& c, const Finding& f) {
  std::string text = f.severity == Severity::kWarning ? "warning " : "";
  if (f.part == Part::kPrivateKey) text += "key ";
  if (f.part == Part::kPassword) text += "password ";
  text += f.reason;
  if (f.line != 0) text += " " + place(f.part == Part::kCertificate ? c.certificate : c.key, f.line);
  return text + ": " + f.message + ": " + f.hint;
}

/// `expected` is "REASON PLACE" or "REASON PLACE: PART OF THE MESSAGE".
bool matches(const std::string& found, const std::string& expected) {
  const std::size_t colon = expected.find(": ");
  const std::string head = expected.substr(0, colon);
  if (!found.starts_with(head + ": ")) return false;
  return colon == std::string::npos || found.find(expected.substr(colon + 2), head.size()) != std::string::npos;
}

TEST(Bundles, HaveTheExpectedFindings) {
  int passed = 0;
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.folder.filename());
    std::vector<std::string> found;
    for (const Finding& f : c.findings()) found.push_back(written(c, f));
    EXPECT_EQ(found.size(), c.expected.size()) << ::testing::PrintToString(found);
    for (std::size_t i = 0; i < std::min(found.size(), c.expected.size()); ++i) {
      EXPECT_TRUE(matches(found[i], c.expected[i])) << found[i] << "\n  expected: " << c.expected[i];
    }
    ++passed;
  }
  EXPECT_GE(passed, 350);
}

bool has(const Findings& findings, std::initializer_list<std::string_view> reasons) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    return f.severity == Severity::kError && std::find(reasons.begin(), reasons.end(), f.reason) != reasons.end();
  });
}

/// The PEM of the certificate that is to be served: the first, or the one of the key where that is another.
std::string leaf_of(const Case& c) {
  std::string from = c.certificate;
  for (const std::string& line : c.expected) {
    const std::size_t at = line.find("wrong order");
    if (at == std::string::npos) continue;
    for (int block = std::stoi(line.substr(line.find('#') + 1)); block > 1; --block) {
      from.erase(0, from.find("-----END CERTIFICATE-----") + 26);
    }
  }
  return from;
}

/// What the product says of the certificates alone.
bool refuses_chain(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) {
    return f.severity == Severity::kError && f.part == Part::kCertificate && f.reason != "DomainMismatch" &&
           f.reason != "TooLarge";
  });
}

bool warns(const Findings& findings, std::string_view reason) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return f.reason == reason; });
}

/// How the two differ; empty if they do not. Where a chain ends at somebody whom the judge does not know, it says
/// nothing.
std::string difference(bool ours, const corpus::Verdict& judge) {
  if (ours && !judge.taken && !judge.unknown) return "only the judge refuses it: " + judge.text;
  if (!ours && judge.taken) return "only refused here";
  return {};
}

/// Whether a device that trusts the roots takes the certificate with what comes with it.
TEST(Bundles, DifferFromOpensslOnlyAsListed) {
  const fs::path leaf = fs::path(::testing::TempDir()) / "corpus-leaf.pem";
  const fs::path bundle = fs::path(::testing::TempDir()) / "corpus-bundle.pem";
  // openssl takes seconds for thousands of empty lines, and they say nothing.
  const auto without_padding = [](const std::string& text) { return text.substr(0, text.find("\n\n\n\n\n")); };
  std::map<std::string, std::string> differences;
  std::map<std::string, std::string> strict_differences;
  int accepted = 0;
  int refused = 0;
  for (const Case& c : cases()) {
    const Findings findings = c.findings();
    std::ofstream(leaf) << without_padding(leaf_of(c));
    std::ofstream(bundle) << without_padding(c.certificate);
    const std::string name = c.folder.filename();
    const bool ours = !refuses_chain(findings) && !c.certificate.empty();
    const corpus::Verdict judge = corpus::ask_openssl(leaf, bundle, BUNDLES "/roots.pem", "");
    (judge.taken ? accepted : refused) += 1;
    if (std::string how = difference(ours, judge); !how.empty()) differences[name] = std::move(how);
    // What only the strict reading refuses is a warning here.
    const corpus::Verdict strict =
        judge.taken ? corpus::ask_openssl(leaf, bundle, BUNDLES "/roots.pem", "-x509_strict") : judge;
    const bool warned = warns(findings, "StrictProfile");
    if (judge.taken && !strict.taken && !strict.unknown && !warned && ours) strict_differences[name] = strict.text;
    if (strict.taken && warned) strict_differences[name] = "only warned of here";
  }
  fs::remove(leaf);
  fs::remove(bundle);
  const corpus::Table table = corpus::read_table(DIFFERENCES);
  corpus::expect_listed(table, "openssl", differences);
  corpus::expect_listed(table, "openssl-strict", strict_differences);
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 100);
}

TEST(Bundles, DifferFromGoOnlyAsListed) {
  const std::map<std::string, corpus::Verdict> go = corpus::ask_go(BUNDLES);
  if (go.empty()) GTEST_SKIP() << "no Go on this machine";
  std::map<std::string, std::string> chains;
  std::map<std::string, std::string> keys;
  for (const Case& c : cases()) {
    const Findings findings = c.findings();
    const std::string name = c.folder.filename();
    const bool ours = !refuses_chain(findings) && !has(findings, {"DomainMismatch"});
    if (std::string how = difference(ours, go.at(name + " chain")); !how.empty()) chains[name] = std::move(how);
    const auto key = go.find(name + " key");
    // Of a certificate that is refused, Go looks at no key.
    if (key == go.end() || refuses_chain(findings)) continue;
    const bool fits = std::none_of(findings.begin(), findings.end(), [](const Finding& f) {
      return f.severity == Severity::kError && f.part == Part::kPrivateKey;
    });
    if (std::string how = difference(fits, key->second); !how.empty()) keys[name] = std::move(how);
  }
  const corpus::Table table = corpus::read_table(DIFFERENCES);
  corpus::expect_listed(table, "go", chains);
  corpus::expect_listed(table, "go-key", keys);
}

TEST(Bundles, DifferFromOpensslCheckhostOnlyAsListed) {
  std::map<std::string, std::string> differences;
  int checked = 0;
  for (const Case& c : cases()) {
    if (c.host.empty()) continue;
    const Output judge = run("openssl x509 -in '" + (c.folder / "tls.crt").string() + "' -noout -checkhost " + c.host);
    ASSERT_EQ(judge.status, 0) << judge.text;
    const bool taken = judge.text.find("does match") != std::string::npos;
    const std::string how = difference(!has(c.findings(), {"DomainMismatch"}), {taken, false, judge.text});
    if (!how.empty()) differences[c.folder.filename()] = how;
    ++checked;
  }
  corpus::expect_listed(corpus::read_table(DIFFERENCES), "checkhost", differences);
  EXPECT_GE(checked, 10);
}

}  // namespace
}  // namespace certificate
