"""The command `itwinai`, with the one subcommand that a build calls."""

import argparse
import importlib


def app():
    parser = argparse.ArgumentParser(prog="itwinai")
    check = parser.add_subparsers(required=True).add_parser("sanity-check")
    check.add_argument("--torch", action="append_const", dest="modules", const="torch")
    check.add_argument("--tensorflow", action="append_const", dest="modules", const="tensorflow")
    check.add_argument("--optional-deps", action="append", dest="modules")
    for name in parser.parse_args().modules or []:
        importlib.import_module(name)
