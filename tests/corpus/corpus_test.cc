// The verdict on each case of tests/data/bundles, and what openssl says of the same.

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "certificate/inspect.h"

namespace certificate {
namespace {

namespace fs = std::filesystem;

// What is valid in the corpus is so from 2020 to 2120.
const base::SystemTime kNow = base::parse_rfc3339("2026-06-08T02:39:00Z").value();

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
  std::string beyond;
  std::vector<std::string> expected;

  Findings findings() const {
    Material material{certificate, key, std::nullopt, host};
    if (password) material.password = *password;
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
           content(folder / "beyond").value_or(""),
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

TEST(Corpus, HasTheExpectedFindings) {
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
  EXPECT_GE(passed, 60);
}

struct Output {
  int status = 0;
  std::string text;
};

Output run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, {}};
  Output out;
  std::array<char, 512> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) out.text += piece.data();
  out.status = pclose(pipe);
  return out;
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

/// Whether a device that trusts the roots takes the certificate with what comes with it.
TEST(Corpus, AgreesWithOpensslVerify) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
  const fs::path leaf = fs::path(::testing::TempDir()) / "corpus-leaf.pem";
  int accepted = 0;
  int refused = 0;
  for (const Case& c : cases()) {
    const Findings findings = c.findings();
    // What cannot be read at all is for the test above.
    if (!fingerprint_of_pem(c.certificate) || has(findings, {"TooLarge"})) continue;
    SCOPED_TRACE(c.folder.filename());
    std::ofstream(leaf) << leaf_of(c);
    const Output judge = run("openssl verify -purpose sslserver -partial_chain -no-CApath -no-CAstore -attime " +
                             std::to_string(seconds) + " -CAfile '" BUNDLES "/roots.pem' -untrusted '" +
                             (c.folder / "tls.crt").string() + "' '" + leaf.string() + "'");
    const bool taken = judge.status == 0;
    const bool ours =
        !has(findings, {"InvalidCertificate", "ChainInvalid", "CertificateExpired", "CertificateNotYetValid"});
    (taken ? accepted : refused) += 1;
    if (ours) {
      // A chain may end below its root, and devices may trust what is not among these.
      const bool unknown_root = judge.text.find("unable to get") != std::string::npos;
      EXPECT_TRUE(taken || unknown_root) << judge.text;
    } else if (c.beyond.empty()) {
      EXPECT_FALSE(taken) << "refused here: " << written(c, findings.front());
    } else if (c.host.empty()) {
      EXPECT_TRUE(taken) << "refused by openssl too, so drop \"" << c.beyond << "\": " << judge.text;
    }
  }
  fs::remove(leaf);
  EXPECT_GT(accepted, 30);
  EXPECT_GT(refused, 10);
}

TEST(Corpus, AgreesWithOpensslCheckhost) {
  int checked = 0;
  for (const Case& c : cases()) {
    if (c.host.empty()) continue;
    SCOPED_TRACE(c.folder.filename());
    const Output judge = run("openssl x509 -in '" + (c.folder / "tls.crt").string() + "' -noout -checkhost " + c.host);
    ASSERT_EQ(judge.status, 0) << judge.text;
    const bool taken = judge.text.find("does match") != std::string::npos;
    const bool ours = !has(c.findings(), {"DomainMismatch"});
    EXPECT_EQ(taken, ours || !c.beyond.empty()) << judge.text;
    ++checked;
  }
  EXPECT_GE(checked, 10);
}

}  // namespace
}  // namespace certificate
