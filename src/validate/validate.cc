#include "validate/validate.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/secret.h"
#include "os/file.h"
#include "validate/catalog.h"
#include "validate/references.h"
#include "validate/secrets.h"

namespace validate {
namespace {

/// A copy that can be read from any position.
std::unique_ptr<std::istream> kept(std::istream& from) {
  auto copy = std::make_unique<std::stringstream>();
  if (from.peek() != std::istream::traits_type::eof()) *copy << from.rdbuf();
  return copy;
}

void open(const std::string& name, std::istream& standard_input, std::vector<Input>& inputs, Report& report) {
  if (name == "-") {
    inputs.push_back({std::string(kStandardInput), kept(standard_input)});
    return;
  }
  std::error_code error;
  const auto status = std::filesystem::status(name, error);
  if (std::filesystem::is_directory(status)) {
    report.unusable.push_back({name, 0, "this is a directory; specify the files in it"});
    return;
  }
  auto file = std::make_unique<std::ifstream>(name, std::ios::binary);
  if (!*file) {
    report.unusable.push_back({name, 0, std::generic_category().message(errno)});
  } else if (std::filesystem::is_regular_file(status)) {
    inputs.push_back({name, std::move(file)});
  } else {
    inputs.push_back({name, kept(*file)});
  }
}

/// Reads a whole file, or reports the error.
std::optional<base::Secret> content_of(const std::string& file, Report& report) {
  auto content = os::read_file(file);
  if (content.ok()) return std::move(*content);
  std::string message = content.error();
  if (message.starts_with(file + ": ")) message.erase(0, file.size() + 2);
  report.unusable.push_back({file, 0, std::move(message)});
  return std::nullopt;
}

void check_pem_files(const Options& options, base::SystemTime now, Report& report) {
  const auto pem = content_of(options.certificate_file, report);
  const auto key = content_of(options.private_key_file, report);
  std::optional<base::Secret> password;
  if (!options.password_file.empty()) {
    password = content_of(options.password_file, report);
    if (!password) return;
  }
  if (!pem || !key) return;
  ++report.checked.pem_files;
  const std::string_view host =
      std::string_view(options.domain)
          .substr(0, options.domain.ends_with('.') ? options.domain.size() - 1 : std::string::npos);
  certificate::Material material{pem->view(), key->view(), std::nullopt, host};
  material.source = certificate::Source::kFiles;
  if (password) material.password = password->view().substr(0, password->view().find_first_of("\r\n"));
  certificate::Verdict verdict = certificate::inspect(material, now);
  if (verdict.facts) {
    if (auto soon = certificate::expires_soon(*verdict.facts, now, options.expiry_warning)) {
      verdict.findings.push_back(std::move(*soon));
    }
  }
  for (certificate::Finding& finding : verdict.findings) {
    Issue issue;
    issue.severity = finding.severity;
    issue.file = finding.part == certificate::Part::kCertificate ? options.certificate_file : options.private_key_file;
    if (finding.part == certificate::Part::kPassword && password) issue.file = options.password_file;
    issue.line = finding.line;
    issue.reason = std::move(finding.reason);
    issue.message = std::move(finding.message);
    issue.hint = std::move(finding.hint);
    report.add(std::move(issue));
  }
}

}  // namespace

Report validate(const Options& options, std::istream& standard_input, base::SystemTime now) {
  Report report;
  std::vector<Input> inputs;
  for (const std::string& name : options.files) open(name, standard_input, inputs, report);
  const Catalog catalog = make_catalog(inputs, options.allow_empty, report);
  check_references(inputs, catalog, options.allow_missing_references, report);
  check_secrets(inputs, catalog, now, options.expiry_warning, report);
  if (!options.certificate_file.empty()) check_pem_files(options, now, report);
  if (report.checked.nothing() && report.unusable.empty() && report.errors.empty() && !options.allow_empty) {
    // This is about all files together, so it replaces the warnings about single files.
    std::erase_if(report.warnings, [](const Issue& issue) { return issue.reason == kNothingToCheck; });
    report.unusable.push_back({"", 0,
                               "nothing was validated: there is no ServerCertificate, IoTDAInstance or Secret in the "
                               "input; set --allow-empty to allow this"});
  }

  std::vector<std::string> order(inputs.size());
  std::transform(inputs.begin(), inputs.end(), order.begin(), [](const Input& input) { return input.name; });
  order.insert(order.end(), {options.certificate_file, options.private_key_file, options.password_file});
  report.sort(order);
  return report;
}

}  // namespace validate
