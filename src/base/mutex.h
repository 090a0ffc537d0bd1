#pragma once

#include <condition_variable>
#include <mutex>

#include "base/thread_annotations.h"

namespace base {

/// std::mutex that clang's thread safety analysis knows.
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

/// Waits on a base::Mutex; takes a stop token.
using ConditionVariable = std::condition_variable_any;

}  // namespace base
