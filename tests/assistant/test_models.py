"""The registry, and what it says about the files on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.errors import ModelCorrupt, ModelMissing
from assistant.models import (
    DEFAULT_ANSWER,
    DEFAULT_EMBEDDING,
    MODELS,
    SMALL_ANSWER,
    TEST_ANSWER,
    model_path,
    pull,
    spec_of,
    status,
)
from assistant.models.transfer import partial_of
from assistant.models.types import ModelFile, ModelSpec, PackageSource
from index.model_files import models_dir, sha256_of


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """A registered model of one small file that is not on the disk."""
    original = tmp_path / "original"
    original.write_bytes(b"weights")
    file = ModelFile("tiny.gguf", 7, sha256_of(original))
    spec = ModelSpec("tiny", "answer", "a tiny one", "MIT", (file,), ())
    monkeypatch.setitem(MODELS, "tiny", spec)
    monkeypatch.setenv("CITEWIRE_MODELS", str(tmp_path / "models"))
    return spec


@pytest.mark.parametrize("spec", MODELS.values(), ids=list(MODELS))
def test_packages_cover_every_byte_of_every_file_once(spec: ModelSpec) -> None:
    source = next(place for place in spec.sources if isinstance(place, PackageSource))
    for file in spec.files:
        spans = [(s.start, s.end) for wheel in source.wheels for s in wheel.slices if s.file == file.name]
        assert spans[0][0] == 0 and spans[-1][1] == file.size
        assert all(before[1] == after[0] for before, after in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize("spec", MODELS.values(), ids=list(MODELS))
def test_every_file_has_a_hash_and_a_harmless_name(spec: ModelSpec) -> None:
    for file in spec.files:
        assert len(file.sha256) == 64 and int(file.sha256, 16)
        assert not Path(file.name).is_absolute() and ".." not in Path(file.name).parts
    assert spec.licence and spec.title


def test_roles_of_the_named_models() -> None:
    assert MODELS[DEFAULT_EMBEDDING].role == "embedding"
    assert MODELS[DEFAULT_ANSWER].role == MODELS[SMALL_ANSWER].role == "answer"
    assert MODELS[TEST_ANSWER].role == "test"
    assert MODELS[SMALL_ANSWER].size < MODELS[DEFAULT_ANSWER].size


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelMissing, match=f"no model named 'gpt'.*{DEFAULT_ANSWER}"):
        spec_of("gpt")


def test_status_follows_the_files(tiny: ModelSpec) -> None:
    path = models_dir() / "tiny" / "tiny.gguf"
    assert status(tiny) == "missing"
    with pytest.raises(ModelMissing, match="citewire models pull tiny"):
        model_path("tiny")
    path.parent.mkdir(parents=True)
    partial_of(path).write_bytes(b"wei")
    assert status(tiny) == "partial"
    path.write_bytes(b"weights")
    assert status(tiny) == "ready"
    assert model_path("tiny") == path


@pytest.mark.parametrize("wrong", [b"weight", b"weighty"], ids=["truncated", "other bytes"])
def test_wrong_file_is_named_and_not_used(tiny: ModelSpec, wrong: bytes) -> None:
    path = models_dir() / "tiny" / "tiny.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(wrong)
    assert status(tiny) == "corrupt"
    with pytest.raises(ModelCorrupt) as caught:
        model_path("tiny")
    assert str(path) in str(caught.value)
    assert tiny.files[0].sha256 in str(caught.value) and sha256_of(path) in str(caught.value)


def test_file_changed_after_its_check_is_noticed(tiny: ModelSpec) -> None:
    path = models_dir() / "tiny" / "tiny.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    assert status(tiny) == "ready"
    path.write_bytes(b"WEIGHTS")
    assert status(tiny) == "corrupt"


def test_pull_returns_what_model_path_returns(tiny: ModelSpec, tmp_path: Path) -> None:
    assert pull("tiny", source=tmp_path / "original") == model_path("tiny")


@pytest.mark.slow
def test_real_embedding_model_is_the_registered_one_and_needs_no_further_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loads from the registered files alone, so none that loading needs is missing from the list."""
    there = model_path(DEFAULT_EMBEDDING)
    monkeypatch.setenv("CITEWIRE_MODELS", str(tmp_path))
    copy = pull(DEFAULT_EMBEDDING, source=there)
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(copy), device="cpu", local_files_only=True)
    shape = encoder.encode(["one sentence"]).shape
    shutil.rmtree(copy)
    assert shape == (1, 384)
