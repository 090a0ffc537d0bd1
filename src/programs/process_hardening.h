#pragma once

namespace programs {

/// No core dumps, no attaching by others of the same user, and an allocator that suits a process of few threads and
/// little memory. First thing in main.
void harden_process();

}  // namespace programs
