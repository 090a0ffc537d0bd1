#include "runtime/watch_machine.h"

#include <utility>

#include "kube/resource_version.h"
#include "kube/status.h"

namespace runtime {
namespace {

using Code = kube::Error::Code;

/// This many in a row are not a coincidence.
constexpr int kRepeats = 3;

std::string key_of(const json::Value& object) {
  return object.path("metadata.namespace").string_or("") + "/" + object.path("metadata.name").string_or("");
}

/// An API server whose storage cannot report the progress of a watch (etcd before 3.4.25) says so inside the watch,
/// with code 500; one without the feature returns 422 (or 400 if it does not know the parameter).
bool cannot_stream(const kube::Error& error) {
  return error.code == Code::kInvalid ||
         (error.code == Code::kServer && error.message.find("RequestWatchProgress") != std::string::npos);
}

}  // namespace

WatchMachine::Call WatchMachine::next() {
  heard_ = false;
  stream_error_.reset();
  looking_ = state_ == State::kWatching && cut_off_;
  if (looking_) return Look{};
  if (state_ == State::kEmpty) {
    handler_.asking();
    state_ = stream_ ? State::kInitialWatch : State::kInitPage;
  }
  listing_ = state_ != State::kWatching;
  if (state_ == State::kInitPage) return ListPage{continue_token_};
  return Watch{resource_version_, state_ == State::kInitialWatch};
}

void WatchMachine::on_page(const json::Value& list) {
  begin_init();
  for (const json::Value& object : list["items"].items()) handler_.init_apply(object);
  const json::Value metadata = list["metadata"];
  continue_token_ = metadata["continue"].string_or("");
  resource_version_ = metadata["resourceVersion"].string_or("");
  if (continue_token_.empty()) finish_init();
}

void WatchMachine::on_look(const json::Value& list) {
  cut_off_ = false;
  if (kube::newer(resource_version_, list["metadata"]["resourceVersion"].string_or(""))) start_over();
}

bool WatchMachine::on_event(const json::Value& event) {
  const std::string type = event["type"].string_or("");
  const json::Value object = event["object"];
  if (type == "ERROR") {
    stream_error_ = kube::error_from_status(object);
    return false;
  }
  heard_ = true;
  barren_watches_ = 0;
  const json::Value metadata = object["metadata"];
  if (const auto version = metadata["resourceVersion"].string()) resource_version_ = *version;

  const bool initial = state_ == State::kInitialWatch;
  if (initial) begin_init();
  if (type == "ADDED" || type == "MODIFIED") {
    if (!initial) {
      handler_.apply(object);
    } else {
      if (!deleted_in_init_.empty()) deleted_in_init_.erase(key_of(object));
      handler_.init_apply(object);
    }
  } else if (type == "DELETED") {
    if (!initial) {
      handler_.deleted(object);
    } else {
      // The cache behind a streaming list can be older than the version of the list: changes can arrive before its end.
      deleted_in_init_[key_of(object)] = object.dump();
    }
  } else if (initial && metadata["annotations"]["k8s.io/initial-events-end"].string() == "true") {
    finish_init();
    return false;  // the next watch has a shorter timeout, so that a dead connection is noticed soon
  }
  return true;
}

void WatchMachine::begin_init() {
  if (!std::exchange(init_begun_, true)) handler_.init();
}

void WatchMachine::finish_init() {
  state_ = State::kWatching;
  init_begun_ = false;
  cut_off_ = false;
  cut_streams_ = 0;
  handler_.init_done();
  for (const auto& [key, text] : std::exchange(deleted_in_init_, {})) {
    if (const auto object = json::Document::parse(text)) handler_.deleted(object->root());
  }
}

void WatchMachine::start_over() {
  state_ = State::kEmpty;
  continue_token_.clear();
  resource_version_.clear();
  init_begun_ = false;
  deleted_in_init_.clear();
  barren_watches_ = 0;
}

WatchMachine::Next WatchMachine::on_end(const kube::Result<void>& result, End end) {
  std::optional<kube::Error> error = stream_error_;
  if (!error && !result) error = result.error();
  if (error && (error->code == Code::kNotFound || error->code == Code::kNotServed)) {
    start_over();
    return {Pause::kNotInstalled, error};
  }
  if (looking_) return {error ? Pause::kBackoff : Pause::kNone, error};
  if (state_ == State::kInitialWatch) return after_initial_watch(error);
  if (state_ == State::kWatching) return after_watch(error, end);
  // A page failed. It is requested again, unless its token has expired or was rejected.
  if (!error) return {};
  if (error->code == Code::kGone || error->code == Code::kInvalid) start_over();
  return {Pause::kBackoff, error};
}

WatchMachine::Next WatchMachine::after_initial_watch(const std::optional<kube::Error>& error) {
  start_over();
  if (error && cannot_stream(*error)) {
    stream_ = false;
    return {};
  }
  // A server that does not support streaming lists sends the objects, but never marks their end.
  if (!error && ++cut_streams_ == kRepeats) stream_ = false;
  return {Pause::kBackoff, error};
}

WatchMachine::Next WatchMachine::after_watch(const std::optional<kube::Error>& error, End end) {
  cut_off_ = error || (end != End::kWhole && !listing_);
  if (!error) {
    if (heard_ || end != End::kBrief) return {};
  } else if (error->code == Code::kGone || error->code == Code::kInvalid) {
    start_over();
    return {Pause::kBackoff, error};
  } else if (heard_ || error->nothing_sent || (error->code == Code::kTransport && end == End::kCut) ||
             (error->code != Code::kTransport && error->code != Code::kServer)) {
    return {Pause::kBackoff, error};
  }
  // Some servers do not report that a resourceVersion is too old or not theirs: they just send nothing.
  if (++barren_watches_ == kRepeats) start_over();
  return {Pause::kBackoff, error};
}

}  // namespace runtime
