"""Serves the data in a folder on the ports of config.xml, which it writes to the file `ports`, until stdin ends.

The library is loaded by its path: `import chdb` would start the embedded engine first, and Kafka tables would then
raise a false "Shutdown was called". Reading stdin to its end keeps the server up for as long as the parent lives.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

package = importlib.util.find_spec("chdb")
assert package is not None
assert package.submodule_search_locations is not None
library = next(Path(package.submodule_search_locations[0]).glob("_chdb*.so"))
sys.setdlopenflags(sys.getdlopenflags() | os.RTLD_DEEPBIND)
spec = importlib.util.spec_from_file_location("_chdb", library)
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.query(
    "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;"
    "SELECT getServerPort('http_port'), getServerPort('tcp_port') INTO OUTFILE 'ports' FORMAT TSV;"
    "SELECT * FROM file('/dev/stdin', 'LineAsString') FORMAT Null",
    "TSV",
    path=sys.argv[1],
)
