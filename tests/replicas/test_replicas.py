"""Two chats, one builder, a Chroma server, a model server and nginx: what people see while each of them is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.replicas.crowd import Asked, Crowd
from tests.replicas.fleet import Server, chroma, command, door, model, replica, until
from tests.replicas.towns import Edition, question, wrong

MODEL = "smollm2-135m-instruct"
PEOPLE = 4
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


class Deployment:
    """All of it, started. `editions`: generation -> what it holds."""

    def __init__(self, folder: Path, leaving: ExitStack) -> None:
        self.folder, self.editions = folder, dict[str, Edition]()
        self.chroma, self.model = chroma(folder), model(folder, MODEL)
        self.env = {
            "CITEWIRE_CHROMA_URL": self.chroma.address,
            "CITEWIRE_PUBLISH_URL": (folder / "bundles").as_uri(),
            "CITEWIRE_LLM_URL": f"{self.model.address}/v1",
            "CITEWIRE_LLM_MODEL": MODEL,
            "CITEWIRE_FOLLOW_S": "0.5",
        }
        self.replicas = [replica(number, folder, self.env) for number in (1, 2)]
        self.door = door(folder, self.replicas)
        for server in (self.chroma, self.model, *self.replicas, self.door):
            leaving.callback(server.end)
        self._start(self.chroma, self.model)
        self.build(1)
        self._start(*self.replicas, self.door)

    def build(self, number: int) -> None:
        """Publish an edition."""
        edition = Edition(number)
        edition.write(self.folder / "towns.jsonl")
        built = command("build", self.folder / "towns.jsonl", "--index", self.folder / "builder", "--json", env=self.env)
        assert built.returncode == 0, built.stderr
        self.editions[json.loads(built.stdout)["generation"]] = edition

    @property
    def newest(self) -> str:
        return max(self.editions)

    def all_follow(self) -> None:
        """Until every replica answers from the newest generation."""
        for each in self.replicas:
            until(lambda each=each: status(each)["generation"] == self.newest, f"{each.name} follows: {status(each)}", 60)

    def look_at(self, answers: list[Asked]) -> None:
        """Every answer is right, by the articles of the generation that it names."""
        assert answers
        problems = [(a.town, a.status, a.answer if a.status != 200 else self._wrong(a)) for a in answers]
        assert not [problem for problem in problems if problem[2]], problems

    def _wrong(self, asked: Asked) -> str:
        generation = asked.answer["generation"]
        return wrong(asked.town, asked.answer, self.editions[generation]) if generation in self.editions else generation

    @staticmethod
    def _start(*servers: Server) -> None:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()


def status(server: Server) -> dict[str, str]:
    return httpx.get(f"{server.address}/api/status", timeout=20).json()


def written(answers: list[Asked]) -> int:
    """How many were written by the model."""
    return sum(asked.status == 200 and asked.answer["model"] == MODEL for asked in answers)


def noticed(answers: list[Asked], word: str) -> list[Asked]:
    return [a for a in answers if a.status == 200 and any(word in notice.lower() for notice in a.answer["notices"])]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with ExitStack() as leaving:
        yield Deployment(tmp_path_factory.mktemp("deployment"), leaving)


def test_the_door(deployment: Deployment) -> None:
    """A visitor stays with one replica, streams arrive piece by piece, what is not for visitors is not there."""
    with httpx.Client(base_url=deployment.door.address, timeout=60) as client:
        first = client.get("/healthz")
        assert first.status_code == 200 and first.cookies["citewire_replica"]
        assert "set-cookie" not in client.get("/healthz").headers, "the first cookie stays"
        assert [client.get(path).status_code for path in ("/metrics", "/readyz", "/api/v2/heartbeat")] == [404] * 3
        with client.stream("POST", "/api/answer/stream", json={"question": question("Aldmere")}) as stream:
            pieces = list(stream.iter_raw())
        assert b"event: evidence" in b"".join(pieces[:-1]) and b"event: answer" not in pieces[0], pieces
        assert b"event: answer" in b"".join(pieces), pieces
        page = client.get("/", headers={"sec-fetch-site": "none"})
        assert page.status_code == 200 and "Citewire" in page.text


def test_whatever_is_killed_no_answer_is_wrong(deployment: Deployment) -> None:
    with Crowd(deployment.door.address, PEOPLE) as crowd:
        calm = crowd.wait_for(lambda asked: written(asked) >= PEOPLE, "the model writes")
        deployment.look_at(calm)

        deployment.build(2)
        deployment.all_follow()
        deployment.look_at(crowd.wait_for(lambda asked: _from(asked, deployment.newest) >= PEOPLE, "answers from edition 2"))

        deployment.replicas[0].kill()
        alone = crowd.wait_for(lambda asked: len(asked) >= 2 * PEOPLE, "one replica answers all")
        deployment.replicas[0].start()
        deployment.replicas[0].wait()
        deployment.look_at(alone)
        assert status(deployment.replicas[0])["generation"] == deployment.newest

        deployment.chroma.kill()
        by_words = crowd.wait_for(lambda asked: len(noticed(asked, "words")) >= PEOPLE, "a notice that only words are searched")
        deployment.look_at(by_words)
        deployment.chroma.start()
        deployment.chroma.wait()
        crowd.wait_for(lambda asked: len(asked) - len(noticed(asked, "words")) >= PEOPLE, "answers without the notice")

        deployment.model.kill()
        named = deployment.model.address.removeprefix("http://")
        quotes = crowd.wait_for(lambda asked: len(noticed(asked, named)) >= PEOPLE, "a notice that the model server is away")
        deployment.look_at(quotes)
        deployment.model.start()
        deployment.model.wait()
        crowd.wait_for(lambda asked: written(asked) >= PEOPLE, "the model writes again")

        deployment.build(3)
        deployment.all_follow()
    deployment.look_at(crowd.asked)
    _never_back(deployment, crowd.asked)


def _from(asked: list[Asked], generation: str) -> int:
    return sum(a.status == 200 and a.answer["generation"] == generation for a in asked)


def _never_back(deployment: Deployment, asked: list[Asked]) -> None:
    """Nobody is answered from an older generation than before, also not by the replica that was started again."""
    for person in range(PEOPLE):
        named = [a.answer["generation"] for a in asked if a.person == person]
        assert named == sorted(named), named
