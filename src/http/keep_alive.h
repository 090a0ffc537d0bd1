#pragma once

namespace http {

/// Sets the options of TCP keep-alive for a socket: they detect a peer that is gone within half a minute, even if
/// nothing is sent, and keep devices on the path from dropping an idle connection.
void keep_alive(int socket);

}  // namespace http
