"""Users, passwords, sessions and guessing: each by itself, with a clock of the test."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.auth.access import COOKIE, Access, TooManyAttempts, token_of
from ui.auth.attempts import PER_ADDRESS, PER_PAIR, WINDOW_S, Attempts
from ui.auth.passwords import hashed, is_right
from ui.auth.sessions import LASTS_S, Sessions
from ui.auth.users import Users, add_user, read_users, remove_user
from ui.cli import app
from ui.errors import UsersFileBroken

PASSWORD = "correct horse battery"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash in milliseconds: what is tested is who gets in, not how long guessing takes."""
    monkeypatch.setattr("ui.auth.passwords._N", 2**14)
    monkeypatch.setattr("ui.auth.passwords._P", 1)


@pytest.fixture
def stored(quick: None) -> str:
    return hashed(PASSWORD)


@pytest.fixture
def file(tmp_path: Path, stored: str) -> Path:
    path = tmp_path / "users.txt"
    path.write_text(f"# the newsroom\ndana:{stored}\n\nmo:{stored}\n", encoding="utf-8")
    return path


def test_a_password_is_kept_as_a_salted_hash() -> None:
    stored, again = hashed(PASSWORD), hashed(PASSWORD)
    assert stored != again and PASSWORD not in stored and stored.startswith("scrypt$32768$8$3$")
    assert is_right(PASSWORD, stored) and is_right(PASSWORD, again)
    assert not is_right(PASSWORD + " ", stored) and not is_right("", stored)


def test_users_are_read_and_followed(file: Path, stored: str) -> None:
    users = Users(file)
    assert list(users.stored()) == ["dana", "mo"]
    assert users.is_right("dana", PASSWORD) and not users.is_right("dana", "guess") and not users.is_right("nobody", PASSWORD)
    remove_user(file, "dana")
    assert list(users.stored()) == ["mo"]
    file.write_text("mo:plain text", encoding="utf-8")
    assert not users.stored(), "a file that broke while serving lets nobody in"
    file.unlink()
    assert not users.stored()


def test_users_come_back_when_their_file_does(file: Path, tmp_path: Path) -> None:
    users = Users(file)
    file.rename(tmp_path / "away")
    assert not users.stored()
    (tmp_path / "away").rename(file)
    assert list(users.stored()) == ["dana", "mo"], "the very same file, as after a network drive was gone"


def test_a_file_that_cannot_be_read_while_serving_lets_nobody_in(file: Path, tmp_path: Path) -> None:
    users = Users(file)
    file.rename(tmp_path / "away")
    file.mkdir()
    assert not users.stored() and not users.is_right("dana", PASSWORD)
    file.rmdir()
    (tmp_path / "away").rename(file)
    assert users.is_right("dana", PASSWORD)


@pytest.mark.parametrize(
    "line",
    ["dana", "dana:", "dana:secret", "dana:scrypt$1$1$1$$", "dana:scrypt$1073741824$8$1$YQ==$YQ==", "dana:scrypt$x$8$1$a$b"],
)
def test_a_line_that_is_no_user_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "users.txt"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(UsersFileBroken, match=r"line 1, .* `citewire users add"):
        Users(path)


def test_without_users_nothing_is_served(tmp_path: Path) -> None:
    with pytest.raises(UsersFileBroken, match="cannot be read .* citewire users add"):
        Users(tmp_path / "none.txt")
    (tmp_path / "empty.txt").write_text("# nobody yet\n", encoding="utf-8")
    with pytest.raises(UsersFileBroken, match="names no user"):
        Users(tmp_path / "empty.txt")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsersFileBroken, match="cannot be read"):
        Users(tmp_path)
    with pytest.raises(UsersFileBroken, match="no text file"):
        Users(tmp_path / "bytes.txt")


def test_the_file_is_for_its_owner_only(quick: None, tmp_path: Path) -> None:
    path = tmp_path / "new" / "users.txt"
    assert add_user(path, "dana", PASSWORD) and not add_user(path, "dana", "another password")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert list(read_users(path)) == ["dana"] and not is_right(PASSWORD, read_users(path)["dana"])


@pytest.mark.parametrize("name", ["", "a:b", "a b", "../x", "-x", "ä", "x" * 65, "a\nb"])
def test_a_name_that_would_break_the_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user's name"):
        add_user(tmp_path / "users.txt", name, PASSWORD)


