#pragma once

/// Annotations for the thread safety analysis of clang; empty for other compilers. std::mutex has no annotations in
/// libstdc++, so GUARDED_BY must name an os::Mutex.
#if defined(__clang__)
#define IOTDA_ANNOTATION(x) __attribute__((x))
#else
#define IOTDA_ANNOTATION(x)
#endif

#define GUARDED_BY(x) IOTDA_ANNOTATION(guarded_by(x))
#define REQUIRES(...) IOTDA_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) IOTDA_ANNOTATION(locks_excluded(__VA_ARGS__))
