#include "kube/client.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/percent.h"
#include "http/answer.h"
#include "http/line_splitter.h"
#include "kube/bearer_token.h"
#include "kube/status.h"

namespace kube {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr base::Duration kCallDeadline = seconds(30);
/// A Lease is renewed before a deadline: it is better to try again than to wait longer for one response.
constexpr base::Duration kLeaseDeadline = seconds(5);
/// The headers of the response to a watch arrive immediately, even if there are no events.
constexpr base::Duration kWatchHead = seconds(10);
/// The server ends a watch after its timeout; if it is still open this much later, the connection is dead.
constexpr base::Duration kWatchGrace = seconds(5);
/// etcd stores at most 1.5 MB for an object; escaping can make it longer.
constexpr std::size_t kMaxWatchLine = 16U << 20U;

constexpr std::string_view kUserAgent = "iotda-operator/" IOTDA_VERSION;

enum class Shape { kObject, kList };

std::string_view accept(bool metadata_only, Shape shape) {
  if (!metadata_only) return "application/json";
  return shape == Shape::kList ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
                               : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
}

/// Path and query of a request.
class Target {
 public:
  Target(const std::string& base_path, const Resource& resource, std::string_view ns) : text_(base_path) {
    if (resource.group.empty()) {
      segment("api");
    } else {
      segment("apis").segment(resource.group);
    }
    segment(resource.version);
    if (!ns.empty()) segment("namespaces").segment(ns);
    segment(resource.plural);
  }

  Target& segment(std::string_view s) {
    text_ += '/';
    text_ += base::percent_encode(s);
    return *this;
  }
  Target& query(std::string_view key, std::string_view value) {
    text_ += has_query_ ? '&' : '?';
    has_query_ = true;
    text_ += key;
    text_ += '=';
    text_ += base::percent_encode(value);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool has_query_ = false;
};

class Client final : public Api {
 public:
  Client(Config& config, http::Transport& calls, http::Transport& watches, os::Clock& clock, RequestObserver observer)
      : base_path_(config.base_path),
        token_(std::move(config.token), config.token_file, clock),
        calls_(calls),
        watches_(watches),
        observer_(std::move(observer)) {}

  Result<json::Document> get(const Resource& resource, const ObjectName& name, std::stop_token stop) override {
    return call_object(resource, request("GET", object(resource, name)), name.name, std::move(stop));
  }

  Result<json::Document> list(const Resource& resource, const ListOptions& options, std::stop_token stop) override {
    Target target(base_path_, resource, options.ns);
    target.query("limit", std::to_string(options.limit));
    if (!options.continue_token.empty()) target.query("continue", options.continue_token);
    if (!options.resource_version.empty()) target.query("resourceVersion", options.resource_version);
    http::Request req = request("GET", target);
    req.headers.set("Accept", accept(options.metadata_only, Shape::kList));
    return call(
        std::move(req), [](const json::Document& doc) { return doc["kind"].string_or("").ends_with("List"); },
        std::move(stop));
  }

  Result<json::Document> create(const Resource& resource, std::string_view ns, std::string body,
                                std::stop_token stop) override {
    http::Request req = request("POST", Target(base_path_, resource, ns));
    set_body(req, std::move(body), "application/json");
    return call_object(resource, std::move(req), "", std::move(stop));
  }

  Result<json::Document> replace(const Resource& resource, const ObjectName& name, std::string body,
                                 std::stop_token stop) override {
    http::Request req = request("PUT", object(resource, name));
    set_body(req, std::move(body), "application/json");
    return call_object(resource, std::move(req), name.name, std::move(stop));
  }

  Result<json::Document> patch(const Resource& resource, const ObjectName& name, std::string body,
                               const PatchOptions& options, std::stop_token stop) override {
    const bool apply = options.type == PatchOptions::Type::kApply;
    Target target = object(resource, name);
    if (!options.subresource.empty()) target.segment(options.subresource);
    target.query("fieldManager", options.field_manager);
    if (apply && options.force) target.query("force", "true");
    http::Request req = request("PATCH", target);
    // JSON is valid YAML; servers that must be supported do not know the newer content type for apply in JSON.
    set_body(req, std::move(body), apply ? "application/apply-patch+yaml" : "application/merge-patch+json");
    return call_object(resource, std::move(req), name.name, std::move(stop));
  }

