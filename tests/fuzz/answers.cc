// An answer of the platform to each call: a digit for the status, a Retry-After line, a body.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fresh_client.h"
#include "http/fake_transport.h"
#include "os/fake_clock.h"

namespace {

template <class T>
void expect_message(const iotda::Result<T>& result) {
  if (!result.ok() && result.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<int, 8> kStatuses{200, 201, 204, 400, 401, 403, 429, 500};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  http::Response answer;
  answer.status = kStatuses.at(static_cast<unsigned char>(text[0]) % kStatuses.size());
  text.remove_prefix(1);
  const std::string_view retry = text.substr(0, text.find('\n'));
  answer.headers.set("Retry-After", retry);
  answer.headers.set("Date", retry);
  text.remove_prefix(std::min(retry.size() + 1, text.size()));
  answer.body = text;

  os::FakeClock clock{base::SystemTime(std::chrono::hours(490000))};
  http::FakeTransport transport(clock, [&](const http::FakeTransport::Recorded&) { return answer; });
  iotda::Target target;
  target.endpoint.host = "x.st1.iotda-app.cn-north-4.myhuaweicloud.com";
  target.region = "cn-north-4";
  target.project_id = "p";
  const auto client = [&] { return fuzz::FreshClient(target, transport, clock); };
  expect_message(client()->add({"CERT", "KEY", "Password"}, [] { return true; }, std::chrono::seconds(30), {}));
  expect_message(client()->list({}));
  expect_message(client()->show("65a1b2c3d4e5f60718293a4b", {}));
  expect_message(client()->list_domain_configurations({}));
  return 0;
}
