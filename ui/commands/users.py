"""`citewire users`: who may log in to a chat that is served with --auth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson
from ui.terminal import reports_errors, say

users = typer.Typer(help="Say who may log in to the chat.", no_args_is_help=True, rich_markup_mode=None)

AuthFile = Annotated[
    Path,
    typer.Option("--auth", metavar="FILE", envvar="CITEWIRE_AUTH", help="File of users; passwords are kept as scrypt hashes."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and . _ @ -")]


@users.command("add", short_help="Add a user, or give one a new password.")
@reports_errors
def add(name: Name, auth: AuthFile) -> None:
    """Add a user, or give one a new password. A running chat knows it at once; a new password ends the user's sessions.

    The password is asked for and not shown; where there is no terminal, it is the first line of stdin.

    \b
    citewire users add dana --auth users.txt
    """
    from ui.auth.users import add_user, check_name

    try:
        check_name(name)
        is_new = add_user(auth, name, _password(name))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    say(f"{name} {'may log in' if is_new else 'has a new password'}: citewire chat --auth {auth}")


@users.command("remove", short_help="Let a user in no longer.")
@reports_errors
def remove(name: Name, auth: AuthFile) -> None:
    """Remove a user. A running chat ends the user's sessions at the next request."""
    from ui.auth.users import remove_user

    if not remove_user(auth, name):
        raise typer.BadParameter(f"{auth} names no user {name!r}.")
    say(f"{name} may no longer log in.")


@users.command("list", short_help="Show who may log in.")
@reports_errors
def list_users(auth: AuthFile, as_json: AsJson = False) -> None:
    """Show the names of a file, in its order."""
    from ui.auth.users import read_users
    from ui.output import to_json

    names = list(read_users(auth))
    typer.echo(to_json(names) if as_json else "\n".join(names))


def _password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True)
