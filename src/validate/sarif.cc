#include <set>

#include "json/writer.h"
#include "validate/output.h"
#include "validate/printable.h"

namespace validate {
namespace {

constexpr const char* kUnusable = "UnusableInput";

/// Converts a path to a URI reference. A first segment with a colon would be parsed as a scheme.
std::string uri_of(const std::string& file) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=@";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri;
  for (const char c : file) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += '%';
    uri += kHex[byte >> 4U];
    uri += kHex[byte & 0xFU];
  }
  // Two slashes at the start would name a host.
  while (uri.starts_with("//")) uri.erase(0, 1);
  return uri;
}

void write_result(json::Writer& out, const std::string& reason, const char* level, const std::string& message,
                  const std::string& file, std::size_t line) {
  out.begin_object().member("ruleId", reason).member("level", level);
  out.key("message").begin_object().member("text", printable(message)).end_object();
  if (file.empty() || file == kStandardInput) {
    out.end_object();
    return;
  }
  out.key("locations").begin_array().begin_object().key("physicalLocation").begin_object();
  out.key("artifactLocation").begin_object().member("uri", uri_of(file)).end_object();
  if (line != 0) out.key("region").begin_object().member("startLine", line).end_object();
  out.end_object().end_object().end_array().end_object();
}

void write_results(json::Writer& out, const std::vector<Issue>& issues, const char* level) {
  for (const Issue& issue : issues) {
    const std::string object = issue.object();
    std::string message = object.empty() ? issue.message : object + ": " + issue.message;
    if (!issue.hint.empty()) message += ": " + issue.hint;
    write_result(out, issue.reason, level, message, issue.file, issue.line);
  }
}

}  // namespace

std::string to_sarif(const Report& report, const std::string& version) {
  std::set<std::string> rules;
  for (const auto* issues : {&report.errors, &report.warnings}) {
    for (const Issue& issue : *issues) rules.insert(issue.reason);
  }
  if (!report.unusable.empty()) rules.insert(kUnusable);

  json::Writer out;
  out.begin_object().member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").member("version", "2.1.0");
  out.key("runs").begin_array().begin_object();
  out.key("tool").begin_object().key("driver").begin_object();
  out.member("name", "iotda-operator validate").member("version", version).key("rules").begin_array();
  for (const std::string& rule : rules) out.begin_object().member("id", rule).end_object();
  out.end_array().end_object().end_object();
  out.key("results").begin_array();
  for (const Unusable& u : report.unusable) write_result(out, kUnusable, "error", u.message, u.file, u.line);
  write_results(out, report.errors, "error");
  write_results(out, report.warnings, "warning");
  out.end_array().end_object().end_array().end_object();
  return out.take() + "\n";
}

}  // namespace validate