  Result<void> watch(const Resource& resource, const WatchOptions& options, const WatchSink& sink,
                     std::stop_token stop) override {
    Target target(base_path_, resource, options.ns);
    target.query("watch", "true").query("allowWatchBookmarks", "true");
    target.query("timeoutSeconds", std::to_string(duration_cast<seconds>(options.timeout).count()));
    if (!options.resource_version.empty()) target.query("resourceVersion", options.resource_version);
    if (options.send_initial_events) {
      target.query("sendInitialEvents", "true").query("resourceVersionMatch", "NotOlderThan");
    }
    http::Request req = request("GET", target);
    req.headers.set("Accept", accept(options.metadata_only, Shape::kObject));
    req.deadline = kWatchHead;
    if (const auto authorized = authorize(req); !authorized) return base::Err(authorized.error());

    http::LineSplitter lines(kMaxWatchLine);
    auto outcome = http::LineSplitter::Outcome::kMore;
    const auto take = [&](std::string_view piece) {
      outcome = lines.feed(piece, sink);
      return outcome == http::LineSplitter::Outcome::kMore;
    };
    const auto answer = watches_.stream(req, options.timeout + kWatchGrace, take, std::move(stop));
    observe(req, answer);
    if (!answer) return base::Err(error_from_transport(answer.error()));
    if (answer->status != 200) return base::Err(refused(*answer));
    if (outcome == http::LineSplitter::Outcome::kTooLong)
      return base::Err(bad_answer("a watch event is longer than 16 MiB"));
    return {};
  }

 private:
  Target object(const Resource& resource, const ObjectName& name) const {
    Target target(base_path_, resource, name.ns);
    target.segment(name.name);
    return target;
  }

  static http::Request request(std::string_view method, Target target) {
    http::Request req;
    req.method = method;
    req.target = target.take();
    req.headers.set("Accept", "application/json");
    req.headers.set("User-Agent", kUserAgent);
    req.deadline = kCallDeadline;
    return req;
  }

  static void set_body(http::Request& req, std::string body, std::string_view content_type) {
    req.body = base::Secret(std::move(body));
    req.headers.set("Content-Type", content_type);
  }

  /// A call that returns one object, with this name if one is given.
  Result<json::Document> call_object(const Resource& resource, http::Request req, std::string_view name,
                                     std::stop_token stop) {
    if (resource.plural == kLeases.plural && resource.group == kLeases.group) req.deadline = kLeaseDeadline;
    const auto is_wanted = [name](const json::Document& doc) {
      const auto got = doc.root().path("metadata.name").string();
      return got && (name.empty() || *got == name);
    };
    return call(std::move(req), is_wanted, std::move(stop));
  }

  template <class Check>
  Result<json::Document> call(http::Request req, const Check& is_wanted, std::stop_token stop) {
    if (const auto authorized = authorize(req); !authorized) return base::Err(authorized.error());
    auto answer = calls_.send(req, std::move(stop));
    observe(req, answer);
    if (!answer) return base::Err(error_from_transport(answer.error()));
    if (answer->status < 200 || answer->status > 299) return base::Err(refused(*answer));
    if (is_page(*answer)) return base::Err(error_from_response(*answer));
    auto document = json::Document::parse(answer->body);
    base::wipe(answer->body);  // it can be a Secret
    if (!document) return base::Err(bad_answer("the response is not JSON: " + document.error().message));
    if (!is_wanted(*document)) return base::Err(bad_answer("the response is not the requested object"));
    return std::move(document).value();
  }

  Result<void> authorize(http::Request& req) {
    auto value = token_.authorization();
    if (!value) return base::Err(value.error());
    req.authorization = std::move(*value);
    return {};
  }

  void observe(const http::Request& req, const base::Result<http::Response, http::Error>& answer) const {
    if (!observer_) return;
    const bool wants_peace = answer && (answer->status == 429 || answer->status == 503);
    const auto retry_after = wants_peace ? error_from_response(*answer).retry_after : std::nullopt;
    observer_(req.method, answer ? answer->status : 0, retry_after.value_or(base::Duration::zero()));
  }

  Error refused(const http::Response& response) {
    if (response.status == 401) token_.refused();
    return error_from_response(response);
  }

  static Error bad_answer(std::string message) {
    Error error;
    error.code = Error::Code::kBadAnswer;
    error.message = std::move(message);
    return error;
  }

  const std::string base_path_;
  BearerToken token_;
  http::Transport& calls_;
  http::Transport& watches_;
  const RequestObserver observer_;
};

}  // namespace

std::unique_ptr<Api> make_client(Config& config, http::Transport& calls, http::Transport& watches, os::Clock& clock,
                                 RequestObserver observer) {
  return std::make_unique<Client>(config, calls, watches, clock, std::move(observer));
}

}  // namespace kube
