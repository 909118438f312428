"""python -m plate serve | report | ask"""

import json
import sys

from .report import report
from .service import ask, server


def main(arguments) -> int:
    match arguments:
        case ["serve"]:
            server().serve_forever()
        case ["report"]:
            print(json.dumps(report(), indent=2))
        case ["ask"]:
            print(ask())
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
