#include "validate/output.h"

#include "json/writer.h"
#include "validate/printable.h"

namespace validate {
namespace {

std::string place(const std::string& file, std::size_t line) {
  if (file.empty()) return {};
  return printable_file(file) + (line != 0 ? ":" + std::to_string(line) : "") + ": ";
}

std::string line_of(const Issue& issue) {
  std::string line = place(issue.file, issue.line);
  if (const std::string object = issue.object(); !object.empty()) line += printable(object) + ": ";
  line += issue.reason + ": " + printable(issue.message);
  if (!issue.hint.empty()) line += ": " + printable(issue.hint);
  return line + "\n";
}

void write(json::Writer& out, const char* name, const std::vector<Issue>& issues) {
  out.key(name).begin_array();
  for (const Issue& issue : issues) {
    out.begin_object().member("file", issue.file).member("line", issue.line);
    out.member("kind", issue.kind).member("namespace", issue.ns).member("name", issue.name);
    out.member("reason", issue.reason).member("message", issue.message).member("hint", issue.hint).end_object();
  }
  out.end_array();
}

}  // namespace

std::string to_text(const Report& report) {
  std::string text;
  for (const Unusable& u : report.unusable) text += place(u.file, u.line) + printable(u.message) + "\n";
  for (const Issue& issue : report.errors) text += line_of(issue);
  if (!report.warnings.empty()) text += "Warnings:\n";
  for (const Issue& issue : report.warnings) text += line_of(issue);
  return text + "Checked: " + report.checked.to_text() + "\n";
}

std::string to_json(const Report& report) {
  json::Writer out;
  out.begin_object();
  write(out, "errors", report.errors);
  write(out, "warnings", report.warnings);
  out.key("unusable").begin_array();
  for (const Unusable& u : report.unusable) {
    out.begin_object().member("file", u.file).member("line", u.line).member("message", u.message).end_object();
  }
  out.end_array();
  const Checked& checked = report.checked;
  out.key("checked").begin_object();
  out.member("serverCertificates", checked.certificates).member("iotdaInstances", checked.instances);
  out.member("secrets", checked.secrets).member("secretContents", checked.contents);
  out.member("pemFiles", checked.pem_files).member("others", checked.others).end_object();
  out.end_object();
  return out.take() + "\n";
}

}  // namespace validate
