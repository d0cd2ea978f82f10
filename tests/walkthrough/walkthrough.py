#!/usr/bin/env python3
"""The main job, start to end, with the real binary: reports come in, a partner gets one, a partner
bound by law does not, it is fixed and published, everything is opened, an outsider checks it all.

  walkthrough.py --weir BINARY [--keep DIR] [--served] [--demo]

Every step prints what happened and is checked; the last line is `N passed, N failed`. With --keep it
leaves DIR/vkey, DIR/policy, DIR/log/, DIR/custody/, DIR/receipts/ for programs that know only the
format pages. --demo tells the story in short and ends with the point of it all.
"""

import argparse
import json
import pathlib
import shutil
import tempfile

import story
from served import ServedWorld
from world import Failed, World


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", required=True, help="the binary")
    parser.add_argument("--keep", help="leave what an outsider needs in this folder")
    parser.add_argument("--served", action="store_true",
                        help="over HTTPS, by a server that is killed now and then")
    parser.add_argument("--demo", action="store_true", help="the story in short, and its point")
    return parser.parse_args()


def keep(world, folder):
    """What the public has, and what recipients hold."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("log", "custody", "receipts", "promises"):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(world.folder / name, folder / name)
    for name in ("vkey", "policy", "promise-vkey"):
        shutil.copy(world.folder / name, folder / name)


def drop_one_access(world):
    """The custody records again, with one access taken out of one of them."""
    thinned = world.folder / "thinned"
    shutil.copytree(world.folder / "custody", thinned)
    for path in sorted(thinned.glob("*.json")):
        record = json.loads(path.read_text())
        for position, event in enumerate(record["events"]):
            fields = {field["name"]: field.get("value") for field in event["fields"]}
            if fields["type"] == "access" and fields["recipient_class"] == "national_cert":
                del record["events"][position]
                path.write_text(json.dumps(record))
                return thinned, event["leaf"], fields
    raise Failed("no access to drop")


def show_the_point(world):
    print("\nThe point, in ten lines. One receipt, verified offline with keys from elsewhere:\n")
    receipt = sorted((world.folder / "receipts").glob("access-*.tlog-proof"))[0]
    verified = world.run("verify", receipt, "--vkey", world.folder / "vkey", "--policy",
                         world.folder / "policy", data=False)
    print("  " + verified.stdout.decode().strip().replace("\n", "\n  "))
    world.check("the receipt holds", verified.returncode == 0, verified.stderr.decode())
    thinned, leaf, fields = drop_one_access(world)
    print(f"\nNow somebody takes one access (by a {fields['recipient_class']}, "
          f"{fields['recipient_country']}) out of the opened record and publishes that instead:\n")
    audit = world.audit(world.folder / "log", thinned, "--policy", world.folder / "policy")
    for line in audit.stdout.decode().splitlines():
        if "leaf_of_nobody" in line or "withheld" in line:
            print("  " + line)
    world.check(f"the audit fails, and names leaf {leaf}: it is in the log, and no record speaks of it",
                audit.returncode == 1 and f"no record speaks of leaf {leaf}" in audit.stdout.decode())
    print(f"\nTry it: {pathlib.Path(world.weir).name} --help; the log and records are kept in "
          f"build/demo.")


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="weir-walkthrough-") as folder:
        world = (ServedWorld if arguments.served else World)(arguments.weir, folder, quiet=False)
        try:
            story.play(world)
            if arguments.demo:
                show_the_point(world)
                keep(world, "build/demo")
            if arguments.keep:
                keep(world, arguments.keep)
        except Failed as failure:
            world.check("the story goes on", False, str(failure))
        except BaseException:
            world.stop_witnesses()  # nothing that was started stays behind
            raise
        world.finish()


if __name__ == "__main__":
    main()
