#include "simulator/console.h"

#include "simulator/console_files.h"

namespace simulator {

Console::Console()
    : site_({{"/", "text/html; charset=utf-8", kConsoleHtml},
             {"/console.js", "text/javascript; charset=utf-8", kConsoleScript}}) {}

}  // namespace simulator
