"""Training of the cross-encoder: what is read, what is left out, and that what is trained is what runs."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from index.cross_encoder import CrossEncoder, own_weights
from index.encoder import MiniLM, default_encoder
from index.model_files import models_dir
from tests.training.__main__ import main as train_all
from tests.training.batches import Data
from tests.training.export import exported
from tests.training.model import NAMES, Reader
from tests.training.prepare import HELD_OUT, prepared
from tests.training.train import LAYERS, Sampler, losses, read_weights

TEXTS = [
    "The Harlow shipyard laid off 412 workers on Monday. It was founded in 1902. Its largest order had been cancelled in spring.",
    "Lena Ortiz won the mayoral race in Brookfield on Tuesday. She promised cheaper buses. Her rival conceded before midnight.",
]


@pytest.fixture(scope="module")
def data() -> Data:
    encoder = default_encoder()
    assert isinstance(encoder, MiniLM)
    rows = [
        {"id": f"a{i}", "title": f"Story {i}", "text": f"{TEXTS[i % 2]} Story number {i} ends here."} for i in range(HELD_OUT + 8)
    ]
    asked = {}
    for row in rows:
        said, question = ("412", "How many workers did the Harlow shipyard lay off?")
        if said not in row["text"]:
            said, question = "Lena Ortiz", "Who won the mayoral race in Brookfield?"
        start = row["text"].index(said)
        changed = [question.replace("Harlow", "Hull").replace("Brookfield", "Springfield")]
        asked[row["id"]] = [
            {"question": question, "start": start, "end": start + len(said), "kind": "number", "changed": changed},
            {"question": row["title"], "start": -1, "end": -1, "kind": "headline", "changed": []},
        ]
    arrays = prepared(rows, asked, encoder, lambda rng, word: word, random.Random(1))
    return Data(arrays, torch.device("cpu"))


def test_an_answer_is_where_its_tokens_are_whatever_is_left_out(data):
    encoder = default_encoder()
    found = torch.arange(len(data.article)).repeat(len(data.target), 1)[:, :24]
    sampler = Sampler(data, found, data.target[:, 0].clone(), 1)
    seen = set()
    for _ in range(12):
        inputs = sampler.batch(4).inputs
        for ids, start, end in zip(inputs.ids, inputs.start, inputs.end, strict=True):
            if start > 0:
                seen.add(encoder._tokenizer.decode(ids[start : end + 1].tolist()))
    assert seen == {"412", "lena ortiz"}


def test_articles_held_out_are_not_drawn(data):
    found = torch.arange(len(data.article)).repeat(len(data.target), 1)[:, :24]
    sampler = Sampler(data, found, data.target[:, 0].clone(), 1)
    assert data.held_out.any() and not data.held_out[sampler.usable].any()
    assert not data.held_out[data.changed_of[sampler.changed]].any()


def test_a_step_learns_and_leaves_the_embedding_table(data):
    weights = read_weights(models_dir() / "all-MiniLM-L6-v2" / "model.safetensors")
    reader = Reader(weights, LAYERS)
    found = torch.arange(len(data.article)).repeat(len(data.target), 1)[:, :24]
    sampler = Sampler(data, found, data.target[:, 0].clone(), 1)
    batch = sampler.batch(2)
    optimizer = torch.optim.AdamW([p for p in reader.parameters() if p.requires_grad], lr=1e-4)
    told = []
    for _ in range(3):
        value, _ = losses(reader(batch.inputs.ids, batch.inputs.kinds, batch.inputs.real), batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        told.append(float(value.detach()))
    assert told[-1] < told[0]
    assert torch.equal(reader.word.weight, weights["embeddings.word_embeddings.weight"])
    assert not [
        name for name, p in reader.named_parameters() if p.requires_grad and name.startswith(("word", "position", "kind"))
    ]


def test_what_was_trained_is_what_runs():
    """The shipped weights in torch, in 32 bits, against the graph in 8."""
    encoder = default_encoder()
    reader, stored = Reader(read_weights(models_dir() / "all-MiniLM-L6-v2" / "model.safetensors"), LAYERS), own_weights()
    theirs = {f"layers.{i}.{ours}": f"encoder.layer.{i}.{name}" for i in LAYERS for ours, name in NAMES.items()}
    theirs |= {"normalised": "embeddings.LayerNorm", "relevance": "relevance", "span": "span"}
    trained = {f"{ours}.{part}": stored[f"{name}.{part}"] for ours, name in theirs.items() for part in ("weight", "bias")}
    reader.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in trained.items()}, strict=False)
    again = exported(trained)
    assert all(
        np.array_equal(again[n].astype(np.float32) * again[f"{n}.step"][:, None], stored[n])
        for n in stored
        if f"{n}.step" in again
    )

    question, texts = (
        "How many workers did the Harlow shipyard lay off?",
        [*TEXTS, "Rain is expected in the north until the weekend."],
    )
    asked, run = (
        encoder._tokenizer.encode(question, add_special_tokens=False).ids,
        CrossEncoder(encoder._folder, encoder._tokenizer),
    )
    for text, reading in zip(texts, run.read(question, [("", text) for text in texts]), strict=True):
        ids = [101, *asked, 102, *encoder._tokenizer.encode(text, add_special_tokens=False).ids, 102]
        kinds = [0] * (len(asked) + 2) + [1] * (len(ids) - len(asked) - 2)
        with torch.inference_mode():
            relevance, start, end = reader(torch.tensor([ids]), torch.tensor([kinds]), torch.ones(1, len(ids), dtype=torch.bool))
        assert reading.relevance == pytest.approx(float(relevance[0]), abs=1.0)
        inside = slice(len(asked) + 2, len(ids) - 1)
        if text == texts[0]:  # it answers; where nothing does, the best of nothing may be any
            assert int(reading.begins.argmax()) == int(start[0, inside].argmax())
        assert (
            np.corrcoef(reading.begins, start[0, inside])[0, 1] > 0.95 and np.corrcoef(reading.ends, end[0, inside])[0, 1] > 0.95
        )


def test_one_command_goes_through_all_steps_and_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    run: list[str] = []

    def step(command, check):
        assert check
        run.append(command[2].removeprefix("tests.training."))
        Path(command[-1]).write_text("half")
        if run == ["ask", "prepare"]:
            raise subprocess.CalledProcessError(1, command)
        if run[-1] == "train":
            assert command[3] == str(work / "data.npz") and command[command.index("--steps") + 1] == "50"
        Path(command[-1]).write_text("whole")

    monkeypatch.setattr(subprocess, "run", step)
    work = tmp_path / "work"
    given = ["articles.jsonl", "--leave-out", "a", "b", "--wordnet", "w", "--weights", "m", "--work", str(work)]
    given += ["--steps", "50", "--out", str(tmp_path / "shipped.npz")]
    with pytest.raises(subprocess.CalledProcessError):
        train_all(given)
    train_all(given)
    assert run == ["ask", "prepare", "prepare", "train", "export"], "what was made is kept, what was half made is made again"
    assert {path.name: path.read_text() for path in work.iterdir()} == dict.fromkeys(
        ("questions.jsonl", "data.npz", "reader.npz"), "whole"
    )
    assert (tmp_path / "shipped.npz").read_text() == "whole"
