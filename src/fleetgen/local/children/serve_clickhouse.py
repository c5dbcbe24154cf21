"""Serves the data in a folder on the ports of config.xml, which it writes to the file `ports`, until stdin ends.

The library is loaded by its path: `import chdb` would start the embedded engine first, and Kafka tables would then
raise a false "Shutdown was called". The server is up for as long as a query runs: the last one never ends.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from pathlib import Path


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
package = importlib.util.find_spec("chdb")
assert package is not None
assert package.submodule_search_locations is not None
library = next(Path(package.submodule_search_locations[0]).glob("_chdb*.so"))
sys.setdlopenflags(sys.getdlopenflags() | getattr(os, "RTLD_DEEPBIND", 0))
spec = importlib.util.spec_from_file_location("_chdb", library)
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.query(
    "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;"
    "SELECT getServerPort('http_port'), getServerPort('tcp_port') INTO OUTFILE 'ports' FORMAT TSV;"
    "SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null",
    "TSV",
    path=sys.argv[1],
)
