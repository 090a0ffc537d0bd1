#include "validate/issue.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace validate {

std::string Issue::object() const {
  if (kind.empty()) return {};
  // The longest possible namespace, and a long name.
  constexpr std::size_t kShown = 140;
  return kind + " " + base::truncate(ns.empty() ? name : ns + "/" + name, kShown);
}

std::string Checked::to_text() const {
  std::string text;
  const auto add = [&](std::size_t count, const char* what) {
    if (count == 0) return;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  add(certificates, "ServerCertificate");
  add(instances, "IoTDAInstance");
  add(secrets, "Secret");
  if (secrets > 0) text += " (content validated: " + std::to_string(contents) + ")";
  add(pem_files, "pair");
  if (pem_files > 0) text += " of certificate and key";
  if (text.empty()) text = "nothing";
  if (others > 0) text += "; skipped " + std::to_string(others) + " of other kinds";
  return text;
}

void Report::add(Issue issue) {
  (issue.severity == certificate::Severity::kError ? errors : warnings).push_back(std::move(issue));
}

void Report::sort(const std::vector<std::string>& files) {
  std::map<std::string, std::size_t> order;
  for (const std::string& file : files) order.try_emplace(file, order.size());
  const auto place = [&](const Issue& issue) { return std::tuple(order.at(issue.file), issue.line); };
  for (std::vector<Issue>* issues : {&errors, &warnings}) {
    std::stable_sort(issues->begin(), issues->end(),
                     [&](const Issue& a, const Issue& b) { return place(a) < place(b); });
    // There are few issues for the same position: two objects that use the same Secret.
    std::vector<Issue> once;
    for (Issue& issue : *issues) {
      auto same_place = once.rbegin();
      while (same_place != once.rend() && place(*same_place) == place(issue) && *same_place != issue) ++same_place;
      const bool known = same_place != once.rend() && *same_place == issue;
      if (!known) once.push_back(std::move(issue));
    }
    *issues = std::move(once);
  }
}

int Report::exit_code() const {
  if (!unusable.empty()) return 2;
  return errors.empty() ? 0 : 1;
}

}  // namespace validate
