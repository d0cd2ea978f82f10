#!/usr/bin/env python3
"""The commands of compile_commands.json that compile the product, one a line, to be read only.

    syntax_commands.py FILE

Nothing is written by them: errors and the front end's warnings are what they are for. Generated files are left out.
"""

import json
import pathlib
import re
import sys


def main():
    database = pathlib.Path(sys.argv[1])
    sources = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
    for one in json.loads(database.read_text()):
        path = pathlib.Path(one["file"])
        if sources in path.parents and not path.name.endswith("_test.cc"):
            command = re.sub(r" -o \S+", " -fsyntax-only", one["command"]).removeprefix("ccache ")
            print(f"cd {one['directory']} && {command}")


main()
