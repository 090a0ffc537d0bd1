#pragma once

namespace programs {

/// Starts the program anew with all functions of its libraries bound, if they are not. Bound at their first call, as is
/// usual, the registers are saved on the stack meanwhile, with what was copied through them last: a piece of a token or
/// a key, for as long as nothing else is written there. Returns if that is so already. First thing in main.
void bind_at_start(char** argv);

/// No core dumps, no attaching by others of the same user, and an allocator that suits a process of few threads and
/// little memory. Before there are other threads.
void harden_process();

}  // namespace programs
