#include "credentials/environment.h"

#include <map>
#include <utility>

#include "base/text.h"
#include "credentials/access_key.h"

namespace credentials {
namespace {

class EnvironmentSource final : public Source {
 public:
  explicit EnvironmentSource(const Ports& ports) : ports_(ports) {}

  Result<cloud::Credentials> fetch(std::stop_token /*stop*/) override {
    auto ak = ports_.environment("HUAWEICLOUD_SDK_AK");
    auto sk = ports_.environment("HUAWEICLOUD_SDK_SK");
    if (!ak && !sk) return base::Err(Failure{Failure::Code::kAbsent, "HUAWEICLOUD_SDK_AK is not set"});
    AccessKeyText text{"environment variables",
                       {"HUAWEICLOUD_SDK_AK", base::Secret(std::move(ak).value_or(""))},
                       {"HUAWEICLOUD_SDK_SK", base::Secret(std::move(sk).value_or(""))},
                       {"HUAWEICLOUD_SDK_SECURITY_TOKEN",
                        base::Secret(ports_.environment("HUAWEICLOUD_SDK_SECURITY_TOKEN").value_or(""))}};
    return read_access_key(std::move(text));
  }

  bool renews() const override { return false; }

 private:
  const Ports& ports_;
};

/// The values of one section of an INI file: "name = value" lines, comments with '#' or ';'.
std::map<std::string, base::Secret> section_of(std::string_view text, std::string_view wanted) {
  std::map<std::string, base::Secret> values;
  bool inside = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = base::trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.starts_with('[')) {
      inside = line.ends_with(']') && base::trim(line.substr(1, line.size() - 2)) == wanted;
    } else if (const auto equals = line.find('=');
               inside && equals != std::string_view::npos && line[0] != '#' && line[0] != ';') {
      values.insert_or_assign(std::string(base::trim(line.substr(0, equals))),
                              base::Secret::copy_of(base::trim(line.substr(equals + 1))));
    }
  }
  return values;
}

class FileSource final : public Source {
 public:
  explicit FileSource(const Ports& ports) : ports_(ports) {}

  Result<cloud::Credentials> fetch(std::stop_token /*stop*/) override {
    const auto named = ports_.environment("HUAWEICLOUD_SDK_CREDENTIALS_FILE");
    const auto home = ports_.environment("HOME");
    if (!named && !home) return base::Err(Failure{Failure::Code::kAbsent, "HOME is not set"});
    const std::string path = named ? *named : *home + "/.huaweicloud/credentials";
    const auto content = ports_.read_file(path);
    if (!content) {
      const auto code = named ? Failure::Code::kInvalid : Failure::Code::kAbsent;
      return base::Err(Failure{code, "cannot read " + content.error()});
    }
    auto values = section_of(content->view(), "basic");
    if (values.empty())
      return base::Err(Failure{Failure::Code::kInvalid, path + " has no section [basic] with values"});
    return read_access_key({"file " + path,
                            {"ak", std::move(values["ak"])},
                            {"sk", std::move(values["sk"])},
                            {"security_token", std::move(values["security_token"])}});
  }

  bool renews() const override { return true; }

 private:
  const Ports& ports_;
};

}  // namespace

std::unique_ptr<Source> make_environment_source(const Ports& ports, const Iam& /*iam*/, const Oidc& /*oidc*/) {
  return std::make_unique<EnvironmentSource>(ports);
}

std::unique_ptr<Source> make_file_source(const Ports& ports, const Iam& /*iam*/, const Oidc& /*oidc*/) {
  return std::make_unique<FileSource>(ports);
}

}  // namespace credentials