class TestSessions:
    def test_a_token_counts_until_it_ends(self) -> None:
        clock = Clock()
        sessions = Sessions(clock)
        token, known = sessions.open("dana", "h1"), {"dana": "h1"}
        assert len(token) >= 43 and sessions.name_of(token, known.get) == "dana"
        assert sessions.name_of(token + "x", known.get) is None and sessions.name_of("", known.get) is None
        clock.now += LASTS_S + 1
        assert sessions.name_of(token, known.get) is None

    def test_logging_out_a_new_password_and_removal_end_it(self) -> None:
        sessions = Sessions()
        tokens = [sessions.open("dana", "h1") for _ in range(3)]
        sessions.close(tokens[0])
        assert sessions.name_of(tokens[0], {"dana": "h1"}.get) is None
        assert sessions.name_of(tokens[1], {"dana": "h2"}.get) is None
        assert sessions.name_of(tokens[2], {}.get) is None


class TestAttempts:
    def test_guessing_one_name_is_slow(self) -> None:
        clock = Clock()
        attempts = Attempts(clock)
        for _ in range(PER_PAIR):
            assert attempts.begin("dana", "10.0.0.1") == 0
        assert attempts.begin("dana", "10.0.0.1") == WINDOW_S
        assert attempts.begin("dana", "10.0.0.2") == 0 and attempts.begin("mo", "10.0.0.1") == 0
        clock.now += WINDOW_S + 1
        assert attempts.begin("dana", "10.0.0.1") == 0

    def test_guessing_many_names_from_one_address_is_slow(self) -> None:
        attempts = Attempts(Clock())
        assert [attempts.begin(f"user{i}", "10.0.0.1") for i in range(PER_ADDRESS + 1)].count(0) == PER_ADDRESS

    def test_a_known_password_does_not_reset_the_guessing_of_others(self) -> None:
        attempts = Attempts(Clock())
        for i in range(PER_ADDRESS):
            assert attempts.begin(f"user{i}", "10.0.0.1") == 0
            if i < PER_ADDRESS - 1:
                assert attempts.begin("own", "10.0.0.1") == 0
                attempts.succeeded("own", "10.0.0.1")
        assert attempts.begin("own", "10.0.0.1") > 0


class TestAccess:
    def test_every_way_to_say_who_one_is(self, file: Path) -> None:
        access = Access(Users(file))
        token = access.log_in("dana", PASSWORD, "a")
        assert token and access.user_of(f"x=1; {COOKIE}={token}", "", "a") == "dana"
        assert (
            access.user_of("", f"Bearer {token}", "a")
            == "dana"
            == access.user_of("", "basic ZGFuYTpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=", "a")
        )
        for cookie, authorization in [
            ("", ""), (f"{COOKIE}=", ""), (f"{COOKIE}=guess", ""), ("", "Bearer"), ("", "Bearer x"), ("", "Basic x"),
            ("", "Basic /w=="), ("", "Basic ZGFuYTp3cm9uZw=="), ("", "Digest x"),
            ("\x00=;;", ""), (f"{COOKIE}={token}", "Bearer stolen"),
        ]:  # fmt: skip
            assert access.user_of(cookie, authorization, "a") is None
        assert token_of(f"{COOKIE}={token}") == token

    def test_a_password_that_is_known_is_not_computed_again_but_a_changed_one_is(self, file: Path) -> None:
        access = Access(Users(file))
        basic = "Basic ZGFuYTpjb3JyZWN0IGhvcnNlIGJhdHRlcnk="
        assert [access.user_of("", basic, "a") for _ in range(3)] == ["dana"] * 3
        add_user(file, "dana", "another password")
        assert access.user_of("", basic, "a") is None

    def test_too_many_failures_are_told_with_the_wait(self, file: Path) -> None:
        access = Access(Users(file))
        assert [access.log_in("dana", "guess", "a") for _ in range(PER_PAIR)] == [None] * PER_PAIR
        with pytest.raises(TooManyAttempts, match=r"Try again in 15 min"):
            access.log_in("dana", PASSWORD, "a")
        assert access.log_in("dana", PASSWORD, "b")


class TestCommand:
    def run(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, ["users", *arguments], input=stdin)
        return result.exit_code, result.output

    def test_users_come_and_go(self, quick: None, tmp_path: Path) -> None:
        file = str(tmp_path / "users.txt")
        code, said = self.run("add", "dana", "--auth", file, stdin=f"{PASSWORD}\n")
        assert code == 0 and "dana may log in" in said and PASSWORD not in said
        assert Users(Path(file)).is_right("dana", PASSWORD)
        assert "has a new password" in self.run("add", "dana", "--auth", file, stdin="another password\n")[1]
        assert self.run("list", "--auth", file) == (0, "dana\n")
        assert "no longer log in" in self.run("remove", "dana", "--auth", file)[1]
        assert self.run("remove", "dana", "--auth", file)[0] == 2
        assert "needs 8 characters" in self.run("add", "mo", "--auth", file, stdin="short\n")[1]
