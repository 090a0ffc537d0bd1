#pragma once

#include <condition_variable>
#include <mutex>

#include "os/thread_annotations.h"

namespace os {

/// A std::mutex with annotations for the thread safety analysis of clang.
class IOTDA_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() IOTDA_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() IOTDA_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class IOTDA_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) IOTDA_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() IOTDA_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits with an os::Mutex; supports stop tokens.
using ConditionVariable = std::condition_variable_any;

}  // namespace os
