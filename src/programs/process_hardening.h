#pragma once

namespace programs {

/// Restarts the program with all library functions bound, if they are not. With the usual binding at the first call,
/// the registers are saved on the stack, together with data that was copied through them: a part of a token or a
/// private key would stay there until the stack is overwritten. Returns if all functions are already bound. Call first
/// in main.
void bind_at_start(char** argv);

/// Disables core dumps and debugging by other processes of the same user, and sets up an allocator for a process with
/// few threads and little memory. Call before there are other threads.
void harden_process();

}  // namespace programs
