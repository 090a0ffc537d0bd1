#pragma once

#include <set>
#include <string>
#include <vector>

#include "os/mutex.h"
#include "runtime/watch_handler.h"

/// Writes down what it is told, and keeps the state that follows from it.
class RecordingHandler final : public runtime::WatchHandler {
 public:
  void init() override { note("init"), arriving_.clear(); }
  void init_apply(const json::Value& object) override {
    note("init_apply " + name(object)), arriving_.insert(name(object));
  }
  void init_done() override { note("init_done"), replace(); }
  void apply(const json::Value& object) override { note("apply " + name(object)), insert(name(object)); }
  void deleted(const json::Value& object) override { note("deleted " + name(object)), erase(name(object)); }

  std::vector<std::string> told() const {
    const os::MutexLock lock(mutex_);
    return told_;
  }
  std::set<std::string> objects() const {
    const os::MutexLock lock(mutex_);
    return objects_;
  }

 private:
  static std::string name(const json::Value& object) { return object.path("metadata.name").string_or("?"); }
  void note(std::string text) {
    const os::MutexLock lock(mutex_);
    told_.push_back(std::move(text));
  }
  void replace() {
    const os::MutexLock lock(mutex_);
    objects_ = arriving_;
  }
  void insert(std::string name) {
    const os::MutexLock lock(mutex_);
    objects_.insert(std::move(name));
  }
  void erase(const std::string& name) {
    const os::MutexLock lock(mutex_);
    objects_.erase(name);
  }

  mutable os::Mutex mutex_;
  std::vector<std::string> told_ GUARDED_BY(mutex_);
  std::set<std::string> objects_ GUARDED_BY(mutex_);
  std::set<std::string> arriving_;  // of the thread that calls
};
