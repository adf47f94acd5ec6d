"""`python -m scripts.create_admin EMAIL NAME [--organisation NAME]`: the first administrator of a new installation.

Asks for the password (or reads one line of standard input when that is no terminal).
"""

import argparse
import getpass
import sys

import models.changes  # noqa: F401
from models.actions.accounts import create_administrator
from models.errors import DomainError
from models.rules.passwords import check_password
from web.backends import connect
from web.config import Settings
from web.passwords import hashed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("email")
    parser.add_argument("name")
    parser.add_argument(
        "--organisation", metavar="NAME", help="who runs the site; founded, verified, if it is not there"
    )
    arguments = parser.parse_args()
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            print("The two passwords differ; nothing was created.")
            return 2
    else:
        password = sys.stdin.readline().rstrip("\n")
    backends = connect(Settings.from_env())
    try:
        check_password(password, name=arguments.name, email=arguments.email)
        password_hash = hashed(password)
        with backends.database.write() as session:
            create_administrator(
                session,
                email=arguments.email,
                name=arguments.name,
                organisation_name=arguments.organisation or "",
                password_hash=password_hash,
            )
    except DomainError as error:
        print(error)
        return 2
    finally:
        backends.close()
    print(f"{arguments.email} may log in as administrator.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
